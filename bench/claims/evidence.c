/* From evidence to findings, and from those to rows of claims.csv. */
#include "bench/claims/judges.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

const char *mw_verdict_name(mw_verdict verdict)
{
    static const char *const names[MW_VERDICTS] = {"holds", "holds in part", "does not hold", "not testable here"};
    return names[verdict];
}

static bool is(const char *text, const char *wanted)
{
    return strcmp(text, wanted) == 0;
}

/* --- rows --- */

/* How much a row is worth as evidence about an ARM machine. */
static int worth(const mw_row *row)
{
    return is(row->provenance, "emulated") ? 0 : is(row->arch, "aarch64") ? 2 : 1;
}

mw_row mw_evidence_row(const mw_evidence *e, const mw_filter *filter)
{
    mw_filter f = *filter;
    mw_row best;
    f.known = true;
    mw_rows_find(e->results, &f, &best);
    for (mw_row row = best; mw_rows_next(e->results, &f, &row);)
        if (worth(&row) > worth(&best))
            best = row;
    return best;
}

mw_row mw_evidence_near(const mw_evidence *e, const mw_row *row, mw_filter f)
{
    f.run_id = row->run_id;
    f.suite = f.suite ? f.suite : row->suite;
    f.metric = f.metric ? f.metric : row->metric;
    f.variant = f.variant ? f.variant : row->variant;
    f.threads = f.threads ? f.threads : row->threads;
    f.param = f.param ? f.param : row->param;
    return mw_evidence_row(e, &f);
}

mw_row mw_evidence_ratio(mw_row a, const mw_row *b)
{
    a.value /= b->value;
    a.low /= b->high;
    a.high /= b->low;
    return a;
}

bool mw_evidence_of_paper(const mw_row *row)
{
    return strstr(row->model, "stories110M") != NULL;
}

bool mw_evidence_of_arm(const mw_row *row)
{
    return is(row->arch, "aarch64") && is(row->provenance, "measured");
}

const mw_evidence_source *mw_evidence_source_of(const mw_evidence *e, const char *suite, const char *run_id)
{
    const mw_evidence_source *found = NULL;
    for (size_t i = 0; i < e->n_sources; i++) {
        const mw_evidence_source *s = &e->sources[i];
        if (is(s->suite, suite) && (!s->run_id[0] || (run_id && is(s->run_id, run_id))))
            found = s;
    }
    return found;
}

/* --- findings --- */

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

/* The row that decides, as the claim's list entry says. */
static mw_row row_of(const mw_claim *claim, const mw_evidence *e)
{
    mw_filter wanted = claim->row;
    wanted.metric = wanted.metric ? wanted.metric : ""; /* which no row has */
    mw_row row = mw_evidence_row(e, &wanted);
    const double scale = claim->scale != 0 ? claim->scale : 1;
    if (claim->over.metric) {
        const mw_row over = mw_evidence_near(e, &row, claim->over);
        row = mw_evidence_ratio(row, &over);
    }
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
    if (is(row->provenance, "measured") && !is(row->suite, "perplexity") && !mw_evidence_of_paper(row))
        return "another model than stories110M";
    return NULL;
}

void mw_claim_judge(const mw_claim *claim, const mw_evidence *e, mw_finding *f)
{
    *f = (mw_finding){.verdict = MW_NOT_TESTABLE, .unit = claim->unit ? claim->unit : "1", .row = row_of(claim, e)};
    if (claim->provenance) {
        f->row.n = 1;
        f->row.provenance = claim->provenance;
    }
    if (claim->interval && isfinite(f->row.value) && !isfinite(f->row.low + f->row.high))
        mw_finding_note(f, "there is no interval, so nothing is decided: run it with more repetitions");
    else if (claim->provenance || isfinite(f->row.value))
        f->verdict = claim->judge(e, f);
    if (!isfinite(f->row.value)) {
        const mw_evidence_source *s = mw_evidence_source_of(e, claim->row.suite, NULL);
        mw_rows_find(e->results, &(mw_filter){.metric = ""}, &f->row); /* none */
        f->row.provenance = "unavailable";
        f->verdict = MW_NOT_TESTABLE;
        mw_finding_note(f, "no data: %s",
                        s && s->missing[0] ? s->missing : "none of the results has what the rule needs");
    }
    const char *lacks = lacking(claim, &f->row);
    if (lacks && f->verdict != MW_NOT_TESTABLE)
        mw_finding_note(f, "shape only (%s, %s): by the rule it would be '%s'",
                        *f->row.arch ? f->row.arch : "unknown machine", lacks, mw_verdict_name(f->verdict));
    if (lacks)
        f->verdict = MW_NOT_TESTABLE;
}

/* The command that brings the deciding row; else the one that would. */
static const char *command_of(const mw_claim *claim, const mw_evidence *e, const mw_row *row)
{
    const mw_evidence_source *s = mw_evidence_source_of(e, row->suite, row->run_id);
    if (!s)
        s = mw_evidence_source_of(e, claim->row.suite, NULL);
    return s && s->command[0] ? s->command : "bench --suite=claims";
}

/* A text that may be "". */
static mw_cell text(const char *text)
{
    return mw_text(*text ? text : NULL);
}

void mw_claims_judge_all(const mw_evidence *e, const char *run_id, mw_csv *t)
{
    for (const mw_claim *c = mw_claims; c->id; c++) {
        mw_finding f;
        mw_claim_judge(c, e, &f);
        const mw_cell row[MW_CLAIMS_COUNT] = {
            [MW_CLAIMS_run_id] = text(run_id ? run_id : f.row.run_id),
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
            [MW_CLAIMS_provenance] = text(f.row.provenance),
            [MW_CLAIMS_arch] = text(f.row.arch),
            [MW_CLAIMS_model] = text(f.row.model),
            [MW_CLAIMS_verdict] = mw_text(mw_verdict_name(f.verdict)),
            [MW_CLAIMS_rule] = mw_text(c->rule),
            [MW_CLAIMS_command] = mw_text(command_of(c, e, &f.row)),
            [MW_CLAIMS_note] = text(f.note),
        };
        mw_csv_append(t, row);
    }
}
