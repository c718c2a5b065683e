#include "layouts/layout.h"

#include "platform/pool.h"

const mw_layout *const mw_layouts[] = {&mw_layout_rowmajor, &mw_layout_tvl16, &mw_layout_colmajor, &mw_layout_aos,
                                       NULL};

const mw_layout *mw_layout_of(mw_layout_id id)
{
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        if ((*l)->id == id)
            return *l;
    return NULL;
}

void mw_layout_rows_of(size_t rows, int index, int threads, size_t *first, size_t *last)
{
    const size_t units = (rows + MW_ROW_SPLIT - 1) / MW_ROW_SPLIT;
    *first = mw_pool_share(units, index, threads) * MW_ROW_SPLIT;
    *last = mw_pool_share(units, index + 1, threads) * MW_ROW_SPLIT;
    if (*last > rows)
        *last = rows;
}

void mw_layout_pack(const mw_layout *layout, mw_dtype dtype, void *w, const void *src, size_t first, size_t n,
                    size_t rows, size_t cols)
{
    const size_t row = (size_t)mw_dtype_bytes(dtype, cols);
    for (size_t i = 0; i < n; i++)
        layout->put(dtype, w, (const char *)src + i * row, first + i, 0, cols / mw_dtypes[dtype].block, rows, cols);
}

/* Blocks of a row that are looked at together. */
enum { SOME = 64 };

static size_t some_of(size_t blocks, size_t first)
{
    return blocks - first < SOME ? blocks - first : SOME;
}

void mw_layout_row(const mw_layout *layout, mw_dtype dtype, float *dst, const void *w, size_t i, size_t rows,
                   size_t cols)
{
    const mw_dtype_info *t = &mw_dtypes[dtype];
    char blocks[SOME * MW_MOST_BLOCK_BYTES];
    for (size_t b = 0, n; b < cols / t->block; b += n) {
        n = some_of(cols / t->block, b);
        layout->get(dtype, w, blocks, i, b, n, rows, cols);
        t->to_floats(dst + b * t->block, blocks, n * t->block);
    }
}

/* Single values may be looked at in any order, and padding is zero; blocks have to be put together. */
bool mw_layout_finite(const mw_layout *layout, mw_dtype dtype, const void *w, size_t rows, size_t cols)
{
    const mw_dtype_info *t = &mw_dtypes[dtype];
    char blocks[SOME * MW_MOST_BLOCK_BYTES];
    if (!mw_dtype_in_blocks(dtype))
        return t->finite(w, (size_t)layout->bytes(dtype, rows, cols) / t->block_bytes);
    for (size_t i = 0; i < rows; i++)
        for (size_t b = 0, n; b < cols / t->block; b += n) {
            n = some_of(cols / t->block, b);
            layout->get(dtype, w, blocks, i, b, n, rows, cols);
            if (!t->finite(blocks, n * t->block))
                return false;
        }
    return true;
}
