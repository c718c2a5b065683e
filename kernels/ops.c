#include "kernels/ops.h"

const char *mw_op_name(mw_op op)
{
    static const char *const names[MW_OP_COUNT] = {"gemv",        "gemm",      "rmsnorm", "rope",
                                                   "rope_halves", "attention", "swiglu",  "quantize"};
    return names[op];
}

mw_cost mw_gemm_cost(mw_dtype dtype, uint64_t rows, uint64_t cols, uint64_t tokens)
{
    return (mw_cost){2 * rows * cols * tokens, rows * mw_dtype_bytes(dtype, cols) + mw_x_bytes(dtype, cols) * tokens,
                     rows * tokens * sizeof(float)};
}

mw_cost mw_op_cost(mw_op op, mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    const uint64_t n = rows * cols, f = sizeof(float);
    switch (op) {
    case MW_OP_GEMV:
    case MW_OP_GEMM: return mw_gemm_cost(dtype, rows, cols, 1);
    case MW_OP_RMSNORM: /* square and add, then two products; once per call: division, root, epsilon */
        return (mw_cost){4 * n + 4 * rows, 2 * n * f, n * f};
    case MW_OP_ROPE:
    case MW_OP_ROPE_HALVES: /* a pair costs four products and two sums; the table is shared by all heads */
        return (mw_cost){3 * n, (n + cols) * f, n * f};
    case MW_OP_ATTENTION: /* two products and two sums per value; compare, subtract, scale, exp, add a score; a division
                           * per output. Keys and values are read once, scores stay in the first cache */
        return (mw_cost){4 * n + 5 * rows + cols, (2 * n + cols) * f, cols * f};
    case MW_OP_SWIGLU: /* negate, exp, add, divide, two products */ return (mw_cost){6 * n, 2 * n * f, n * f};
    case MW_OP_QUANTIZE: /* magnitude, compare, product, round, add; two divisions per block */
        return (mw_cost){5 * n + n / 16, n * f, mw_x_bytes(MW_Q8_0, n)};
    case MW_OP_COUNT: break;
    }
    return (mw_cost){0, 0, 0};
}
