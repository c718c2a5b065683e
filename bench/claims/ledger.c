/* From claims and evidence to rows of claims.csv. */
#include "bench/claims/evidence.h"

#include <math.h>
#include <string.h>

const char *mw_verdict_name(mw_verdict verdict)
{
    static const char *const names[MW_VERDICTS] = {"holds", "holds in part", "does not hold", "not testable here"};
    return names[verdict];
}

static bool is(const char *cell, const char *text)
{
    return cell && strcmp(cell, text) == 0;
}

/* What of a claim's place, model or kind of timing the deciding row lacks; NULL if nothing. Counting and arithmetic
 * need none of it. */
static const char *lacking(const mw_claim *claim, char *const *row)
{
    const char *provenance = row[MW_RESULTS_provenance];
    if (is(provenance, "emulated"))
        return "emulated";
    if (claim->place >= MW_ON_AARCH64 && !is(row[MW_RESULTS_arch], "aarch64"))
        return is(row[MW_RESULTS_isa], "neon-simde") ? "NEON through SIMDe" : "no AArch64 machine";
    if (claim->place == MW_ON_APPLE && !(row[MW_RESULTS_os] && strncmp(row[MW_RESULTS_os], "Darwin", 6) == 0))
        return "no Apple machine";
    if (is(provenance, "measured") && !is(row[MW_RESULTS_suite], "perplexity") && !mw_row_of_paper(row))
        return "another model than stories110M";
    return NULL;
}

void mw_claim_judge(const mw_claim *claim, const mw_evidence *e, mw_finding *f)
{
    *f = (mw_finding){.verdict = MW_NOT_TESTABLE,
                      .measure = claim->title,
                      .unit = claim->unit ? claim->unit : "1",
                      .value = NAN,
                      .ci = {NAN, NAN},
                      .provenance = "unavailable"};
    claim->judge(e, f);
    if (!isfinite(f->value)) {
        const mw_evidence_source *s = mw_evidence_source_of(e, claim->suite, NULL);
        f->verdict = MW_NOT_TESTABLE;
        mw_finding_note(f, "no data: %s",
                        s && s->missing[0] ? s->missing : "none of the results holds what the rule asks for");
        return;
    }
    const char *lacks = f->row ? lacking(claim, f->row) : NULL;
    if (!lacks)
        return;
    if (f->verdict != MW_NOT_TESTABLE)
        mw_finding_note(f, "shape only (%s, %s): by the rule it would be '%s'",
                        f->row[MW_RESULTS_arch] ? f->row[MW_RESULTS_arch] : "unknown machine", lacks,
                        mw_verdict_name(f->verdict));
    f->verdict = MW_NOT_TESTABLE;
}

static void number(mw_csv *csv, size_t column, double value)
{
    if (isfinite(value))
        mw_csv_set(csv, column, "%.7g", value);
}

/* The command that brings the deciding row; else the one that would. */
static const char *command_of(const mw_claim *claim, const mw_evidence *e, const mw_finding *f)
{
    const mw_evidence_source *s =
        f->row ? mw_evidence_source_of(e, f->row[MW_RESULTS_suite], f->row[MW_RESULTS_run_id]) : NULL;
    if (!s)
        s = mw_evidence_source_of(e, claim->suite, NULL);
    return s && s->command[0] ? s->command : "bench --suite=claims";
}

void mw_claims_judge_all(const mw_evidence *e, const char *run_id, mw_csv *t)
{
    for (const mw_claim *c = mw_claims; c->id; c++) {
        mw_finding f;
        mw_claim_judge(c, e, &f);
        mw_csv_add(t, NULL);
        const struct {
            size_t column;
            const char *text;
        } texts[] = {
            {MW_CLAIMS_run_id, run_id  ? run_id
                               : f.row ? f.row[MW_RESULTS_run_id]
                                       : NULL},
            {MW_CLAIMS_id, c->id},
            {MW_CLAIMS_where, c->where},
            {MW_CLAIMS_title, c->title},
            {MW_CLAIMS_claim, c->text},
            {MW_CLAIMS_paper_unit, c->unit},
            {MW_CLAIMS_artifact, c->artifact},
            {MW_CLAIMS_measure, f.measure},
            {MW_CLAIMS_unit, f.unit},
            {MW_CLAIMS_provenance, f.provenance},
            {MW_CLAIMS_arch, f.row ? f.row[MW_RESULTS_arch] : NULL},
            {MW_CLAIMS_model, f.row ? f.row[MW_RESULTS_model] : NULL},
            {MW_CLAIMS_verdict, mw_verdict_name(f.verdict)},
            {MW_CLAIMS_rule, c->rule},
            {MW_CLAIMS_command, command_of(c, e, &f)},
            {MW_CLAIMS_note, f.note[0] ? f.note : NULL},
        };
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            if (texts[i].text)
                mw_csv_set(t, texts[i].column, "%s", texts[i].text);
        number(t, MW_CLAIMS_paper_value, c->figure);
        number(t, MW_CLAIMS_value, f.value);
        number(t, MW_CLAIMS_ci_low, f.ci.low);
        number(t, MW_CLAIMS_ci_high, f.ci.high);
        if (isfinite(f.value))
            mw_csv_set(t, MW_CLAIMS_n, "%llu", (unsigned long long)f.n);
        else
            mw_csv_set(t, MW_CLAIMS_n, "0");
    }
}
