#include "bench/run/prompt.h"

#include "bench/stats/random.h"
#include "engine/tokenizer.h"

void mw_prompt_make_up(int32_t *tokens, size_t n, uint32_t vocab_size)
{
    uint64_t random = 1;
    tokens[0] = vocab_size > MW_TOKEN_BOS ? MW_TOKEN_BOS : 0;
    for (size_t i = 1; i < n; i++)
        tokens[i] = (int32_t)(mw_draw(&random) % vocab_size);
}
