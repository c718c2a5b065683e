/* Row-major, as llama2.c's checkpoints and GGUF files have it. */
#include "layouts/layout.h"

#include <string.h>

static uint64_t bytes(mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    return rows * mw_dtype_bytes(dtype, cols);
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static uint64_t at(mw_dtype dtype, size_t i, size_t rows, size_t cols)
{
    (void)rows;
    return i * mw_dtype_bytes(dtype, cols);
}

static size_t place(mw_dtype dtype, size_t i, size_t b, size_t cols)
{
    return (i * (cols / mw_dtypes[dtype].block) + b) * mw_dtypes[dtype].block_bytes;
}

static void put(mw_dtype dtype, void *w, const void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)rows;
    memcpy((char *)w + place(dtype, i, b, cols), blocks, n * mw_dtypes[dtype].block_bytes);
}

static void get(mw_dtype dtype, const void *w, void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)rows;
    memcpy(blocks, (const char *)w + place(dtype, i, b, cols), n * mw_dtypes[dtype].block_bytes);
}

const mw_layout mw_layout_rowmajor = {
    .name = "rowmajor",
    .description = "rows one after another, as in the checkpoint",
    .id = MW_LAYOUT_ROWMAJOR,
    .panel_rows = 1,
    .bytes = bytes,
    .ld = ld,
    .at = at,
    .put = put,
    .get = get,
};
