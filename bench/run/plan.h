/* What a suite is to run: which variants, on which thread counts. Every suite that times variants asks here, so that
 * none of them times a kernel, of whatever op, that is wrong. */
#ifndef MW_BENCH_PLAN_H
#define MW_BENCH_PLAN_H

#include "bench/run/session.h"

/* A variant on a thread count. */
typedef struct mw_planned {
    const mw_variant *variant; /* of the caller's list */
    const mw_model *model;     /* the file that its weights come from (mw_session_model_for) */
    int threads;
} mw_planned;

/* Zeroed: an empty one. */
typedef struct mw_plan {
    mw_planned *of; /* variant by variant, each on the thread counts in the order of the command line */
    int n;
    int refused; /* variants (suite micro: kernels) that failed their check */
} mw_plan;

/* The thread counts of the command line, each once: 1 and max are the same on a single CPU. Returns how many. */
int mw_plan_threads(const mw_session *session, int threads[MW_MAX_THREAD_COUNTS]);

/* Removes variants whose kernel comes from outside and fails the check, each named on stderr, and returns how many of
 * variants[n] are left; *refused counts the others. For the first process, so that all repetitions measure the same
 * variants. -EDOM: none is left; -EINTR. */
int mw_plan_admit(mw_session *session, mw_variant *variants, int n, int *refused, mw_error *err);

/* Fills an empty plan with variants[n], which are borrowed, on all thread counts. A variant is left out, and refused by
 * name on stderr with the reason, if its GEMV kernel or any other of its kernel set fails the check (check.h); kernels
 * from outside are checked in a process of their own. That is no error: the others are to be measured first.
 * mw_plan_close is to be called in any case. */
int mw_plan_make(mw_plan *plan, mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Frees the plan at the end of a suite. Returns `rc`, or if that is 0 and something was refused -EDOM. */
int mw_plan_close(mw_plan *plan, int rc, mw_error *err);

/* 0 if `bytes` are at most `share`, 1 or a half, of the memory that is available, or the system does not tell; else
 * -ENOMEM, with a sentence that begins with `what` ("these variants need") and ends with the figures. */
int mw_plan_memory(const char *what, double bytes, double share, mw_error *err);

/* --- the shapes of a model's matrices --- */

enum { MW_MOST_SHAPES = MW_LAYER_TENSORS + 2 };

typedef struct mw_shape {
    size_t rows, cols;
    unsigned swept;  /* matrices of this shape that one token sweeps */
    uint64_t offset; /* where the first of them stands in the model's file */
} mw_shape;

/* The distinct ones, in the order of the forward pass; returns how many. */
size_t mw_shapes_of(const mw_model *model, mw_shape shapes[MW_MOST_SHAPES]);

/* How often one token's sweep over the tensors of the model's file does not go on to what follows in memory, gaps of
 * alignment apart. */
unsigned mw_shapes_jumps(const mw_model *model);

/* Rows of all matrices that one token sweeps. */
uint64_t mw_shapes_rows(const mw_model *model);

#endif
