/* Prompts that stand for a text where speed is all that is asked for. */
#ifndef MW_BENCH_PROMPT_H
#define MW_BENCH_PROMPT_H

#include <stddef.h>
#include <stdint.h>

/* Fills tokens[n], n >= 1: BOS (0 if the vocabulary is too small for one) and then tokens from all over the vocabulary,
 * the same ones every time. */
void mw_prompt_make_up(int32_t *tokens, size_t n, uint32_t vocab_size);

#endif
