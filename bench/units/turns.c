#include "bench/units/turns.h"

#include "bench/run/rounds.h"
#include "bench/stats/random.h"

#include <errno.h>
#include <stdlib.h>

static int one_token(mw_unit *u, mw_profile *profile, double *us, mw_error *err)
{
    u->profile = profile;
    mw_decoder_profile(u->runner.decoder, profile);
    u->position = MW_TURN_POSITION;
    u->token = 0;
    u->n_samples = u->n_sweeps = 0;
    int rc = mw_unit_decode(u, 1, 1, err);
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    *us = u->samples[0].latency_us;
    return rc;
}

static int warm_up(mw_unit *u, mw_error *err)
{
    static const int32_t zeros[MW_TURN_POSITION];
    double us;
    int rc = mw_decoder_prefill(u->runner.decoder, zeros, MW_TURN_POSITION, 0)
                 ? 0
                 : mw_fail(err, -EINVAL, "%s: the model has no position %d", u->variant->name, MW_TURN_POSITION);
    for (int i = 0; i < MW_WARMUP_TOKENS && !rc; i++)
        rc = one_token(u, NULL, &us, err);
    return rc;
}

int mw_turns_prepare(mw_units *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++)
        rc = s->units[i].unavailable ? 0 : warm_up(&s->units[i], err);
    return rc ? rc : mw_units_raise_roofs(s, err);
}

/* One token of a turn, with the clocks on or off. */
static int take_token(mw_unit *u, bool clocks, mw_unit_turn *t, mw_error *err)
{
    int rc = one_token(u, clocks ? &t->profile : NULL, clocks ? &t->us : &t->plain_us, err);
    if (!clocks) {
        t->fault = u->samples[0].fault;
        t->switched = u->samples[0].switched || u->samples[0].moved;
    }
    return rc;
}

/* Both tokens, in a random order, between the sweeps. */
static int take_turn(mw_unit *u, mw_unit *machine, bool clocks_first, mw_unit_turn *t, mw_error *err)
{
    double roof[2], huge[2];
    int rc = 0;
    for (int side = 0; side < 2 && !rc; side++) {
        if (machine)
            huge[side] = mw_unit_sweep(machine, 1);
        roof[side] = mw_unit_sweep(u, 1);
        if (side == 0)
            rc = take_token(u, clocks_first, t, err);
        if (side == 0 && !rc)
            rc = take_token(u, !clocks_first, t, err);
    }
    if (rc)
        return rc;
    t->roof_gbs = 2 / (1 / roof[0] + 1 / roof[1]);
    t->machine_gbs = machine ? 2 / (1 / huge[0] + 1 / huge[1]) : 0;
    return 0;
}

int mw_turns_take(mw_units *s, const char *what, size_t rounds, mw_unit_turn *turns, mw_unit_turn_fn *also, void *arg,
                  mw_error *err)
{
    mw_rounds r = {.session = s->session, .items = (size_t)s->n_units, .rounds = rounds};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        mw_unit *u = &s->units[r.item], *machine = &s->machine[u->pool_index];
        mw_progress_say(&s->session->progress, "%s, round %zu of %zu", what, r.round + 1, rounds);
        if (u->unavailable)
            continue;
        machine->n_sweeps = 0;
        rc = take_turn(u, machine->roof ? machine : NULL, mw_draw(&r.random) % 2, &turns[r.item * rounds + r.round],
                       err);
        if (!rc && also)
            also(arg, u, r.round);
    }
    return rc;
}

static int by_time(const void *a, const void *b)
{
    const double x = ((const mw_unit_turn *)a)->us, y = ((const mw_unit_turn *)b)->us;
    return (x > y) - (x < y);
}

void mw_turns_middle(mw_unit_turn *turns, size_t rounds, size_t *first, size_t *last)
{
    qsort(turns, rounds, sizeof *turns, by_time);
    *first = rounds / 4;
    *last = rounds - *first;
}
