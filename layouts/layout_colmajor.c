/* Control: column-major. */
#include "layouts/layout.h"

#include <string.h>

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

static void put(mw_dtype dtype, void *w, const void *block, size_t i, size_t b, size_t rows, size_t cols)
{
    (void)dtype, (void)cols;
    memcpy((float *)w + b * rows + i, block, sizeof(float));
}

static void get(mw_dtype dtype, const void *w, void *block, size_t i, size_t b, size_t rows, size_t cols)
{
    (void)dtype, (void)cols;
    memcpy(block, (const float *)w + b * rows + i, sizeof(float));
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
