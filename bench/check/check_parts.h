/* What the files check*.c of this folder share; nobody else includes this. */
#ifndef MW_BENCH_CHECK_PARTS_H
#define MW_BENCH_CHECK_PARTS_H

#include "bench/check/check.h"
#include "bench/stats/random.h"

#include <signal.h>

/* One operand in guarded memory: floats[0..n) inside all[0..all_n), the rest of which is filled with canaries. */
typedef struct mw_guarded {
    const char *name;
    float *floats, *all;
    size_t n, all_n;
} mw_guarded;

enum { MW_CHECK_BLOCKS = 5 };

typedef struct mw_check {
    const mw_kernel *kernel;
    const mw_check_case *c;
    mw_error *err;
    mw_guarded block[MW_CHECK_BLOCKS];
} mw_check;

/* Runs one case of a GEMV or GEMM, or of any other op; mw_check_kernel has looked at shape and CPU. */
int mw_check_gemv(mw_check *check);
int mw_check_op(mw_check *check);

/* --- small ops --- */

/* One call of a small op, out = op(first, second, third): what operands hold, and what is wanted. */
typedef struct mw_op_case {
    mw_check *check;
    mw_op op;
    size_t rows, cols;
    size_t n_out, n_first, n_second, n_third, n_scratch; /* floats; 0 if the op has no such operand */
    bool in_place;                                       /* `out` starts as `first`, which the kernel is not given */
    float *first, *second, *third, *was;                 /* contents of the operands; what the first call returned */
    double *want, *bound, *work;                         /* [n_out], [n_out], [2 * n_scratch] */
} mw_op_case;

/* Whether the op takes rows, of an even number of columns: heads, or positions. */
bool mw_check_even_rows(mw_op op);

/* check_attention.c: first = q, second = keys, third = values. Fills the operands; puts ones for the `k`-th place;
 * makes what is wanted and its bound of the operands' contents. */
void mw_attention_data(mw_op_case *o, uint64_t *state);
void mw_attention_one_hot(mw_op_case *o, int k, uint64_t *state);
void mw_attention_want(mw_op_case *o);

/* --- operands --- */

/* Allocates block[which], zeroed. `align` is the alignment that the operand must have, `misalign` what it gets if that
 * and the case's guard allow it. -ENOMEM. All blocks are freed by mw_check_kernel. */
int mw_block_open(mw_check *check, int which, const char *name, size_t n, unsigned align, unsigned misalign);

/* Fills floats[first..first + n) with canaries: values that no kernel computes. */
void mw_canaries(float *floats, size_t n);

/* How many of floats[0..n) from the first one on are still canaries. */
size_t mw_canaries_kept(const float *floats, size_t n);

/* Whether the canaries around all blocks are as they were; -EDOM. */
int mw_check_margins(mw_check *check);

/* --- calls and comparisons --- */

/* The fault handlers that were there before; between set and unset mw_check_call can catch faults. */
enum { MW_TRAP_SIGNALS = 2 };
typedef struct mw_trap {
    struct sigaction old[MW_TRAP_SIGNALS];
} mw_trap;
void mw_trap_set(mw_trap *saved);
void mw_trap_unset(const mw_trap *saved);

/* Runs call(arg); if it touches a forbidden page, -EFAULT with a message that says which operand it left. */
int mw_check_call(mw_check *check, void (*call)(void *), void *arg);

/* Ends a case: -EDOM with a message made of kernel, what is wrong (a printf format) and the case. */
__attribute__((format(printf, 2, 3))) int mw_check_wrong(mw_check *check, const char *format, ...);

/* Whether got[0..n) stays within `bound` of `want`: NaN for NaN, Inf for the same Inf. */
int mw_check_values(mw_check *check, const float *got, const double *want, const double *bound, size_t n);

/* Whether got[0..n) has the bits of was[0..n), any NaN for any NaN. `what` says which two calls these are; `first`
 * is the index of got[0] in messages. */
int mw_check_same(mw_check *check, const char *what, const float *got, const float *was, size_t first, size_t n);

/* --- data --- */

/* Fills v[0..n): the left factors of sums of `terms` products, or the right ones. MW_DATA_ONE_HOT gives what the one
 * picks from; MW_DATA_NONFINITE is normal data, spoilt by mw_spoil. */
void mw_fill(float *v, size_t n, mw_data data, bool right, size_t terms, uint64_t *state);

/* Puts one Inf, -Inf or NaN somewhere into v[0..n). */
void mw_spoil(float *v, size_t n, uint64_t *state);

/* The `k`-th of the MW_PLACES places among n that are worth a one: the ends, their neighbours, and some between. */
enum { MW_PLACES = 8 };
size_t mw_place(int k, size_t n, uint64_t *state);

#endif
