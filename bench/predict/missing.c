#include "bench/predict/missing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Waking a thread that sleeps, us: measured by this project's benchmark `fork_join` (EXPERIMENTS.md, 2026-11-25). Other
 * programs on other systems need more or less, hence "missing". */
static const double wake_us = 22;

/* The exponential of a logit by a scalar function, about 30 cycles: sampling with a temperature takes one for each. */
static const double logit_us = 0.01;

/* What another loop than the modelled one may cost, relative to it, and one whose instructions nobody counted. */
static const double other_loop = 1.5, similar_loop = 1.25;

/* How accurate the model is where the window limits a loop (EXPERIMENTS.md, 2026-11-30). */
static const double window = 1.25;

/* An input and by what factor a token may take longer, or less long, with it. */
typedef struct effect {
    const char *name;
    double factor;
} effect;

static int larger_first(const void *a, const void *b)
{
    const double x = ((const effect *)a)->factor, y = ((const effect *)b)->factor;
    return (x < y) - (x > y);
}

static double loop_factor(const mw_published *row)
{
    return row->loop == MW_LOOP_OTHER ? other_loop : row->loop == MW_LOOP_SIMILAR ? similar_loop : 1;
}

static double window_factor(const mw_prediction *p)
{
    return strstr(p->binds, "window") ? window : 1;
}

/* Parallel parts of a token, at least: the products of each layer that can run together, attention, the classifier. */
static double parts(const mw_config *c)
{
    return 5.0 * c->n_layers + 1;
}

static int slower(const mw_machine_file *m, const mw_config *c, const mw_published *row, const mw_prediction *p,
                  effect e[])
{
    const double n = row->threads, token = 1 / p->per_second.value, all = m->all.value * 1e9,
                 one = m->one_core.value * 1e9;
    int found = 0;
    e[found++] = (effect){"loop", p->core_s * loop_factor(row) / n / token};
    e[found++] = (effect){"window", p->core_s * window_factor(p) / n / token};
    e[found++] = (effect){"overlap", (p->core_s + p->read_s) / n / token};
    e[found++] = (effect){"other work", 1 + logit_us * 1e-6 * c->vocab_size / token};
    if (n > 1)
        e[found++] = (effect){"threads", 1 + wake_us * 1e-6 * parts(c) / token};
    if (p->at_most && n < m->cores.value) /* one core reads its share of all, at least */
        e[found++] = (effect){"one core", p->bytes / (n * all / m->cores.value) / token};
    if (!p->at_most && n > 1 && n < m->cores.value) /* several read what one does, at least */
        e[found++] = (effect){"few cores", p->bytes / one / token};
    if (n > 1 && m->all_is_peak) /* cores reach 204 of 400 GB/s on the one machine where both are known */
        e[found++] = (effect){"all cores", p->bytes / (all / 2) / token};
    return found;
}

static int faster(const mw_machine_file *m, const mw_published *row, const mw_prediction *p, effect e[])
{
    const double n = row->threads, token = 1 / p->per_second.value, core = p->core_s / n,
                 all = n > 1 ? p->bytes / (m->all.value * 1e9) : 0;
    e[0] = (effect){"loop", core * loop_factor(row) / token};
    e[1] = (effect){"window", core * window_factor(p) / token};
    e[2] = (effect){"overlap", token / fmax(all, fmax(p->core_s, p->read_s) / n)};
    return 3;
}

void mw_missing(const mw_machine_file *m, const mw_config *c, const mw_published *row, const mw_prediction *p,
                char to[MW_MISSING_BYTES])
{
    effect e[8];
    int found;
    const double ratio = p->per_second.value / row->tokens_per_s;
    to[0] = '\0';
    if (!(fabs(ratio - 1) > MW_MISSING_SHARE))
        return;
    found = ratio > 1 ? slower(m, c, row, p, e) : faster(m, row, p, e);
    qsort(e, (size_t)found, sizeof *e, larger_first);
    size_t used = 0;
    if (p->per_second.low <= row->tokens_per_s && row->tokens_per_s <= p->per_second.high)
        used = (size_t)snprintf(to, MW_MISSING_BYTES, "sources");
    for (int i = 0; i < found && used < MW_MISSING_BYTES; i++)
        if (e[i].factor > 1 + MW_MISSING_SHARE)
            used += (size_t)snprintf(to + used, MW_MISSING_BYTES - used, "%s%s", used ? ", " : "", e[i].name);
}
