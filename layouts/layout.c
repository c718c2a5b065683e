#include "layouts/layout.h"

#include "platform/pool.h"

#include <string.h>

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

bool mw_layout_takes(const mw_layout *layout, mw_dtype dtype)
{
    return dtype == MW_F32 || layout->id == MW_LAYOUT_ROWMAJOR;
}

uint64_t mw_layout_bytes(const mw_layout *layout, mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    return dtype == MW_F32 ? layout->cells(rows, cols) * sizeof(float) : rows * mw_dtype_bytes(dtype, cols);
}

uint64_t mw_layout_at(const mw_layout *layout, mw_dtype dtype, size_t i, size_t rows, size_t cols)
{
    return dtype == MW_F32 ? (uint64_t)layout->cell(i, 0, rows, cols) * sizeof(float) : i * mw_dtype_bytes(dtype, cols);
}

void mw_layout_pack(const mw_layout *layout, mw_dtype dtype, void *dst, const void *src, size_t first, size_t n,
                    size_t rows, size_t cols)
{
    const size_t row = (size_t)mw_dtype_bytes(dtype, cols);
    if (layout->id == MW_LAYOUT_ROWMAJOR) {
        memcpy((char *)dst + first * row, src, n * row);
        return;
    }
    float *to = dst;
    const float *from = src;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < cols; j++)
            to[layout->cell(first + i, j, rows, cols)] = from[i * cols + j];
}

void mw_layout_row(const mw_layout *layout, mw_dtype dtype, float *dst, const void *w, size_t i, size_t rows,
                   size_t cols)
{
    if (layout->id == MW_LAYOUT_ROWMAJOR) {
        mw_dtypes[dtype].to_floats(dst, (const char *)w + i * mw_dtype_bytes(dtype, cols), cols);
        return;
    }
    const float *from = w;
    for (size_t j = 0; j < cols; j++)
        dst[j] = from[layout->cell(i, j, rows, cols)];
}
