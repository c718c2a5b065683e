/* Synthetic models of recipes, as GGUF and .tvl files.
 *
 * Quantizers of the K formats search for scales, weight by weight: for billions of weights that takes far longer than
 * to write them. So a block is not quantized for its place but taken at random from a pool of POOL blocks, which the
 * reference quantizer has made of random weights, one pool for each dtype and width of matrices. Codes, scales and the
 * distribution of weights are those of a quantized model, none of them denormal; a row of 2048 weights is one of
 * POOL^8, so matrices keep the size of what they are multiplied with. */
#include "engine/gguf.h"
#include "engine/synthetic.h"
#include "engine/synthetic_stream.h"
#include "engine/tvl_model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_BITS = 9, POOL = 1 << POOL_BITS, MOST_POOLS = 16, CHUNK = 4096 };

/* Pools take their numbers from the far half of the stream, one place for each dtype and width. */
#define POOL_START(dtype, cols) ((1ull << (MW_STREAM_BITS - 1)) + ((uint64_t)(dtype) << 40) + ((uint64_t)(cols) << 20))

typedef struct pool {
    mw_dtype dtype;
    uint32_t cols;
    char *blocks; /* [POOL] */
} pool;

typedef struct maker {
    const mw_synthetic *synthetic;
    mw_weight_stream stream;
    mw_tensor *table;
    uint64_t *first; /* of each tensor: its first number in the stream; it takes one for each block */
    pool pools[MOST_POOLS];
    int n_pools;
} maker;

/* The spread 1 / sqrt(cols) keeps activations near 1 through all layers, as trained weights do. */
static float deviation_of(const mw_tensor *t)
{
    return 1 / sqrtf((float)t->cols);
}

static int pool_for(maker *m, const mw_tensor *t, const char *where, mw_error *err)
{
    for (int i = 0; i < m->n_pools; i++)
        if (m->pools[i].dtype == t->dtype && m->pools[i].cols == t->cols)
            return 0;
    const size_t n = (size_t)POOL * mw_dtypes[t->dtype].block;
    float *values = malloc(n * sizeof *values);
    char *blocks = malloc((size_t)mw_dtype_bytes(t->dtype, n));
    uint64_t state = mw_stream_state(&m->stream, POOL_START(t->dtype, t->cols));
    int rc = values && blocks && m->n_pools < MOST_POOLS ? 0 : mw_fail(err, -ENOMEM, "%s: no memory for blocks", where);
    if (!rc) {
        mw_stream_values(&state, values, n, 0, deviation_of(t));
        rc = mw_tensor_store(t, t->dtype, values, n, blocks, where, err);
        m->pools[m->n_pools++] = (pool){t->dtype, t->cols, blocks};
    } else {
        free(blocks);
    }
    free(values);
    return rc;
}

static void take_blocks(const maker *m, const mw_tensor *t, uint64_t *state, char *to, size_t n)
{
    const size_t bytes = mw_dtypes[t->dtype].block_bytes;
    const pool *p = m->pools;
    while (p->dtype != t->dtype || p->cols != t->cols)
        p++;
    for (size_t i = 0; i < n; i++)
        memcpy(to + i * bytes, p->blocks + (mw_stream_next(state) >> (64 - POOL_BITS)) * bytes, bytes);
}

/* Llama 3's factors: rotations that are slower than one in the 8192 positions of its first training are stretched, fast
 * ones stay, and those between are blended by their frequency (Llama 3.1's own code, apply_scaling, with
 * low_freq_factor 1 and high_freq_factor 4 of its config.json). A frequency is divided by its factor. */
static void rope_factors(const mw_synthetic *s, uint64_t first, float *to, size_t n)
{
    const double trained = 8192, low = 1, high = 4, size = mw_head_size(&s->config), pi = 3.14159265358979323846;
    for (size_t i = 0; i < n; i++) {
        const double turns = trained / (2 * pi) * pow(mw_rope_base(&s->config), -2 * (double)(first + i) / size);
        const double blend = fmin(fmax((turns - low) / (high - low), 0), 1);
        to[i] = (float)(1 / ((1 - blend) / (double)s->rope_factor + blend));
    }
}

/* Whether vector `i` of the table is a bias; the others are norms, which are 1, and rope factors. */
static bool is_bias(const mw_config *c, size_t i)
{
    const size_t place = i % mw_layer_place(c, MW_LAYER_TENSORS);
    return c->qkv_bias && i < mw_final_norm_index(c) && place >= mw_layer_place(c, MW_BQ) &&
           place <= mw_layer_place(c, MW_BV);
}

/* What mw_tvl_source asks for: values of a tensor of the table as its dtype stores them. */
static int read_stored(const void *from, const mw_tensor *t, uint64_t first, void *to, size_t n, mw_error *err)
{
    const maker *m = from;
    const mw_dtype_info *d = &mw_dtypes[t->dtype];
    const size_t index = (size_t)(t - m->table);
    uint64_t state = mw_stream_state(&m->stream, m->first[index] + first / d->block);
    (void)err;
    if (m->synthetic->config.rope_factors && index == mw_rope_factors_index(&m->synthetic->config)) {
        rope_factors(m->synthetic, first, to, n);
    } else if (d->block > 1) {
        take_blocks(m, t, &state, to, n / d->block);
    } else {
        const bool ones = t->vector && !is_bias(&m->synthetic->config, index);
        float values[CHUNK];
        for (size_t i = 0; i < n; i += CHUNK) {
            const size_t some = n - i < CHUNK ? n - i : CHUNK;
            mw_stream_values(&state, values, some, ones ? 1 : 0, ones ? 0 : deviation_of(t));
            d->of_floats((char *)to + i * d->block_bytes, values, some);
        }
    }
    return 0;
}

void mw_synthetic_table(const mw_synthetic *s, mw_tensor *table)
{
    mw_tensor_table(&s->config, table);
    mw_recipe_apply(s->recipe, &s->config, table);
}

static int open_maker(maker *m, const mw_synthetic *s, uint64_t seed, const char *where, mw_error *err)
{
    const size_t n = mw_tensor_count(&s->config);
    m->synthetic = s;
    mw_stream_open(seed, &m->stream);
    m->table = calloc(n, sizeof *m->table);
    m->first = calloc(n, sizeof *m->first);
    if (!m->table || !m->first)
        return mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", where);
    mw_synthetic_table(s, m->table);
    uint64_t at = 0;
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        const mw_tensor *t = &m->table[i];
        m->first[i] = at;
        at += (uint64_t)t->rows * t->cols / mw_dtypes[t->dtype].block;
        rc = mw_dtype_in_blocks(t->dtype) ? pool_for(m, t, where, err) : 0;
    }
    return rc;
}

int mw_synthetic_write_recipe(const mw_synthetic *s, uint64_t seed, bool packed, const char *path,
                              mw_progress_fn *progress, void *to, mw_error *err)
{
    maker *m = calloc(1, sizeof *m);
    int rc = m ? open_maker(m, s, seed, path, err) : mw_fail(err, -ENOMEM, "%s: no memory for its weights", path);
    if (!rc) {
        const mw_tvl_source source = {read_stored, m, m->table, path, "making the synthetic model"};
        const mw_gguf_about about = {.name = s->shape, .file_type = s->recipe->file_type};
        rc = packed ? mw_tvl_model_write_from(&source, &s->config, m->table, path, progress, to, err)
                    : mw_gguf_write_from(&source, &s->config, m->table, &about, path, progress, to, err);
    }
    for (int i = 0; m && i < m->n_pools; i++)
        free(m->pools[i].blocks);
    if (m) {
        free(m->table);
        free(m->first);
    }
    free(m);
    return rc;
}
