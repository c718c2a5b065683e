#include "bench/claims/evidence.h"

#include "bench/run/summary.h"
#include "bench/tables/rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool fits(const char *cell, const char *wanted)
{
    return !wanted || (cell && strcmp(cell, wanted) == 0);
}

static bool matches(char *const *row, const mw_query *q)
{
    bool all = !row[MW_RESULTS_rep] && row[MW_RESULTS_value] && fits(row[MW_RESULTS_suite], q->suite) &&
               fits(row[MW_RESULTS_phase], q->phase) && fits(row[MW_RESULTS_metric], q->metric) &&
               fits(row[MW_RESULTS_variant], q->variant) && fits(row[MW_RESULTS_kernel], q->kernel) &&
               fits(row[MW_RESULTS_threads], q->threads);
    for (int i = 0; i < 3 && all && q->param[i]; i++)
        all = mw_param_has(row[MW_RESULTS_param], q->param[i]);
    return all && (!q->beside || fits(row[MW_RESULTS_run_id], q->beside[MW_RESULTS_run_id]));
}

/* How much a row is worth as evidence about an ARM machine. */
static int worth(char *const *row)
{
    if (fits(row[MW_RESULTS_provenance], "emulated"))
        return 0;
    return fits(row[MW_RESULTS_arch], "aarch64") ? 2 : 1;
}

char *const *mw_evidence_row(const mw_evidence *e, const mw_query *q)
{
    char *const *best = NULL;
    for (size_t i = 0; i < e->results->n_rows; i++) {
        char *const *row = mw_csv_row(e->results, i);
        if (matches(row, q) && (!best || worth(row) > worth(best)))
            best = row;
    }
    return best;
}

mw_figure mw_figure_of(char *const *row)
{
    if (!row)
        return (mw_figure){NAN, NAN, NAN, 0};
    const double n = mw_cell_number(row[MW_RESULTS_n]);
    return (mw_figure){mw_cell_number(row[MW_RESULTS_value]), mw_cell_number(row[MW_RESULTS_ci_low]),
                       mw_cell_number(row[MW_RESULTS_ci_high]), n >= 0 && n < 1e18 ? (uint64_t)n : 0};
}

mw_figure mw_evidence_figure(const mw_evidence *e, const mw_query *q)
{
    return mw_figure_of(mw_evidence_row(e, q));
}

mw_figure mw_figure_ratio(mw_figure a, mw_figure b)
{
    return (mw_figure){a.value / b.value, a.low / b.high, a.high / b.low, a.n};
}

mw_figure mw_figure_times(mw_figure a, double factor)
{
    return (mw_figure){a.value * factor, a.low * factor, a.high * factor, a.n};
}

bool mw_row_of_paper(char *const *row)
{
    return row && row[MW_RESULTS_model] && strstr(row[MW_RESULTS_model], "stories110M");
}

bool mw_row_of_arm(char *const *row)
{
    return row && fits(row[MW_RESULTS_arch], "aarch64") && fits(row[MW_RESULTS_provenance], "measured");
}

const mw_evidence_source *mw_evidence_source_of(const mw_evidence *e, const char *suite, const char *run_id)
{
    const mw_evidence_source *found = NULL;
    for (size_t i = 0; i < e->n_sources && suite; i++) {
        const mw_evidence_source *s = &e->sources[i];
        if (strcmp(s->suite, suite) == 0 && (!s->run_id[0] || (run_id && strcmp(s->run_id, run_id) == 0)))
            found = s;
    }
    return found;
}

bool mw_finding_take(mw_finding *f, char *const *row, mw_figure figure, bool interval)
{
    f->row = row;
    f->value = figure.value;
    f->ci = (mw_interval){figure.low, figure.high};
    f->n = figure.n;
    f->provenance = row ? row[MW_RESULTS_provenance] : f->provenance;
    if (!isfinite(figure.value)) {
        f->row = NULL; /* nothing decided */
        f->provenance = "unavailable";
        return false; /* mw_claim_judge says what is missing */
    }
    if (interval && !(isfinite(figure.low) && isfinite(figure.high))) {
        f->verdict = MW_NOT_TESTABLE;
        mw_finding_note(f, "without an interval nothing is decided: run it with more repetitions");
        return false;
    }
    return true;
}

void mw_finding_note(mw_finding *f, const char *format, ...)
{
    const size_t n = strlen(f->note);
    va_list args;
    if (n + 3 >= sizeof f->note)
        return;
    const size_t joint = n ? (size_t)snprintf(f->note + n, sizeof f->note - n, "; ") : 0;
    va_start(args, format);
    vsnprintf(f->note + n + joint, sizeof f->note - n - joint, format, args);
    va_end(args);
}
