/* One variant at one thread count, with all that decoding it needs. */
#ifndef MW_BENCH_UNIT_H
#define MW_BENCH_UNIT_H

#include "bench/run/session.h"
#include "bench/units/roof.h"
#include "engine/runner.h"
#include "platform/counters.h"
#include "platform/energy.h"

/* Tokens a variant decodes before it is another one's turn: long enough that a switch costs nothing, short compared
 * with the seconds over which a shared machine's bandwidth wanders. The roof is swept before the first of them and
 * after every MW_GROUP_TOKENS. */
enum { MW_BLOCK_TOKENS = 16, MW_GROUP_TOKENS = 2 };

/* Blocks of a run of `tokens` tokens: the first one is the warm-up, the last one may be short. */
static inline size_t mw_blocks_of(uint64_t tokens)
{
    return 1 + (size_t)((tokens - MW_WARMUP_TOKENS + MW_BLOCK_TOKENS - 1) / MW_BLOCK_TOKENS);
}

/* How many of them block `block` has; *before: how many come before it. */
static inline uint32_t mw_block_tokens(uint64_t tokens, size_t block, uint64_t *before)
{
    const uint64_t most = block == 0 ? MW_WARMUP_TOKENS : MW_BLOCK_TOKENS;
    *before = block == 0 ? 0 : MW_WARMUP_TOKENS + (uint64_t)(block - 1) * MW_BLOCK_TOKENS;
    return (uint32_t)(tokens - *before < most ? tokens - *before : most);
}

typedef struct mw_sample {
    uint32_t position, block;
    double latency_us, bytes;    /* bytes swept: weights as stored, keys and values */
    double roof_gbs;             /* of the two sweeps around it: their bytes over their time; 0 if there were none */
    bool fault, switched, moved; /* what coincided: page faults, involuntary switches, another CPU */
} mw_sample;

static inline bool mw_sample_steady(const mw_sample *sample)
{
    return sample->block > 0;
}

/* A block and what stood next to it. Block 0 is the warm-up and has no sweeps. */
typedef struct mw_block {
    uint32_t tokens;
    double tokens_us, bytes;      /* sum of latencies; bytes swept: weights as stored, keys and values */
    double sweep_ns, sweep_bytes; /* sums over the roof sweeps */
    unsigned sweeps;
    mw_counts counts;           /* around the tokens alone */
    mw_joules joules;           /* likewise, of the whole machine */
    mw_disturbance disturbance; /* over the whole block; MW_UNKNOWN where not told */
} mw_block;

typedef struct mw_sweep {
    uint32_t block;
    double gbs;
} mw_sweep;

typedef struct mw_unit {
    const mw_variant *variant;
    int threads, pool_index;
    mw_pool *pool;         /* shared by the units of one thread count */
    mw_counters *counters; /* of the pool */
    mw_energy *energy;     /* of the machine; NULL: not read */
    mw_roof *roof;         /* over the weights, shared like them */
    unsigned roof_read;    /* the one that was chosen for it */
    mw_runner runner;      /* its model, decoder and weights, which the units of one layout and load share; without a
                              decoder decoding is left out, to see what timing alone costs */
    mw_profile *profile;   /* the decoder's, which gets the choice of tokens as well; NULL: none */
    int32_t token;         /* to be decoded next */
    uint32_t position;     /* where */
    const uint32_t *order; /* where instead, sample by sample; NULL: each one position further than the last */
    mw_sample *samples;
    mw_block *blocks;
    mw_sweep *sweeps;
    size_t n_samples, n_blocks, n_sweeps;
    bool unavailable;                    /* this system cannot load weights that way */
    double load_ms, ready_ms, ttft_ms;   /* 0 if not taken */
    mw_faults first_faults;              /* from opening the model to the first token */
    mw_faults faults;                    /* over the steady phase */
    uint64_t weight_bytes, stored_bytes; /* what the maths needs, what the layout stores: the whole model */
    int64_t huge_bytes, weights_resident, resident_bytes;
} mw_unit;

/* Room for `tokens` samples and what goes with them. */
int mw_unit_create(mw_unit *unit, uint64_t tokens, mw_error *err);
void mw_unit_free(mw_unit *unit);

/* Has the file read into memory by the variant's own load, so that it is warm; then opens it again, loads the weights,
 * decodes the prompt and takes the first token, all on the clock; then lets go of everything. Fills load_ms, ready_ms,
 * ttft_ms and first_faults. -ENOTSUP if this system cannot load that way. */
int mw_unit_first_token(mw_unit *unit, const mw_session *session, mw_error *err);

/* A decoder over the unit's weights, fed with all of the prompt but its last token. */
int mw_unit_start(mw_unit *unit, const mw_session *session, mw_error *err);

/* Decodes `tokens` tokens greedily into block `block`, the last one or a new one, and appends a sample each; stops
 * early after Ctrl-C. Where unit->order says, keys and values of all earlier positions being in place. -EDOM if a logit
 * is not finite. */
int mw_unit_decode(mw_unit *unit, uint32_t block, uint32_t tokens, mw_error *err);

/* One sweep of the unit's roof for block `block`; returns its GB/s. */
double mw_unit_sweep(mw_unit *unit, uint32_t block);

/* What timing costs a token: everything that mw_unit_decode does but decoding, in ns. */
double mw_unit_overhead_ns(mw_pool *pool, mw_counters *counters, mw_energy *energy);

/* One row of results.csv about the unit. */
static inline void mw_unit_row(mw_session *session, const mw_unit *unit, const mw_result *metric)
{
    mw_session_record(session, unit->variant, unit->threads, metric);
}

/* Makes the rows of results.csv from the samples of the unit. `baseline`: the unit that `speedup` refers to, pair by
 * pair; may be the unit itself. `machine`: the machine roof of the same thread count, a unit of which only the sweeps
 * count; NULL if there is none. */
void mw_unit_record(const mw_unit *unit, const mw_unit *baseline, const mw_unit *machine, mw_session *session);

/* The rows of it that other suites have as well: the median sweep of the unit's roof; and, of a unit whose weights this
 * system cannot load that way, one that says so for `metric`. */
void mw_unit_record_roof(const mw_unit *unit, mw_session *session);
void mw_unit_record_unavailable(const mw_unit *unit, const char *metric, const char *of, mw_session *session);

/* Slow steady tokens: over 1.25 times the median. Each counts under the first cause that fits, nearest evidence first:
 * something happened during the token itself; the two sweeps around it were slow as well, by the same measure; a
 * hypervisor took at least as much time from its block as it took more than the median. A sweep takes about as long as
 * a token and meets the same machine, so the tail of the sweeps is what no kernel can avoid there. */
typedef struct mw_slow {
    size_t tokens; /* steady ones */
    size_t slow, events, memory, stolen, unexplained;
    size_t sweeps;   /* over 1.25 times the median time */
    bool steal_told; /* by the system, of any block */
} mw_slow;

/* x has room for all samples or all sweeps of the unit. */
mw_slow mw_slow_tokens(const mw_unit *unit, double *x);

/* The rows of mw_unit_record about them: slow_tokens and its parts, slow_sweeps, tail_ratio, roof_tail_ratio and
 * tail_excess of this process. */
void mw_unit_record_tails(const mw_unit *unit, mw_session *session);

/* Its rows about energy: mJ per steady token of CPU packages and of DRAM, each `unavailable` with the reason where the
 * machine does not tell it or its counter did not move. */
void mw_unit_record_energy(const mw_unit *unit, mw_session *session);

/* All samples and sweeps, in tokens.csv, roof.csv and blocks.csv; and the sweeps alone, under a name. */
void mw_unit_record_tables(const mw_unit *unit, mw_session *session);
void mw_unit_record_sweeps(const mw_unit *unit, const char *name, mw_session *session);

#endif
