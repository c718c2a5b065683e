#include "layouts/weights.h"

#include "platform/checked.h"

#include <errno.h>
#include <stdlib.h>

/* Every tensor starts on a line; 128 bytes cover the machines with the longest ones. */
enum { TENSOR_ALIGN = 128 };

/* Bytes read at a time while packing: large enough for the disk, small compared with the weights. */
enum { CHUNK_BYTES = 1 << 20 };

static const struct {
    const char *name, *description;
    bool maps, huge;
    mw_map_mode mode;
} loads[MW_LOAD_COUNT] = {
    [MW_LOAD_HEAP] = {"heap", "read into its own memory, every tensor aligned to a cache line", false, false,
                      MW_MAP_PLAIN},
    [MW_LOAD_HEAP_HUGE] = {"heap-huge", "the same, huge pages requested", false, true, MW_MAP_PLAIN},
    [MW_LOAD_MMAP] = {"mmap", "the file mapped as it is", true, false, MW_MAP_PLAIN},
    [MW_LOAD_MMAP_POPULATE] = {"mmap-populate", "the same, page tables filled at once", true, false, MW_MAP_POPULATE},
    [MW_LOAD_MMAP_HUGE] = {"mmap-huge", "mapped on a huge-page boundary, huge pages requested", true, true,
                           MW_MAP_HUGE},
};

const char *mw_load_name(mw_load load)
{
    return loads[load].name;
}

const char *mw_load_description(mw_load load)
{
    return loads[load].description;
}

bool mw_load_maps(mw_load load)
{
    return loads[load].maps;
}

static const mw_layout *layout_for(const mw_tensor *t, const mw_layout *layout)
{
    return t->vector ? &mw_layout_rowmajor : layout;
}

bool mw_tensor_bytes(const mw_tensor *t, const mw_layout *layout, uint64_t *bytes)
{
    /* Dimensions are below 2^32 and the widest layout takes 16 bytes per weight, of which padding at most doubles the
     * rows, so nothing can overflow as long as rows * cols stays below 2^58. */
    uint64_t weights;
    if (!mw_mul_u64(t->rows, t->cols, &weights) || weights >> 58)
        return false;
    *bytes = layout_for(t, layout)->bytes(t->dtype, t->rows, t->cols);
    return true;
}

mw_dtype mw_tensor_dtype(const mw_tensor *t, mw_dtype wanted)
{
    return t->vector ? MW_F32 : t->cols % mw_dtypes[wanted].block ? MW_F16 : wanted;
}

/* A tensor of the file with the dtype that its weights are to have. */
static mw_tensor wanted_of(const mw_source *s, size_t i)
{
    mw_tensor t = s->tensors[i];
    if (t.dtype == MW_F32)
        t.dtype = mw_tensor_dtype(&t, s->dtype);
    return t;
}

static uint64_t heap_bytes(const mw_source *s, const mw_layout *layout)
{
    uint64_t total = 0, bytes;
    for (size_t i = 0; i < s->n; i++) {
        const mw_tensor t = wanted_of(s, i);
        if (!mw_tensor_bytes(&t, layout, &bytes) || !mw_add_u64(total, bytes, &total) ||
            !mw_align_u64(total, TENSOR_ALIGN, &total))
            return UINT64_MAX;
    }
    return total;
}

uint64_t mw_weights_bytes(mw_source source, const mw_layout *layout, mw_load load)
{
    return loads[load].maps ? source.file->bytes : heap_bytes(&source, layout);
}

static int not_finite(const mw_tensor *t, const char *where, mw_error *err)
{
    return mw_fail(err, -EINVAL, "%s: tensor %s holds a value that is not finite; the file is damaged", where, t->name);
}

int mw_tensor_store(const mw_tensor *t, mw_dtype dtype, const float *values, size_t n, void *to, const char *where,
                    mw_error *err)
{
    if (!mw_dtypes[MW_F32].finite(values, n))
        return not_finite(t, where, err);
    mw_dtypes[dtype].of_floats(to, values, n);
    if (!mw_dtypes[dtype].finite(to, n))
        return mw_fail(err, -EINVAL, "%s: tensor %s holds a value that is too large for %s; choose another --dtype",
                       where, t->name, mw_dtypes[dtype].name);
    return 0;
}

/* --- loads that read --- */

typedef struct reader {
    const mw_source *source;
    const mw_layout *layout;
    char *chunk;  /* rows to be converted into another layout or dtype */
    char *stored; /* those rows in the other dtype */
    size_t chunk_bytes;
    mw_error *err;
} reader;

static int read_bytes(const reader *r, const mw_tensor *t, uint64_t first, void *to, size_t n)
{
    return mw_file_read(r->source->file, t->offset + first, to, n, r->err);
}

/* A tensor that stays in the layout of the file. Single values are checked while they are in the cache. */
static int copy_tensor(const reader *r, const mw_tensor *t, char *dst)
{
    const mw_layout *layout = layout_for(t, r->layout);
    const uint64_t bytes = layout->bytes(t->dtype, t->rows, t->cols);
    const size_t value = mw_dtypes[t->dtype].block_bytes, step = r->chunk_bytes / value * value;
    const bool blocks = mw_dtype_in_blocks(t->dtype);
    for (uint64_t at = 0; at < bytes; at += step) {
        const size_t n = bytes - at < step ? (size_t)(bytes - at) : step;
        int rc = read_bytes(r, t, at, dst + at, n);
        if (rc)
            return rc;
        if (!blocks && !mw_dtypes[t->dtype].finite(dst + at, n / value))
            return not_finite(t, r->source->file->path, r->err);
    }
    return blocks && !mw_layout_finite(layout, t->dtype, dst, t->rows, t->cols)
               ? not_finite(t, r->source->file->path, r->err)
               : 0;
}

/* A row-major tensor that is packed as `dtype`, some whole rows at a time. */
static int pack_tensor(const reader *r, const mw_tensor *t, mw_dtype dtype, char *dst)
{
    const size_t row_bytes = (size_t)mw_dtype_bytes(t->dtype, t->cols), most = r->chunk_bytes / row_bytes;
    for (size_t row = 0; row < t->rows; row += most) {
        size_t n = t->rows - row < most ? t->rows - row : most;
        int rc = read_bytes(r, t, (uint64_t)row * row_bytes, r->chunk, n * row_bytes);
        if (rc)
            return rc;
        if (dtype != t->dtype)
            rc = mw_tensor_store(t, dtype, (const float *)(const void *)r->chunk, n * t->cols, r->stored,
                                 r->source->file->path, r->err);
        else if (!mw_dtypes[dtype].finite(r->chunk, n * t->cols))
            rc = not_finite(t, r->source->file->path, r->err);
        if (rc)
            return rc;
        mw_layout_pack(layout_for(t, r->layout), dtype, dst, dtype != t->dtype ? r->stored : r->chunk, row, n, t->rows,
                       t->cols);
    }
    return 0;
}

typedef struct place {
    uint64_t offset;
    size_t index;
} place;

/* No two tensors of a file start at the same offset. */
static int by_offset(const void *a, const void *b)
{
    uint64_t x = ((const place *)a)->offset, y = ((const place *)b)->offset;
    return (x > y) - (x < y);
}

/* The tensors in the order in which they are placed: that of the forward pass, or that of the file. */
static void place_order(const mw_source *s, bool forward, place *order)
{
    for (size_t i = 0; i < s->n; i++)
        order[i] = (place){s->tensors[i].offset, i};
    if (!forward)
        qsort(order, s->n, sizeof *order, by_offset);
}

static int read_all(mw_weights *w, const reader *r, char *region, const place *order)
{
    uint64_t at = 0, bytes = 0;
    int rc = 0;
    for (size_t k = 0; k < w->n && !rc; k++) {
        const mw_tensor *t = &r->source->tensors[order[k].index];
        const mw_tensor wanted = wanted_of(r->source, order[k].index);
        const bool same = layout_for(t, w->layout) == layout_for(t, r->source->layout) && wanted.dtype == t->dtype;
        char *dst = region + at;
        w->matrix[order[k].index].data = dst;
        rc = same ? copy_tensor(r, t, dst) : pack_tensor(r, t, wanted.dtype, dst);
        mw_tensor_bytes(&wanted, w->layout, &bytes); /* heap_bytes has checked that it fits */
        w->bytes += bytes;
        mw_align_u64(at + bytes, TENSOR_ALIGN, &at);
    }
    return rc;
}

static int load_heap(mw_weights *w, const mw_source *s, mw_error *err)
{
    const uint64_t total = heap_bytes(s, w->layout);
    char *region = NULL;
    errno = ENOMEM;
    if (total <= SIZE_MAX / 2)
        region = loads[w->load].huge ? mw_pages_alloc_huge((size_t)total) : mw_pages_alloc((size_t)total);
    if (!region && errno == ENOTSUP)
        return mw_fail(err, -ENOTSUP, "%s: this system has no way to request huge pages; use --load=heap",
                       s->file->path);
    if (!region)
        return mw_fail(err, -ENOMEM, "%s: no memory for %llu MiB of weights in layout %s; choose a smaller model",
                       s->file->path, (unsigned long long)(total >> 20), w->layout->name);
    w->region = region;
    w->region_bytes = total;

    reader r = {.source = s, .layout = w->layout, .chunk_bytes = CHUNK_BYTES, .err = err};
    for (size_t i = 0; i < s->n; i++) {
        const uint64_t row = mw_dtype_bytes(s->tensors[i].dtype, s->tensors[i].cols);
        r.chunk_bytes = row > r.chunk_bytes ? (size_t)row : r.chunk_bytes;
    }
    r.chunk = malloc(r.chunk_bytes);
    r.stored = malloc(r.chunk_bytes); /* no dtype is wider than f32 */
    place *order = malloc(s->n * sizeof *order);
    int rc = r.chunk && r.stored && order ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for a read buffer", s->file->path);
    if (!rc) {
        place_order(s, w->layout->forward_order, order);
        rc = read_all(w, &r, region, order);
    }
    free(order);
    free(r.stored);
    free(r.chunk);
    return rc;
}

/* --- loads that map --- */

static int load_mmap(mw_weights *w, const mw_source *s, mw_error *err)
{
    int rc = mw_file_map(s->file, loads[w->load].mode, &w->region, err);
    if (rc)
        return rc;
    w->region_bytes = s->file->bytes;
    if (mw_mapping_guard(w->region, s->file->bytes, s->file->path))
        return mw_fail(err, -ENOSPC, "%s: more than %d files mapped at once", s->file->path, MW_GUARDED_MAPS);
    for (size_t i = 0; i < w->n; i++) {
        uint64_t bytes = 0;
        mw_tensor_bytes(&s->tensors[i], w->layout, &bytes); /* the file's reader has checked that it fits */
        w->matrix[i].data = (const char *)w->region + s->tensors[i].offset;
        w->bytes += bytes;
    }
    return 0;
}

int mw_weights_open(mw_source source, const mw_layout *layout, mw_load load, mw_weights **out, mw_error *err)
{
    const mw_source *s = &source;
    *out = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const mw_tensor *t = &s->tensors[i];
        const mw_dtype dtype = wanted_of(s, i).dtype;
        if (layout->f32_only && dtype != MW_F32)
            return mw_fail(err, -ENOTSUP, "%s: tensor %s is %s; layout %s holds f32 only", s->file->path, t->name,
                           mw_dtypes[dtype].name, layout->name);
        const bool rows = s->layout->id == MW_LAYOUT_ROWMAJOR;
        if (dtype != t->dtype && (loads[load].maps || !rows))
            return mw_fail(err, -ENOTSUP, "%s: holds f32 weights, so %s cannot give %s; use %s", s->file->path,
                           loads[load].name, mw_dtypes[s->dtype].name,
                           rows ? "--load=heap" : "the checkpoint it was packed from");
    }
    if (layout != s->layout && (loads[load].maps || s->layout->id != MW_LAYOUT_ROWMAJOR))
        return mw_fail(err, -ENOTSUP, "%s: holds layout %s, so %s cannot give layout %s; use %s", s->file->path,
                       s->layout->name, loads[load].name, layout->name,
                       s->layout->id == MW_LAYOUT_ROWMAJOR ? "--load=heap" : "the checkpoint it was packed from");
    mw_weights *w = calloc(1, sizeof *w);
    mw_matrix *matrix = calloc(s->n, sizeof *matrix);
    if (!w || !matrix) {
        free(w);
        free(matrix);
        return mw_fail(err, -ENOMEM, "%s: no memory for the tensor table", s->file->path);
    }
    *w = (mw_weights){.layout = layout, .load = load, .matrix = matrix, .n = s->n};
    for (size_t i = 0; i < s->n; i++) {
        const mw_tensor t = wanted_of(s, i);
        matrix[i] = (mw_matrix){NULL, t.rows, t.cols, t.dtype, t.vector};
    }
    int rc = loads[load].maps ? load_mmap(w, s, err) : load_heap(w, s, err);
    if (rc) {
        mw_weights_close(w);
        return rc;
    }
    *out = w;
    return 0;
}

void mw_weights_close(mw_weights *w)
{
    if (!w)
        return;
    if (loads[w->load].maps) {
        mw_mapping_unguard(w->region);
        mw_file_unmap(w->region, w->region_bytes);
    } else {
        mw_pages_free((void *)(uintptr_t)w->region, (size_t)w->region_bytes);
    }
    free(w->matrix);
    free(w);
}

/* Reads a file and keeps nothing of it. */
static int read_through(const mw_file *file, mw_error *err)
{
    char *chunk = malloc(CHUNK_BYTES);
    int rc = chunk ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for a read buffer", file->path);
    for (uint64_t at = 0; at < file->bytes && !rc; at += CHUNK_BYTES)
        rc = mw_file_read(file, at, chunk, file->bytes - at < CHUNK_BYTES ? (size_t)(file->bytes - at) : CHUNK_BYTES,
                          err);
    free(chunk);
    return rc;
}

int mw_weights_refill(mw_source source, mw_load load, mw_error *err)
{
    const void *start;
    int rc = mw_file_evict(source.file, NULL);
    if (rc && rc != -ENOTSUP)
        return mw_fail(err, rc, "%s: cannot be evicted", source.file->path);
    if (!loads[load].maps)
        return read_through(source.file, err);
    rc = mw_file_map(source.file, loads[load].mode, &start, err);
    if (rc)
        return rc;
    mw_mapping_guard(start, source.file->bytes, source.file->path);
    const volatile char *bytes = start;
    for (uint64_t at = 0; at < source.file->bytes; at += mw_page_bytes())
        (void)bytes[at];
    mw_mapping_unguard(start);
    mw_file_unmap(start, source.file->bytes);
    return 0;
}

uint64_t mw_matrix_bytes(const mw_weights *w, size_t index)
{
    const mw_matrix *m = &w->matrix[index];
    return (m->vector ? &mw_layout_rowmajor : w->layout)->bytes(m->dtype, m->rows, m->cols);
}
