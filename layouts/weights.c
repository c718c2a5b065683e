#include "layouts/weights_parts.h"

#include "platform/checked.h"

#include <errno.h>
#include <stdlib.h>

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

static uint64_t heap_bytes(const mw_source *s, const mw_layout *layout)
{
    uint64_t total = 0, bytes;
    for (size_t i = 0; i < s->n; i++) {
        const mw_tensor t = mw_tensor_wanted(s, i);
        if (!mw_tensor_bytes(&t, layout, &bytes) || !mw_add_u64(total, bytes, &total) ||
            !mw_align_u64(total, TENSOR_ALIGN, &total))
            return UINT64_MAX;
    }
    return total;
}

uint64_t mw_weights_bytes(mw_source source, const mw_layout *layout, mw_load load)
{
    uint64_t bytes = loads[load].maps ? source.file->bytes : heap_bytes(&source, layout);
    return mw_mul_u64(bytes, (uint64_t)mw_placement_copies(source.placement), &bytes) ? bytes : UINT64_MAX;
}

/* --- loads that read --- */

static int load_heap(mw_weights *w, const mw_source *s, mw_error *err)
{
    w->region_bytes = heap_bytes(s, w->layout);
    int rc = mw_weights_alloc(w, s->placement, loads[w->load].huge, s, err);
    if (!rc)
        rc = mw_weights_read(w, s, (char *)(uintptr_t)w->region, err);
    return rc ? rc : mw_weights_repeat(w, s, err);
}

/* --- loads that map --- */

static int load_mmap(mw_weights *w, const mw_source *s, mw_error *err)
{
    int rc = mw_file_map(s->file, loads[w->load].mode, &w->region, err);
    if (rc)
        return rc;
    w->region_bytes = s->file->bytes;
    w->copy[0] = w->region;
    w->n_copies = 1;
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
        const mw_dtype dtype = mw_tensor_wanted(s, i).dtype;
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
    int rc = mw_placement_check(s->placement, load, err);
    if (rc)
        return rc;
    mw_weights *w = calloc(1, sizeof *w);
    mw_matrix *matrix = calloc(s->n, sizeof *matrix);
    if (!w || !matrix) {
        free(w);
        free(matrix);
        return mw_fail(err, -ENOMEM, "%s: no memory for the tensor table", s->file->path);
    }
    *w = (mw_weights){.layout = layout, .load = load, .matrix = matrix, .n = s->n};
    for (size_t i = 0; i < s->n; i++) {
        const mw_tensor t = mw_tensor_wanted(s, i);
        matrix[i] = (mw_matrix){NULL, t.rows, t.cols, t.dtype, t.vector};
    }
    rc = loads[load].maps ? load_mmap(w, s, err) : load_heap(w, s, err);
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
        mw_weights_free(w);
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
