#include "bench/context/context.h"

#include "bench/run/rounds.h"

#include <errno.h>
#include <stdlib.h>

/* Rounds over all positions, the warm-up like the rest; the same for all units, another one in each process. */
static int fill(uint32_t *order, size_t tokens, mw_session *s, mw_error *err)
{
    const mw_numbers *positions = &((const mw_context_options *)s->options->own)->positions;
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

int mw_context_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens;
    uint32_t *order = malloc(tokens * sizeof *order);
    if (!order)
        return mw_fail(err, -ENOMEM, "no memory for %zu positions; use fewer --tokens", tokens);
    int rc = fill(order, tokens, s, err);
    if (!rc)
        rc = mw_decode_in_turns(s, variants, n, order, mw_context_record, err);
    free(order);
    return rc;
}

/* --- the command line --- */

static int set_positions(void *own, const char *value, mw_error *err)
{
    mw_context_options *o = own;
    return mw_numbers_parse("positions", value, 0, 1 << 21, &o->positions, err);
}

static const mw_suite_option options[] = {
    {"positions", "LIST", "where in the sequence (10,250,500,1000)", set_positions},
    {0},
};

/* Rounds: enough for the median of differences that are a fifth of a token or less. */
enum { ROUNDS = 48 };

static int complete(mw_options *o, mw_error *err)
{
    mw_context_options *own = o->own;
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
    if (o->tokens == 0)
        o->tokens = MW_WARMUP_TOKENS + ROUNDS * (uint64_t)p->n;
    if (o->tokens < MW_WARMUP_TOKENS + (uint64_t)p->n)
        return mw_fail(err, -EINVAL, "--tokens=%llu: a round takes %d tokens after %d of warm-up; give more",
                       (unsigned long long)o->tokens, p->n, MW_WARMUP_TOKENS);
    o->fill = p->of[p->n - 1] + 1;
    return 0;
}

/* Of the usual positions those that the model has, and its last one if that leaves fewer than two. */
static int fit(mw_options *o, const mw_config *config, mw_error *err)
{
    mw_context_options *own = o->own;
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
    if (own->usual_tokens)
        o->tokens = MW_WARMUP_TOKENS + ROUNDS * (uint64_t)p->n;
    o->fill = p->of[p->n - 1] + 1;
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
    .own_bytes = sizeof(mw_context_options),
    .refuses = refusals,
    .variants = "tvl,native",
    .no_machine_roof = true,
    .complete = complete,
    .fit = fit,
    .run = mw_context_suite,
    .report = mw_context_report,
};
