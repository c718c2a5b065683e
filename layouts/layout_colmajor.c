/* Control: column-major. */
#include "layouts/layout.h"

static uint64_t cells(uint64_t rows, uint64_t cols)
{
    return rows * cols;
}

static size_t ld(size_t rows, size_t cols)
{
    (void)cols;
    return rows;
}

static size_t cell(size_t i, size_t j, size_t rows, size_t cols)
{
    (void)cols;
    return j * rows + i;
}

const mw_layout mw_layout_colmajor = {
    .name = "colmajor",
    .description = "control: columns one after another, walked by rows",
    .id = MW_LAYOUT_COLMAJOR,
    .by_columns = true,
    .panel_rows = 1,
    .forward_order = false,
    .cells = cells,
    .ld = ld,
    .cell = cell,
};
