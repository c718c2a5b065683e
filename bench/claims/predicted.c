/* What suite `predict` says about a claim: a column of the ledger beside what was measured. It changes no verdict. */
#include "bench/claims/claims.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The row of that run, or of any. Rows that are joined with a published speed (`program`) are taken only if asked for,
 * because their kernel and compiler are those of the program. Without threads in the filter: the row with the most. */
static mw_row find(const mw_evidence *e, mw_filter wanted, const char *run_id)
{
    const bool of_program = wanted.param && strstr(wanted.param, "program=");
    mw_row best;
    char program[80];
    wanted.run_id = run_id;
    wanted.known = true;
    mw_rows_find(e->results, &(mw_filter){.metric = ""}, &best); /* none */
    for (mw_row row = {0}; mw_rows_next(e->results, &wanted, &row);) {
        const bool joined = mw_param_copy(row.param, "program", program, sizeof program);
        if (joined == of_program && (isnan(best.value) || row.threads > best.threads))
            best = row;
    }
    return best;
}

/* Without a range, the value is both of its ends. */
static mw_row with_ends(mw_row row)
{
    row.low = isfinite(row.low) ? row.low : row.value;
    row.high = isfinite(row.high) ? row.high : row.value;
    return row;
}

/* Appends words to to[size]. */
__attribute__((format(printf, 3, 4))) static void say(char *to, size_t size, const char *format, ...)
{
    const size_t n = strlen(to);
    va_list args;
    va_start(args, format);
    vsnprintf(to + n, size - n, format, args);
    va_end(args);
}

/* Machine, kernel, threads, rule and what binds; the note of the row begins with the latter. */
static void say_by(char *to, size_t size, const mw_row *row)
{
    char machine[64], program[80], rule[16];
    const char *end = strstr(row->note, "; one core");
    const int binds = end ? (int)(end - row->note) : (int)strlen(row->note);
    mw_param_copy(row->param, "machine", machine, sizeof machine);
    mw_param_copy(row->param, "rule", rule, sizeof rule);
    const bool joined = mw_param_copy(row->param, "program", program, sizeof program);
    say(to, size, "%s, %s%s%s, %d thread%s, rule %s: %.*s", machine, joined ? program : "", joined ? ": " : "",
        *row->kernel ? row->kernel : row->variant, row->threads, row->threads == 1 ? "" : "s", rule, binds, row->note);
    const bool of_all = strncmp(row->note, "memory of all cores", strlen("memory of all cores")) == 0;
    if (!of_all && strstr(row->note, "at least"))
        say(to, size, " (bandwidth of one core unknown)");
}

/* The value of an entry, with its ends. */
static mw_row compute(const mw_predicted *p, const mw_claim *claim, const mw_evidence *e, char *by, size_t size)
{
    const double scale = (p->scale != 0 ? p->scale : 1) * (p->fact ? mw_fact_of(e, p->fact) : 1);
    mw_row row = {.value = claim->figure, .low = claim->figure, .high = claim->figure};
    *by = '\0';
    if (p->row.metric) {
        row = with_ends(find(e, p->row, NULL));
        say_by(by, size, &row);
    }
    if (p->over.metric) {
        const mw_row over = with_ends(find(e, p->over, row.run_id));
        say(by, size, "; over ");
        say_by(by, size, &over);
        row = mw_row_ratio(row, over);
    }
    if (p->tokens > 0) {
        const double slowest = p->tokens / row.low;
        row.value = p->tokens / row.value;
        row.low = p->tokens / row.high;
        row.high = slowest;
    }
    row.value *= scale;
    row.low *= scale;
    row.high *= scale;
    return row;
}

/* "WHAT: 21.1 1/s (19 to 22; by)". */
static void say_value(char *to, size_t size, const mw_predicted *p, const mw_row *row, const char *by)
{
    say(to, size, "%s%s: %.3g", *to ? "; " : "", p->what, row->value);
    if (strcmp(p->unit, "1") != 0)
        say(to, size, " %s", p->unit);
    if (row->low < row->high)
        say(to, size, " (%.3g to %.3g)", row->low, row->high);
    if (*by)
        say(to, size, " [%s]", by);
}

void mw_claim_predict(const mw_claim *claim, const mw_evidence *e, mw_forecast *f)
{
    *f = (mw_forecast){NAN, NAN, NAN, "", ""};
    if (claim->unpredicted)
        say(f->note, sizeof f->note, "%s", claim->unpredicted);
    for (const mw_predicted *p = claim->predicted; p && p->what; p++) {
        char by[MW_FORECAST_BY] = "";
        const mw_row row = compute(p, claim, e, by, sizeof by);
        if (p != claim->predicted && isfinite(row.value))
            say_value(f->note, sizeof f->note, p, &row, by);
        if (p != claim->predicted)
            continue;
        if (!isfinite(row.value)) { /* the first entry is what the column is about */
            const mw_evidence_source *s = mw_evidence_source_of(e, "predict", "");
            say(f->note, sizeof f->note, "no data: %s",
                s && *s->missing ? s->missing : "none of the results has this prediction");
            continue;
        }
        f->value = row.value;
        f->low = row.low < row.high ? row.low : NAN;
        f->high = row.low < row.high ? row.high : NAN;
        say(f->by, sizeof f->by, "%s [%s]", p->what, by);
    }
}
