/* From the values of processes to differences that are beyond chance. */
#include "bench/compare/many.h"
#include "bench/compare/compare.h"
#include "bench/stats/stats.h"
#include "bench/tables/folders.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 2000000 };

/* --- places --- */

static int by_place(const mw_reading *a, const mw_reading *b)
{
    const int c = (a->figure->rank > b->figure->rank) - (a->figure->rank < b->figure->rank);
    return c ? c : (a->entrant > b->entrant) - (a->entrant < b->entrant);
}

static int by_process(const mw_reading *a, const mw_reading *b)
{
    const int c = (a->run > b->run) - (a->run < b->run);
    return c ? c : (a->rep > b->rep) - (a->rep < b->rep);
}

static int in_order(const void *a, const void *b)
{
    const int c = by_place(a, b);
    return c ? c : by_process(a, b);
}

/* What one process says several times counts once, by its mean. Returns how many readings the place has. */
static size_t add_place(mw_many *m, const mw_reading *r, size_t left, size_t first)
{
    size_t at = 0, of;
    mw_place *p = &m->places[m->n_places++];
    *p = (mw_place){.figure = r->figure->rank, .entrant = r->entrant, .first = first};
    for (; at < left && by_place(r, r + at) == 0; at += of) {
        double sum = 0;
        for (of = 0; at + of < left && by_place(r, r + at + of) == 0 && by_process(r + at, r + at + of) == 0; of++)
            sum += r[at + of].log;
        m->x[p->first + p->n++] = sum / (double)of;
    }
    const mw_interval ci = mw_interval_mean(m->x + p->first, p->n);
    p->mean = mw_mean(m->x + p->first, p->n);
    p->low = ci.low;
    p->high = ci.high;
    return at;
}

static int make_places(mw_many *m, mw_error *err)
{
    m->x = malloc((m->n_readings + 1) * sizeof *m->x);
    m->places = malloc((m->n_readings + 1) * sizeof *m->places);
    if (!m->x || !m->places)
        return mw_fail(err, -ENOMEM, "no memory for the comparison");
    if (m->n_readings > 0)
        qsort(m->readings, m->n_readings, sizeof *m->readings, in_order);
    for (size_t i = 0, used = 0; i < m->n_readings; used += m->places[m->n_places - 1].n)
        i += add_place(m, m->readings + i, m->n_readings - i, used);
    return 0;
}

/* --- pairs --- */

/* How many places belong to the figure of place `at`. */
static size_t places_from(const mw_many *m, size_t at)
{
    size_t n = 1;
    while (at + n < m->n_places && m->places[at + n].figure == m->places[at].figure)
        n++;
    return n;
}

static double p_of(const mw_many *m, const mw_place *a, const mw_place *b)
{
    return mw_p_difference(m->x + a->first, a->n, m->x + b->first, b->n);
}

/* One family of tests: all pairs of entrants by all figures. A pair in which one has a single process is no test. */
static int make_pairs(mw_many *m, mw_error *err)
{
    size_t most = 0;
    for (size_t i = 0, n; i < m->n_places; i += n) {
        n = places_from(m, i);
        most += n * (n - 1) / 2;
        m->too_many |= most > MOST_PAIRS;
    }
    if (m->too_many)
        return 0;
    double *p = malloc((most + 1) * sizeof *p);
    m->pairs = malloc((most + 1) * sizeof *m->pairs);
    for (size_t i = 0, n; p && m->pairs && i < m->n_places; i += n) {
        n = places_from(m, i);
        for (size_t a = i; a < i + n; a++)
            for (size_t b = a + 1; b < i + n; b++) {
                p[m->n_pairs] = p_of(m, &m->places[a], &m->places[b]);
                m->pairs[m->n_pairs] = (mw_pair){(uint32_t)a, (uint32_t)b, p[m->n_pairs], NAN};
                m->n_pairs += !isnan(p[m->n_pairs]);
            }
    }
    const bool good = p && m->pairs && mw_holm(p, m->n_pairs);
    for (size_t i = 0; i < m->n_pairs && good; i++) {
        m->pairs[i].p_holm = p[i];
        m->different += p[i] < MW_MANY_LEVEL;
    }
    free(p);
    return good ? 0 : mw_fail(err, -ENOMEM, "no memory for the comparison");
}

mw_many_ratio mw_many_ratio_of(const mw_many *m, const mw_pair *pair)
{
    const mw_place *a = &m->places[pair->a], *b = &m->places[pair->b];
    const mw_metric *metric = m->figures[a->figure]->metric;
    const mw_interval ci = mw_interval_difference(m->x + a->first, a->n, m->x + b->first, b->n);
    const double difference = b->mean - a->mean;
    const bool better = (difference > 0) == (metric->better == MW_MORE_IS_BETTER);
    return (mw_many_ratio){exp(difference), exp(ci.low), exp(ci.high),
                           pair->p_holm < MW_MANY_LEVEL ? mw_metric_verdict(metric, better) : "no evidence"};
}

/* --- all together --- */

int mw_many_judge(mw_many *m, mw_error *err)
{
    const int rc = make_places(m, err);
    return rc ? rc : make_pairs(m, err);
}

void mw_many_free(mw_many *m)
{
    for (size_t i = 0; i < m->n_entrants; i++)
        mw_entrant_free(&m->entrants[i]);
    for (size_t i = 0; i < m->n_figures; i++)
        mw_figure_free(m->figures[i]);
    free(m->entrants);
    free(m->figures);
    free(m->readings);
    free(m->x);
    free(m->places);
    free(m->pairs);
}

int mw_many_notes(const mw_many *m, char notes[MW_MANY_NOTES][400])
{
    const size_t size = sizeof notes[0];
    int n = 0;
    bool emulated = false;
    for (size_t i = 0; i < m->n_figures; i++)
        emulated |= m->figures[i]->emulated;
    if (emulated)
        snprintf(notes[n++], size, "EMULATED: the lines marked so are not timings of a real CPU.");
    if (m->mixed_builds)
        snprintf(notes[n++], size,
                 "The runs are of different commits of memwall: a difference can come from the "
                 "program instead of the machine.");
    if (m->left_out > 0)
        snprintf(notes[n++], size, "Left out: %zu run%s without a process that has a roof_fraction or tokens_per_s.",
                 m->left_out, m->left_out == 1 ? "" : "s");
    size_t alone = 0;
    for (size_t i = 0; i < m->n_places; i++)
        alone += (i == 0 || m->places[i - 1].figure != m->places[i].figure) &&
                 (i + 1 == m->n_places || m->places[i + 1].figure != m->places[i].figure);
    if (alone > 0)
        snprintf(notes[n++], size, "Not compared: %zu figures that only one of the %s has.", alone,
                 m->by_run ? "runs" : "machines");
    if (m->too_many)
        snprintf(notes[n++], size, "Differences were not tested: there are more than %d pairs. Compare fewer machines.",
                 MOST_PAIRS);
    else if (m->n_pairs == 0)
        snprintf(notes[n++], size, "Nothing could be tested: it takes at least 2 processes on each side (--reps).");
    else
        snprintf(notes[n++], size,
                 "%zu of %zu differences are beyond chance: if all %s were equal, even one such "
                 "difference would appear in at most 5 %% of all comparisons (Welch's t-test on logarithms, the "
                 "process as the unit, Holm's correction).",
                 m->different, m->n_pairs, m->by_run ? "runs" : "machines");
    return n;
}

bool mw_compare_is_two(char *const *paths, int n)
{
    return n == 2 && !mw_folders_is_tree(paths[0]) && !mw_folders_is_tree(paths[1]);
}

int mw_compare_many(char *const *paths, int n, mw_format format, FILE *to, mw_error *err)
{
    mw_many m = {0};
    int rc = mw_many_read(&m, paths, n, err);
    if (!rc && m.n_entrants < 2)
        rc = mw_fail(err, -EINVAL,
                     "%.250s: it takes at least two runs with a roof_fraction or tokens_per_s of single "
                     "processes, as suite decode records them",
                     paths[0]);
    if (!rc)
        rc = mw_many_judge(&m, err);
    if (!rc)
        rc = format == MW_FORMAT_TABLE || format == MW_FORMAT_MD ? mw_many_print(&m, format, to, err)
                                                                 : mw_many_rows(&m, format, to, err);
    if (!rc && (fflush(to) || ferror(to)))
        rc = mw_fail(err, -EIO, "the comparison cannot be written: is the disk full?");
    mw_many_free(&m);
    return rc;
}
