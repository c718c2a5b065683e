/* Control: array of structs. Each weight is the first of four floats, the other three are padding. */
#include "layouts/layout.h"

enum { FLOATS = 4, STRUCT_BYTES = FLOATS * sizeof(float) };

static uint64_t bytes(mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    (void)dtype;
    return rows * cols * STRUCT_BYTES;
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static uint64_t at(mw_dtype dtype, size_t i, size_t rows, size_t cols)
{
    (void)dtype, (void)rows;
    return i * cols * STRUCT_BYTES;
}

static void put(mw_dtype dtype, void *w, const void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)dtype, (void)rows;
    for (size_t k = 0; k < n; k++)
        ((float *)w)[(i * cols + b + k) * FLOATS] = ((const float *)blocks)[k];
}

static void get(mw_dtype dtype, const void *w, void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)dtype, (void)rows;
    for (size_t k = 0; k < n; k++)
        ((float *)blocks)[k] = ((const float *)w)[(i * cols + b + k) * FLOATS];
}

const mw_layout mw_layout_aos = {
    .name = "aos",
    .description = "control: each weight in a 16-byte struct",
    .id = MW_LAYOUT_AOS,
    .panel_rows = 1,
    .f32_only = true,
    .bytes = bytes,
    .ld = ld,
    .at = at,
    .put = put,
    .get = get,
};
