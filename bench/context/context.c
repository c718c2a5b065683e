/* Suite `context`: what a token costs at a late position.
 *
 * At position p a token reads the keys and values of all positions up to p. If memory is the limit, it takes longer
 * than a token at an early position by their bytes over the bandwidth, and by nothing else. Every decoder is filled up
 * to the last position of --positions first. Then come rounds: in each one a token at every position, in a new random
 * order. A token writes the keys and values of its own position again and attends to those up to it, so the ones after
 * it do not matter. Blocks, sweeps of the roof and turns between variants are those of suite `decode`.
 *
 * The roof is that of the pages that hold the weights; keys and values lie in the decoder's arena, on pages of its own,
 * which may be read faster or slower. */
#include "bench/decode/decode.h"
#include "bench/run/rounds.h"
#include "bench/run/suite.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What its own options say. */
typedef struct own_options {
    mw_numbers positions;     /* rising */
    bool usual, usual_tokens; /* nobody asked for others */
} own_options;

static const mw_numbers *positions_of(const mw_session *s)
{
    return &((const own_options *)s->options->own)->positions;
}

/* --- rows --- */

/* The median of x[n], one value a round, which gets sorted. */
static void emit(mw_session *s, const mw_unit *u, const char *name, const char *unit, double *x, size_t n,
                 const char *param, const char *note)
{
    mw_sort(x, n);
    const mw_interval ci = mw_interval_percentile(x, n, 0.5);
    mw_unit_row(s, u, &(mw_result){name, unit, mw_percentile(x, n, 0.5), n, .ci = &ci, .param = param, .note = note});
}

/* The token at a position in a round of n tokens. */
static const mw_sample *token_at(const mw_sample *round, size_t n, size_t position)
{
    const mw_sample *token = round;
    while (token + 1 < round + n && token->position != position)
        token++;
    return token;
}

/* us that the bytes of keys and values take by which token `late` moves more, as fast as the sweeps next to both. */
static double expected_us(const mw_config *c, const mw_sample *late, const mw_sample *early)
{
    const double more = (double)mw_model_token_cost(c, MW_F32, late->position).kv_bytes -
                        (double)mw_model_token_cost(c, MW_F32, early->position).kv_bytes;
    return more * 1e-3 * (1 / late->roof_gbs + 1 / early->roof_gbs) / 2;
}

/* One position against the first. x has room for three values a round. */
static void record_position(mw_session *s, const mw_unit *u, const mw_sample *steady, size_t rounds, size_t position,
                            double *x)
{
    const mw_numbers *positions = positions_of(s);
    const size_t n = (size_t)positions->n, first = positions->of[0];
    double *added = x, *expected = added + rounds, *ratio = expected + rounds;
    char param[64];
    snprintf(param, sizeof param, "position=%zu", position);
    for (size_t r = 0; r < rounds; r++)
        x[r] = token_at(steady + r * n, n, position)->latency_us;
    emit(s, u, "itl_us", "us", x, rounds, param, "median over rounds");
    if (position == first)
        return;
    for (size_t r = 0; r < rounds; r++) {
        const mw_sample *late = token_at(steady + r * n, n, position), *early = token_at(steady + r * n, n, first);
        added[r] = late->latency_us - early->latency_us;
        expected[r] = expected_us(&s->model.config, late, early);
        ratio[r] = added[r] / expected[r];
    }
    snprintf(param, sizeof param, "against=%zu;position=%zu", first, position);
    emit(s, u, "context_added_us", "us", added, rounds, param, "median over rounds of the difference of two tokens");
    emit(s, u, "context_expected_us", "us", expected, rounds, param,
         "keys and values over the roof of the weights' pages; they lie on other pages, in the decoder's arena");
    emit(s, u, "context_cost_ratio", "1", ratio, rounds, param, "median over rounds of added over expected");
}

/* Rows of one unit: its roof, itl_us at each position and, for each position but the first, what it costs more than the
 * first (context_added_us), what that should be (context_expected_us) and the ratio of both (context_cost_ratio).
 * Tokens are paired round by round; a process says the median of its rounds. A last round that --tokens cut short does
 * not count. */
static void record_unit(const mw_units *suite, int index)
{
    mw_session *s = suite->session;
    const mw_unit *u = &suite->units[index];
    if (u->unavailable) {
        mw_unit_record_unavailable(u, "itl_us", "us", s);
        return;
    }
    const mw_numbers *positions = positions_of(s);
    const size_t n = (size_t)positions->n, rounds = (u->n_samples - MW_WARMUP_TOKENS) / n;
    double *x = malloc(3 * rounds * sizeof *x);
    if (!x) {
        s->results.out_of_memory = true;
        return;
    }
    mw_unit_record_roof(u, s);
    for (size_t i = 0; i < n; i++)
        record_position(s, u, u->samples + MW_WARMUP_TOKENS, rounds, positions->of[i], x);
    free(x);
}

/* --- measuring --- */

/* Rounds over all positions, the warm-up like the rest; the same for all units, another one in each process. */
static int fill(uint32_t *order, size_t tokens, mw_session *s, mw_error *err)
{
    const mw_numbers *positions = positions_of(s);
    const size_t n = (size_t)positions->n, warm = MW_WARMUP_TOKENS, warm_rounds = (warm + n - 1) / n;
    mw_rounds r = {.session = s, .items = n, .rounds = warm_rounds + (tokens - warm + n - 1) / n};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        const bool warming = r.round < warm_rounds;
        const size_t i = r.round * n + r.place - (warming ? 0 : warm_rounds * n - warm);
        if (i < (warming ? warm : tokens))
            order[i] = (uint32_t)positions->of[r.item];
    }
    return rc;
}

static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens;
    uint32_t *order = malloc(tokens * sizeof *order);
    if (!order)
        return mw_fail(err, -ENOMEM, "no memory for %zu positions; use fewer --tokens", tokens);
    int rc = fill(order, tokens, s, err);
    if (!rc)
        rc = mw_decode_in_turns(s, variants, n, order, record_unit, err);
    free(order);
    return rc;
}

/* --- table --- */

static void report(const mw_session *s, mw_page *page)
{
    static const mw_column columns[] = {
        {"variant", -30, MW_SHOW_VARIANT},
        {"thr", 3, MW_SHOW_THREADS},
        {"pos", 5, MW_SHOW_PARAM, .param = "position"},
        {"us", 8, MW_SHOW_VALUE, 0},
        {"added", 7, MW_SHOW_VALUE, 0, "context_added_us"},
        {"KV/roof", 7, MW_SHOW_VALUE, 0, "context_expected_us"},
        {"ratio", 6, MW_SHOW_VALUE, 2, "context_cost_ratio"},
        {"+-%", 5, MW_SHOW_HALF, 1, "context_cost_ratio"},
        {0},
    };
    mw_page_text(page, "%s: cost of a token by its position.\n%.60s, %d CPU%s", s->model.name, s->cpu, s->n_cpus,
                 s->n_cpus == 1 ? "" : "s");
    mw_page_rows(page, columns, &(mw_filter){.metric = "itl_us", .known = true}, MW_AS_RECORDED);
    mw_page_text(page,
                 "added: extra time compared with the token at position %zu of the same round. KV/roof: time to stream "
                 "the additional keys and values at the roof measured next to that token; they lie in the decoder's "
                 "arena, not on the pages of the weights. ratio: added / (KV/roof); +-%%: half its 95 %% interval "
                 "between processes.",
                 positions_of(s)->of[0]);
}

/* --- the command line --- */

static int set_positions(void *own, const char *value, mw_error *err)
{
    return mw_numbers_parse("positions", value, 0, 1 << 21, &((own_options *)own)->positions, err);
}

static const mw_suite_option options[] = {
    {"positions", "LIST", "where in the sequence (10,250,500,1000)", set_positions},
    {0},
};

/* Rounds: enough for the median of differences that are a fifth of a token or less. */
enum { ROUNDS = 48 };

static void take_positions(mw_options *o, const mw_numbers *p)
{
    if (((const own_options *)o->own)->usual_tokens)
        o->tokens = MW_WARMUP_TOKENS + ROUNDS * (uint64_t)p->n;
    o->fill = p->of[p->n - 1] + 1;
}

static int complete(mw_options *o, mw_error *err)
{
    own_options *own = o->own;
    mw_numbers *p = &own->positions;
    own->usual = p->n == 0;
    own->usual_tokens = o->tokens == 0;
    if (own->usual)
        *p = (mw_numbers){{10, 250, 500, 1000}, 4};
    if (p->n < 2)
        return mw_fail(err, -EINVAL, "--positions: give at least two positions to compare: 10,%zu",
                       p->of[0] > 10 ? p->of[0] : 1000);
    for (int i = 1; i < p->n; i++)
        if (p->of[i] <= p->of[i - 1])
            return mw_fail(err, -EINVAL, "--positions: %zu after %zu; give each once, in rising order", p->of[i],
                           p->of[i - 1]);
    take_positions(o, p);
    if (o->tokens < MW_WARMUP_TOKENS + (uint64_t)p->n)
        return mw_fail(err, -EINVAL, "--tokens=%llu: a round takes %d tokens after %d of warm-up; give more",
                       (unsigned long long)o->tokens, p->n, MW_WARMUP_TOKENS);
    return 0;
}

/* Of the usual positions those that the model has, and its last one if that leaves fewer than two. */
static int fit(mw_options *o, const mw_config *config, mw_error *err)
{
    own_options *own = o->own;
    mw_numbers *p = &own->positions;
    const size_t last = config->seq_len - 1;
    if (!own->usual)
        return 0;
    while (p->n > 0 && p->of[p->n - 1] > last)
        p->n--;
    if (p->n == 1 && p->of[0] < last)
        p->of[p->n++] = last;
    if (p->n < 2)
        return mw_fail(err, -EINVAL, "the model has %u positions, too few to compare; choose another --model",
                       config->seq_len);
    take_positions(o, p);
    return 0;
}

static const mw_refusal refusals[] = {
    {"prompt", "it fills the sequence with tokens of its own"},
    {0},
};

const mw_suite mw_suite_context = {
    .name = "context",
    .help = "what a token costs at a late position",
    .processes = MW_REPETITIONS,
    .options = options,
    .own_bytes = sizeof(own_options),
    .refuses = refusals,
    .variants = "tvl,native",
    .no_machine_roof = true,
    .complete = complete,
    .fit = fit,
    .run = run,
    .report = report,
};
