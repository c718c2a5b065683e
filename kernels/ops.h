/* The op table: what each operation costs. Kernels never state their own traffic; everything that computes FLOP/s,
 * bandwidth or arithmetic intensity asks here. */
#ifndef MW_KERNELS_OPS_H
#define MW_KERNELS_OPS_H

#include "kernels/kernel.h"

/* "gemv", "gemm", "rmsnorm", ... */
const char *mw_op_name(mw_op op);

/* What one call has to do, whatever the kernel: floating-point operations (an exp, a division or a root counts as one),
 * bytes that must be read and bytes that must be written if every operand is touched once. Padding and re-reading are
 * not included. */
typedef struct mw_cost {
    uint64_t flops, bytes_read, bytes_written;
} mw_cost;

/* The cost of `op` on `rows` x `cols`: GEMV takes both, and so does GEMM, for one token; of both ropes heads and head
 * size; the rest n as `cols` with rows = 1. `dtype` is that of the weights; ops without weights take MW_F32. */
mw_cost mw_op_cost(mw_op op, mw_dtype dtype, uint64_t rows, uint64_t cols);

/* The cost of a GEMM for `tokens` tokens: of weights it takes what one token takes, of everything else a multiple. */
mw_cost mw_gemm_cost(mw_dtype dtype, uint64_t rows, uint64_t cols, uint64_t tokens);

#endif
