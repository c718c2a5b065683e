/* One variant at one thread count, with all that decoding it needs. */
#ifndef MW_BENCH_UNIT_H
#define MW_BENCH_UNIT_H

#include "bench/session.h"
#include "engine/decoder.h"

typedef struct mw_sample {
    uint32_t position, block;
    double latency_us;
} mw_sample;

typedef struct mw_unit {
    const mw_variant *variant;
    const mw_model *model; /* the file that its weights come from */
    int threads;
    mw_pool *pool;       /* shared by the units of one thread count */
    mw_weights *weights; /* shared by the units of one layout and load */
    mw_decoder *decoder;
    int32_t token;     /* to be decoded next */
    uint32_t position; /* where */
    mw_sample *samples;
    size_t n_samples;
    bool unavailable; /* this system cannot load weights that way */
    double load_ms, ready_ms, ttft_ms;
    mw_faults first_faults; /* from opening the model to the first token */
    mw_faults faults;       /* over the steady phase */
    int64_t huge_bytes, weights_resident, resident_bytes;
} mw_unit;

/* Whether loading the weights means to pack them in memory: the file is in another layout. */
static inline bool mw_unit_packs(const mw_unit *u)
{
    return u->model->layout != u->variant->layout;
}

/* Has the file read into memory by the variant's own load, so that it is warm; then opens it anew, loads the weights,
 * decodes the prompt and takes the first token, all on the clock; then lets go of everything. Fills load_ms, ready_ms,
 * ttft_ms and first_faults. -ENOTSUP if this system cannot load that way. */
int mw_unit_first_token(mw_unit *unit, const mw_session *session, mw_error *err);

/* A decoder over unit->weights, fed with all of the prompt but its last token. */
int mw_unit_start(mw_unit *unit, const mw_session *session, mw_error *err);

/* Decodes `tokens` tokens greedily and appends a sample each; stops early after Ctrl-C. -EDOM if a logit is not
 * finite. */
int mw_unit_block(mw_unit *unit, uint32_t block, uint32_t tokens, mw_error *err);

/* What the table on screen shows of one variant at one thread count. NAN where not available. */
typedef struct mw_summary {
    const mw_variant *variant;
    int threads;
    bool packs; /* weights were packed in memory */
    double tokens_per_s, itl_p50_us, itl_p99_us, bandwidth_gbs, ttft_ms;
} mw_summary;

/* Puts all samples of the unit into the session's tables and what is to be shown of them into *summary. False if the
 * unit is unavailable: then only a row that says so is written. */
bool mw_unit_record(const mw_unit *unit, mw_session *session, mw_summary *summary);

#endif
