/* Control: array of structs. Each weight is the first of four floats, the other three are padding. */
#include "layouts/layout.h"

enum { STRUCT = 4 };

static uint64_t cells(uint64_t rows, uint64_t cols)
{
    return rows * cols * STRUCT;
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static size_t cell(size_t i, size_t j, size_t rows, size_t cols)
{
    (void)rows;
    return (i * cols + j) * STRUCT;
}

const mw_layout mw_layout_aos = {
    .name = "aos",
    .description = "control: each weight in a 16-byte struct",
    .id = MW_LAYOUT_AOS,
    .panel_rows = 1,
    .forward_order = false,
    .cells = cells,
    .ld = ld,
    .cell = cell,
};
