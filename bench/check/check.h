/* Decides whether a kernel is right: exhaustively in the tests, in short form before `bench` times anything.
 *
 * The reference is plain C in double, written here and not in any kernel. A rounding bound alone cannot see one dropped
 * element in a long row, so there are three nets. Integer data whose partial sums stay below 2^24 has one answer,
 * whatever the order of the sum: bit for bit. A one-hot x picks out a column, also exactly. Real data has to stay
 * within
 *
 *     |y - ref| <= err_scale * (n + 2) * 2^-23 * sum|w||x| + n * FLT_TRUE_MIN
 *
 * (any order of n products and n - 1 sums, fused or not, with a factor 2 to spare; the last term is for products that
 * underflow); check_ops.c derives the bounds of the other ops. NaN and Inf must come out where the reference has them
 * and nowhere else. The same call twice gives the same bits, and so does a call for the rows from a multiple of
 * MW_ROW_SPLIT on, which is how threads share a matrix. A GEMM passes the same nets, token by token, and returns the
 * bits of the GEMV kernel that it belongs to.
 *
 * Operands lie in memory with inaccessible pages directly before or after them; what is left between an operand
 * and the other page is filled with a NaN of its own kind and must be the same afterwards. A kernel that touches a
 * forbidden page is reported like any other mistake: during a call SIGSEGV and SIGBUS are caught. */
#ifndef MW_BENCH_CHECK_H
#define MW_BENCH_CHECK_H

#include "engine/model.h"
#include "engine/variant.h"

/* Kinds of data. The first two are the exact nets. */
typedef enum mw_data {
    MW_DATA_INTEGER,    /* whole numbers other than 0, partial sums below 2^24 */
    MW_DATA_ONE_HOT,    /* x is 1 in one place and 0 elsewhere, the weights anything finite */
    MW_DATA_NORMAL,     /* uniform in (-1, 1) */
    MW_DATA_EXTREME,    /* magnitudes from 2^-100 to 2^51, all sums finite */
    MW_DATA_CANCELLING, /* terms that leave a millionth of themselves */
    MW_DATA_ZERO,       /* zero vectors, zero rows */
    MW_DATA_TINY,       /* denormal operands and denormal products */
    MW_DATA_NONFINITE,  /* Inf and NaN in some rows, and in x */
    MW_DATA_COUNT
} mw_data;

/* "integer", "one-hot", ... */
const char *mw_data_name(mw_data data);

/* One case. GEMV and GEMM take rows and cols; ROPE heads and head size; attention positions seen and head size; the
 * rest n as `cols` with rows = 1. */
typedef struct mw_check_case {
    size_t rows, cols, tokens; /* tokens: of a GEMM, at least 1; other ops do not look at it */
    unsigned misalign; /* bytes after a 64-byte line, a multiple of 4 below 64: where w starts, as far as the kernel's
                          `align` allows; other operands start at odd multiples of it, so that 0 aligns all */
    bool guard_end;    /* operands end at a forbidden page and `misalign` does not count; else they start after one,
                          `misalign` bytes away */
    mw_data data;
    uint64_t seed;
} mw_check_case;

/* Whether the kernel takes this shape (row_multiple, col_multiple, even head sizes). */
bool mw_check_takes(const mw_kernel *kernel, size_t rows, size_t cols);

/* Runs one case. 0: right. -EDOM: a wrong result or a write where there should be none; -EFAULT: touched memory outside
 * of its operands; -EINVAL: a shape that the kernel does not take, or a GEMM without its GEMV; -ENOTSUP: this CPU
 * cannot run it; -ENOMEM. Every message names kernel and case. Not to be called from two threads at once. */
int mw_check_kernel(const mw_kernel *kernel, const mw_check_case *c, mw_error *err);

/* The short form, some milliseconds: odd sizes after both kinds of guard in the telling kinds of data, and the shape
 * that the kernel is going to be timed with. That one keeps its columns, as the sums run along them; of its rows only
 * as many are taken as make a quarter of a million weights. Returns as mw_check_kernel does, at the first failure. */
int mw_check_short(const mw_kernel *kernel, size_t rows, size_t cols, mw_error *err);

/* The short form for everything that a variant decodes with, in shapes of the model: its GEMV kernel and all that go
 * with it. */
int mw_check_variant(const mw_model *model, const mw_variant *variant, mw_error *err);

#endif
