/* What all suites of one run share: the machine, the model, the tables that are being filled. */
#ifndef MW_BENCH_SESSION_H
#define MW_BENCH_SESSION_H

#include "bench/csv.h"
#include "bench/options.h"
#include "engine/model.h"
#include "engine/variant.h"
#include "platform/progress.h"

typedef struct mw_session {
    const mw_options *options;
    int argc;
    char **argv;
    mw_topology *topology;
    int cpus[MW_MAX_CPUS], n_cpus; /* to bind threads to, in this order */
    int max_threads;               /* what "max" stands for: usable CPUs, or what a quota leaves of them */
    bool unbound;                  /* some thread could not be bound to its CPU */
    mw_model model;
    mw_model packed; /* its .tvl form, once a variant asked for it */
    int32_t *prompt; /* ids that every decoder is fed first, at least BOS */
    size_t n_prompt;
    char run_id[64], utc[32], host[128], cpu[128], os[128];
    mw_cache_info l1;
    const char *provenance; /* of timings: "measured" or "emulated" */
    mw_csv results, tokens, artifact;
    mw_progress progress;
} mw_session;

/* Looks at the machine, opens the model (making a synthetic one if need be) and encodes the prompt. After a failure
 * mw_session_close is still to be called. */
int mw_session_open(mw_session *session, const mw_options *options, int argc, char **argv, mw_error *err);
void mw_session_close(mw_session *session);

/* The model file whose tensors a variant loads: the .tvl form for those that map the tvl layout, made in the cache
 * folder when first asked for, else the model as it was given. */
int mw_session_model_for(mw_session *session, const mw_variant *variant, const mw_model **model, mw_error *err);

/* Starts a row of results.csv for one metric of one variant. A value that is not finite is `unavailable` and stays
 * empty. `n` is the number of samples behind it, `param` and `note` may be NULL. */
typedef struct mw_metric {
    const char *suite, *phase, *name, *unit;
    double value;
    uint64_t n;
    const char *param, *note, *provenance; /* provenance NULL: that of the session's timings */
} mw_metric;
void mw_session_record(mw_session *session, const mw_variant *variant, int threads, const mw_metric *metric);

#endif
