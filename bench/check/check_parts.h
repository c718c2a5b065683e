/* What the files of this folder share; nobody else includes this. */
#ifndef MW_BENCH_CHECK_PARTS_H
#define MW_BENCH_CHECK_PARTS_H

#include "bench/check/check.h"
#include "bench/stats/random.h"

/* One operand in guarded memory: floats[0..n) inside all[0..all_n), the rest of which is filled with canaries. */
typedef struct mw_guarded {
    const char *name;
    float *floats, *all;
    size_t n, all_n;
    float *given; /* [n], what it holds before each call, and after it unless the op writes it; NULL: canaries */
    bool written; /* by the op */
} mw_guarded;

enum { MW_CHECK_BLOCKS = 5, MW_CHECK_ROOMS = 12 };

typedef struct mw_check {
    const mw_kernel *kernel;
    const mw_check_case *c;
    mw_error *err;
    mw_guarded block[MW_CHECK_BLOCKS];
    void *room[MW_CHECK_ROOMS];
    int n_rooms;
    bool out_of_memory;
} mw_check;

/* Runs one case of a GEMV or GEMM, or of any other op; mw_check_kernel has looked at shape and CPU, and frees all
 * blocks and rooms. */
int mw_check_gemv(mw_check *check);
int mw_check_op(mw_check *check);
int mw_check_quantize(mw_check *check);

/* --- shapes --- */

/* Whether it multiplies with a matrix; whether the op rotates pairs; whether it takes rows of an even number of
 * columns: heads, or positions. */
bool mw_has_matrix(const mw_kernel *kernel);
bool mw_rotates(mw_op op);
bool mw_even_rows(mw_op op);

/* --- operands --- */

/* Zeroed memory for n things of that size; without memory NULL, and out_of_memory is set. */
void *mw_check_room(mw_check *check, size_t n, size_t size);

/* Makes block[which]. `align` is the alignment that the operand must have, `misalign` what it gets if that and the
 * case's guard allow it. Its contents are `given`, zeroed; a `written` one has none. Without memory out_of_memory is
 * set. */
void mw_block_open(mw_check *check, int which, const char *name, size_t n, unsigned align, unsigned misalign,
                   bool written);

/* 0, or -ENOMEM if one of these found none. */
int mw_check_memory(mw_check *check);

/* --- calls and comparisons --- */

/* Fills all blocks, runs call(arg) and looks at everything that must not have changed. If it touches a forbidden page:
 * -EFAULT with a message that says which operand it left. */
int mw_check_call(mw_check *check, void (*call)(void *), void *arg);

/* Ends a case: -EDOM with a message made of kernel, what is wrong (a printf format) and the case. */
__attribute__((format(printf, 2, 3))) int mw_check_wrong(mw_check *check, const char *format, ...);

/* Whether got[0..n) stays within `bound` of `want`: NaN for NaN, Inf for the same Inf. */
int mw_check_values(mw_check *check, const float *got, const double *want, const double *bound, size_t n);

/* Whether got[0..n) has the bits of was[0..n), any NaN for any NaN. `what` says which two calls these are; `first`
 * is the index of got[0] in messages. */
int mw_check_same(mw_check *check, const char *what, const float *got, const float *was, size_t first, size_t n);

/* --- data --- */

/* Fills floats[0..n) with canaries: values that no kernel computes. */
void mw_canaries(float *floats, size_t n);

/* How many of floats[0..n) from the first one on are still canaries. */
size_t mw_canaries_kept(const float *floats, size_t n);

/* Fills v[0..n): the left factors of sums of `terms` products, or the right ones. MW_DATA_ONE_HOT gives what the one
 * picks from; MW_DATA_NONFINITE is normal data, spoilt by mw_spoil. */
void mw_fill(float *v, size_t n, mw_data data, bool right, size_t terms, uint64_t *state);

/* Fills v[0..n), weights for a dtype of small range, so that they are in it and as telling as before. */
void mw_narrow(float *v, size_t n, mw_data data);

/* Makes v[0..n) whole numbers that a block format stores with scale 1: none is larger than `largest`, which stands
 * somewhere in values [from, from + 16) of every block. Partial sums of products stay below 2^24. */
void mw_whole_blocks(float *v, size_t n, float largest, size_t from);

/* The product of a stored row of a block format with x, and in *size the sum of the magnitudes of all terms. */
double mw_blocks_dot(mw_dtype dtype, const char *row, const mw_x8 *x, size_t cols, double *size);

/* Makes a scale of a stored block Inf, -Inf or NaN. */
void mw_spoil_scale(mw_dtype dtype, char *block, uint64_t *state);

/* Makes a row of a K format for a kind of data. Integer data: whole numbers, none of them above `budget`. */
void mw_k_row(mw_dtype dtype, char *row, size_t cols, mw_data data, double budget, uint64_t *state);

/* Makes all of some groups of 32 values of x[0..n) 1 or -1, which quantize to the largest codes there are. */
void mw_k_largest_x(float *x, size_t n, uint64_t *state);

/* mw_blocks_dot for a K format. */
double mw_k_dot(mw_dtype dtype, const char *row, const mw_x8 *x, size_t cols, double *size);

/* What every kernel of MW_OP_QUANTIZE must return. */
void mw_quantize_like(mw_x8 *to, const float *x, size_t n);

/* Puts one Inf, -Inf or NaN somewhere into v[0..n). */
void mw_spoil(float *v, size_t n, uint64_t *state);

/* The `k`-th of the MW_PLACES places among n that are worth a one: the ends, their neighbours, and some between. */
enum { MW_PLACES = 8 };
size_t mw_place(int k, size_t n, uint64_t *state);

/* The sum of n products, and in *size that of their magnitudes. */
double mw_dot(const float *a, const float *b, size_t n, double *size);

#endif
