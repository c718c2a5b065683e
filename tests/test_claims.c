/* The claim ledger: every verdict of every claim from rows made by hand, what a machine or model rules out, and rows
 * that are never blank. */
#include "bench/claims/claims.h"
#include "tests/claims_cases.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *or_null(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : word;
}

static void set(mw_csv *csv, size_t column, const char *text)
{
    if (text)
        mw_csv_set(csv, column, "%s", text);
}

static void add_row(mw_csv *csv, const char *text, const place *p)
{
    char suite[32], phase[32], metric[32], variant[64], threads[8], param[80], value[32], low[32], high[32];
    if (sscanf(text, "%31s %31s %31s %63s %7s %79s %31s %31s %31s", suite, phase, metric, variant, threads, param,
               value, low, high) != 9) {
        printf("Bail out! no row: %s\n", text);
        exit(1);
    }
    const bool kernel = strncmp(variant, "k:", 2) == 0;
    const bool counted = strcmp(suite, "clu") == 0 || strcmp(suite, "claims") == 0;
    mw_csv_add(csv, NULL);
    set(csv, MW_RESULTS_run_id, "one");
    set(csv, MW_RESULTS_arch, p->arch);
    set(csv, MW_RESULTS_os, p->os);
    set(csv, MW_RESULTS_model, p->model);
    const char *at = strchr(variant, '@');
    set(csv, MW_RESULTS_isa, p->isa);
    set(csv, MW_RESULTS_dtype, at ? at + 1 : "f32");
    set(csv, MW_RESULTS_provenance, counted ? "modelled" : p->provenance);
    set(csv, MW_RESULTS_suite, suite);
    set(csv, MW_RESULTS_phase, or_null(phase));
    set(csv, MW_RESULTS_metric, metric);
    set(csv, kernel ? MW_RESULTS_kernel : MW_RESULTS_variant, kernel ? variant + 2 : or_null(variant));
    set(csv, MW_RESULTS_threads, or_null(threads));
    set(csv, MW_RESULTS_param, or_null(param));
    set(csv, MW_RESULTS_value, or_null(value));
    set(csv, MW_RESULTS_ci_low, or_null(low));
    set(csv, MW_RESULTS_ci_high, or_null(high));
    set(csv, MW_RESULTS_n, "6");
}

/* The paper's facts with some others in their place. */
static mw_fact *facts_with(const mw_fact *others)
{
    static mw_fact facts[64];
    size_t n = 0;
    for (const mw_fact *f = mw_facts; f->key; f++)
        facts[n++] = *f;
    facts[n] = (mw_fact){0};
    for (int i = 0; i < MOST_FACTS && others[i].key; i++)
        for (mw_fact *f = facts; f->key; f++)
            if (strcmp(f->key, others[i].key) == 0)
                f->value = others[i].value;
    return facts;
}

static const mw_claim *claim_of(const char *id)
{
    for (const mw_claim *c = mw_claims; c->id; c++)
        if (strcmp(c->id, id) == 0)
            return c;
    return NULL;
}

static void test_verdicts(void)
{
    for (int i = 0; i < CASES; i++) {
        const evidence_case *c = &cases[i];
        mw_csv results = mw_csv_results();
        mw_finding f;
        for (int k = 0; k < MOST_ROWS && c->rows[k]; k++)
            add_row(&results, c->rows[k], c->place ? c->place : &arm);
        const mw_evidence e = {.results = &results, .facts = facts_with(c->facts)};
        mw_claim_judge(claim_of(c->id), &e, &f);
        if (!tap_ok(f.verdict == c->verdict, "%s from %s: %s", c->id, c->what, mw_verdict_names[c->verdict]))
            tap_note("got: %s; %s", mw_verdict_names[f.verdict], f.note);
        mw_csv_free(&results);
    }
    for (const mw_claim *c = mw_claims; c->id; c++) {
        bool found[MW_VERDICTS] = {false};
        /* arithmetic and the source can be looked at anywhere */
        found[MW_NOT_TESTABLE] = strcmp(c->row.suite, "claims") == 0;
        for (int i = 0; i < CASES; i++)
            found[cases[i].verdict] |= strcmp(cases[i].id, c->id) == 0;
        tap_ok(found[0] && found[1] && found[2] && found[3], "%s: every verdict is reached", c->id);
    }
}

static bool says(const mw_finding *f, const char *words)
{
    return strstr(f->note, words) != NULL;
}

static void test_notes(void)
{
    mw_csv results = mw_csv_results();
    static mw_evidence e;
    mw_finding f;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    add_row(&results, SPEEDUP("2.5", "2.4", "2.6"), &x86);
    mw_claim_judge(claim_of("C1"), &e, &f);
    tap_ok(says(&f, "shape only (x86-64, NEON through SIMDe)") && says(&f, "would be 'holds'") && f.row.value == 2.5,
           "x86-64: the shape, what it would mean, and the number");
    add_row(&results, SPEEDUP("1.4", "1.3", "1.5"), &arm);
    add_row(&results, SPEEDUP("9", "8", "10"), &qemu);
    mw_claim_judge(claim_of("C1"), &e, &f);
    tap_ok(f.verdict == MW_HOLDS_IN_PART && f.row.value == 1.4, "rows of a real ARM machine come before all others");
    e.sources[0] = (mw_evidence_source){.suite = "soak", .command = "bench --suite=soak", .missing = "no time"};
    e.n_sources = 1;
    mw_claim_judge(claim_of("C16"), &e, &f);
    tap_ok(f.verdict == MW_NOT_TESTABLE && says(&f, "no data: no time"), "what is missing is told");
    mw_csv_free(&results);
    add_row(&results, SPEEDUP("-", "-", "-"), &arm);
    add_row(&results, SPEEDUP("2.5", "2.4", "2.6"), &arm);
    mw_claim_judge(claim_of("C1"), &e, &f);
    tap_ok(f.verdict == MW_HOLDS, "rows without a value are no evidence");
    /* a run of several processes counts, a single one of them does not */
    mw_csv_free(&results);
    add_row(&results, SPEEDUP("2.5", "2.4", "2.6"), &arm);
    mw_csv_set(&results, MW_RESULTS_rep, "1");
    mw_claim_judge(claim_of("C1"), &e, &f);
    tap_ok(f.verdict == MW_NOT_TESTABLE && isnan(f.row.value), "rows of single processes are no evidence");
    /* parts of one figure come from one run */
    mw_csv_free(&results);
    add_row(&results, "decode steady itl_p99_us tvl 1 - 110 105 115", &arm);
    add_row(&results, "decode steady itl_p50_us tvl 1 - 100 100 100", &arm);
    mw_csv_set(&results, MW_RESULTS_run_id, "another");
    mw_claim_judge(claim_of("C9"), &e, &f);
    tap_ok(f.verdict == MW_NOT_TESTABLE, "no ratio of two runs");
    mw_csv_free(&results);
}

/* Energy that was measured decides before arithmetic with published figures does. */
static void test_energy(void)
{
    static const struct {
        const char *what, *variant;
        const place *place;
        const char *mj;
        mw_verdict verdict;
        bool used;
    } rows[] = {
        {"27.8 mJ", "tvl", &arm, "27.8", MW_HOLDS, true},
        {"50.6 mJ", "tvl", &x86, "50.6", MW_HOLDS_IN_PART, true},
        {"51 mJ", "tvl", &x86, "51", MW_DOES_NOT_HOLD, true},
        {"another model", "tvl", &small, "20", MW_DOES_NOT_HOLD, false},
        {"an emulator", "tvl", &qemu, "20", MW_DOES_NOT_HOLD, false},
        {"another variant", "neon", &arm, "20", MW_DOES_NOT_HOLD, false},
        {"a counter that is not there", "tvl", &arm, "-", MW_DOES_NOT_HOLD, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mw_csv results = mw_csv_results();
        const mw_evidence e = {.results = &results, .facts = mw_facts};
        mw_finding f;
        char package[80], dram[80];
        snprintf(package, sizeof package, "decode steady energy_package_mj %s 1 - %s - -", rows[i].variant, rows[i].mj);
        snprintf(dram, sizeof dram, "decode steady energy_dram_mj %s 1 - 6.5 - -", rows[i].variant);
        add_row(&results, package, rows[i].place);
        add_row(&results, dram, rows[i].place);
        mw_claim_judge(claim_of("C11"), &e, &f);
        const bool used = f.row.value == strtod(rows[i].mj, NULL) && strcmp(f.row.provenance, "measured") == 0 &&
                          says(&f, "of DRAM") && says(&f, "6.5 mJ");
        const bool not_used =
            fabs(f.row.value - 8e3 / 61.3) < 1e-9 && strcmp(f.row.provenance, "published") == 0 && !says(&f, "DRAM");
        if (!tap_ok(f.verdict == rows[i].verdict && (rows[i].used ? used : not_used) && says(&f, "is 130.5 mJ") &&
                        strcmp(f.unit, "mJ") == 0,
                    "C11 with %s measured: %s", rows[i].what, mw_verdict_names[rows[i].verdict]))
            tap_note("got: %s, %g; %s", mw_verdict_names[f.verdict], f.row.value, f.note);
        mw_csv_free(&results);
    }
}

static void test_rows(void)
{
    static const size_t always[] = {MW_CLAIMS_id,         MW_CLAIMS_where,   MW_CLAIMS_title, MW_CLAIMS_claim,
                                    MW_CLAIMS_artifact,   MW_CLAIMS_measure, MW_CLAIMS_unit,  MW_CLAIMS_n,
                                    MW_CLAIMS_provenance, MW_CLAIMS_verdict, MW_CLAIMS_rule,  MW_CLAIMS_command};
    mw_csv results = mw_csv_results(), claims = mw_csv_claims();
    static mw_evidence e;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    mw_claims_judge_all(&e, "run", &claims);
    bool full = claims.n_rows == 18, agree = true, short_titles = true;
    for (size_t i = 0; i < claims.n_rows; i++) {
        char *const *row = mw_csv_row(&claims, i);
        char id[24];
        snprintf(id, sizeof id, "C%zu", i + 1);
        full &= strcmp(row[MW_CLAIMS_id], id) == 0;
        for (size_t k = 0; k < sizeof always / sizeof always[0]; k++)
            full &= row[always[k]] && row[always[k]][0];
        agree &= (row[MW_CLAIMS_value] == NULL) == (strcmp(row[MW_CLAIMS_provenance], "unavailable") == 0);
        agree &= row[MW_CLAIMS_value] || row[MW_CLAIMS_note];
        short_titles &= strlen(row[MW_CLAIMS_title]) <= 29;
    }
    tap_ok(full, "claims C1 to C18, no row blank, even without any evidence");
    tap_ok(agree, "a value, or `unavailable` and why");
    tap_ok(short_titles, "titles fit the table");
    mw_csv_free(&claims);
    mw_csv_free(&results);
}

/* A shell takes a command of the ledger apart into the words that were run. */
static void test_commands(void)
{
    static mw_claims_run runs[MW_MOST_RUNS];
    double soak = 60;
    const mw_options o = {
        .own = &soak, .model = "/it's a \"path\"/$(false).bin", .cache = "L1:32K:8:64", .reps = 6, .tokens = 80};
    const int n = mw_claims_runs(&o, runs);
    bool good = n > 0;
    for (int i = 0; i < n; i++) {
        char script[800], line[600];
        snprintf(script, sizeof script, "bench() { printf '%%s\\n' \"$@\"; }\n%s\n",
                 mw_claims_source(&runs[i]).command);
        FILE *from = popen(script, "r");
        for (int k = 0; from && k < runs[i].n_args; k++) {
            good &= fgets(line, sizeof line, from) != NULL;
            line[strcspn(line, "\n")] = '\0';
            good &= strcmp(line, runs[i].arg[k]) == 0;
        }
        good &= from && !fgets(line, sizeof line, from) && pclose(from) == 0;
    }
    tap_ok(good, "commands are for a shell, whatever is in a path");
}

int main(void)
{
    test_verdicts();
    test_notes();
    test_energy();
    test_rows();
    test_commands();
    return tap_done();
}
