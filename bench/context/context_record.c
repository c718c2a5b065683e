/* From the samples of a unit to rows of results.csv. */
#include "bench/context/context.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    size_t i = 0;
    while (i + 1 < n && round[i].position != position)
        i++;
    return &round[i];
}

/* us that the bytes of keys and values take by which token `late` moves more, as fast as the sweeps next to both. */
static double expected_us(const mw_config *c, const mw_sample *late, const mw_sample *early)
{
    const double more = (double)mw_model_token_cost(c, late->position).kv_bytes -
                        (double)mw_model_token_cost(c, early->position).kv_bytes;
    return more * 1e-3 * (1 / late->roof_gbs + 1 / early->roof_gbs) / 2;
}

static const mw_numbers *positions_of(const mw_session *s)
{
    return &((const mw_context_options *)s->options->own)->positions;
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

void mw_context_record(const mw_units *suite, int index)
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
