#include "bench/units/tails.h"

#include "platform/os.h"

#include <math.h>
#include <stdlib.h>

/* A token or sweep is slow if it takes this much longer than the median. */
static const double SLOW = 1.25;

static size_t steady_times(const mw_unit *u, double *x)
{
    size_t n = 0;
    for (size_t i = 0; i < u->n_samples; i++)
        if (mw_sample_steady(&u->samples[i]))
            x[n++] = u->samples[i].latency_us;
    mw_sort(x, n);
    return n;
}

/* What a slow token counts under. */
static size_t *cause_of(const mw_sample *t, const mw_disturbance *d, double median_us, double median_gbs, mw_slow *slow)
{
    if (t->fault || t->switched || t->moved)
        return &slow->events;
    if (t->roof_gbs > 0 && t->roof_gbs * SLOW < median_gbs)
        return &slow->memory;
    if (d->steal_us != MW_UNKNOWN && (double)d->steal_us >= t->latency_us - median_us)
        return &slow->stolen;
    return &slow->unexplained;
}

mw_slow mw_slow_tokens(const mw_unit *u, double *x)
{
    const double median_gbs = mw_unit_median_roof(u, x);
    mw_slow slow = {.tokens = steady_times(u, x)};
    const double median_us = slow.tokens > 0 ? mw_percentile(x, slow.tokens, 0.5) : 0;
    for (size_t i = 0; i < u->n_samples; i++) {
        const mw_sample *t = &u->samples[i];
        const mw_disturbance *d = &u->blocks[t->block].disturbance;
        if (!mw_sample_steady(t))
            continue;
        slow.steal_told |= d->steal_us != MW_UNKNOWN;
        if (t->latency_us > SLOW * median_us) {
            slow.slow++;
            ++*cause_of(t, d, median_us, median_gbs, &slow);
        }
    }
    return slow;
}

static void emit(mw_session *session, const mw_unit *u, const char *name, mw_tail value, size_t n, const char *note)
{
    mw_unit_row(session, u, &(mw_result){name, "1", value.ratio, n, .ci = &value.ci, .note = note});
}

static const mw_tail none = {NAN, {NAN, NAN}};

static mw_tail count(size_t n)
{
    return (mw_tail){(double)n, {NAN, NAN}};
}

static void record_slow(mw_session *session, const mw_unit *u, double *x)
{
    const mw_slow s = mw_slow_tokens(u, x);
    const double median_gbs = mw_unit_median_roof(u, x);
    size_t sweeps = 0;
    for (size_t i = 0; i < u->n_sweeps; i++)
        sweeps += u->sweeps[i].gbs * SLOW < median_gbs;
    emit(session, u, "slow_sweeps", count(sweeps), u->n_sweeps, "roof sweeps over 1.25 times the median time");
    emit(session, u, "slow_tokens", count(s.slow), s.tokens, "over 1.25 times the median");
    emit(session, u, "slow_tokens_explained", count(s.events), s.tokens,
         "of them, with a switch, a migration or a page fault");
    emit(session, u, "slow_tokens_memory", count(s.memory), s.tokens,
         "of the others, with a roof beside them below its median by more than 1.25 times");
    emit(session, u, "slow_tokens_stolen", s.steal_told ? count(s.stolen) : none, s.tokens,
         s.steal_told ? "of the others, with as much time stolen from their block as they took too long"
                      : "this system does not tell what a hypervisor takes");
    emit(session, u, "slow_tokens_unexplained", count(s.unexplained), s.tokens, "the rest of them");
}

static void record_ratios(mw_session *session, const mw_unit *u, double *x)
{
    const size_t n = steady_times(u, x);
    const mw_tail tokens = n > 0 ? mw_tail_ratio(x, n) : none;
    for (size_t i = 0; i < u->n_sweeps; i++)
        x[i] = 1 / u->sweeps[i].gbs;
    mw_sort(x, u->n_sweeps);
    const mw_tail sweeps = u->n_sweeps > 0 ? mw_tail_ratio(x, u->n_sweeps) : none;
    emit(session, u, "tail_ratio", tokens, n, "P99 over P50 of token times; n: tokens");
    emit(session, u, "roof_tail_ratio", sweeps, u->n_sweeps, "P99 over P50 of sweep times; n: sweeps");
    emit(session, u, "tail_excess", mw_tail_excess(tokens, sweeps), u->n_sweeps, "of tokens less of sweeps; n: sweeps");
}

void mw_unit_record_tails(const mw_unit *u, mw_session *session)
{
    double *x = malloc((u->n_samples + u->n_sweeps + 1) * sizeof *x);
    if (!x) {
        session->results.out_of_memory = true;
        return;
    }
    record_slow(session, u, x);
    record_ratios(session, u, x);
    free(x);
}
