#include "bench/context/context.h"

#include "bench/stats/random.h"

#include <errno.h>
#include <stdlib.h>

/* Rounds over all positions, the warm-up like the rest; the same for all units, another one in each process. */
static void fill(uint32_t *order, size_t tokens, const mw_options *o, int rep)
{
    uint64_t random = o->seed + 0x9e3779b97f4a7c15u * (uint64_t)rep;
    int round[MW_MAX_POSITIONS];
    for (int i = 0; i < o->n_positions; i++)
        round[i] = i;
    for (size_t i = 0; i < tokens; i++) {
        const bool warm = i < MW_WARMUP_TOKENS;
        const size_t at = (warm ? i : i - MW_WARMUP_TOKENS) % (size_t)o->n_positions;
        if (at == 0)
            mw_shuffle(round, o->n_positions, &random);
        order[i] = (uint32_t)o->positions[round[at]];
    }
}

int mw_context_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens;
    uint32_t *order = malloc(tokens * sizeof *order);
    if (!order)
        return mw_fail(err, -ENOMEM, "no memory for %zu positions; use fewer --tokens", tokens);
    fill(order, tokens, s->options, s->rep);
    int rc = mw_decode_in_turns(s, variants, n, order, mw_context_record, err);
    free(order);
    return rc;
}
