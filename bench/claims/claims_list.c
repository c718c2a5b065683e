/* The claims of arXiv 2601.03324, how each is judged, and the facts that judges use. Adding a claim is adding an entry
 * here; if no judge fits, one function in judges.c.
 *
 * `where` points into the paper's source (tex) and the published engine (hpp), by line, at the first upload. */
#include "bench/claims/claims.h"
#include "bench/predict/predict.h"

#include <math.h>

/* clang-format off */
#define DECODED(metric_, variant_) .suite = "decode", .phase = "steady", .metric = metric_, .variant = variant_, \
    .threads = 1
#define STARTED(metric_, variant_) .suite = "ttft", .metric = metric_, .variant = variant_, .threads = 1
#define COUNTED(metric_, variant_) .suite = "clu", .phase = "token", .metric = metric_, .variant = variant_, \
    .param = "region=weights"

/* Predictions are of the paper's model. On one thread, of a variant; on all cores; and of a program whose speed was
 * published, compiled as it was (results/machines/published.csv). */
#define ON(machine_, variant_, threads_) {.suite = "predict", .metric = "tokens_per_s", .variant = variant_, \
    .threads = threads_, .model = "synthetic:stories110M", .param = "machine=" machine_ ";rule=" MW_RULE_CHOSEN}
#define ONE_CORE(machine_, variant_) ON(machine_, variant_, 1)
#define ALL_CORES(machine_, variant_) ON(machine_, variant_, 0)
#define PAPER(program_) {.suite = "predict", .metric = "tokens_per_s", .threads = 1, \
    .model = "synthetic:stories110M", .param = "machine=m2-pro;program=" program_ ";rule=" MW_RULE_CHOSEN}
#define RATE(what_, row_) {what_, .row = row_, .unit = "1/s"}
#define TIME(what_, tokens_, row_) {what_, .row = row_, .tokens = tokens_, .scale = 1e3, .unit = "ms"}
#define PREDICTED(...) .predicted = (const mw_predicted[]){__VA_ARGS__, {.what = NULL}}

const mw_claim mw_claims[] = {
    {"C1", "tex 256; tex 191", 2.5, "1", MW_ON_AARCH64, mw_judge_speedup, "NEON 2.5 x the scalar build",
     .text = "The NEON kernel decodes 2.5 times as fast as the scalar build (elsewhere: 3 times).",
     .artifact = "24.0 tokens/s is a constant in the plot script; there is no scalar source",
     .rule = "holds if the interval of the paired ratio lies above 2.5 less a tenth; in part if it lies above 1",
     .measure = "scalar token time over NEON token time, paired, one thread",
     .row = {DECODED("speedup", "neon"), .param = "against=scalar"}, .interval = true,
     PREDICTED({"NEON over scalar on M2 Pro, both compiled by clang", .row = PAPER("paper NEON"),
                .over = PAPER("paper scalar -O3"), .unit = "1"})},
    {"C2", "tex 262", 60, "1/s", MW_ANYWHERE, mw_judge_roofline, "60 tokens/s: roof of ARM64",
     .text = "More than 60 tokens/s is a roofline for ARM64, including a Raspberry Pi 5 and Graviton.",
     .artifact = "26.9 GB/s of a 200 GB/s part; 106 tokens/s on one thread of the same chip were published earlier",
     .rule = "holds if the published rate is within a tenth of the best published rate of one thread of that chip, and "
             "a Pi 5 reads as fast as 60 tokens/s need, less a tenth; in part if one of the two is true",
     .measure = "published tokens/s over the best published for one thread of that chip",
     .row = {.suite = "claims"}, .provenance = "published",
     PREDICTED(RATE("tvl on all cores of Pi 5", ALL_CORES("pi5-a76", "tvl")),
               RATE("tvl on one core of M2 Pro", ONE_CORE("m2-pro", "tvl")),
               RATE("the paper's kernel on M2 Pro", PAPER("paper NEON")),
               RATE("tvl on one core of Pi 5", ONE_CORE("pi5-a76", "tvl")),
               RATE("neon on one core of Pi 5", ONE_CORE("pi5-a76", "neon")),
               RATE("tvl on one core of Graviton2", ONE_CORE("graviton2-n1", "tvl")),
               RATE("neon on one core of Graviton2", ONE_CORE("graviton2-n1", "neon")),
               RATE("tvl on one core of Graviton3", ONE_CORE("graviton3-v1", "tvl")),
               RATE("neon on one core of Graviton3", ONE_CORE("graviton3-v1", "neon")),
               RATE("tvl on one core of Graviton4", ONE_CORE("graviton4-v2", "tvl")),
               RATE("neon on one core of Graviton4", ONE_CORE("graviton4-v2", "neon")))},
    {"C3", "abstract", 1, "1", MW_ANYWHERE, mw_judge_utilization, "TVL: 100 % of every line used",
     .text = "The Tensor Virtualization Layout guarantees 100 % cache-line utilization of weights.",
     .artifact = "no layout transform exists (hpp 202-233): the row-major file is mapped as it is",
     .rule = "holds if TVL uses 0.99 of what it brings into every cache, row-major does not, and the published source "
             "has the layout; in part if TVL does so",
     .measure = "bytes used over bytes brought in by TVL, the lowest of all cache levels",
     .row = {COUNTED("clu_l1", "tvl")}},
    {"C4", "tex 149-152", 0, "1", MW_ANYWHERE, mw_judge_alignment, "every SIMD load within a line",
     .text = "Every tensor is aligned to 64 bytes, so that each SIMD load touches one line.",
     .artifact = "weights start at byte 28; 25 % of 16-byte loads split a 64-byte line, 12.5 % a 128-byte one",
     .rule = "holds if the published weights start on a 64-byte line and no load of the mapped file splits one; in "
             "part if one of the two is true",
     .measure = "loads of the mapped checkpoint's weights that touch two lines",
     .row = {COUNTED("split_load_fraction", "mmap")}},
    {"C5", "tex 90; tex 274", NAN, NULL, MW_ANYWHERE, mw_judge_loading, "mmap: no start-up latency",
     .text = "Zero-copy loading eliminates initialization latency; pages are pre-faulted.",
     .artifact = "first token 168 ms, 10.7 times a steady one; nothing populates or advises the mapping",
     .rule = "holds if mapping takes at most a tenth of the time of a heap load, and a first token, cold or warm, at "
             "most a tenth longer than a steady one; in part if one of the two is true",
     .measure = "first token of a cold mapped file over a steady token",
     .row = {STARTED("phase_ms", "mmap"), .phase = "prefill", .param = "prompt=1;state=cold"},
     .over = {.phase = "token", .metric = "phase_ms", .param = "prompt=1;state=warm"}, .interval = true},
    {"C6", "tex 201; tex 333-346", 4, "1", MW_ANYWHERE, mw_judge_accumulators, "four accumulators",
     .text = "The kernel keeps four accumulators and is unrolled by four.",
     .artifact = "one accumulator (hpp 84-89), also in the shipped binary",
     .rule = "holds if the published loop has at least four accumulators and is unrolled by four; in part if one of "
             "the two is true",
     .measure = "accumulators in the published loop",
     .row = {.suite = "claims"}, .provenance = "artifact"},
    {"C7", "tex 191", 2, "1", MW_ANYWHERE, mw_judge_column_major, "column-major, SoA",
     .text = "Products are accumulated column by column over a structure of arrays.",
     .artifact = "row dot products (hpp 79-97)",
     .rule = "holds if the published loop goes by columns and reads a structure of arrays; in part if one of the two "
             "is true",
     .measure = "how many of the two the published loop does",
     .row = {.suite = "claims"}, .provenance = "artifact"},
    {"C8", "tex 191", 0.001, "1", MW_ANYWHERE, mw_judge_perplexity, "perplexity within 0.1 %",
     .text = "Perplexity degrades by less than 0.1 %.",
     .artifact = "no perplexity code; the tokenizer is never constructed; SwiGLU is aliased (hpp 411-412), so the "
                 "output is not the model's",
     .rule = "holds if every variant here stays within 0.1 % of double precision, and the published formula does as "
             "well; in part if the variants do",
     .measure = "loss of perplexity relative to double precision, of the variant with the largest",
     .row = {.suite = "perplexity", .metric = "perplexity_loss"}},
    {"C9", "Fig. 2", 1.094, "1", MW_ON_AARCH64, mw_judge_tail, "P99 close to P50",
     .text = "Latency is deterministic: P99 is close to P50.",
     .artifact = "P99/P50 is 1.094 in one run of 246 tokens, without the first ten; a two-sided interval of P99 takes "
                 "368 tokens",
     .rule = "holds if the interval of P99/P50 ends at or below 1.094 plus a tenth; in part if it begins there",
     .measure = "P99 over P50 of token times, tvl, one thread; the interval is from the ends of both",
     .row = {DECODED("itl_p99_us", "tvl")}, .over = {.phase = "steady", .metric = "itl_p50_us"}, .interval = true,
     .unpredicted = "a prediction is one time for all tokens; it has no percentiles"},
    {"C10", "tex 143-146", 2, "FLOP/byte", MW_ANYWHERE, mw_judge_intensity, "2 FLOP/byte, CPU starved 93 %",
     .text = "Operational intensity is 2 FLOP/byte, and the CPU starves for 93 % of the time.",
     .artifact = "f32 GEMV is 0.5 FLOP/byte; the peak of 3,000 GFLOP/s is not that of this CPU's NEON",
     .rule = "holds if f32 GEMV is within a tenth of 2 FLOP/byte and, where a peak was measured on AArch64, at least "
             "93 % of it, less a tenth, is unused; in part if one of the two is true",
     .measure = "FLOP per byte of f32 GEMV, from the op table",
     .row = {.suite = "claims", .metric = "flop_per_byte", .param = "op=gemv"}},
    {"C11", "tex 319-320", 25.3, "mJ", MW_ANYWHERE, mw_judge_energy, "25.3 mJ per token at 8 W",
     .text = "A token takes 25.3 mJ at 8 W.",
     .artifact = "computed with 316 tokens/s; with 61.3 it is 130 mJ",
     .rule = "holds if a token takes at most 25.3 mJ plus a tenth: of the packages as measured or, without such a "
             "measurement, 8 W over the published rate; in part if it is at most twice 25.3 mJ",
     .measure = "energy per token, tvl, one thread, all packages; unmeasured: 8 W over the published rate",
     .row = {.suite = "claims"}, .provenance = "published"},
    {"C12", "text", 200, "ms", MW_ON_AARCH64, mw_judge_turn_taking, "answers within 200 ms",
     .text = "Answers start within the 200 ms of human turn-taking.",
     .artifact = "true for one token; at the published rates, 20 tokens fed one by one take 478 ms",
     .rule = "holds if the first token after a 20-token prompt fed one by one comes within 200 ms, interval included; "
             "in part if it does with the prompt in a batch, or with a one-token prompt",
     .interval = true, .measure = "time to first token, prompt of 20 fed one by one, warm",
     .row = {STARTED("ttft_ms", "tvl"), .phase = "ttft", .param = "prompt=20;state=warm;feeding=token"},
     PREDICTED(TIME("20 tokens, one by one, tvl on one core of M2 Pro", 20, ONE_CORE("m2-pro", "tvl")),
               TIME("the paper's kernel on M2 Pro", 20, PAPER("paper NEON")),
               TIME("tvl on one core of Pi 5", 20, ONE_CORE("pi5-a76", "tvl")),
               TIME("neon on one core of Pi 5", 20, ONE_CORE("pi5-a76", "neon")))},
    {"C13", "tex 297", 100, "ms", MW_ON_AARCH64, mw_judge_beam, "beam search: 100 ms per step",
     .text = "Beam search with four beams is feasible in less than 100 ms per step.",
     .artifact = "no code; naive beams read the weights four times: 65 ms at the published rate",
     .rule = "holds if four tokens, one after the other, take less than 100 ms, interval included; in part if a batch "
             "of four does",
     .measure = "four tokens, one after the other, tvl, one thread",
     .row = {DECODED("itl_us", "tvl")}, .scale = 4e-3, .interval = true,
     PREDICTED(TIME("four tokens, one after the other, tvl on one core of M2 Pro", 4, ONE_CORE("m2-pro", "tvl")),
               TIME("the paper's kernel on M2 Pro", 4, PAPER("paper NEON")),
               TIME("tvl on one core of Pi 5", 4, ONE_CORE("pi5-a76", "tvl")),
               TIME("neon on one core of Pi 5", 4, ONE_CORE("pi5-a76", "neon")))},
    {"C14", "tex 285", 2, "1", MW_ANYWHERE, mw_judge_int4, "int4 halves traffic",
     .text = "Four-bit weights would double throughput by halving traffic.",
     .artifact = "f32 has about 7 times as many bytes as int4",
     .rule = "holds if four-bit weights are decoded twice as fast as f32, within a tenth, or without such a "
             "measurement have half the bytes; in part if it is more",
     .measure = "token time of the fastest f32 variant over that of the fastest q4_0 one, one thread; unmeasured: "
                "bytes of f32 weights over those of four bits with a scale per 32",
     .row = {.suite = "claims"}, .provenance = "modelled"},
    {"C15", "tex 225", 0.05, "1", MW_ON_AARCH64, mw_judge_rmsnorm, "RMSNorm 5-10 % of run time",
     .text = "RMSNorm takes 5 to 10 % of run time.",
     .artifact = "no profile; RMSNorm has 19 thousand of 110 million weights",
     .rule = "holds if the interval of the share lies within 5 to 10 %, widened by a tenth; in part if it overlaps",
     .interval = true, .measure = "share of RMSNorm in the time of a token, tvl, one thread",
     .row = {.suite = "profile", .metric = "op_share", .variant = "tvl", .threads = 1, .param = "op=rmsnorm"},
     .unpredicted = "only matrix products are predicted; norms are not among them"},
    {"C16", "tex 325", 1, "1", MW_ON_AARCH64, mw_judge_soak, "no throttling in 10 minutes",
     .text = "No throttling in sessions of more than 10 minutes.",
     .artifact = "no data",
     .rule = "needs at least 600 s; holds if tokens/s do not drift down; in part if the roof drifts down as well",
     .measure = "tokens/s in the last third over the first; 1: no drift",
     .row = {.suite = "soak", .metric = "soak_drift", .param = "of=tokens_per_s"},
     .unpredicted = "a machine file has one clock frequency; heat is not modelled"},
    {"C17", "Table 1", 298.7, "1/s", MW_ON_APPLE, mw_judge_pytorch, "PyTorch on AMX: 298.7 token/s",
     .text = "PyTorch on AMX (Accelerate) reaches 298.7 tokens/s.",
     .artifact = "measured with a stand-in network: random weights, a two-matrix GELU, no key/value cache, about 83 % "
                 "of the weights",
     .rule = "holds if a real forward pass in PyTorch reaches 298.7 less a tenth, interval included; in part if it is "
             "faster than tvl in the same run",
     .interval = true, .measure = "PyTorch, real forward pass with a key/value cache, one thread",
     .row = {.suite = "torch", .phase = "steady", .metric = "tokens_per_s", .variant = "pytorch", .threads = 1},
     PREDICTED(RATE("the most that the memory allows, tvl on all cores of M2 Pro", ALL_CORES("m2-pro", "tvl")),
               {"weights read at the published rate", .fact = "megabytes_per_token", .scale = 1e-3, .unit = "GB/s"})},
    {"C18", "tex 108 ff.", 0.5, "1", MW_ON_AARCH64, mw_judge_misaligned, "misaligned loads halve it",
     .text = "Misaligned loads halve bandwidth.",
     .artifact = "traffic to memory is the same; slots of the first-level cache are lost (llama2.c PR 304: 20-26 % on "
                 "x86, in cache)",
     .rule = "holds if, with weights in memory, the rate at byte 28 is at most half of the aligned one plus a tenth; "
             "in part if it is lower by more than a tenth, in memory or in cache",
     .interval = true, .measure = "rate at byte 28 over rate on a line, weights in memory, kernel neon4",
     .row = {.suite = "micro", .metric = "misaligned_ratio", .kernel = "neon4", .param = "weights=dram"},
     .unpredicted = "loads that touch two lines are not modelled"},
    {.id = NULL},
};
/* clang-format on */

/* Counted in the published source, or printed in the paper. Where a number comes from elsewhere, `where` names it. */
const mw_fact mw_facts[] = {
    /* speed, stories110M in f32, one token */
    {"neon_tokens_per_s", 61.3, "Table 1"},
    {"megabytes_per_token", 438.4, "weights of stories110M in f32"},
    {"part_gbs", 200, "M2 Pro, memory bandwidth"},
    {"best_tokens_per_s", 106, "clebert/llama2.zig README: M2 Pro, one thread"},
    {"pi5_gbs", 13.2, "ggml-org/llama.cpp issue 26484: Raspberry Pi 5, reads, best of 1, 2, 4 threads"},
    /* the source: 1 yes, 0 no, else a count */
    {"layout_transform", 0, "hpp 202-233"},
    {"weights_offset", 28, "hpp 202-233: right after the header"},
    {"accumulators", 1, "hpp 84-89"},
    {"unrolled_by", 1, "hpp 84-89"},
    {"column_major", 0, "hpp 79-97"},
    {"structure_of_arrays", 0, "hpp 79-97"},
    {"swiglu_aliased", 1, "hpp 411-412"},
    /* energy */
    {"watts", 8, "tex 319-320"},
    {"energy_tokens_per_s", 316, "tex 319-320"},
    /* four-bit weights with a scale in 16 bits for each 32 of them, as formats in use have */
    {"int4_bits", 4, "tex 285"},
    {"int4_scale_bits", 16, "formats in use"},
    {"int4_group", 32, "formats in use"},
    {NULL, 0, NULL},
};
