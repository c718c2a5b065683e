/* What the claim ledger takes from suite `predict`, from rows made by hand. */
#include "bench/claims/claims.h"
#include "bench/predict/predict.h"
#include "tests/tap.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define CHOSEN ";rule=" MW_RULE_CHOSEN
#define MODEL "synthetic:stories110M"
#define NOTE "latency;window; one core: arithmetic 1 us, reading at least 1 us"
#define ALL_CORES "memory of all cores; one core: arithmetic 1 us, reading at least 1 us"

typedef struct made {
    const char *param, *variant;
    int threads;
    double value, low, high;                /* low and high may be NAN */
    const char *run, *suite, *model, *note; /* NULL: "one", predict, the paper's, NOTE */
} made;

static void add(mw_csv *to, const made *m)
{
    mw_csv_append(to, (mw_cell[MW_RESULTS_COUNT]){
                          [MW_RESULTS_run_id] = mw_text(m->run ? m->run : "one"),
                          [MW_RESULTS_suite] = mw_text(m->suite ? m->suite : "predict"),
                          [MW_RESULTS_model] = mw_text(m->model ? m->model : MODEL),
                          [MW_RESULTS_arch] = mw_text("x86-64"),
                          [MW_RESULTS_variant] = mw_text(m->variant),
                          [MW_RESULTS_kernel] = mw_text(m->variant),
                          [MW_RESULTS_threads] = mw_whole(m->threads),
                          [MW_RESULTS_phase] = mw_text("steady"),
                          [MW_RESULTS_metric] = mw_text("tokens_per_s"),
                          [MW_RESULTS_unit] = mw_text("1/s"),
                          [MW_RESULTS_value] = mw_real(m->value),
                          [MW_RESULTS_ci_low] = mw_real(m->low),
                          [MW_RESULTS_ci_high] = mw_real(m->high),
                          [MW_RESULTS_n] = mw_whole(1),
                          [MW_RESULTS_provenance] = mw_text("modelled"),
                          [MW_RESULTS_note] = mw_text(m->note ? m->note : NOTE),
                          [MW_RESULTS_param] = mw_text(m->param),
                      });
}

static const mw_claim *claim_of(const char *id)
{
    const mw_claim *c = mw_claims;
    while (c->id && strcmp(c->id, id) != 0)
        c++;
    return c;
}

static mw_forecast predict(const char *id, const made *rows, size_t n)
{
    mw_csv results = mw_csv_results();
    static mw_evidence e;
    mw_forecast f;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    e.sources[0] = (mw_evidence_source){.suite = "predict", .missing = "no time"};
    e.n_sources = 1;
    for (size_t i = 0; i < n; i++)
        add(&results, &rows[i]);
    mw_claim_predict(claim_of(id), &e, &f);
    mw_csv_free(&results);
    return f;
}

#define PREDICT(id, ...) predict(id, (const made[]){__VA_ARGS__}, sizeof((const made[]){__VA_ARGS__}) / sizeof(made))
#define PAPER_NEON "machine=m2-pro;program=paper NEON" CHOSEN
#define PAPER_SCALAR "machine=m2-pro;program=paper scalar -O3" CHOSEN
#define SCALAR \
    { \
        PAPER_SCALAR, "scalar", 1, 10, NAN, NAN \
    }
#define M2_TVL "machine=m2-pro" CHOSEN, "tvl", 1

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9 * fabs(b);
}

static void test_numbers(void)
{
    mw_forecast f = PREDICT("C1", SCALAR, {PAPER_NEON, "neon", 1, 40, 36, 44});
    tap_ok(near(f.value, 4) && near(f.low, 3.6) && near(f.high, 4.4), "C1: a ratio, with the range of one of the two");
    tap_ok(strstr(f.by,
                  "[m2-pro, paper NEON: neon, 1 thread, rule " MW_RULE_CHOSEN ": latency;window (bandwidth of one "
                  "core unknown); over m2-pro, paper scalar -O3: scalar, 1 thread"),
           "what it is by: machine, program, kernel, threads, rule, what binds");
    f = PREDICT("C12", {M2_TVL, 50, 40, 80}, {"machine=pi5-a76" CHOSEN, "tvl", 1, 20, NAN, NAN, .note = "memory"});
    tap_ok(near(f.value, 400) && near(f.low, 250) && near(f.high, 500), "C12: the time of 20 tokens in ms");
    tap_ok(strstr(f.note, "tvl on one core of Pi 5: 1e+03 ms [pi5-a76, tvl, 1 thread, rule " MW_RULE_CHOSEN
                          ": memory]") == f.note &&
               !strstr(f.note, "neon"),
           "other predictions that are there, in the note");
    f = PREDICT("C13", {M2_TVL, 50, NAN, NAN});
    tap_ok(near(f.value, 80) && isnan(f.low) && isnan(f.high), "C13: the time of four tokens; no range without one");
    f = PREDICT("C17", {M2_TVL, 300, NAN, NAN}, {"machine=m2-pro" CHOSEN, "tvl", 8, 456, NAN, NAN, .note = ALL_CORES},
                {"machine=m2-pro" CHOSEN, "tvl", 4, 400, NAN, NAN});
    tap_ok(near(f.value, 456) && strstr(f.by, "8 threads") && strstr(f.by, ": memory of all cores]"),
           "C17: the row of most threads; what one core reads does not matter there");
    tap_ok(strstr(f.note, "131 GB/s") != NULL, "C17: the bandwidth that the published rate takes");
    f = PREDICT("C2", {"machine=pi5-a76" CHOSEN, "tvl", 4, 26, 25, 27}, {PAPER_NEON, "neon", 1, 40, 36, 44});
    tap_ok(near(f.value, 26) && near(f.low, 25) && near(f.high, 27) && strstr(f.note, "on M2 Pro: 40 1/s (36 to 44)"),
           "C2: a rate, and others with their ranges");
}

static void test_other_rows(void)
{
    static const struct {
        const char *what;
        made row;
    } others[] = {
        {"another rule", {"machine=m2-pro;rule=none", "tvl", 1, 50, NAN, NAN}},
        {"no rule: a published speed", {"machine=m2-pro", "tvl", 1, 50, NAN, NAN}},
        {"another machine", {"machine=m2-max" CHOSEN, "tvl", 1, 50, NAN, NAN}},
        {"another variant", {"machine=m2-pro" CHOSEN, "neon", 1, 50, NAN, NAN}},
        {"more threads", {"machine=m2-pro" CHOSEN, "tvl", 8, 50, NAN, NAN}},
        {"a program", {"machine=m2-pro;program=x" CHOSEN, "tvl", 1, 50, NAN, NAN}},
        {"another model", {M2_TVL, 50, NAN, NAN, .model = "synthetic:stories42M"}},
        {"another suite", {M2_TVL, 50, NAN, NAN, .suite = "decode"}},
        {"no value", {M2_TVL, NAN, NAN, NAN}},
        {"a rate of 0", {M2_TVL, 0, NAN, NAN}},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const mw_forecast f = predict("C13", &others[i].row, 1);
        tap_ok(isnan(f.value) && !*f.by && strcmp(f.note, "no data: no time") == 0, "not from %s", others[i].what);
    }
    mw_forecast f =
        PREDICT("C1", {PAPER_SCALAR, "scalar", 1, 10, NAN, NAN, .run = "two"}, {PAPER_NEON, "neon", 1, 40, NAN, NAN});
    tap_ok(isnan(f.value), "no ratio of two runs");
    f = PREDICT("C1", SCALAR, {"machine=m2-pro" CHOSEN, "neon", 1, 40, NAN, NAN});
    tap_ok(isnan(f.value), "variant neon, compiled by another compiler, is not the paper's program");
    static char note[20000];
    memset(note, 'x', sizeof note - 1);
    f = PREDICT("C12", {M2_TVL, 50, 40, 80, .note = note}, {PAPER_NEON, "neon", 1, 40, NAN, NAN, .note = note},
                {"machine=pi5-a76" CHOSEN, "tvl", 1, 20, NAN, NAN, .note = note});
    tap_ok(near(f.value, 400) && strlen(f.by) < sizeof f.by && strlen(f.note) < sizeof f.note, "a note without an end");
}

/* Claims that a machine at hand may not be able to test have a prediction, or a reason why there is none. */
static void test_list(void)
{
    static mw_claims_run runs[MW_MOST_RUNS];
    double soak = 60;
    const int n = mw_claims_runs(&(mw_options){.own = &soak, .model = "m", .reps = 6, .tokens = 80}, runs);
    bool all = true, units = true, chosen = true;
    for (const mw_claim *c = mw_claims; c->id; c++) {
        all &= c->place == MW_ANYWHERE || (c->predicted != NULL) != (c->unpredicted != NULL);
        units &= !c->predicted || strcmp(c->predicted->unit, c->unit) == 0;
        for (const mw_predicted *p = c->predicted; p && p->what && p->row.metric; p++) {
            char machine[64];
            chosen &= mw_param_copy(p->row.param, "machine", machine, sizeof machine) &&
                      strcmp(runs[n - 1].suite, "predict") == 0 &&
                      strstr(mw_claims_source(&runs[n - 1]).command, machine);
        }
    }
    tap_ok(all, "a claim about ARM or Apple machines has a prediction or the reason why not");
    tap_ok(units, "the column is in the unit of the claim");
    tap_ok(chosen, "the run of suite predict is of every machine that the list names");
    const mw_forecast f = PREDICT("C16", {M2_TVL, 50, NAN, NAN});
    tap_ok(isnan(f.value) && !*f.by && strstr(f.note, "heat"), "C16: why there is none");
}

/* A prediction is no measurement. */
static void test_verdicts(void)
{
    mw_csv results = mw_csv_results(), with = mw_csv_claims(), without = mw_csv_claims();
    static mw_evidence e;
    e = (mw_evidence){.results = &results, .facts = mw_facts};
    mw_claims_judge_all(&e, "run", &without);
    add(&results, &(made)SCALAR);
    add(&results, &(made){PAPER_NEON, "neon", 1, 40, 36, 44});
    add(&results, &(made){M2_TVL, 300, 290, 310});
    mw_claims_judge_all(&e, "run", &with);
    bool same = with.n_rows == without.n_rows;
    for (size_t i = 0; i < with.n_rows && same; i++)
        for (size_t k = 0; k <= MW_CLAIMS_note; k++) {
            char a[MW_CELL_TEXT_BYTES], b[MW_CELL_TEXT_BYTES];
            same &= strcmp(mw_cell_text(&mw_csv_cells(&with, i)[k], a),
                           mw_cell_text(&mw_csv_cells(&without, i)[k], b)) == 0;
        }
    tap_ok(same, "verdicts, values and notes are the same without it");
    const mw_cell *c1 = mw_csv_cells(&with, 0);
    tap_ok(near(mw_cell_value(&c1[MW_CLAIMS_predicted]), 4) && near(mw_cell_value(&c1[MW_CLAIMS_predicted_low]), 3.6) &&
               near(mw_cell_value(&c1[MW_CLAIMS_predicted_high]), 4.4) &&
               c1[MW_CLAIMS_predicted_by].kind == MW_CELL_TEXT,
           "the columns of claims.csv");
    mw_csv_free(&results);
    mw_csv_free(&with);
    mw_csv_free(&without);
}

int main(void)
{
    test_numbers();
    test_other_rows();
    test_list();
    test_verdicts();
    return tap_done();
}
