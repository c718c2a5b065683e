/* The forward pass over weights of every dtype but f32, with every kernel: against an independent one in double over
 * what the dtype makes of the weights; the same bits for any number of threads and in batches; the same bits from all
 * kernels of a block format in layout tvl; and proof that the chosen kernel is the one that ran. */
#include "engine/checkpoint.h"
#include "kernels/dtype_k.h"
#include "tests/decoding.h"
#include "tests/tiny_model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POSITIONS = MW_PREFILL_BATCH + 6, WIDEST = 768 };

/* Matrices of a block format, unless their columns are no whole blocks: these become f16, or q8_0 instead of a K
 * format. The last two are for K formats, the others for the rest. */
static const struct {
    const char *name;
    int version;
    mw_config c; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} models[] = {
    {"two and three blocks", 0, {64, 96, 2, 4, 2, 70, POSITIONS, false}},
    {"one and four blocks, shared", 1, {32, 128, 2, 4, 4, 67, POSITIONS, true}},
    {"odd w2", 0, {64, 83, 2, 8, 1, 37, POSITIONS, true}},
    {"all but w2 ragged", 1, {36, 64, 3, 6, 2, 101, POSITIONS, false}},
    {"one and three super-blocks", 0, {256, 768, 1, 4, 2, 70, POSITIONS, false}},
    {"all but w2 q8_0", 1, {64, 512, 2, 4, 2, 67, POSITIONS, true}},
};

/* One model as one dtype. */
typedef struct job {
    const char *name;
    mw_model m;
    mw_dtype dtype;
    double *wanted, bound; /* logits of all positions */
} job;

static size_t logits_of(const job *j)
{
    return (size_t)POSITIONS * j->m.config.vocab_size;
}

/* Replaces the rows of a matrix by what they are in a model of dtype d. */
static void store(float *w, size_t rows, size_t cols, mw_dtype d)
{
    const mw_tensor tensor = {.cols = (uint32_t)cols};
    const mw_dtype_info *stored = &mw_dtypes[mw_tensor_dtype(&tensor, d)];
    float row[WIDEST];
    for (size_t i = 0; i < rows; i++) {
        stored->of_floats(row, w + i * cols, cols);
        stored->to_floats(w + i * cols, row, cols);
    }
}

static void store_all(tiny *t, mw_dtype d)
{
    const mw_config *c = &t->c;
    const size_t dim = c->dim, hidden = c->hidden_dim, layers = c->n_layers, kv = mw_kv_dim(c);
    store(t->embedding, c->vocab_size, dim, d);
    if (t->classifier != t->embedding)
        store(t->classifier, c->vocab_size, dim, d);
    store(t->wq, layers * dim, dim, d);
    store(t->wk, layers * kv, dim, d);
    store(t->wv, layers * kv, dim, d);
    store(t->wo, layers * dim, dim, d);
    store(t->w1, layers * hidden, dim, d);
    store(t->w3, layers * hidden, dim, d);
    store(t->w2, layers * dim, hidden, d);
}

static bool of_dtype(const job *j, size_t cols)
{
    return mw_tensor_dtype(&(mw_tensor){.cols = (uint32_t)cols}, j->dtype) == j->dtype;
}

/* Whether the input of a matrix is quantized. */
static bool in_blocks(const job *j, size_t cols)
{
    return mw_dtype_in_blocks(mw_tensor_dtype(&(mw_tensor){.cols = (uint32_t)cols}, j->dtype));
}

/* Products of a token with matrices of the dtype, those of the layers. */
static int layer_products(const job *j)
{
    const mw_config *c = &j->m.config;
    return (int)c->n_layers * (6 * of_dtype(j, c->dim) + of_dtype(j, c->hidden_dim));
}

/* Vectors that a token has quantized: the inputs of q, k and v, of wo, of w1 and w3, and of w2. */
static int layer_roundings(const job *j)
{
    const mw_config *c = &j->m.config;
    return (int)c->n_layers * (3 * in_blocks(j, c->dim) + in_blocks(j, c->hidden_dim));
}

/* Values of 16 bits are multiplied as floats, so errors are those of f32. Of a block format x is rounded as well: each
 * value is off by up to 1/254 of the largest in its block. In a product with weights that know nothing of it such
 * errors have either sign and add up as the terms themselves do, to less than 1/127 of the largest sum. Every vector
 * that is quantized on the way to a logit adds one such error. */
static double bound_of(const job *j)
{
    double most = 0;
    const size_t n = logits_of(j);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(j->wanted[i]));
    const double roundings = layer_roundings(j) + in_blocks(j, j->m.config.dim);
    return tolerance(&j->m.config, j->wanted, n) + (mw_dtype_in_blocks(j->dtype) ? roundings / 127 * most : 0);
}

static atomic_int quantized;
static mw_quantize_f32_fn *quantize_counted;

static void count_quantized(mw_x8 *to, const float *x, size_t n)
{
    atomic_fetch_add(&quantized, 1);
    quantize_counted(to, x, n);
}

static void test_spies(const job *j, const mw_variant *v, mw_kernel_set set, const float *one, float *more)
{
    const int classifier = of_dtype(j, j->m.config.dim), products = POSITIONS * (layer_products(j) + classifier);
    const int roundings = POSITIONS * (layer_roundings(j) + in_blocks(j, j->m.config.dim));
    mw_kernel spy = *set.gemv[j->dtype], quantize_spy = *set.of[MW_OP_QUANTIZE];
    counted = spy.fn.gemv;
    spy.fn.gemv = count_calls;
    set.gemv[j->dtype] = &spy;
    quantize_counted = quantize_spy.fn.quantize;
    quantize_spy.fn.quantize = count_quantized;
    set.of[MW_OP_QUANTIZE] = &quantize_spy;
    atomic_store(&calls, 0);
    atomic_store(&quantized, 0);
    bool ok = decode(&j->m, v, &set, 1, POSITIONS, more);
    tap_ok(ok && products > 0 && atomic_load(&calls) == products && atomic_load(&quantized) == roundings &&
               memcmp(one, more, logits_of(j) * sizeof *one) == 0,
           "%s, %s: all %d products went through the chosen kernel, with %d vectors in int8", j->name, v->name,
           products, roundings);
    if (!set.gemm[j->dtype])
        return;
    mw_kernel gemm_spy = *set.gemm[j->dtype];
    gemm_counted = gemm_spy.fn.gemm;
    gemm_spy.fn.gemm = count_tokens;
    set.gemm[j->dtype] = &gemm_spy;
    atomic_store(&calls, 0);
    atomic_store(&tokens_seen, 0);
    ok = prefill_same(&j->m, v, &set, 1, MW_PREFILL_BATCH, MW_PREFILL_BATCH, one);
    tap_ok(ok && atomic_load(&tokens_seen) == MW_PREFILL_BATCH * layer_products(j) && atomic_load(&calls) == classifier,
           "%s, %s: a batch went through its GEMM, all but the classifier", j->name, v->name);
}

/* Whether all ways to decode give the logits of `one`. */
static bool same_bits(const job *j, const mw_variant *v, const mw_kernel_set *set, const float *one, float *more)
{
    enum { SOME = 9 }; /* positions: more threads than CPUs are slow */
    static const size_t batches[] = {2, SOME, MW_PREFILL_BATCH + 1};
    bool ok = true;
    for (int threads = 1; threads <= 3; threads++) {
        ok &= decode(&j->m, v, set, threads, SOME, more);
        ok &= memcmp(one, more, SOME * j->m.config.vocab_size * sizeof *one) == 0;
    }
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
        ok &= prefill_same(&j->m, v, set, 1 + (int)i % 2, batches[i], POSITIONS, one);
    return ok;
}

static void test_kernel(const job *j, const mw_kernel *k, float *one, float *more)
{
    const mw_variant v = mw_variant_of(k, MW_LOAD_HEAP);
    mw_kernel_set set;
    mw_kernel_set_for(k, &set);
    const bool ok = decode(&j->m, &v, &set, 1, POSITIONS, one);
    const double off = worst(one, j->wanted, logits_of(j));
    tap_ok(ok && set.gemv[j->dtype] == k && off <= j->bound,
           "%s, %s: logits within %.1e of the double forward pass (%.1e)", j->name, v.name, j->bound, off);
    tap_ok(ok && same_bits(j, &v, &set, one, more), "%s, %s: the same bits on 1 to 3 threads and in batches", j->name,
           v.name);
    test_spies(j, &v, set, one, more);
}

/* Kernels of a block format in layout tvl sum and round in one order, so among plain C they all give its bits. */
static void test_among_plain(const job *j, const mw_kernel *k, float *one, float *more)
{
    mw_error err;
    const mw_kernel *scalar;
    mw_kernel_set plain, own;
    if (!tap_ok(mw_kernel_find(MW_OP_GEMV, j->dtype, "tvl16_scalar", &scalar, &err) == 0, "plain C in layout tvl"))
        return;
    const mw_variant v = mw_variant_of(scalar, MW_LOAD_HEAP);
    mw_kernel_set_for(scalar, &plain);
    mw_kernel_set_for(k, &own);
    bool ok = decode(&j->m, &v, &plain, 1, POSITIONS, one);
    plain.gemv[j->dtype] = k;
    plain.gemm[j->dtype] = own.gemm[j->dtype];
    tap_ok(ok && same_bits(j, &v, &plain, one, more), "%s, %s %s among plain C: the bits of plain C", j->name,
           mw_dtypes[j->dtype].name, k->name);
}

static void test_dtype(job *j, tiny *t)
{
    const size_t n = logits_of(j);
    float *one = calloc(n, sizeof *one), *more = calloc(n, sizeof *more);
    j->wanted = calloc(n, sizeof *j->wanted);
    store_all(t, j->dtype);
    for (int pos = 0; pos < POSITIONS; pos++)
        tiny_forward(t, token_at(&t->c, pos), pos, j->wanted + (size_t)pos * t->c.vocab_size);
    j->bound = bound_of(j);
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->dtype != j->dtype)
            continue;
        if (!mw_kernel_supported(*k)) {
            tap_skip((*k)->name, "this CPU lacks its instruction set");
            continue;
        }
        test_kernel(j, *k, one, more);
        if ((*k)->layout == MW_LAYOUT_TVL16 && mw_dtype_in_blocks(j->dtype))
            test_among_plain(j, *k, one, more);
    }
    free(one);
    free(more);
    free(j->wanted);
}

int main(void)
{
    char path[] = "/tmp/memwall-decoder-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0) {
        tap_ok(false, "a temporary file");
        return tap_done();
    }
    close(fd);
    const size_t step = getenv("MEMWALL_TEST_QUICK") ? 2 : 1; /* models: every other one */
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i += step)
        for (int d = MW_F32 + 1; d < MW_DTYPE_COUNT; d++) {
            if (mw_dtype_is_k((mw_dtype)d) != (models[i].c.hidden_dim > 128))
                continue;
            tiny t = tiny_make(models[i].c, 17 + i);
            job j = {.name = models[i].name, .dtype = (mw_dtype)d};
            mw_error err = {""};
            if (tap_ok(tiny_write(&t, models[i].version, path) && mw_checkpoint_open(path, &j.m, &err) == 0,
                       "%s: opens %s", j.name, err.text)) {
                test_dtype(&j, &t);
                mw_model_close(&j.m);
            }
            tiny_free(&t);
        }
    unlink(path);
    return tap_done();
}
