/* The claims of arXiv 2601.03324, and how each is judged. Adding a claim is adding an entry here; if no judge fits, one
 * function in a judge_*.c and a line in judges.h.
 *
 * `where` points into the paper's source (tex) and the published engine (hpp), by line, at the first upload. */
#include "bench/claims/claims.h"

#include "bench/claims/judges.h"

#include <math.h>

const mw_claim mw_claims[] = {
    {
        .id = "C1",
        .where = "tex 256; tex 191",
        .title = "NEON 2.5 x the scalar build",
        .text = "The NEON kernel decodes 2.5 times as fast as the scalar build (elsewhere: 3 times).",
        .artifact = "24.0 tokens/s is a constant in the plot script; there is no scalar source",
        .rule = "holds if the paired ratio's interval lies above 2.5 less a tenth; in part if it lies above 1",
        .suite = "decode",
        .figure = 2.5,
        .unit = "1",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_speedup,
    },
    {
        .id = "C2",
        .where = "tex 262",
        .title = "60 tokens/s: roof of ARM64",
        .text = "More than 60 tokens/s are a roofline for ARM64, also of a Raspberry Pi 5 and Graviton.",
        .artifact = "26.9 GB/s of a 200 GB/s part; 106 tokens/s on one thread of the same chip were published earlier",
        .rule = "holds if the published rate is within a tenth of the best published one for one thread of that chip, "
                "and a "
                "Pi 5 reads as fast as 60 tokens/s ask for, less a tenth; in part if one is so",
        .suite = "claims",
        .figure = 60,
        .unit = "1/s",
        .judge = mw_judge_roofline,
    },
    {
        .id = "C3",
        .where = "abstract",
        .title = "TVL: 100 % of every line used",
        .text = "The Tensor Virtualization Layout guarantees 100 % cache-line utilization of weights.",
        .artifact = "no layout transform exists (hpp 202-233): the row-major file is mapped as it is",
        .rule = "holds if TVL uses 0.99 of what it brings into every cache, row-major does not, and the published "
                "source has "
                "the layout; in part if TVL does so",
        .suite = "clu",
        .figure = 1,
        .unit = "1",
        .judge = mw_judge_utilization,
    },
    {
        .id = "C4",
        .where = "tex 149-152",
        .title = "every SIMD load within a line",
        .text = "Every tensor is aligned to 64 bytes, so that each SIMD load touches one line.",
        .artifact = "weights start at byte 28; 25 % of 16-byte loads split a 64-byte line, 12.5 % a 128-byte one",
        .rule =
            "holds if the published weights start on a 64-byte line and no load of the mapped file splits one; in part "
            "if one is so",
        .suite = "clu",
        .figure = 0,
        .unit = "1",
        .judge = mw_judge_alignment,
    },
    {
        .id = "C5",
        .where = "tex 90; tex 274",
        .title = "mmap: no start-up latency",
        .text = "Zero-copy loading eliminates initialization latency; pages are pre-faulted.",
        .artifact = "first token 168 ms, 10.7 times a steady one; nothing is populated or advised",
        .rule =
            "holds if mapping takes a tenth of a heap load or less, and a first token, cold and warm, no more than a "
            "steady one and a tenth; in part if one is so",
        .suite = "ttft",
        .figure = NAN,
        .judge = mw_judge_loading,
    },
    {
        .id = "C6",
        .where = "tex 201; tex 333-346",
        .title = "four accumulators",
        .text = "The kernel keeps four accumulators and is unrolled by four.",
        .artifact = "one accumulator (hpp 84-89), also in the shipped binary",
        .rule =
            "holds if the published loop has at least four accumulators and is unrolled by four; in part if one is so",
        .suite = "claims",
        .figure = 4,
        .unit = "1",
        .judge = mw_judge_accumulators,
    },
    {
        .id = "C7",
        .where = "tex 191",
        .title = "column-major, SoA",
        .text = "Products are accumulated column by column over a structure of arrays.",
        .artifact = "row dot products (hpp 79-97)",
        .rule = "holds if the published loop goes by columns and over a structure of arrays; in part if one is so",
        .suite = "claims",
        .figure = 2,
        .unit = "1",
        .judge = mw_judge_column_major,
    },
    {
        .id = "C8",
        .where = "tex 191",
        .title = "perplexity within 0.1 %",
        .text = "Perplexity degrades by less than 0.1 %.",
        .artifact =
            "no perplexity code; the tokenizer is not constructed; SwiGLU is aliased (hpp 411-412): not the model's "
            "output",
        .rule =
            "holds if every variant here stays within 0.1 % of double precision and so does the published formula; in "
            "part if the variants do",
        .suite = "perplexity",
        .figure = 0.001,
        .unit = "1",
        .judge = mw_judge_perplexity,
    },
    {
        .id = "C9",
        .where = "Fig. 2",
        .title = "P99 close to P50",
        .text = "Latency is deterministic: P99 is close to P50.",
        .artifact = "P99/P50 1.094 in one run of 246 tokens, the first ten dropped",
        .rule = "holds if the interval of P99/P50 ends at 1.094 and a tenth or below; in part if it begins there",
        .suite = "decode",
        .figure = 1.094,
        .unit = "1",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_tail,
    },
    {
        .id = "C10",
        .where = "tex 143-146",
        .title = "2 FLOP/byte, CPU starved 93 %",
        .text = "Operational intensity is 2 FLOP/byte, and the CPU starves for 93 % of the time.",
        .artifact = "f32 GEMV is 0.5 FLOP/byte; the peak of 3,000 GFLOP/s is not this CPU's NEON",
        .rule =
            "holds if f32 GEMV is within a tenth of 2 FLOP/byte and, where a peak was measured on AArch64, 93 % of it "
            "less a tenth are unused; in part if one is so",
        .suite = "claims",
        .figure = 2,
        .unit = "FLOP/byte",
        .judge = mw_judge_intensity,
    },
    {
        .id = "C11",
        .where = "tex 319-320",
        .title = "25.3 mJ a token at 8 W",
        .text = "A token takes 25.3 mJ at 8 W.",
        .artifact = "uses 316 tokens/s; at 61.3 it is 130 mJ",
        .rule =
            "holds if 8 W over the published rate is 25.3 mJ and a tenth or less; in part if it is twice that or less",
        .suite = "claims",
        .figure = 25.3,
        .unit = "mJ",
        .judge = mw_judge_energy,
    },
    {
        .id = "C12",
        .where = "text",
        .title = "answers within 200 ms",
        .text = "Answers start within the 200 ms of human turn-taking.",
        .artifact = "so for one token; a prompt of 20 fed token by token takes about 0.47 s",
        .rule = "holds if the first token of a 20-token prompt fed one by one comes within 200 ms, by its interval; in "
                "part "
                "if so in a batch or for a prompt of one",
        .suite = "ttft",
        .figure = 200,
        .unit = "ms",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_turn_taking,
    },
    {
        .id = "C13",
        .where = "tex 297",
        .title = "beam search in 100 ms a step",
        .text = "Beam search with four beams is feasible in less than 100 ms a step.",
        .artifact = "no code; naive beams read the weights four times",
        .rule =
            "holds if four tokens one after the other take less than 100 ms, by their interval; in part if a batch of "
            "four does",
        .suite = "decode",
        .figure = 100,
        .unit = "ms",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_beam,
    },
    {
        .id = "C14",
        .where = "tex 285",
        .title = "int4 halves traffic",
        .text = "Four-bit weights would double throughput by halving traffic.",
        .artifact = "from f32 to int4 it is about 7 times fewer bytes",
        .rule = "holds if f32 has twice the bytes of int4, within a tenth; in part if it has more",
        .suite = "claims",
        .figure = 2,
        .unit = "1",
        .judge = mw_judge_int4,
    },
    {
        .id = "C15",
        .where = "tex 225",
        .title = "RMSNorm 5-10 % of run time",
        .text = "RMSNorm takes 5 to 10 % of run time.",
        .artifact = "no profile; 19 thousand of 110 million weights",
        .rule =
            "holds if the share's interval lies within 5 to 10 %, widened by a tenth; in part if it reaches into it",
        .suite = "profile",
        .figure = 0.05,
        .unit = "1",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_rmsnorm,
    },
    {
        .id = "C16",
        .where = "tex 325",
        .title = "no throttling in 10 minutes",
        .text = "No throttling in sessions of more than 10 minutes.",
        .artifact = "no data",
        .rule = "needs 600 s or more; holds if tokens/s do not drift down; in part if the roof beside them drifts "
                "down, too",
        .suite = "soak",
        .figure = 1,
        .unit = "1",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_soak,
    },
    {
        .id = "C17",
        .where = "Table 1",
        .title = "PyTorch on AMX: 298.7 token/s",
        .text = "PyTorch on AMX (Accelerate) reaches 298.7 tokens/s.",
        .artifact =
            "a stand-in network: random weights, a two-matrix GELU, no key/value cache, about 83 % of the weights",
        .rule = "holds if a real forward pass in PyTorch reaches that less a tenth, by its interval; in part if it is "
                "faster "
                "than tvl beside it",
        .suite = "torch",
        .figure = 298.7,
        .unit = "1/s",
        .place = MW_ON_APPLE,
        .judge = mw_judge_pytorch,
    },
    {
        .id = "C18",
        .where = "tex 108 ff.",
        .title = "misaligned loads halve it",
        .text = "Misaligned loads halve bandwidth.",
        .artifact =
            "traffic to memory is the same; slots of the first-level cache are lost (llama2.c PR 304: 20-26 % on x86, "
            "in cache)",
        .rule = "holds if the rate at byte 28 is half of the aligned one and a tenth or less, weights in memory; in "
                "part if "
                "it is less by a tenth there or in cache",
        .suite = "micro",
        .figure = 0.5,
        .unit = "1",
        .place = MW_ON_AARCH64,
        .judge = mw_judge_misaligned,
    },
    {.id = NULL},
};
