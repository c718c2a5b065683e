/* Row-major, as llama2.c's checkpoints have it. */
#include "layouts/layout.h"

static uint64_t cells(uint64_t rows, uint64_t cols)
{
    return rows * cols;
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static size_t cell(size_t i, size_t j, size_t rows, size_t cols)
{
    (void)rows;
    return i * cols + j;
}

const mw_layout mw_layout_rowmajor = {
    .name = "rowmajor",
    .description = "rows one after another, as in the checkpoint",
    .id = MW_LAYOUT_ROWMAJOR,
    .panel_rows = 1,
    .forward_order = false,
    .cells = cells,
    .ld = ld,
    .cell = cell,
};
