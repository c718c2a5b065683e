/* The public interface to kernels, dtypes and layouts (include/memwall/gemv.h). */
#include "include/memwall/gemv.h"

#include "kernels/registry.h"
#include "layouts/layout.h"
#include "platform/text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MEMWALL_ERROR == sizeof((mw_error *)0)->text, "an error text fits");
_Static_assert((int)MEMWALL_ROWS == (int)MW_ROW_SPLIT, "shares start where kernels can");

struct memwall_gemv {
    const mw_kernel *kernel, *quantize;
    const mw_layout *layout;
    size_t rows, cols, ld, w_bytes, x_bytes;
};

/* Copies the line of a failure to the caller's array. */
static int told(int rc, const mw_error *err, char *error)
{
    if (rc && error)
        mw_text_copy(error, MEMWALL_ERROR, err->text);
    return rc ? -1 : 0;
}

static int find_layout(const char *name, const mw_layout **out, mw_error *err)
{
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        if (strcmp(name, (*l)->name) == 0) {
            *out = *l;
            return 0;
        }
    return mw_fail(err, -ENOENT, "no layout is called '%.32s'; choose one of: rowmajor, tvl, colmajor, aos", name);
}

static int find_kernel(memwall_gemv *g, mw_dtype dtype, const char *name, mw_error *err)
{
    if (!name) {
        g->kernel = mw_kernel_best(dtype, g->layout->id, false);
        return g->kernel ? 0
                         : mw_fail(err, -ENOTSUP, "there is no %s kernel of layout %s; use layout tvl or rowmajor",
                                   mw_dtypes[dtype].name, g->layout->name);
    }
    int rc = mw_kernel_find(MW_OP_GEMV, dtype, name, &g->kernel, err);
    if (!rc && g->kernel->layout != g->layout->id)
        rc = mw_fail(err, -EINVAL, "kernel %s reads layout %s, not %s", name, mw_layout_of(g->kernel->layout)->name,
                     g->layout->name);
    return rc;
}

static int check_shape(const memwall_gemv *g, mw_error *err)
{
    const mw_kernel *k = g->kernel;
    const size_t block = mw_dtypes[k->dtype].block;
    const size_t multiple = block > k->col_multiple ? block : k->col_multiple; /* powers of two */
    if (g->rows == 0 || g->cols == 0 || g->rows > UINT32_MAX || g->cols > UINT32_MAX)
        return mw_fail(err, -EINVAL, "a matrix of %zu x %zu; both must be from 1 to 2^32 - 1", g->rows, g->cols);
    if (g->cols % multiple || g->rows % k->row_multiple)
        return mw_fail(err, -EINVAL, "%zu x %zu: kernel %s needs rows in multiples of %u and columns of %zu", g->rows,
                       g->cols, k->name, k->row_multiple, multiple);
    return 0;
}

static size_t aligned(uint64_t bytes)
{
    return (size_t)((bytes + MEMWALL_ALIGN - 1) / MEMWALL_ALIGN * MEMWALL_ALIGN);
}

static int fill_in(memwall_gemv *g, const char *dtype_name, const char *layout, const char *kernel, mw_error *err)
{
    mw_dtype dtype;
    mw_kernel_set set;
    if (!mw_dtype_named(dtype_name, &dtype))
        return mw_fail(err, -ENOENT,
                       "no dtype is called '%.32s'; choose one of: f32, bf16, f16, q8_0, q4_0, q4_K, "
                       "q5_K, q6_K",
                       dtype_name);
    int rc = find_layout(layout, &g->layout, err);
    if (!rc)
        rc = find_kernel(g, dtype, kernel, err);
    if (!rc)
        rc = check_shape(g, err);
    if (rc)
        return rc;
    mw_kernel_set_for(g->kernel, &set);
    g->quantize = set.of[MW_OP_QUANTIZE];
    g->ld = g->layout->ld(g->rows, g->cols);
    g->w_bytes = aligned(g->layout->bytes(dtype, g->rows, g->cols));
    g->x_bytes = aligned(mw_x_bytes(dtype, g->cols));
    return 0;
}

memwall_gemv *memwall_gemv_new(const char *dtype, const char *layout, const char *kernel, size_t rows, size_t cols,
                               char *error)
{
    mw_error err;
    memwall_gemv *g = malloc(sizeof *g);
    int rc = g ? 0 : mw_fail(&err, -ENOMEM, "no memory for a product");
    if (!rc) {
        *g = (memwall_gemv){.rows = rows, .cols = cols};
        rc = fill_in(g, dtype, layout, kernel, &err);
    }
    if (!told(rc, &err, error))
        return g;
    free(g);
    return NULL;
}

void memwall_gemv_free(memwall_gemv *g)
{
    free(g);
}

const char *memwall_gemv_kernel(const memwall_gemv *g)
{
    return g->kernel->name;
}

size_t memwall_gemv_w_bytes(const memwall_gemv *g)
{
    return g->w_bytes;
}

size_t memwall_gemv_x_bytes(const memwall_gemv *g)
{
    return g->x_bytes;
}

static int check_rows(const memwall_gemv *g, size_t first, size_t n, mw_error *err)
{
    return first <= g->rows && n <= g->rows - first
               ? 0
               : mw_fail(err, -EINVAL, "rows from %zu to %zu of a matrix of %zu rows", first, first + n, g->rows);
}

int memwall_gemv_pack_stored(const memwall_gemv *g, void *w, size_t first, size_t n, const void *stored, char *error)
{
    const mw_dtype dtype = g->kernel->dtype;
    mw_error err;
    int rc = check_rows(g, first, n, &err);
    if (!rc && !mw_dtypes[dtype].finite(stored, n * g->cols))
        rc = mw_fail(&err, -EINVAL, "a value of rows %zu to %zu is not finite", first, first + n);
    if (!rc && first == 0)
        memset(w, 0, g->w_bytes);
    if (!rc)
        mw_layout_pack(g->layout, dtype, w, stored, first, n, g->rows, g->cols);
    return told(rc, &err, error);
}

int memwall_gemv_pack(const memwall_gemv *g, void *w, size_t first, size_t n, const float *values, char *error)
{
    const mw_dtype dtype = g->kernel->dtype;
    mw_error err;
    int rc = check_rows(g, first, n, &err);
    void *row = rc ? NULL : malloc((size_t)mw_dtype_bytes(dtype, g->cols));
    if (!rc && !row)
        rc = mw_fail(&err, -ENOMEM, "no memory for a row of %zu columns", g->cols);
    for (size_t i = 0; !rc && i < n; i++)
        if (!mw_dtypes[MW_F32].finite(values + i * g->cols, g->cols))
            rc = mw_fail(&err, -EINVAL, "a value of row %zu is not finite", first + i);
    if (!rc && first == 0)
        memset(w, 0, g->w_bytes);
    for (size_t i = 0; !rc && i < n; i++) {
        mw_dtypes[dtype].of_floats(row, values + i * g->cols, g->cols);
        mw_layout_pack(g->layout, dtype, w, row, first + i, 1, g->rows, g->cols);
    }
    free(row);
    return told(rc, &err, error);
}

void memwall_gemv_x(const memwall_gemv *g, void *x, const float *values)
{
    if (mw_dtype_in_blocks(g->kernel->dtype))
        g->quantize->fn.quantize(x, values, g->cols);
    else
        memcpy(x, values, g->cols * sizeof *values);
}

void memwall_gemv_run(const memwall_gemv *g, float *y, const void *w, const void *x, size_t first, size_t n)
{
    const uint64_t at = g->layout->at(g->kernel->dtype, first, g->rows, g->cols);
    if (n > 0)
        g->kernel->fn.gemv(y, (const char *)w + at, x, n, g->cols, g->ld);
}

const char *memwall_dtype_name(int index)
{
    return index >= 0 && index < MW_DTYPE_COUNT ? mw_dtypes[index].name : NULL;
}

const char *memwall_layout_name(int index)
{
    return index >= 0 && index < MW_LAYOUT_COUNT ? mw_layouts[index]->name : NULL;
}

const char *memwall_version(void)
{
    return MW_VERSION;
}
