/* The rows of suite `growth`, from those of its processes. */
#include "bench/growth/growth_parts.h"
#include "bench/run/summary.h"

#include <math.h>
#include <string.h>

/* How far tokens/s may be from bytes/roof. */
static const double TOLERANCE = 0.1;

static bool is(const char *cell, const char *text)
{
    return strcmp(cell ? cell : "", text ? text : "") == 0;
}

/* A row of the same model, variant, threads and process with another metric, or NULL. */
static char *const *beside(const mw_session *s, char *const *like, const char *metric)
{
    static const size_t same[] = {MW_RESULTS_model, MW_RESULTS_variant, MW_RESULTS_threads, MW_RESULTS_rep};
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        bool fits = is(row[MW_RESULTS_metric], metric);
        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++)
            fits &= is(row[same[k]], like[same[k]]);
        if (fits)
            return row;
    }
    return NULL;
}

static double number(const mw_session *s, char *const *like, const char *metric)
{
    char *const *row = beside(s, like, metric);
    return row ? mw_cell_number(row[MW_RESULTS_value]) : NAN;
}

/* A row like that of tokens_per_s, which may move. */
static void add(mw_session *s, char *const *row, const char *metric, const char *unit, double value, const char *note)
{
    char *like[MW_RESULTS_COUNT];
    mw_csv *r = &s->results;
    memcpy(like, row, sizeof like);
    like[MW_RESULTS_value] = like[MW_RESULTS_ci_low] = like[MW_RESULTS_ci_high] = NULL;
    mw_csv_add(r, like);
    mw_csv_set(r, MW_RESULTS_metric, "%s", metric);
    mw_csv_set(r, MW_RESULTS_unit, "%s", unit);
    mw_csv_set(r, MW_RESULTS_note, "%s", note);
    if (isfinite(value))
        mw_csv_set(r, MW_RESULTS_value, "%.7g", value);
    else
        mw_csv_set(r, MW_RESULTS_provenance, "unavailable");
}

void mw_growth_record(mw_session *s)
{
    const size_t n = s->results.n_rows;
    for (size_t i = 0; i < n && !s->results.out_of_memory; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] || !is(row[MW_RESULTS_metric], "tokens_per_s"))
            continue;
        const double rate = mw_cell_number(row[MW_RESULTS_value]), roof = number(s, row, "roof_mean_gbs");
        const double token_mb = number(s, row, "bandwidth_gbs") * 1e3 / rate;
        add(s, row, "token_mb", "MB", token_mb, "weights, one embedding row, keys and values");
        add(s, mw_csv_row(&s->results, i), "growth_ratio", "1", rate / (roof * 1e3 / token_mb),
            "tokens/s over roof_mean_gbs / token_mb");
    }
}

/* Size of the last cache, 0 if it is unknown. */
static int64_t last_cache(const mw_session *s)
{
    mw_cache_info info;
    int64_t bytes = 0;
    for (int level = 1; mw_topology_cache(s->topology, level, &info); level++)
        bytes = info.bytes != MW_UNKNOWN ? info.bytes : bytes;
    return bytes;
}

static const char *verdict(char *const *row)
{
    const double value = mw_cell_number(row[MW_RESULTS_value]), low = mw_cell_number(row[MW_RESULTS_ci_low]);
    const double high = mw_cell_number(row[MW_RESULTS_ci_high]), least = 1 - TOLERANCE, most = 1 + TOLERANCE;
    if (!isfinite(value))
        return "unknown";
    if (!isfinite(low) || !isfinite(high))
        return value >= least && value <= most ? "yes, of one process" : "no, of one process";
    return low >= least && high <= most ? "yes" : high < least || low > most ? "no" : "open";
}

void mw_growth_judge(mw_session *s)
{
    const double cache = (double)last_cache(s);
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] || !is(row[MW_RESULTS_metric], "growth_ratio"))
            continue;
        char note[256], cached[64] = "";
        if (number(s, row, "bytes_stored_mb") * 1e6 <= cache)
            snprintf(cached, sizeof cached, "; fits into the last cache of %.0f MiB", cache / 0x1p20);
        snprintf(note, sizeof note, "%.140s%s; within 10 %%: %s", row[MW_RESULTS_note], cached, verdict(row));
        mw_csv_put(&s->results, i, MW_RESULTS_note, note);
    }
}
