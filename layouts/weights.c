#include "layouts/weights.h"

#include "platform/checked.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every tensor starts on a line; 128 bytes cover the machines with the longest ones. */
enum { TENSOR_ALIGN = 128 };

/* Bytes read at a time while packing: large enough for the disk, small beside the weights. */
enum { CHUNK_BYTES = 1 << 20 };

const char *mw_load_name(mw_load load)
{
    static const char *const names[MW_LOAD_COUNT] = {"heap", "mmap"};
    return names[load];
}

static const mw_layout *layout_for(const mw_tensor *t, const mw_layout *layout)
{
    return t->vector ? &mw_layout_rowmajor : layout;
}

static bool stored_bytes(const mw_tensor *t, const mw_layout *layout, uint64_t *bytes)
{
    /* Dimensions are below 2^31 and the widest layout takes 16 bytes a weight, so cells() itself cannot overflow as
     * long as rows * cols stays below 2^58. */
    uint64_t weights;
    if (!mw_mul_u64(t->rows, t->cols, &weights) || weights >> 58)
        return false;
    return mw_mul_u64(layout_for(t, layout)->cells(t->rows, t->cols), sizeof(float), bytes);
}

static uint64_t heap_bytes(const mw_tensor *tensors, size_t n, const mw_layout *layout)
{
    uint64_t total = 0, bytes;
    for (size_t i = 0; i < n; i++)
        if (!stored_bytes(&tensors[i], layout, &bytes) || !mw_add_u64(total, bytes, &total) ||
            !mw_align_u64(total, TENSOR_ALIGN, &total))
            return UINT64_MAX;
    return total;
}

uint64_t mw_weights_bytes(const mw_file *file, const mw_tensor *tensors, size_t n, const mw_layout *layout,
                          mw_load load)
{
    return load == MW_LOAD_MMAP ? file->bytes : heap_bytes(tensors, n, layout);
}

static int all_finite(const float *x, size_t n)
{
    /* Inf and NaN are the values with all exponent bits set. */
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

/* Reads one tensor in blocks of whole rows and packs it to `dst`. */
static int fill(const mw_file *file, const mw_tensor *t, const mw_layout *layout, float *dst, float *chunk,
                size_t chunk_rows, mw_error *err)
{
    for (size_t row = 0; row < t->rows; row += chunk_rows) {
        size_t n = t->rows - row < chunk_rows ? t->rows - row : chunk_rows;
        float *to = layout->id == MW_LAYOUT_ROWMAJOR ? dst + row * t->cols : chunk;
        int rc = mw_file_read(file, t->offset + row * t->cols * sizeof(float), to, n * t->cols * sizeof(float), err);
        if (rc)
            return rc;
        if (!all_finite(to, n * t->cols))
            return mw_fail(err, -EINVAL, "%s: tensor %s holds a value that is not finite; the file is damaged",
                           file->path, t->name);
        if (to == chunk)
            mw_layout_pack(layout, dst, chunk, row, n, t->rows, t->cols);
    }
    return 0;
}

/* Indices of the tensors in the order in which they are placed. */
static void place_order(const mw_tensor *tensors, size_t n, bool forward, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        if (!forward) /* insertion sort by offset: a few hundred tensors, mostly in order already */
            for (; at > 0 && tensors[order[at - 1]].offset > tensors[i].offset; at--)
                order[at] = order[at - 1];
        order[at] = i;
    }
}

static int load_heap(mw_weights *w, const mw_file *file, const mw_tensor *tensors, mw_error *err)
{
    uint64_t total = heap_bytes(tensors, w->n, w->layout);
    char *region = total <= SIZE_MAX / 2 ? mw_pages_alloc((size_t)total) : NULL;
    if (!region)
        return mw_fail(err, -ENOMEM, "%s: no memory for %llu MiB of weights in layout %s; choose a smaller model",
                       file->path, (unsigned long long)(total >> 20), w->layout->name);
    w->region = region;
    w->region_bytes = total;

    size_t widest = 1;
    for (size_t i = 0; i < w->n; i++)
        if (tensors[i].cols > widest)
            widest = tensors[i].cols;
    size_t chunk_rows = CHUNK_BYTES / sizeof(float) / widest;
    if (chunk_rows == 0)
        chunk_rows = 1;
    float *chunk = malloc(chunk_rows * widest * sizeof *chunk);
    size_t *order = malloc(w->n * sizeof *order);
    int rc = chunk && order ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for a read buffer", file->path);
    if (!rc)
        place_order(tensors, w->n, w->layout->forward_order, order);
    uint64_t at = 0;
    for (size_t k = 0; k < w->n && !rc; k++) {
        const mw_tensor *t = &tensors[order[k]];
        uint64_t bytes = 0;
        stored_bytes(t, w->layout, &bytes); /* heap_bytes has seen that it fits */
        w->matrix[order[k]].data = (const float *)(region + at);
        rc = fill(file, t, layout_for(t, w->layout), (float *)(region + at), chunk, chunk_rows, err);
        w->bytes += bytes;
        mw_align_u64(at + bytes, TENSOR_ALIGN, &at);
    }
    free(order);
    free(chunk);
    return rc;
}

static int load_mmap(mw_weights *w, const mw_file *file, const mw_tensor *tensors, mw_error *err)
{
    if (w->layout->id != MW_LAYOUT_ROWMAJOR)
        return mw_fail(err, -ENOTSUP, "%s: load mmap needs a file in layout %s, this one is row-major; use --load=heap",
                       file->path, w->layout->name);
    int rc = mw_file_map(file, &w->region, err);
    if (rc)
        return rc;
    w->region_bytes = file->bytes;
    if (mw_mapping_guard(w->region, file->bytes, file->path))
        return mw_fail(err, -ENOSPC, "%s: more than %d files mapped at once", file->path, MW_GUARDED_MAPS);
    for (size_t i = 0; i < w->n; i++) {
        w->matrix[i].data = (const float *)((const char *)w->region + tensors[i].offset);
        w->bytes += (uint64_t)tensors[i].rows * tensors[i].cols * sizeof(float);
    }
    return 0;
}

int mw_weights_open(const mw_file *file, const mw_tensor *tensors, size_t n, const mw_layout *layout, mw_load load,
                    mw_weights **out, mw_error *err)
{
    *out = NULL;
    mw_weights *w = calloc(1, sizeof *w);
    mw_matrix *matrix = calloc(n, sizeof *matrix);
    if (!w || !matrix) {
        free(w);
        free(matrix);
        return mw_fail(err, -ENOMEM, "%s: no memory for the tensor table", file->path);
    }
    *w = (mw_weights){.layout = layout, .load = load, .matrix = matrix, .n = n};
    for (size_t i = 0; i < n; i++)
        matrix[i] = (mw_matrix){NULL, tensors[i].rows, tensors[i].cols};
    int rc = load == MW_LOAD_MMAP ? load_mmap(w, file, tensors, err) : load_heap(w, file, tensors, err);
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
    if (w->load == MW_LOAD_MMAP) {
        mw_mapping_unguard(w->region);
        mw_file_unmap(w->region, w->region_bytes);
    } else {
        mw_pages_free((void *)(uintptr_t)w->region, (size_t)w->region_bytes);
    }
    free(w->matrix);
    free(w);
}
