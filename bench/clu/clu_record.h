/* From the numbers of one kernel over one matrix, or over all of a token, to rows. */
#ifndef MW_BENCH_CLU_RECORD_H
#define MW_BENCH_CLU_RECORD_H

#include "bench/clu/clu.h"
#include "bench/run/session.h"

/* What was measured: a variant over a matrix, `offset` bytes behind a page. */
typedef struct mw_clu_case {
    const mw_variant *variant;
    size_t rows, cols, offset;
    const char *phase; /* "gemv", "offsets" */
} mw_clu_case;

/* Rows of results.csv for every region, and of clu.csv for every region and level. */
void mw_clu_record(mw_session *session, const mw_clu_case *of, const mw_clu *clu, const mw_cache_level *caches);

/* Adds what a matrix does to a token that sweeps `times` of them. */
void mw_clu_add(mw_clu *token, const mw_clu *clu, unsigned times);

/* Rows of results.csv for all matrices of a token: phase `token`, weights only. `jumps`: how often the sweep leaves the
 * order of addresses. */
void mw_clu_record_token(mw_session *session, const mw_variant *variant, size_t offset, const mw_clu *token,
                         unsigned jumps);

/* "clu_l1", "clu_l2", "clu_llc", or NULL for a level between the second and the last. */
const char *mw_clu_metric(int level, int levels);

#endif
