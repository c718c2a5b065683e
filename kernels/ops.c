#include "kernels/ops.h"

const char *mw_op_name(mw_op op)
{
    static const char *const names[MW_OP_COUNT] = {"gemv", "gemm", "rmsnorm", "rope", "attention", "swiglu"};
    return names[op];
}

mw_cost mw_gemm_cost(uint64_t rows, uint64_t cols, uint64_t tokens)
{
    const uint64_t n = rows * cols, f = sizeof(float);
    return (mw_cost){2 * n * tokens, (n + cols * tokens) * f, rows * tokens * f};
}

mw_cost mw_op_cost(mw_op op, uint64_t rows, uint64_t cols)
{
    const uint64_t n = rows * cols, f = sizeof(float);
    switch (op) {
    case MW_OP_GEMV:
    case MW_OP_GEMM: return mw_gemm_cost(rows, cols, 1);
    case MW_OP_RMSNORM: /* square and add, then two products; once per call: division, root, epsilon */
        return (mw_cost){4 * n + 4 * rows, 2 * n * f, n * f};
    case MW_OP_ROPE: /* a pair costs four products and two sums; the table is shared by all heads */
        return (mw_cost){3 * n, (n + cols) * f, n * f};
    case MW_OP_ATTENTION: /* two products and two sums per value; compare, subtract, scale, exp, add a score; a division
                           * per output. Keys and values are read once, scores stay in the first cache */
        return (mw_cost){4 * n + 5 * rows + cols, (2 * n + cols) * f, cols * f};
    case MW_OP_SWIGLU: /* negate, exp, add, divide, two products */ return (mw_cost){6 * n, 2 * n * f, n * f};
    case MW_OP_COUNT: break;
    }
    return (mw_cost){0, 0, 0};
}
