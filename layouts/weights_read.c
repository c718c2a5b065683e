/* Loads that read: tensors are copied as they are, or converted into another layout or dtype. See weights_parts.h. */
#include "layouts/weights_parts.h"

#include "platform/checked.h"

#include <errno.h>
#include <stdlib.h>

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
    const mw_layout *layout = mw_tensor_layout(t, r->layout);
    const uint64_t bytes = layout->bytes(t->dtype, t->rows, t->cols);
    const size_t value = mw_dtypes[t->dtype].block_bytes, step = r->chunk_bytes / value * value;
    const bool blocks = mw_dtype_in_blocks(t->dtype);
    for (uint64_t at = 0; at < bytes; at += step) {
        const size_t n = bytes - at < step ? (size_t)(bytes - at) : step;
        int rc = read_bytes(r, t, at, dst + at, n);
        if (rc)
            return rc;
        if (!blocks && !mw_dtypes[t->dtype].finite(dst + at, n / value))
            return mw_tensor_not_finite(t, r->source->file->path, r->err);
    }
    return blocks && !mw_layout_finite(layout, t->dtype, dst, t->rows, t->cols)
               ? mw_tensor_not_finite(t, r->source->file->path, r->err)
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
            rc = mw_tensor_not_finite(t, r->source->file->path, r->err);
        if (rc)
            return rc;
        mw_layout_pack(mw_tensor_layout(t, r->layout), dtype, dst, dtype != t->dtype ? r->stored : r->chunk, row, n,
                       t->rows, t->cols);
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
        const mw_tensor wanted = mw_tensor_wanted(r->source, order[k].index);
        const bool same =
            mw_tensor_layout(t, w->layout) == mw_tensor_layout(t, r->source->layout) && wanted.dtype == t->dtype;
        char *dst = region + at;
        w->matrix[order[k].index].data = dst;
        rc = same ? copy_tensor(r, t, dst) : pack_tensor(r, t, wanted.dtype, dst);
        mw_tensor_bytes(&wanted, w->layout, &bytes); /* heap_bytes has checked that it fits */
        w->bytes += bytes;
        mw_align_u64(at + bytes, TENSOR_ALIGN, &at);
    }
    return rc;
}

int mw_weights_read(mw_weights *w, const mw_source *s, char *region, mw_error *err)
{
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
