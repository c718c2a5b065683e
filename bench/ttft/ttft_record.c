/* From samples to rows of results.csv. */
#include "bench/ttft/ttft.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- rows --- */

static void emit(const mw_ttft *t, const mw_ttft_case *c, size_t round, const char *phase, const char *metric,
                 const char *unit, double value)
{
    char param[96];
    snprintf(param, sizeof param, "feeding=%s;prompt=%zu;state=%s", c->single ? "token" : "batch", c->n_prompt,
             c->cold ? "cold" : "warm");
    mw_session_record(t->session, c->variant, c->threads,
                      &(mw_result){metric, unit, value, 1, .phase = phase, .param = param, .rep = (int)round + 1});
}

/* The case that equals `like`; of a variant without a kernel layout and load count. t->n if there is none. */
static size_t find_case(const mw_ttft *t, const mw_ttft_case *like)
{
    const mw_variant *v = like->variant;
    size_t i = 0;
    for (; i < t->n; i++) {
        const mw_ttft_case *c = &t->cases[i];
        if (c->variant->layout == v->layout && c->variant->load == v->load &&
            (!v->gemv || c->variant->gemv == v->gemv) && c->threads == like->threads && c->n_prompt == like->n_prompt &&
            c->cold == like->cold && c->single == like->single)
            break;
    }
    return i;
}

/* TTFT of the same case, but warm and with that feeding; NAN if it was not counted in this round. */
static double warm_ttft(const mw_ttft *t, const mw_ttft_case *c, size_t round, bool single)
{
    mw_ttft_case like = *c;
    like.cold = false;
    like.single = single;
    const size_t i = find_case(t, &like);
    return i < t->n && t->sample[round * t->n + i].counted ? t->sample[round * t->n + i].ttft_ms : NAN;
}

/* What a first token is compared with: the device and a warm one; a steady token and faulting in; the FMA peak; the
 * same prompt token by token. */
static void emit_ratios(const mw_ttft *t, const mw_ttft_case *c, size_t round, const mw_ttft_sample *x)
{
    const double warm = warm_ttft(t, c, round, c->single), single = warm_ttft(t, c, round, true);
    const double device = fmin(x->ms[MW_TTFT_READ_DIRECT], x->ms[MW_TTFT_READ_BUFFERED]); /* fmin passes over a NAN */
    if (c->cold) {
        emit(t, c, round, "ttft", "device_read_ms", "ms", device);
        emit(t, c, round, "ttft", "cold_ratio", "1", x->ttft_ms / (device + warm));
    }
    if (!c->cold && c->n_prompt == 1 && isfinite(x->ms[MW_TTFT_TOUCH]))
        emit(t, c, round, "ttft", "first_token_ratio", "1", x->ttft_ms / (x->ms[MW_TTFT_TOKEN] + x->ms[MW_TTFT_TOUCH]));
    if (!c->cold && !c->single && isfinite(single))
        emit(t, c, round, "ttft", "batch_speedup", "1", single / x->ttft_ms);
    if (!c->cold && c->n_prompt > 1 && isfinite(x->ms[MW_TTFT_PEAK])) {
        const double gflop = (double)mw_model_prefill_flops(&t->session->model.config, c->n_prompt) * 1e-9;
        emit(t, c, round, "peak", "peak_gflops", "GFLOP/s", gflop / x->ms[MW_TTFT_PEAK] * 1e3);
        emit(t, c, round, "prefill", "peak_fraction", "1", x->ms[MW_TTFT_PEAK] / x->ms[MW_TTFT_PREFILL]);
        emit(t, c, round, "prefill_again", "peak_fraction", "1", x->ms[MW_TTFT_PEAK] / x->ms[MW_TTFT_AGAIN]);
    }
}

static void record_case(const mw_ttft *t, size_t index, size_t round)
{
    const mw_ttft_case *c = &t->cases[index];
    const mw_ttft_sample *x = &t->sample[round * t->n + index];
    if (!x->counted) { /* the warning says why */
        emit(t, c, round, "ttft", "ttft_ms", "ms", NAN);
        return;
    }
    emit(t, c, round, "ttft", "ttft_ms", "ms", x->ttft_ms);
    emit(t, c, round, "ttft", "from_exec_ms", "ms", x->ms[MW_TTFT_EXEC] + x->ms[MW_TTFT_START] + x->ttft_ms);
    for (int p = 0; p <= MW_TTFT_TOUCH; p++)
        if (isfinite(x->ms[p]))
            emit(t, c, round, mw_ttft_phase_name((mw_ttft_phase)p), "phase_ms", "ms", x->ms[p]);
    emit(t, c, round, "fault_in", "phase_ms", "ms", fmax(0, x->ms[MW_TTFT_PREFILL] - x->ms[MW_TTFT_AGAIN]));
    emit(t, c, round, "ttft", "minor_faults", "1", x->minor);
    emit(t, c, round, "ttft", "major_faults", "1", x->major);
    if (isfinite(x->ms[MW_TTFT_TOUCH]))
        emit(t, c, round, "touch", "minor_faults", "1", x->touch_faults);
    emit(t, c, round, "ttft", "device_mib", "MiB", x->read_bytes / (1 << 20));
    emit(t, c, round, "ttft", "rss_mib", "MiB", x->rss_mib);
    emit(t, c, round, "ttft", "pss_mib", "MiB", x->pss_mib);
    emit(t, c, round, "ttft", "huge_mib", "MiB", x->huge_mib);
    emit_ratios(t, c, round, x);
}

void mw_ttft_record_round(const mw_ttft *t, size_t round)
{
    for (size_t i = 0; i < t->n; i++)
        record_case(t, i, round);
    if (isfinite(t->pack_ms[round]))
        mw_session_record(t->session, NULL, 0,
                          &(mw_result){"phase_ms", "ms", t->pack_ms[round], 1, .phase = "pack", .layout = "tvl",
                                       .note = "a warm checkpoint made into a .tvl file, written back to the device",
                                       .rep = (int)round + 1});
}

/* --- break-even: after how many tokens has something paid for itself? --- */

/* `extra` ms more at the start, `gain` ms less for every token after the first: the answer of one round, infinite for
 * never. */
static double break_even(double extra, double gain)
{
    return extra <= 0 ? 0 : gain > 0 ? ceil(extra / gain) : INFINITY;
}

/* Case `index` against case `other`; the rounds' median and its interval, which may be infinite: then it stays blank.
 */
static void record_break_even(const mw_ttft *t, size_t index, size_t other, bool packing)
{
    double *x = malloc((t->rounds + 1) * sizeof *x);
    size_t n = 0, never = 0;
    char param[160], note[128];
    for (size_t r = 0; x && r < t->rounds; r++) {
        const mw_ttft_sample *a = &t->sample[r * t->n + index], *b = &t->sample[r * t->n + other];
        const double pack = packing ? t->pack_ms[r] : 0;
        if (!a->counted || !b->counted || !isfinite(pack))
            continue;
        x[n] = break_even(pack + a->ttft_ms - b->ttft_ms, b->ms[MW_TTFT_TOKEN] - a->ms[MW_TTFT_TOKEN]);
        never += isinf(x[n++]);
    }
    if (n > 0) {
        const mw_ttft_case *c = &t->cases[index];
        mw_sort(x, n);
        const double value = (x[(n - 1) / 2] + x[n / 2]) / 2;
        const mw_interval ci = mw_interval_percentile(x, n, 0.5);
        snprintf(param, sizeof param, "of=%s;prompt=%zu;state=%s;than=%s", packing ? "packing" : "copy", c->n_prompt,
                 c->cold ? "cold" : "warm", t->cases[other].variant->name);
        snprintf(note, sizeof note, "never in %zu of %zu rounds", never, n);
        mw_session_record(t->session, c->variant, c->threads,
                          &(mw_result){"break_even_tokens", "1", value, n, .phase = "break_even", .ci = &ci,
                                       .param = param, .note = never ? note : NULL, .rep = -1});
    }
    free(x);
}

/* Packing pays for the mapped .tvl file, compared with the mapped checkpoint, and a copy compared with a mapping. */
void mw_ttft_record_all(const mw_ttft *t)
{
    for (size_t i = 0; i < t->n; i++) {
        mw_ttft_case like = t->cases[i];
        const mw_variant *v = like.variant;
        const bool packed = v->layout->id == MW_LAYOUT_TVL16 && v->load == MW_LOAD_MMAP;
        const mw_variant other = {.layout = packed ? mw_layout_of(MW_LAYOUT_ROWMAJOR) : v->layout,
                                  .load = MW_LOAD_MMAP};
        if (like.single || (mw_load_maps(v->load) && !packed))
            continue;
        like.variant = &other;
        const size_t found = find_case(t, &like);
        if (found < t->n)
            record_break_even(t, i, found, packed);
    }
}
