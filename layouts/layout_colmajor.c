/* Control: column-major. */
#include "layouts/layout.h"

static uint64_t bytes(mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    return rows * mw_dtype_bytes(dtype, cols);
}

static size_t ld(size_t rows, size_t cols)
{
    (void)cols;
    return rows;
}

static uint64_t at(mw_dtype dtype, size_t i, size_t rows, size_t cols)
{
    (void)dtype, (void)rows, (void)cols;
    return i * sizeof(float);
}

static void put(mw_dtype dtype, void *w, const void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)dtype, (void)cols;
    for (size_t k = 0; k < n; k++)
        ((float *)w)[(b + k) * rows + i] = ((const float *)blocks)[k];
}

static void get(mw_dtype dtype, const void *w, void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)dtype, (void)cols;
    for (size_t k = 0; k < n; k++)
        ((float *)blocks)[k] = ((const float *)w)[(b + k) * rows + i];
}

const mw_layout mw_layout_colmajor = {
    .name = "colmajor",
    .description = "control: columns one after another, walked by rows",
    .id = MW_LAYOUT_COLMAJOR,
    .panel_rows = 1,
    .f32_only = true,
    .by_columns = true,
    .bytes = bytes,
    .ld = ld,
    .at = at,
    .put = put,
    .get = get,
};
