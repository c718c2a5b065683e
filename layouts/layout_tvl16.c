/* Tensor Virtualization Layout: rows in panels of 16, each panel column by column, so that one column of a panel is one
 * 64-byte line. tvl[p][j][r] = W[p * 16 + r][j]; the last panel is padded with zero rows. */
#include "layouts/layout.h"

enum { R = 16 };

static uint64_t cells(uint64_t rows, uint64_t cols)
{
    return (rows + R - 1) / R * R * cols;
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static size_t cell(size_t i, size_t j, size_t rows, size_t cols)
{
    (void)rows;
    return i / R * R * cols + j * R + i % R;
}

const mw_layout mw_layout_tvl16 = {
    .name = "tvl",
    .description = "panels of 16 rows, column after column, in the order of the forward pass",
    .id = MW_LAYOUT_TVL16,
    .panel_rows = 16,
    .forward_order = true,
    .cells = cells,
    .ld = ld,
    .cell = cell,
};
