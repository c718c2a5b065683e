/* What check_ops.c and check_attention.c share; nobody else includes this. */
#ifndef MW_BENCH_CHECK_OPS_H
#define MW_BENCH_CHECK_OPS_H

#include "bench/check/check_parts.h"

/* One case of a small op: out = op(first, second, third). */
typedef struct mw_op_case {
    mw_check *check;
    mw_op op;
    size_t rows, cols, n_out;
    float *first, *second, *third; /* contents of the operands */
    float *was;                    /* what the first call returned */
    double *want, *bound, *work;   /* [n_out], [n_out], [2 * rows] */
} mw_op_case;

/* Fills want and bound of an attention. */
void mw_want_attention(mw_op_case *o);

/* Fills its operands with the data of the case; with the k-th choice of a single one. */
void mw_attention_data(mw_op_case *o, uint64_t *state);
void mw_attention_one_hot(mw_op_case *o, int k, uint64_t *state);

#endif
