/* What all suites of one run share: the machine, the model, the tables that are being filled. */
#ifndef MW_BENCH_SESSION_H
#define MW_BENCH_SESSION_H

#include "bench/run/options.h"
#include "bench/stats/stats.h"
#include "bench/tables/page.h"
#include "engine/model.h"
#include "engine/variant.h"
#include "platform/progress.h"

/* Roofs of a run, one for each copy of the weights and thread count, and the machine roofs; and how many reads of the
 * family are on the shortlist of each. A read is a letter there: 'a' is the first. */
enum {
    MW_MAX_ROOFS = (MW_DTYPE_COUNT * MW_LAYOUT_COUNT * MW_LOAD_COUNT + 1) * MW_MAX_THREAD_COUNTS,
    MW_SHORTLIST = 3,
    MW_MAX_READS = MW_MAX_ROOFS * MW_SHORTLIST,
    MW_FIRST_READ = 'a'
};

/* Tables of single suites in one run; all of its tables. */
enum { MW_OWN_TABLES = 4, MW_MAX_TABLES = 5 + MW_OWN_TABLES };

typedef struct mw_session {
    const mw_options *options;
    int argc;
    char **argv;
    mw_topology *topology;
    int cpus[MW_MAX_CPUS], n_cpus; /* to bind threads to, in this order */
    int max_threads;               /* what "max" stands for: usable CPUs, or what a quota leaves of them */
    bool unbound;                  /* some thread could not be bound to its CPU */
    bool own_nodes;                /* pages come from the NUMA nodes of these CPUs */
    mw_model model;
    mw_model packed[MW_DTYPE_COUNT]; /* its .tvl forms, once a variant asked for one */
    int32_t *prompt;                 /* ids that every decoder is fed first, at least BOS */
    size_t n_prompt;
    char run_id[64], utc[32], host[128], cpu[128], os[128];
    mw_cache_info l1;
    const char *provenance; /* of timings: "measured" or "emulated" */
    mw_csv results, tokens, artifact, roof, blocks;
    mw_csv own[MW_OWN_TABLES]; /* tables of single suites (mw_session_table) */
    int n_own;
    int rep; /* which repetition this process is, from 1; 0 in the one that starts them and sums them up */
    char reads[MW_MAX_READS + 1]; /* shortlists of the roofs in the order in which they are raised */
    size_t first_stage; /* repetitions that decided how many there are (stats.h, the stop rule); 0: none did */
    bool told;          /* why this process fails stands on stderr already: a job (job.h) said it there */
    mw_progress progress;
} mw_session;

/* All tables of the session, results.csv first. Returns how many. */
int mw_session_tables(mw_session *session, mw_csv *tables[MW_MAX_TABLES]);

/* The table that `make` makes, which a suite has for itself: empty when first asked for. */
mw_csv *mw_session_table(mw_session *session, mw_csv (*make)(void));

/* The same table where it is only read; NULL if nobody asked for it yet. */
const mw_csv *mw_session_find_table(const mw_session *session, mw_csv (*make)(void));

/* Looks at the machine, opens the model (making a synthetic one if need be: with `packed` as a .tvl file of that dtype
 * alone, with NULL as a checkpoint) and encodes the prompt. After a failure mw_session_close is still to be called. */
int mw_session_open(mw_session *session, mw_options *options, const mw_dtype *packed, int argc, char **argv,
                    mw_error *err);
void mw_session_close(mw_session *session);

/* Positions that decoders of this run need room for: the prompt and the tokens after it, or, of suite context, all
 * that are filled. */
static inline uint64_t mw_session_positions(const mw_session *s)
{
    return s->options->fill > 0 ? s->n_prompt : s->n_prompt - 1 + s->options->tokens;
}

/* The model file whose tensors a variant loads: the .tvl form for those that map the tvl layout, made in the cache
 * folder when first asked for, else the model as it was given. */
int mw_session_model_for(mw_session *session, const mw_variant *variant, const mw_model **model, mw_error *err);

/* The model in a .tvl file of that dtype: its own, or the packed copy in the cache folder, which is made when first
 * asked for. */
int mw_session_packed(mw_session *session, mw_dtype dtype, const mw_model **model, mw_error *err);

/* Whether kernels of that dtype are wanted where a suite goes through all of them: those of --dtype, or the model's. */
bool mw_session_wants(const mw_session *session, mw_dtype dtype);

/* One row of results.csv. A value that is not finite is `unavailable` and stays empty. Texts that are NULL stay empty,
 * except where another meaning stands next to them. Every row has the first four, so they are written in this order and
 * without their names where others follow: {"itl_us", "us", mean, n, .note = note}. */
typedef struct mw_result {
    const char *name, *unit;
    double value;
    uint64_t n;                /* samples behind it */
    const char *suite, *phase; /* NULL: the session's suite; the steady phase */
    const mw_interval *ci;     /* NULL: none */
    const char *param, *note;
    const char *provenance; /* NULL: that of the session's timings */
    /* What was measured, if no mw_variant says so itself. */
    const char *variant, *kernel, *layout, *load, *isa;
    const char *model; /* NULL: the session's */
    const char *dtype; /* NULL: the variant's, or the model's */
    int rep;           /* 0: that of the session; -1: a summary row */
} mw_result;

/* Adds a row, with the names of `variant`, or of the metric itself if it is NULL. `threads` is 0 where none apply. */
void mw_session_record(mw_session *session, const mw_variant *variant, int threads, const mw_result *metric);

/* Adds a warning: a row with the sentence as its note. The same sentence is kept once. */
#define MW_UNBOUND_WARNING "threads could not be bound to CPUs: the system may move them"
__attribute__((format(printf, 2, 3))) void mw_session_warn(mw_session *session, const char *format, ...);

/* Prompts that stand for a text where speed is all that is asked for: fills tokens[n], n >= 1: BOS (0 if the vocabulary
 * is too small for one) and then tokens from all over the vocabulary, the same ones every time. */
void mw_prompt_make_up(int32_t *tokens, size_t n, uint32_t vocab_size);

#endif
