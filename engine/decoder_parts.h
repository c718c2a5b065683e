/* What decoder.c, attention.c and sweep.c share; nobody else includes this. */
#ifndef MW_ENGINE_DECODER_PARTS_H
#define MW_ENGINE_DECODER_PARTS_H

#include "engine/arena.h"
#include "engine/decoder.h"

/* Keys and values are kept per layer and head, [layer][kv head][position][head_size], so that attention reads each
 * head's history as one forward stream. */
typedef struct mw_buffers {
    /* one row per token of a batch, on lines of its own */
    float *x, *xb2;       /* [batch][dim] residual stream, result of a block */
    float *xb;            /* [batch][dim or q_dim] normed input, result of the attention */
    float *q;             /* [batch][q_dim] */
    float *k, *v;         /* [batch][kv_dim] */
    float *hb, *hb2;      /* [batch][hidden_dim] */
    mw_x8 *x8;            /* [batch][dim, q_dim or hidden_dim] / MW_X8: the input of a product, quantized */
    float *scores;        /* [n_heads][positions], each head's on lines of its own */
    float *logits;        /* [vocab_size] */
    float *cos_sin;       /* [positions][head_size] */
    float *keys, *values; /* [n_layers][n_kv_heads][positions][head_size] */
} mw_buffers;

struct mw_decoder {
    mw_config config;
    const mw_weights *weights;
    mw_kernel_set set;
    mw_pool *pool;
    mw_profile *profile; /* NULL: off */
    uint32_t positions;
    mw_arena arena;
    mw_buffers b;
};

/* Floats from one row to the next, for rows of n that share no line and hold whole mw_x8. */
static inline size_t mw_stride(size_t n)
{
    return (n + MW_X8 - 1) / MW_X8 * MW_X8;
}

static inline const mw_matrix *mw_layer_matrix(const mw_decoder *d, uint32_t layer, mw_layer_tensor t)
{
    return &d->weights->matrix[mw_layer_index(&d->config, layer, t)];
}

/* --- sweep.c: work on each row of a matrix --- */

/* y = W x, where y and x have one row per token of a batch. Each thread also does the operations that follow on its own
 * rows of y, while they are in its cache; `gate` and `add_to` have the shape of y or are NULL. */
typedef struct mw_product {
    float *y;
    const mw_matrix *w;
    const float *bias; /* y += bias, before what follows; or NULL */
    float *gate;       /* gate = silu(gate) y: SwiGLU */
    float *add_to;     /* add_to += y: the residual connection */
} mw_product;

/* Up to MW_MOST_PRODUCTS products of matrices with the same x, for `tokens` tokens, in this order, the rows of each
 * matrix shared by the threads. No product may need another row of an earlier one than its own. */
enum { MW_MOST_PRODUCTS = 3 };
void mw_sweep(mw_decoder *d, size_t tokens, const float *x, int n, const mw_product *products);

/* --- decoder.c --- */

/* Calls one(arg, t) for each token of a batch. Threads share the tokens; a single token stays on the calling thread,
 * because waking the others would take longer. */
void mw_each_token(mw_decoder *d, size_t tokens, void (*one)(void *arg, size_t t), void *arg);

/* --- attention.c --- */

/* Fills the table of rotary angles for all positions. -EINVAL if a rope factor is not a positive number. */
int mw_attention_angles(mw_decoder *d, mw_error *err);

/* Norms the heads of the query and the key of token t of a batch that begins at position `pos`, if the model has such
 * norms, turns them, and puts key and value where attention will read them. */
void mw_attention_remember(const mw_decoder *d, uint32_t layer, uint32_t pos, size_t t);

/* xb = softmax(q . k / sqrt(head_size)) v for each head of `tokens` tokens, the heads shared by the threads. */
void mw_attention(mw_decoder *d, uint32_t layer, uint32_t pos, size_t tokens);

#endif
