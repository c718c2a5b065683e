/* From evidence to findings, from those to rows of claims.csv, and from those to what is printed. */
#include "bench/claims/claims.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const char *const mw_verdict_names[MW_VERDICTS] = {"holds", "holds in part", "does not hold", "not testable here"};

static bool is(const char *text, const char *wanted)
{
    return strcmp(text, wanted) == 0;
}

/* --- evidence --- */

double mw_fact_of(const mw_evidence *e, const char *key)
{
    const mw_fact *f = e->facts;
    while (f->key && !is(f->key, key))
        f++;
    return f->key ? f->value : NAN;
}

/* How much a row is worth as evidence about an ARM machine. */
static int worth(const mw_row *row)
{
    return is(row->provenance, "emulated") ? 0 : is(row->arch, "aarch64") ? 2 : 1;
}

mw_row mw_row_best(const mw_evidence *e, mw_filter filter)
{
    mw_row best;
    filter.known = true;
    mw_rows_find(e->results, &filter, &best);
    for (mw_row row = best; mw_rows_next(e->results, &filter, &row);)
        if (worth(&row) > worth(&best))
            best = row;
    return best;
}

mw_row mw_row_near(const mw_evidence *e, const mw_row *row, mw_filter f)
{
    f.run_id = row->run_id;
    f.suite = f.suite ? f.suite : row->suite;
    f.metric = f.metric ? f.metric : row->metric;
    f.variant = f.variant ? f.variant : row->variant;
    f.threads = f.threads ? f.threads : row->threads;
    f.param = f.param ? f.param : row->param;
    return mw_row_best(e, f);
}

mw_row mw_row_ratio(mw_row a, mw_row b)
{
    a.value /= b.value;
    a.low /= b.high;
    a.high /= b.low;
    return a;
}

bool mw_row_of_paper(const mw_row *row)
{
    return strstr(row->model, "stories110M") != NULL;
}

const mw_evidence_source *mw_evidence_source_of(const mw_evidence *e, const char *suite, const char *run_id)
{
    const mw_evidence_source *found = NULL;
    for (const mw_evidence_source *s = e->sources; s < e->sources + e->n_sources; s++)
        if (is(s->suite, suite) && (!*s->run_id || is(s->run_id, run_id)))
            found = s;
    return found;
}

/* --- findings --- */

void mw_note(mw_finding *f, const char *format, ...)
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

/* The row that decides, as the claim's list entry says. */
static mw_row row_of(const mw_claim *claim, const mw_evidence *e)
{
    const double scale = claim->scale != 0 ? claim->scale : 1;
    mw_filter wanted = claim->row;
    wanted.metric = wanted.metric ? wanted.metric : ""; /* which no row has */
    mw_row row = mw_row_best(e, wanted);
    if (claim->over.metric)
        row = mw_row_ratio(row, mw_row_near(e, &row, claim->over));
    row.value *= scale;
    row.low *= scale;
    row.high *= scale;
    return row;
}

/* What of a claim's place, model or kind of timing the deciding row lacks; NULL if nothing. Counting and arithmetic
 * need none of it. */
static const char *lacking(const mw_claim *claim, const mw_row *row)
{
    if (is(row->provenance, "emulated"))
        return "emulated";
    if (claim->place >= MW_ON_AARCH64 && !is(row->arch, "aarch64"))
        return is(row->isa, "neon-simde") ? "NEON through SIMDe" : "no AArch64 machine";
    if (claim->place == MW_ON_APPLE && strncmp(row->os, "Darwin", 6) != 0)
        return "no Apple machine";
    if (is(row->provenance, "measured") && !is(row->suite, "perplexity") && !mw_row_of_paper(row))
        return "another model than stories110M";
    return NULL;
}

void mw_claim_judge(const mw_claim *claim, const mw_evidence *e, mw_finding *f)
{
    *f = (mw_finding){claim, MW_NOT_TESTABLE, .unit = claim->unit ? claim->unit : "1", .row = row_of(claim, e)};
    if (claim->provenance) {
        f->row.n = 1;
        f->row.provenance = claim->provenance;
    }
    if (claim->interval && isfinite(f->row.value) && !isfinite(f->row.low + f->row.high))
        mw_note(f, "there is no interval, so nothing is decided: run it with more repetitions");
    else if (claim->provenance || isfinite(f->row.value))
        f->verdict = claim->judge(e, f);
    if (!isfinite(f->row.value)) {
        const mw_evidence_source *s = mw_evidence_source_of(e, claim->row.suite, "");
        mw_rows_find(e->results, &(mw_filter){.metric = ""}, &f->row); /* none */
        f->row.provenance = "unavailable";
        f->verdict = MW_NOT_TESTABLE;
        mw_note(f, "no data: %s", s && *s->missing ? s->missing : "none of the results has what the rule needs");
    }
    const char *lacks = lacking(claim, &f->row);
    if (lacks && f->verdict != MW_NOT_TESTABLE)
        mw_note(f, "shape only (%s, %s): by the rule it would be '%s'", *f->row.arch ? f->row.arch : "unknown machine",
                lacks, mw_verdict_names[f->verdict]);
    if (lacks)
        f->verdict = MW_NOT_TESTABLE;
}

/* --- claims.csv --- */

/* The command that brings the deciding row; else the one that would. */
static const char *command_of(const mw_evidence *e, const mw_finding *f)
{
    const mw_evidence_source *s = mw_evidence_source_of(e, f->row.suite, f->row.run_id);
    s = s ? s : mw_evidence_source_of(e, f->claim->row.suite, "");
    return s && *s->command ? s->command : "bench --suite=claims";
}

/* A text that may be "". */
static mw_cell cell(const char *text)
{
    return mw_text(*text ? text : NULL);
}

void mw_claims_judge_all(const mw_evidence *e, const char *run_id, mw_csv *claims)
{
    for (const mw_claim *c = mw_claims; c->id; c++) {
        mw_finding f;
        mw_forecast predicted;
        mw_claim_judge(c, e, &f);
        mw_claim_predict(c, e, &predicted);
        mw_csv_append(claims, (mw_cell[MW_CLAIMS_COUNT]){
                                  [MW_CLAIMS_run_id] = cell(run_id ? run_id : f.row.run_id),
                                  [MW_CLAIMS_id] = mw_text(c->id),
                                  [MW_CLAIMS_where] = mw_text(c->where),
                                  [MW_CLAIMS_title] = mw_text(c->title),
                                  [MW_CLAIMS_claim] = mw_text(c->text),
                                  [MW_CLAIMS_paper_value] = mw_real(c->figure),
                                  [MW_CLAIMS_paper_unit] = mw_text(c->unit),
                                  [MW_CLAIMS_artifact] = mw_text(c->artifact),
                                  [MW_CLAIMS_measure] = mw_text(c->measure),
                                  [MW_CLAIMS_value] = mw_real(f.row.value),
                                  [MW_CLAIMS_unit] = mw_text(f.unit),
                                  [MW_CLAIMS_ci_low] = mw_real(f.row.low),
                                  [MW_CLAIMS_ci_high] = mw_real(f.row.high),
                                  [MW_CLAIMS_n] = mw_whole((int64_t)f.row.n),
                                  [MW_CLAIMS_provenance] = cell(f.row.provenance),
                                  [MW_CLAIMS_arch] = cell(f.row.arch),
                                  [MW_CLAIMS_model] = cell(f.row.model),
                                  [MW_CLAIMS_verdict] = mw_text(mw_verdict_names[f.verdict]),
                                  [MW_CLAIMS_rule] = mw_text(c->rule),
                                  [MW_CLAIMS_command] = mw_text(command_of(e, &f)),
                                  [MW_CLAIMS_note] = cell(f.note),
                                  [MW_CLAIMS_predicted] = mw_real(predicted.value),
                                  [MW_CLAIMS_predicted_low] = mw_real(predicted.low),
                                  [MW_CLAIMS_predicted_high] = mw_real(predicted.high),
                                  [MW_CLAIMS_predicted_by] = cell(predicted.by),
                                  [MW_CLAIMS_predicted_note] = cell(predicted.note),
                              });
    }
}

/* --- what is printed: all of it comes from claims.csv --- */

static const char *text(const mw_cell *cell)
{
    return cell->kind == MW_CELL_TEXT ? cell->text : "";
}

/* Three digits, "-" for nothing. */
static const char *number(const mw_cell *cell, char to[16])
{
    const double value = mw_cell_value(cell);
    snprintf(to, 16, isfinite(value) ? "%.3g" : "-", value);
    return to;
}

/* What was predicted, or why nothing was; nothing for a claim that has neither. */
static void print_predicted(mw_page *p, const mw_cell *c)
{
    char value[16], low[16], high[16], range[40] = "";
    const char *unit = text(&c[MW_CLAIMS_paper_unit]), *note = text(&c[MW_CLAIMS_predicted_note]);
    const bool has_unit = !is(unit, "1");
    if (c[MW_CLAIMS_predicted].kind == MW_CELL_EMPTY) {
        if (*note)
            mw_page_item(p, "not predicted: %s", note);
        return;
    }
    if (c[MW_CLAIMS_predicted_high].kind != MW_CELL_EMPTY)
        snprintf(range, sizeof range, " (%s to %s)", number(&c[MW_CLAIMS_predicted_low], low),
                 number(&c[MW_CLAIMS_predicted_high], high));
    mw_page_item(p, "predicted: %s%s%s%s: %s", number(&c[MW_CLAIMS_predicted], value), has_unit ? " " : "",
                 has_unit ? unit : "", range, text(&c[MW_CLAIMS_predicted_by]));
    if (*note)
        mw_page_item(p, "also predicted: %s", note);
}

static void print_details(mw_page *p, const mw_cell *c)
{
    char value[16], low[16], high[16], interval[40] = "", n[32] = "";
    const char *unit = text(&c[MW_CLAIMS_unit]), *note = text(&c[MW_CLAIMS_note]), *quote = p->markdown ? "`" : "";
    if (c[MW_CLAIMS_ci_low].kind != MW_CELL_EMPTY)
        snprintf(n, sizeof n, ", n %.0f", c[MW_CLAIMS_n].number);
    if (*n && c[MW_CLAIMS_ci_high].kind != MW_CELL_EMPTY)
        snprintf(interval, sizeof interval, " (%s to %s)", number(&c[MW_CLAIMS_ci_low], low),
                 number(&c[MW_CLAIMS_ci_high], high));
    const bool has_unit = c[MW_CLAIMS_value].kind != MW_CELL_EMPTY && !is(unit, "1");
    mw_page_heading(p, "%s  %s", text(&c[MW_CLAIMS_id]), text(&c[MW_CLAIMS_verdict]));
    mw_page_item(p, "%s (%s)", text(&c[MW_CLAIMS_claim]), text(&c[MW_CLAIMS_where]));
    mw_page_item(p, "artifact: %s", text(&c[MW_CLAIMS_artifact]));
    mw_page_item(p, "here: %s: %s%s%s%s%s, %s", text(&c[MW_CLAIMS_measure]), number(&c[MW_CLAIMS_value], value),
                 interval, has_unit ? " " : "", has_unit ? unit : "", n, text(&c[MW_CLAIMS_provenance]));
    print_predicted(p, c);
    mw_page_item(p, "rule: %s", text(&c[MW_CLAIMS_rule]));
    if (*note)
        mw_page_item(p, "note: %s", note);
    mw_page_item(p, "%s%s%s%s", p->markdown ? "" : "$ ", quote, text(&c[MW_CLAIMS_command]), quote);
}

void mw_claims_print(mw_page *p, const mw_csv *claims)
{
    static const mw_column columns[] = {
        {"id", -3},       {"claim", -29},  {"paper", 6}, {"here", 8}, {"provenance", -11, .wide = true},
        {"predicted", 9}, {"verdict", -1}, {0}};
    size_t n[MW_VERDICTS] = {0};
    mw_page_open(p, columns);
    for (size_t i = 0; i < claims->n_rows; i++) {
        const mw_cell *c = mw_csv_cells(claims, i);
        char paper[16], here[16], predicted[16];
        mw_page_cell(p, "%s", text(&c[MW_CLAIMS_id]));
        mw_page_cell(p, "%s", text(&c[MW_CLAIMS_title]));
        mw_page_cell(p, "%s", number(&c[MW_CLAIMS_paper_value], paper));
        mw_page_cell(p, "%s", number(&c[MW_CLAIMS_value], here));
        mw_page_cell(p, "%s", text(&c[MW_CLAIMS_provenance]));
        mw_page_cell(p, "%s", number(&c[MW_CLAIMS_predicted], predicted));
        mw_page_cell(p, "%s", text(&c[MW_CLAIMS_verdict]));
        for (int v = 0; v < MW_VERDICTS; v++)
            n[v] += is(text(&c[MW_CLAIMS_verdict]), mw_verdict_names[v]);
    }
    mw_page_text(p, "holds: %zu, holds in part: %zu, does not hold: %zu, not testable here: %zu", n[MW_HOLDS],
                 n[MW_HOLDS_IN_PART], n[MW_DOES_NOT_HOLD], n[MW_NOT_TESTABLE]);
    mw_page_text(p, "predicted: modelled for a machine that is not here, in the unit of the paper; no verdict "
                    "depends on it.");
    for (size_t i = 0; i < claims->n_rows; i++)
        print_details(p, mw_csv_cells(claims, i));
}
