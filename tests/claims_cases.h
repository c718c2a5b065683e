/* Evidence made by hand for the claim ledger, and the verdict that it has to lead to. */
#ifndef MW_TESTS_CLAIMS_CASES_H
#define MW_TESTS_CLAIMS_CASES_H

#include "bench/claims/claims.h"

/* Where a row was measured. */
typedef struct place {
    const char *arch, *os, *model, *provenance, *isa;
} place;

static const place arm = {"aarch64", "Linux 6.1", "synthetic:stories110M", "measured", "neon"};
static const place apple = {"aarch64", "Darwin 23.1", "stories110M.bin", "measured", "neon"};
static const place x86 = {"x86-64", "Linux 6.1", "synthetic:stories110M", "measured", "neon-simde"};
static const place qemu = {"aarch64", "Linux 6.1", "synthetic:stories110M", "emulated", "neon"};
static const place small = {"aarch64", "Linux 6.1", "synthetic:stories260K", "measured", "neon"};

enum { MOST_ROWS = 8, MOST_FACTS = 3 };

/* A row in short: "suite phase metric variant|k:kernel threads param value low high", "-" for an empty cell. */
typedef struct evidence_case {
    const char *id;
    mw_verdict verdict;
    const char *what; /* that the verdict comes from */
    const char *rows[MOST_ROWS];
    mw_fact facts[MOST_FACTS]; /* in the place of those of the paper */
    const place *place;        /* NULL: arm */
} evidence_case;

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
#define P99(numbers) "decode steady itl_p99_us tvl 1 - " numbers
#define P50(numbers) "decode steady itl_p50_us tvl 1 - " numbers
#define ITL(variant, value) "decode steady itl_us " variant " 1 - " value " - -"
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

    {"C9", MW_HOLDS, "1.05 to 1.15", {P99("110 105 115"), P50("100 100 100")}, {{0}}, NULL},
    {"C9", MW_HOLDS_IN_PART, "1.05 to 1.5", {P99("120 105 150"), P50("100 100 100")}, {{0}}, NULL},
    {"C9", MW_DOES_NOT_HOLD, "2 to 3", {P99("250 200 300"), P50("100 100 100")}, {{0}}, NULL},
    {"C9", MW_HOLDS_IN_PART, "a P50 that may be larger", {P99("130 125 135"), P50("100 95 110")}, {{0}}, NULL},
    {"C9", MW_HOLDS_IN_PART, "a P50 that may be smaller", {P99("110 105 115"), P50("100 90 100")}, {{0}}, NULL},
    {"C9", MW_NOT_TESTABLE, "too few tokens for an upper end", {P99("110 105 -"), P50("100 99 101")}, {{0}}, NULL},

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
    {"C14",
     MW_HOLDS_IN_PART,
     "six times as fast",
     {ITL("tvl", "12000"), ITL("a", "18000"), ITL("a@q4_0", "2000")},
     {{0}},
     NULL},
    {"C14",
     MW_HOLDS,
     "twice as fast as the fastest",
     {ITL("tvl", "4000"), ITL("a", "9000"), ITL("a@q4_0", "2000")},
     {{0}},
     &x86},
    {"C14", MW_DOES_NOT_HOLD, "half as fast again", {ITL("tvl", "3000"), ITL("tvl@q4_0", "2000")}, {{0}}, NULL},
    {"C14", MW_HOLDS_IN_PART, "emulated: by bytes", {ITL("tvl", "3000"), ITL("tvl@q4_0", "2000")}, {{0}}, &qemu},
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

#endif
