#include "bench/claims/claims.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* arXiv 2601.03324 and its artifact at the first upload: counted in its source, or printed in its text, tables and
 * per-token files. Where a number comes from elsewhere, `where` names it. */
const mw_fact mw_facts[] = {
    /* speed, stories110M in f32, one token */
    {"scalar_tokens_per_s", 24.0, "Table 1; a constant in the plot script"},
    {"neon_tokens_per_s", 61.3, "Table 1"},
    {"pytorch_tokens_per_s", 298.7, "Table 1"},
    {"megabytes_per_token", 438.4, "weights of stories110M in f32"},
    {"part_gbs", 200, "M2 Pro, memory bandwidth"},
    {"best_tokens_per_s", 106, "clebert/llama2.zig README: M2 Pro, one thread"},
    {"pi5_gbs", 13.2, "ggml-org/llama.cpp issue 26484: Raspberry Pi 5, reads, best of 1, 2, 4 threads"},
    {"wanted_tokens_per_s", 60, "tex 262"},
    {"token_p99_ratio", 1.094, "per-token file"},
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

double mw_fact_of(const mw_fact *facts, const char *key)
{
    for (; facts->key; facts++)
        if (strcmp(facts->key, key) == 0)
            return facts->value;
    return NAN;
}
