/* The rows of suite `growth`, from those of its processes. */
#include "bench/growth/growth_parts.h"
#include "bench/run/summary.h"

#include <math.h>
#include <string.h>

/* How far tokens/s may be from bytes/roof. */
static const double TOLERANCE = 0.1;

/* The value of a metric of the same model, variant, threads and process. */
static double of_same(const mw_session *s, const mw_row *like, const char *metric)
{
    const mw_filter f = {.of = like->rep ? MW_OF_PROCESSES : MW_OF_RUN,
                         .model = like->model,
                         .variant = like->variant,
                         .threads = like->threads,
                         .rep = like->rep,
                         .metric = metric};
    return mw_rows_value(&s->results, &f);
}

static void add(mw_session *s, const mw_row *like, const char *metric, const char *unit, double value, const char *note)
{
    mw_session_record(s, NULL, like->threads,
                      &(mw_result){metric, unit, value, like->n, .suite = like->suite, .phase = like->phase,
                                   .param = *like->param ? like->param : NULL, .note = note,
                                   .provenance = like->provenance, .variant = like->variant, .kernel = like->kernel,
                                   .layout = like->layout, .load = like->load, .isa = like->isa, .model = like->model,
                                   .rep = like->rep});
}

void mw_growth_record(mw_session *s)
{
    const mw_filter f = {.of = MW_OF_PROCESSES, .metric = "tokens_per_s"};
    const size_t n = s->results.n_rows;
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r) && r.index < n;) {
        const double token_mb = of_same(s, &r, "bandwidth_gbs") * 1e3 / r.value;
        add(s, &r, "token_mb", "MB", token_mb, "weights, one embedding row, keys and values");
        add(s, &r, "growth_ratio", "1", r.value / (of_same(s, &r, "roof_mean_gbs") * 1e3 / token_mb),
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

static const char *verdict(const mw_row *row)
{
    const double least = 1 - TOLERANCE, most = 1 + TOLERANCE;
    if (!isfinite(row->value))
        return "unknown";
    if (!isfinite(row->low) || !isfinite(row->high))
        return row->value >= least && row->value <= most ? "yes, of one process" : "no, of one process";
    return row->low >= least && row->high <= most ? "yes" : row->high < least || row->low > most ? "no" : "open";
}

void mw_growth_judge(mw_session *s)
{
    const double cache = (double)last_cache(s);
    for (mw_row r = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = "growth_ratio"}, &r);) {
        char note[256], cached[64] = "";
        if (of_same(s, &r, "bytes_stored_mb") * 1e6 <= cache)
            snprintf(cached, sizeof cached, "; fits into the last cache of %.0f MiB", cache / 0x1p20);
        snprintf(note, sizeof note, "%.140s%s; within 10 %%: %s", r.note, cached, verdict(&r));
        mw_csv_replace(&s->results, r.index, MW_RESULTS_note, mw_text(note));
    }
}
