/* The claim ledger: every verdict of every claim from rows made by hand, what a machine or model rules out, and rows
 * that are never blank. */
#include "bench/claims/claims.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row in short: "suite phase metric variant|kernel: threads param value low high", "-" for an empty cell. */
typedef struct place {
    const char *arch, *os, *model, *provenance, *isa;
} place;

static const place arm = {"aarch64", "Linux 6.1", "synthetic:stories110M", "measured", "neon"};
static const place apple = {"aarch64", "Darwin 23.1", "stories110M.bin", "measured", "neon"};
static const place x86 = {"x86-64", "Linux 6.1", "synthetic:stories110M", "measured", "neon-simde"};
static const place qemu = {"aarch64", "Linux 6.1", "synthetic:stories110M", "emulated", "neon"};
static const place small = {"aarch64", "Linux 6.1", "synthetic:stories260K", "measured", "neon"};

enum { MOST_ROWS = 8, MOST_FACTS = 3 };

typedef struct evidence_case {
    const char *id;
    mw_verdict verdict;
    const char *what; /* that the verdict comes from */
    const char *rows[MOST_ROWS];
    mw_fact facts[MOST_FACTS]; /* in the place of those of the paper */
    const place *place;        /* NULL: arm */
} evidence_case;

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
    set(csv, MW_RESULTS_isa, p->isa);
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

#define SPEEDUP(value, low, high) "decode steady speedup neon 1 against=scalar " value " " low " " high
#define CLU(metric, variant, value) "clu token " metric " " variant " 1 line=64;offset=0;region=weights " value " - -"
#define START(metric, phase, variant, prompt, state, feeding, value, low, high) \
    "ttft " phase " " metric " " variant " 1 feeding=" feeding ";prompt=" prompt ";state=" state " " value " " low \
    " " high
#define FIRST(state, value, low, high) START("phase_ms", "prefill", "mmap", "1", state, "batch", value, low, high)
#define STEADY_TOKEN START("phase_ms", "token", "mmap", "1", "warm", "batch", "10", "10", "10")
#define LOADED(variant, value) START("phase_ms", "load", variant, "1", "warm", "batch", value, "-", "-")
#define TTFT20(feeding, value, low, high) START("ttft_ms", "ttft", "tvl", "20", "warm", feeding, value, low, high)
#define PPL(variant, value) "perplexity text perplexity_loss " variant " 1 - " value " - -"
#define PPL_ALIASED(value) "perplexity text perplexity_loss - - swiglu=aliased " value " - -"
#define SOAK(drift, roof, seconds) \
    "soak soak soak_drift tvl 1 of=tokens_per_s " drift " - -", "soak soak soak_drift tvl 1 of=roof_gbs " roof " - -", \
        "soak soak soak_s tvl 1 - " seconds " - -"
#define OFF(kernel, weights, value, low, high) \
    "micro gemv misaligned_ratio k:" kernel " 1 offset=28;weights=" weights " " value " " low " " high
#define FLOP(value) "claims arithmetic flop_per_byte - - op=gemv " value " - -"
#define PEAK(gflops) "ttft peak peak_gflops tvl 1 feeding=batch;prompt=4;state=warm " gflops " - -"
#define RATE(gbs) "decode steady bandwidth_gbs tvl 1 - " gbs " - -"

static const evidence_case cases[] = {
    {"C1", MW_HOLDS, "2.3 to 2.7", {SPEEDUP("2.5", "2.3", "2.7")}, {{0}}, NULL},
    {"C1", MW_HOLDS_IN_PART, "1.3 to 1.5", {SPEEDUP("1.4", "1.3", "1.5")}, {{0}}, NULL},
    {"C1", MW_HOLDS_IN_PART, "an interval that reaches below", {SPEEDUP("2.5", "2.2", "2.8")}, {{0}}, NULL},
    {"C1", MW_DOES_NOT_HOLD, "0.9 to 1.1", {SPEEDUP("1.0", "0.9", "1.1")}, {{0}}, NULL},
    {"C1", MW_NOT_TESTABLE, "no interval", {SPEEDUP("2.5", "-", "-")}, {{0}}, NULL},
    {"C1", MW_NOT_TESTABLE, "another baseline", {"decode steady speedup neon 1 against=mmap 2.5 2.4 2.6"}, {{0}}, NULL},
    {"C1", MW_NOT_TESTABLE, "no rows", {NULL}, {{0}}, NULL},
    {"C1", MW_NOT_TESTABLE, "x86-64", {SPEEDUP("2.5", "2.4", "2.6")}, {{0}}, &x86},
    {"C1", MW_NOT_TESTABLE, "an emulator", {SPEEDUP("2.5", "2.4", "2.6")}, {{0}}, &qemu},
    {"C1", MW_NOT_TESTABLE, "another model", {SPEEDUP("2.5", "2.4", "2.6")}, {{0}}, &small},

    {"C2", MW_DOES_NOT_HOLD, "the published figures", {NULL}, {{0}}, NULL},
    {"C2", MW_HOLDS_IN_PART, "a faster Pi 5", {NULL}, {{"pi5_gbs", 30, ""}}, NULL},
    {"C2", MW_HOLDS, "and a rate at its roof", {NULL}, {{"pi5_gbs", 30, ""}, {"neon_tokens_per_s", 105, ""}}, NULL},

    {"C3",
     MW_HOLDS_IN_PART,
     "all of TVL, and of row-major",
     {CLU("clu_l1", "tvl", "1"), CLU("clu_llc", "tvl", "1"), CLU("clu_l1", "neon", "1"), CLU("clu_llc", "neon", "1")},
     {{0}},
     &x86},
    {"C3",
     MW_DOES_NOT_HOLD,
     "a last level that wastes",
     {CLU("clu_l1", "tvl", "1"), CLU("clu_llc", "tvl", "0.9"), CLU("clu_l1", "neon", "1")},
     {{0}},
     &x86},
    {"C3",
     MW_HOLDS,
     "all of TVL alone, and a source that has it",
     {CLU("clu_l1", "tvl", "1"), CLU("clu_l1", "neon", "0.5")},
     {{"layout_transform", 1, ""}},
     &x86},
    {"C3", MW_NOT_TESTABLE, "no row-major beside it", {CLU("clu_l1", "tvl", "1")}, {{0}}, NULL},

    {"C4", MW_DOES_NOT_HOLD, "a quarter", {CLU("split_load_fraction", "mmap", "0.25")}, {{0}}, &x86},
    {"C4", MW_HOLDS_IN_PART, "no splits, but byte 28", {CLU("split_load_fraction", "mmap", "0")}, {{0}}, &x86},
    {"C4",
     MW_HOLDS,
     "no splits from byte 64",
     {CLU("split_load_fraction", "mmap", "0")},
     {{"weights_offset", 64, ""}},
     &x86},
    {"C4", MW_NOT_TESTABLE, "no rows", {NULL}, {{0}}, NULL},

    {"C5",
     MW_HOLDS_IN_PART,
     "a load that is nothing, a first token of 17",
     {FIRST("cold", "170", "160", "180"), FIRST("warm", "40", "38", "42"), STEADY_TOKEN, LOADED("mmap", "0.1"),
      LOADED("neon", "90")},
     {{0}},
     &x86},
    {"C5",
     MW_HOLDS,
     "a first token like any",
     {FIRST("cold", "10.1", "10", "10.2"), FIRST("warm", "10", "9.9", "10.1"), STEADY_TOKEN, LOADED("mmap", "0.1"),
      LOADED("neon", "90")},
     {{0}},
     &x86},
    {"C5",
     MW_DOES_NOT_HOLD,
     "a load like a copy, and more",
     {FIRST("cold", "170", "160", "180"), FIRST("warm", "40", "38", "42"), STEADY_TOKEN, LOADED("mmap", "80"),
      LOADED("neon", "90")},
     {{0}},
     &x86},
    {"C5",
     MW_NOT_TESTABLE,
     "no cold start",
     {FIRST("warm", "40", "38", "42"), STEADY_TOKEN, LOADED("mmap", "0.1"), LOADED("neon", "90")},
     {{0}},
     &x86},
    {"C5",
     MW_NOT_TESTABLE,
     "no load on the heap",
     {FIRST("cold", "10.1", "10", "10.2"), FIRST("warm", "10", "9.9", "10.1"), STEADY_TOKEN, LOADED("mmap", "0.1")},
     {{0}},
     &x86},
    {"C5",
     MW_NOT_TESTABLE,
     "no interval",
     {FIRST("cold", "170", "-", "-"), FIRST("warm", "40", "38", "42"), STEADY_TOKEN, LOADED("mmap", "0.1"),
      LOADED("neon", "90")},
     {{0}},
     &x86},
    {"C5",
     MW_NOT_TESTABLE,
     "an emulator",
     {FIRST("cold", "170", "160", "180"), FIRST("warm", "40", "38", "42"), STEADY_TOKEN, LOADED("mmap", "0.1"),
      LOADED("neon", "90")},
     {{0}},
     &qemu},

    {"C6", MW_DOES_NOT_HOLD, "the published source", {NULL}, {{0}}, NULL},
    {"C6", MW_HOLDS_IN_PART, "four without unrolling", {NULL}, {{"accumulators", 4, ""}}, NULL},
    {"C6", MW_HOLDS, "four, unrolled by four", {NULL}, {{"accumulators", 4, ""}, {"unrolled_by", 4, ""}}, NULL},
    {"C7", MW_DOES_NOT_HOLD, "the published source", {NULL}, {{0}}, NULL},
    {"C7", MW_HOLDS_IN_PART, "columns alone", {NULL}, {{"column_major", 1, ""}}, NULL},
    {"C7", MW_HOLDS, "columns and arrays", {NULL}, {{"column_major", 1, ""}, {"structure_of_arrays", 1, ""}}, NULL},

    {"C8",
     MW_HOLDS_IN_PART,
     "good variants, a formula that is not the model's",
     {PPL("neon", "1e-7"), PPL("tvl", "-2e-7"), PPL_ALIASED("374")},
     {{0}},
     &x86},
    {"C8",
     MW_DOES_NOT_HOLD,
     "one bad variant",
     {PPL("neon", "1e-7"), PPL("tvl", "0.0011"), PPL_ALIASED("374")},
     {{0}},
     &x86},
    {"C8", MW_HOLDS, "a formula that does no harm", {PPL("neon", "1e-7"), PPL_ALIASED("0.0001")}, {{0}}, &x86},
    {"C8", MW_HOLDS, "a source without it", {PPL("neon", "1e-7")}, {{"swiglu_aliased", 0, ""}}, &small},
    {"C8", MW_NOT_TESTABLE, "no variant", {PPL_ALIASED("374")}, {{0}}, NULL},

    {"C9",
     MW_HOLDS,
     "1.05 to 1.15",
     {"decode steady itl_p99_us tvl 1 - 110 105 115", "decode steady itl_p50_us tvl 1 - 100 100 100"},
     {{0}},
     NULL},
    {"C9",
     MW_HOLDS_IN_PART,
     "1.05 to 1.5",
     {"decode steady itl_p99_us tvl 1 - 120 105 150", "decode steady itl_p50_us tvl 1 - 100 100 100"},
     {{0}},
     NULL},
    {"C9",
     MW_DOES_NOT_HOLD,
     "2 to 3",
     {"decode steady itl_p99_us tvl 1 - 250 200 300", "decode steady itl_p50_us tvl 1 - 100 100 100"},
     {{0}},
     NULL},
    {"C9",
     MW_HOLDS_IN_PART,
     "a P50 that may be larger",
     {"decode steady itl_p99_us tvl 1 - 130 125 135", "decode steady itl_p50_us tvl 1 - 100 95 110"},
     {{0}},
     NULL},
    {"C9",
     MW_HOLDS_IN_PART,
     "a P50 that may be smaller",
     {"decode steady itl_p99_us tvl 1 - 110 105 115", "decode steady itl_p50_us tvl 1 - 100 90 100"},
     {{0}},
     NULL},
    {"C9",
     MW_NOT_TESTABLE,
     "too few tokens for an upper end",
     {"decode steady itl_p99_us tvl 1 - 110 105 -", "decode steady itl_p50_us tvl 1 - 100 99 101"},
     {{0}},
     NULL},

    {"C10", MW_DOES_NOT_HOLD, "half a FLOP", {FLOP("0.5")}, {{0}}, &x86},
    {"C10", MW_HOLDS_IN_PART, "half a FLOP, a peak that idles", {FLOP("0.5"), PEAK("400"), RATE("20")}, {{0}}, NULL},
    {"C10", MW_HOLDS_IN_PART, "two, a peak that is used", {FLOP("2"), PEAK("50"), RATE("20")}, {{0}}, NULL},
    {"C10", MW_HOLDS, "two, a peak that idles", {FLOP("2"), PEAK("400"), RATE("10")}, {{0}}, NULL},
    {"C10",
     MW_DOES_NOT_HOLD,
     "half a FLOP, a peak that idles elsewhere",
     {FLOP("0.5"), PEAK("400"), RATE("20")},
     {{0}},
     &x86},
    {"C10", MW_DOES_NOT_HOLD, "half a FLOP, an emulated peak", {FLOP("0.5"), PEAK("400"), RATE("20")}, {{0}}, &qemu},
    {"C10", MW_NOT_TESTABLE, "no op table", {NULL}, {{0}}, NULL},

    {"C11", MW_DOES_NOT_HOLD, "the published figures", {NULL}, {{0}}, NULL},
    {"C11", MW_HOLDS_IN_PART, "200 tokens/s", {NULL}, {{"neon_tokens_per_s", 200, ""}}, NULL},
    {"C11", MW_HOLDS, "316 tokens/s", {NULL}, {{"neon_tokens_per_s", 316, ""}}, NULL},

    {"C12", MW_HOLDS, "150 ms", {TTFT20("token", "150", "140", "160")}, {{0}}, NULL},
    {"C12",
     MW_HOLDS_IN_PART,
     "a batch alone",
     {TTFT20("token", "400", "390", "410"), TTFT20("batch", "120", "110", "130")},
     {{0}},
     NULL},
    {"C12",
     MW_HOLDS_IN_PART,
     "a prompt of one alone",
     {TTFT20("token", "400", "390", "410"), START("ttft_ms", "ttft", "tvl", "1", "warm", "batch", "120", "110", "130")},
     {{0}},
     NULL},
    {"C12",
     MW_DOES_NOT_HOLD,
     "400 ms and 210 ms",
     {TTFT20("token", "400", "390", "410"), TTFT20("batch", "205", "200", "210")},
     {{0}},
     NULL},
    {"C12", MW_NOT_TESTABLE, "x86-64", {TTFT20("token", "150", "140", "160")}, {{0}}, &x86},
    {"C12", MW_NOT_TESTABLE, "a batch only", {TTFT20("batch", "120", "110", "130")}, {{0}}, NULL},

    {"C13", MW_HOLDS, "80 ms", {"decode steady itl_us tvl 1 - 20000 19000 21000"}, {{0}}, NULL},
    {"C13",
     MW_HOLDS_IN_PART,
     "a batch alone",
     {"decode steady itl_us tvl 1 - 40000 39000 41000",
      START("phase_ms", "prefill_again", "tvl", "4", "warm", "batch", "60", "59", "61")},
     {{0}},
     NULL},
    {"C13", MW_DOES_NOT_HOLD, "160 ms", {"decode steady itl_us tvl 1 - 40000 39000 41000"}, {{0}}, NULL},
    {"C13", MW_NOT_TESTABLE, "x86-64", {"decode steady itl_us tvl 1 - 20000 19000 21000"}, {{0}}, &x86},

    {"C14", MW_HOLDS_IN_PART, "4.5 bits", {NULL}, {{0}}, NULL},
    {"C14", MW_HOLDS, "16 bits", {NULL}, {{"int4_bits", 15.5, ""}}, NULL},
    {"C14", MW_DOES_NOT_HOLD, "32 bits", {NULL}, {{"int4_bits", 31.5, ""}}, NULL},

    {"C15", MW_HOLDS, "6 to 8 %", {"profile steady op_share tvl 1 op=rmsnorm 0.07 0.06 0.08"}, {{0}}, NULL},
    {"C15", MW_HOLDS_IN_PART, "4 to 6 %", {"profile steady op_share tvl 1 op=rmsnorm 0.05 0.04 0.06"}, {{0}}, NULL},
    {"C15", MW_DOES_NOT_HOLD, "0.2 %", {"profile steady op_share tvl 1 op=rmsnorm 0.002 0.001 0.003"}, {{0}}, NULL},
    {"C15", MW_DOES_NOT_HOLD, "20 %", {"profile steady op_share tvl 1 op=rmsnorm 0.2 0.19 0.21"}, {{0}}, NULL},
    {"C15", MW_NOT_TESTABLE, "x86-64", {"profile steady op_share tvl 1 op=rmsnorm 0.07 0.06 0.08"}, {{0}}, &x86},
    {"C15",
     MW_NOT_TESTABLE,
     "another operation",
     {"profile steady op_share tvl 1 op=rope 0.07 0.06 0.08"},
     {{0}},
     NULL},

    {"C16", MW_HOLDS, "no drift in 600 s", {SOAK("1", "1", "600.2")}, {{0}}, NULL},
    {"C16", MW_HOLDS_IN_PART, "a drift of the roof, too", {SOAK("0.9", "0.9", "900")}, {{0}}, NULL},
    {"C16", MW_DOES_NOT_HOLD, "a drift", {SOAK("0.9", "1", "900")}, {{0}}, NULL},
    {"C16", MW_NOT_TESTABLE, "60 s", {SOAK("1", "1", "60")}, {{0}}, NULL},
    {"C16", MW_NOT_TESTABLE, "x86-64", {SOAK("1", "1", "700")}, {{0}}, &x86},

    {"C17", MW_HOLDS, "300 tokens/s", {"torch steady tokens_per_s pytorch 1 - 300 290 310"}, {{0}}, &apple},
    {"C17",
     MW_HOLDS_IN_PART,
     "faster than tvl",
     {"torch steady tokens_per_s pytorch 1 - 90 80 100", "torch steady speedup pytorch 1 against=tvl 1.5 1.4 1.6"},
     {{0}},
     &apple},
    {"C17",
     MW_DOES_NOT_HOLD,
     "slower than tvl",
     {"torch steady tokens_per_s pytorch 1 - 30 29 31", "torch steady speedup pytorch 1 against=tvl 0.5 0.4 0.6"},
     {{0}},
     &apple},
    {"C17", MW_NOT_TESTABLE, "no Apple machine", {"torch steady tokens_per_s pytorch 1 - 300 290 310"}, {{0}}, NULL},
    {"C17", MW_NOT_TESTABLE, "no torch", {NULL}, {{0}}, &apple},

    {"C18", MW_HOLDS, "half", {OFF("neon4", "dram", "0.5", "0.48", "0.52")}, {{0}}, NULL},
    {"C18",
     MW_HOLDS_IN_PART,
     "a fifth, in cache",
     {OFF("neon4", "dram", "0.99", "0.98", "1"), OFF("neon4", "cache", "0.8", "0.78", "0.82")},
     {{0}},
     NULL},
    {"C18", MW_HOLDS_IN_PART, "a fifth, in memory", {OFF("neon4", "dram", "0.8", "0.78", "0.82")}, {{0}}, NULL},
    {"C18",
     MW_DOES_NOT_HOLD,
     "nothing",
     {OFF("neon4", "dram", "1", "0.98", "1.02"), OFF("neon4", "cache", "0.99", "0.97", "1.01")},
     {{0}},
     NULL},
    {"C18", MW_NOT_TESTABLE, "x86-64", {OFF("neon4", "dram", "0.5", "0.48", "0.52")}, {{0}}, &x86},
};

enum { CASES = sizeof cases / sizeof cases[0] };

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
    test_rows();
    test_commands();
    return tap_done();
}
