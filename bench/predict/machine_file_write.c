#include "bench/predict/machine_file_write.h"

#include "bench/stats/stats.h"
#include "bench/tables/to_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name in `sources` of the only source. */
#define SOURCE "memwall"

/* Four digits: the rounds of a speed rarely agree on more. */
static json_t *rounded(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.4g", x);
    return mw_to_json_number(strtod(text, NULL));
}

/* An item of `others`. */
static int add_other(json_t *others, double value, const char *note)
{
    return json_array_append_new(
        others, json_pack("{s:o, s:s, s:o}", "value", rounded(value), "source", SOURCE, "note", mw_to_json_text(note)));
}

/* A value; takes `others`, and leaves it out if it is NULL or empty. "" is no note. */
static json_t *fact(json_t *value, const char *unit, const char *note, json_t *others)
{
    json_t *of =
        json_pack("{s:o, s:s, s:s, s:s}", "value", value, "unit", unit, "source", SOURCE, "provenance", "measured");
    int lost = *note ? json_object_set_new(of, "note", mw_to_json_text(note)) : 0;
    if (json_array_size(others) > 0)
        lost |= json_object_set(of, "others", others);
    json_decref(others);
    return mw_to_json_whole(of, lost);
}

typedef struct quartiles {
    double low, median, high, most;
} quartiles;

static quartiles quartiles_of(const mw_speed *s)
{
    double sorted[MW_MOST_SAMPLES];
    memcpy(sorted, s->gbs, s->n * sizeof *sorted);
    mw_sort(sorted, s->n);
    return (quartiles){mw_percentile(sorted, s->n, 0.25), mw_percentile(sorted, s->n, 0.5),
                       mw_percentile(sorted, s->n, 0.75), sorted[s->n - 1]};
}

static int add_quartiles(json_t *others, quartiles q)
{
    return add_other(others, q.low, "lower quartile of the rounds") |
           add_other(others, q.high, "upper quartile of the rounds");
}

static const mw_speed *find(const mw_measured *m, const char *key, bool huge)
{
    for (int i = 0; i < m->n_speeds; i++)
        if (strcmp(m->speeds[i].key, key) == 0 && m->speeds[i].huge == huge && m->speeds[i].n > 0)
            return &m->speeds[i];
    return NULL;
}

static int add_speed(json_t *file, const mw_measured *m, const mw_speed *s)
{
    const quartiles q = quartiles_of(s);
    json_t *others = json_array();
    char note[200];
    int lost = add_quartiles(others, q);
    const mw_speed *huge = find(m, s->key, true);
    if (huge) {
        snprintf(note, sizeof note, "median of %zu rounds: %s", huge->n, huge->way);
        lost |= add_other(others, quartiles_of(huge).median, note);
    }
    snprintf(note, sizeof note, "median of %zu rounds: %s", s->n, s->way);
    return lost | json_object_set_new(file, s->key, fact(rounded(q.median), "GB/s", note, others));
}

/* What L1 serves at most, so the fastest round counts, as with the clock. */
static int add_loads(json_t *file, const mw_measured *m)
{
    const mw_speed *l1 = find(m, "l1_bandwidth", false);
    if (!l1 || !isfinite(m->clock_ghz))
        return 0;
    const double loads = quartiles_of(l1).most / m->clock_ghz / l1->load_bytes;
    int lost = json_object_set_new(
        file, "loads_per_cycle",
        fact(rounded(loads), "loads per cycle", "fastest round of l1_bandwidth over clock and load_bytes", NULL));
    return lost | json_object_set_new(file, "load_bytes",
                                      fact(json_integer(l1->load_bytes), "bytes per load",
                                           "width of the loads that l1_bandwidth was measured with", NULL));
}

static int add_size(json_t *file, const char *key, int64_t bytes, const char *unit, double scale)
{
    if (bytes <= 0)
        return 0;
    return json_object_set_new(file, key,
                               fact(mw_to_json_number((double)bytes * scale), unit, "as the system tells", NULL));
}

json_t *mw_machine_file_json(const mw_measured *m)
{
    json_t *file =
        json_pack("{s:o, s:o, s:o, s:[], s:{s:o}}", "name", mw_to_json_text(m->name), "core", mw_to_json_text(m->core),
                  "arch", mw_to_json_text(m->arch), "features", "sources", SOURCE, mw_to_json_text(m->source));
    int lost = 0;
    if (m->dotprod)
        lost |= json_array_append_new(json_object_get(file, "features"), json_string("dotprod"));
    lost |= json_object_set_new(file, "cores", fact(json_integer(m->cores), "cores", m->cores_note, NULL));
    if (isfinite(m->clock_ghz))
        lost |= json_object_set_new(file, "clock", fact(rounded(m->clock_ghz), "GHz", m->clock_note, NULL));
    lost |= add_size(file, "line", m->line, "bytes", 1);
    lost |= add_loads(file, m);
    lost |= add_size(file, "l1d", m->l1d, "KiB", 1. / 1024);
    lost |= add_size(file, "l2", m->l2, "KiB", 1. / 1024);
    lost |= add_size(file, "l3", m->l3, "KiB", 1. / 1024);
    for (int i = 0; i < m->n_speeds; i++)
        if (!m->speeds[i].huge && m->speeds[i].n > 0)
            lost |= add_speed(file, m, &m->speeds[i]);
    return mw_to_json_whole(file, lost);
}
