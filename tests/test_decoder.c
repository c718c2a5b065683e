/* The forward pass of every variant of f32 against an independent one in double, on tiny models that cover both file
 * versions, both classifier kinds, grouped heads and ragged sizes; the same bits for any number of threads; and proof
 * that the chosen kernel is the one that ran. */
#include "engine/checkpoint.h"
#include "tests/decoding.h"
#include "tests/tiny_model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POSITIONS = 24 };

static const struct {
    const char *name;
    int version;
    mw_config c; /* dim, hidden, layers, heads, kv heads, vocabulary, positions, shared classifier */
} models[] = {
    {"v0 shared", 0, {32, 48, 2, 4, 4, 64, 32, true}},
    {"v0 separate, grouped, ragged", 0, {36, 50, 3, 6, 2, 101, 32, false}},
    {"v1 shared, one kv head, ragged", 1, {48, 67, 2, 8, 1, 37, 32, true}},
    {"v1 separate, grouped", 1, {64, 172, 2, 8, 4, 130, 32, false}},
    {"v0 shared, one head", 0, {10, 7, 1, 1, 1, 5, 32, true}},
};

static void test_variant(const char *name, const mw_model *m, const mw_variant *v, const double *wanted, double bound)
{
    const size_t n = (size_t)POSITIONS * m->config.vocab_size;
    float *one = calloc(n, sizeof *one), *more = calloc(n, sizeof *more);
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    bool ok = decode(m, v, &set, 1, POSITIONS, one);
    double off = worst(one, wanted, n);
    tap_ok(ok && off <= bound, "%s, %s: logits within %.1e of the double forward pass (%.1e)", name, v->name, bound,
           off);
    for (int threads = 2; threads <= 3; threads++) {
        ok = decode(m, v, &set, threads, POSITIONS, more);
        tap_ok(ok && memcmp(one, more, n * sizeof *one) == 0, "%s, %s: same bits with %d threads", name, v->name,
               threads);
    }
    const size_t batches[] = {1, 2, POSITIONS - 1, POSITIONS};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
        tap_ok(prefill_same(m, v, &set, 1 + (int)i % 3, batches[i], POSITIONS, one),
               "%s, %s: %zu tokens at once have the same bits", name, v->name, batches[i]);
    mw_kernel spy = *v->gemv;
    counted = v->gemv->fn.gemv;
    spy.fn.gemv = count_calls;
    set.gemv[MW_F32] = &spy;
    atomic_store(&calls, 0);
    ok = decode(m, v, &set, 1, POSITIONS, more);
    int expected = POSITIONS * (7 * (int)m->config.n_layers + 1);
    tap_ok(ok && atomic_load(&calls) == expected && memcmp(one, more, n * sizeof *one) == 0,
           "%s, %s: all %d products went through the chosen kernel", name, v->name, expected);
    if (set.gemm[MW_F32]) {
        mw_kernel gemm_spy = *set.gemm[MW_F32];
        gemm_counted = gemm_spy.fn.gemm;
        gemm_spy.fn.gemm = count_tokens;
        set.gemm[MW_F32] = &gemm_spy;
        atomic_store(&calls, 0);
        atomic_store(&tokens_seen, 0);
        ok = prefill_same(m, v, &set, 1, POSITIONS, POSITIONS, one);
        expected = POSITIONS * 7 * (int)m->config.n_layers;
        tap_ok(ok && atomic_load(&tokens_seen) == expected && atomic_load(&calls) == 1,
               "%s, %s: a batch went through its GEMM, all but the classifier", name, v->name);
    }
    free(one);
    free(more);
}

static void test_model(size_t index, const char *path)
{
    tiny t = tiny_make(models[index].c, 17 + index);
    mw_error err = {""};
    mw_model m;
    if (!tap_ok(tiny_write(&t, models[index].version, path) && mw_checkpoint_open(path, &m, &err) == 0, "%s: opens %s",
                models[index].name, err.text)) {
        tiny_free(&t);
        return;
    }
    const size_t vocab = m.config.vocab_size;
    double *wanted = calloc(POSITIONS * vocab, sizeof *wanted);
    for (int pos = 0; pos < POSITIONS; pos++)
        tiny_forward(&t, token_at(&m.config, pos), pos, wanted + (size_t)pos * vocab);
    double bound = tolerance(&m.config, wanted, POSITIONS * vocab);
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->dtype != MW_F32)
            continue;
        if (!mw_kernel_supported(*k)) {
            tap_skip((*k)->name, "this CPU lacks its instruction set");
            continue;
        }
        for (int load = 0; load < MW_LOAD_COUNT; load++) {
            mw_variant v = mw_variant_of(*k, (mw_load)load);
            if (mw_load_possible(v.layout, v.load))
                test_variant(models[index].name, &m, &v, wanted, bound);
        }
    }
    free(wanted);
    mw_model_close(&m);
    tiny_free(&t);
}

static void test_limits(const char *path)
{
    tiny t = tiny_make(models[0].c, 3);
    mw_error err = {""};
    mw_model m;
    mw_pool *pool;
    mw_weights *weights;
    mw_decoder *decoder;
    mw_kernel_set set, other;
    const mw_kernel *scalar, *colmajor;
    if (!tap_ok(tiny_write(&t, 0, path) && mw_checkpoint_open(path, &m, &err) == 0 &&
                    mw_kernel_find(MW_OP_GEMV, MW_F32, "scalar", &scalar, &err) == 0 &&
                    mw_kernel_find(MW_OP_GEMV, MW_F32, "colmajor", &colmajor, &err) == 0 &&
                    mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0 &&
                    mw_weights_open(mw_model_source(&m), &mw_layout_rowmajor, MW_LOAD_HEAP, &weights, &err) == 0,
                "limits: a model to test them with %s", err.text))
        return;
    mw_kernel_set_for(scalar, &set);
    mw_kernel_set_for(colmajor, &other);
    tap_ok(mw_decoder_create(&m.config, weights, &other, pool, 4, &decoder, &err) < 0 && strstr(err.text, "layout"),
           "limits: a kernel of another layout is refused: %s", err.text);
    tap_ok(mw_decoder_create(&m.config, weights, &set, pool, 33, &decoder, &err) < 0 && strstr(err.text, "positions"),
           "limits: more positions than the model has are refused: %s", err.text);
    tap_ok(mw_decoder_create(&m.config, weights, &set, pool, 4, &decoder, &err) == 0, "limits: four positions");
    tap_ok(mw_decoder_forward(decoder, -1, 0) == NULL && mw_decoder_forward(decoder, 64, 0) == NULL &&
               mw_decoder_forward(decoder, 0, 4) == NULL && mw_decoder_forward(decoder, 63, 3) != NULL,
           "limits: tokens and positions out of range give no logits");
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_pool_free(pool);
    mw_model_close(&m);
    tiny_free(&t);
}

/* Prompts about as long as a batch, and of more than one, through every kernel. */
static void test_batches(const char *path, size_t index)
{
    enum { LONG = MW_PREFILL_BATCH + 22 };
    static const size_t batches[] = {1, 2, 3, 5, 17, 63, 64, 65, LONG};
    mw_config c = models[index].c;
    c.seq_len = LONG;
    tiny t = tiny_make(c, 5);
    mw_error err = {""};
    mw_model m;
    const size_t logits = (size_t)LONG * c.vocab_size;
    float *wanted = calloc(logits, sizeof *wanted);
    if (!tap_ok(tiny_write(&t, models[index].version, path) && mw_checkpoint_open(path, &m, &err) == 0,
                "batches: a model %s", err.text))
        return;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->dtype != MW_F32 || !mw_kernel_supported(*k))
            continue;
        const mw_variant v = mw_variant_of(*k, MW_LOAD_HEAP);
        mw_kernel_set set;
        mw_kernel_set_for(*k, &set);
        const int least = set.of[MW_OP_GEMM] ? 1 : 2, most = set.of[MW_OP_GEMM] ? 3 : 2;
        bool ok = decode(&m, &v, &set, 1, LONG, wanted);
        for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
            for (int threads = least; threads <= most; threads++)
                ok &= prefill_same(&m, &v, &set, threads, batches[i], LONG, wanted);
        tap_ok(ok, "batches: %s, %s: up to %d tokens at once have the same bits on %d to %d threads",
               models[index].name, (*k)->name, LONG, least, most);
    }
    free(wanted);
    mw_model_close(&m);
    tiny_free(&t);
}

int main(void)
{
    char path[] = "/tmp/memwall-decoder-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || !cache_open()) {
        tap_ok(false, "a temporary file");
        return tap_done();
    }
    close(fd);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        test_model(i, path);
    test_limits(path);
    test_batches(path, 1);
    test_batches(path, 3);
    unlink(path);
    cache_close();
    return tap_done();
}
