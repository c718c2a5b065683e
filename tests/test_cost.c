/* What a token and a prompt cost, against a model small enough to count by hand. */
#include "engine/model.h"
#include "tests/tap.h"

int main(void)
{
    /* two query heads of two values share one head of keys and values */
    const mw_config c = {.dim = 4,
                         .hidden_dim = 6,
                         .n_layers = 1,
                         .n_heads = 2,
                         .n_kv_heads = 1,
                         .vocab_size = 5,
                         .seq_len = 8,
                         .shared_classifier = true};
    /* FLOPs that do not depend on the position: matrices 2 x (wq 16, wk 8, wv 8, wo 16, w1 w2 w3 72), two norms of
     * 4 x 4 + 4, rotation of 6 values at 3, SwiGLU 6 x 6, two sums of 4, a quotient for each of attention's 4 outputs
     */
    const uint64_t fixed = 2 * (16 + 8 + 8 + 16 + 72) + 2 * 20 + 18 + 36 + 2 * 4 + 4;
    /* each head and each position seen: a product and a sum of 2 values, twice, and 5 for softmax */
    const uint64_t seen = 2 * (4 + 4 + 5);
    const uint64_t last = 20 + 2 * 5 * 4; /* final norm, classifier */
    bool flops = true, moved = true;
    for (uint32_t pos = 0; pos < 8; pos++) {
        const mw_token_cost t = mw_model_token_cost(&c, MW_F32, pos);
        flops &= t.flops == fixed + (pos + 1) * seen + last;
        /* 120 weights and two norms in the layer; final norm, 5 x 4 classifier, one row of the embedding */
        moved &= t.weight_bytes == 4 * (120 + 8 + 4 + 20 + 4);
        /* two keys and two values of each position read, those of one written */
        moved &= t.kv_bytes == 4 * (4 * ((uint64_t)pos + 1) + 4);
    }
    tap_ok(flops, "FLOPs of a token at every position");
    tap_ok(moved, "bytes of a token at every position");
    bool prefill = true;
    for (uint64_t n = 1; n <= 8; n++)
        prefill &= mw_model_prefill_flops(&c, n) == n * fixed + seen * n * (n + 1) / 2 + last;
    tap_ok(prefill, "FLOPs of a prompt: all tokens, and the classifier once");

    /* heads of four values: q is 8 wide, k and v are 4; biases, and norms of the three heads */
    mw_config more = c;
    more.head_size = 4;
    more.qkv_bias = more.qk_norm = more.rope_halves = more.rope_factors = true;
    const mw_token_cost t = mw_model_token_cost(&more, MW_F32, 0);
    /* matrices 2 x (wq 32, wk 16, wv 16, wo 32, w1 w2 w3 72), two norms of the stream, 16 biases, three norms of
     * 4 x 4 + 4, rotation of 12 values, SwiGLU, two sums of 4; attention: 2 heads of 4 x 4, 5, and 4 quotients */
    const uint64_t layer = 2 * (32 + 16 + 16 + 32 + 72) + 2 * 20 + 16 + 3 * 20 + 36 + 36 + 2 * 4 + 2 * (16 + 5 + 4);
    tap_ok(t.flops == layer + last, "FLOPs with wider heads, biases and norms of heads");
    /* 168 weights, two norms, 16 biases and two norms of heads; the rest as above: rope factors are no token's */
    tap_ok(t.weight_bytes == 4 * (168 + 8 + 16 + 8 + 4 + 20 + 4) && t.kv_bytes == 4 * (8 + 8), "and their bytes");
    return tap_done();
}
