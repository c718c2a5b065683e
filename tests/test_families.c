/* The families llama, qwen2 and qwen3, and each of their features alone, with weights of every dtype, by every kernel
 * and load: logits against the forward pass in double of bench/perplexity, which shares only the configuration and the
 * conversion of stored weights with the engine; the same bits for any number of threads and in batches. */
#include "bench/perplexity/perplexity.h"
#include "tests/any_model.h"
#include "tests/decoding.h"
#include "tests/families.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One model as one dtype. */
typedef struct job {
    const char *name;
    const mw_model *m;
    mw_dtype dtype;
    double *wanted, bound; /* logits of all positions */
} job;

/* Logits in double over the weights as `dtype` stores them. */
static bool in_double(const mw_model *m, mw_dtype dtype, double *logits)
{
    mw_source source = mw_model_source(m);
    source.dtype = dtype;
    mw_weights *w = NULL;
    mw_reference *r = NULL;
    mw_error err = {""};
    bool ok = mw_weights_open(source, &mw_layout_rowmajor, MW_LOAD_HEAP, &w, &err) == 0 &&
              mw_reference_create(&m->config, w, false, POSITIONS, &r, &err) == 0;
    const size_t vocab = m->config.vocab_size;
    for (int pos = 0; pos < POSITIONS && ok; pos++)
        memcpy(logits + (size_t)pos * vocab, mw_reference_forward(r, token_at(&m->config, pos), (uint32_t)pos),
               vocab * sizeof *logits);
    if (!ok)
        tap_note("%s", err.text);
    free(r);
    mw_weights_close(w);
    return ok;
}

/* Of a block format x is rounded as well, for four products of a layer and the classifier: test_decoder_dtypes.c says
 * why such a rounding moves logits by less than 1/127 of the largest. */
static double bound_of(const job *j)
{
    const mw_config *c = &j->m->config;
    double most = 0;
    for (size_t i = 0; i < logits_of(j->m); i++)
        most = fmax(most, fabs(j->wanted[i]));
    const double rounded = mw_dtype_in_blocks(j->dtype) ? (4 * c->n_layers + 1) / 127.0 * most : 0;
    return tolerance(c, j->wanted, logits_of(j->m)) + rounded;
}

/* Whether all ways to decode give the logits of `one`. */
static bool same_bits(const job *j, const mw_variant *v, const mw_kernel_set *set, const float *one, float *more)
{
    enum { SOME = 9 }; /* positions: more threads than CPUs are slow */
    static const size_t batches[] = {2, SOME, MW_PREFILL_BATCH + 1};
    bool ok = true;
    for (int threads = 2; threads <= 3; threads++) {
        ok &= decode(j->m, v, set, threads, SOME, more);
        ok &= memcmp(one, more, SOME * j->m->config.vocab_size * sizeof *one) == 0;
    }
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
        ok &= prefill_same(j->m, v, set, 1 + (int)i % 3, batches[i], POSITIONS, one);
    return ok;
}

static void test_variant(const job *j, const mw_variant *v, float *one, float *more)
{
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    const bool ok = decode(j->m, v, &set, 1, POSITIONS, one);
    const double off = worst(one, j->wanted, logits_of(j->m));
    tap_ok(ok && off <= j->bound, "%s, %s: logits within %.1e of the double forward pass (%.1e)", j->name, v->name,
           j->bound, off);
    tap_ok(ok && same_bits(j, v, &set, one, more), "%s, %s: the same bits on 1 to 3 threads and in batches", j->name,
           v->name);
}

static void test_dtype(job *j)
{
    const size_t n = logits_of(j->m);
    float *one = calloc(n, sizeof *one), *more = calloc(n, sizeof *more);
    j->wanted = calloc(n, sizeof *j->wanted);
    if (tap_ok(in_double(j->m, j->dtype, j->wanted), "%s, %s: in double", j->name, mw_dtypes[j->dtype].name)) {
        j->bound = bound_of(j);
        for (const mw_kernel *const *k = mw_kernels; *k; k++) {
            if ((*k)->op != MW_OP_GEMV || (*k)->dtype != j->dtype)
                continue;
            if (!mw_kernel_supported(*k)) {
                tap_skip((*k)->name, "this CPU lacks its instruction set");
                continue;
            }
            mw_variant v = mw_variant_of(*k, MW_LOAD_HEAP);
            test_variant(j, &v, one, more);
            v = mw_variant_of(*k, MW_LOAD_MMAP); /* of layout tvl: from a .tvl file of version 3 */
            if ((*k)->layout == MW_LAYOUT_TVL16)
                test_variant(j, &v, one, more);
        }
    }
    free(one);
    free(more);
    free(j->wanted);
}

/* --- features one by one --- */

typedef struct toggled {
    const char *feature;
    mw_config c;
} toggled;

/* Logits of a configuration by the scalar kernels, which must be within the bound of those in double. */
static bool logits_by(const mw_config *c, const char *path, const char *name, float *logits, double *bound)
{
    mw_model m;
    mw_error err = {""};
    const mw_kernel *scalar;
    mw_kernel_set set;
    double *wanted = calloc((size_t)POSITIONS * c->vocab_size, sizeof *wanted);
    bool ok = any_model_make(c, path, &m) && mw_kernel_find(MW_OP_GEMV, MW_F32, "scalar", &scalar, &err) == 0;
    if (ok) {
        const mw_variant v = mw_variant_of(scalar, MW_LOAD_HEAP);
        mw_kernel_set_for(scalar, &set);
        ok = in_double(&m, MW_F32, wanted) && decode(&m, &v, &set, 1, POSITIONS, logits);
        *bound = tolerance(c, wanted, logits_of(&m));
        const double off = worst(logits, wanted, logits_of(&m));
        ok = tap_ok(ok && off <= *bound, "%s: logits within %.1e of those in double (%.1e)", name, *bound, off);
    }
    mw_model_close(&m);
    free(wanted);
    return ok;
}

/* A feature that had no effect, in the engine and in the reference, would pass everything above. */
static void test_toggles(const char *path)
{
    const mw_config all = models[EVERYTHING].c;
    toggled t[] = {{"head size", all},  {"epsilon", all},        {"rope base", all},
                   {"rope scale", all}, {"halves", all},         {"rope factors", all},
                   {"biases", all},     {"norms of heads", all}, {"kv heads", all}};
    t[0].c.head_size = 0;
    t[1].c.norm_eps = 0.01f;
    t[2].c.rope_base = 0;
    t[3].c.rope_scale = 0;
    t[4].c.rope_halves = false;
    t[5].c.rope_factors = false;
    t[6].c.qkv_bias = false;
    t[7].c.qk_norm = false;
    t[8].c.n_kv_heads = 6;
    const size_t n = (size_t)POSITIONS * all.vocab_size;
    float *with = calloc(n, sizeof *with), *without = calloc(n, sizeof *without);
    double bound, other;
    if (logits_by(&all, path, "everything", with, &bound))
        for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
            double moved = 0;
            const bool ok = logits_by(&t[i].c, path, t[i].feature, without, &other);
            for (size_t k = 0; k < n && ok; k++) { /* fmax here crashes gcc 12 for AArch64 at -O3 */
                const double far = fabs((double)with[k] - (double)without[k]);
                moved = far > moved ? far : moved;
            }
            tap_ok(ok && moved > 10 * (bound + other), "%s: another value moves logits by %.1e, far more than %.1e",
                   t[i].feature, moved, bound);
        }
    free(with);
    free(without);
}

/* --- refusals --- */

static void test_factors(const char *path)
{
    mw_model m;
    mw_weights *w = NULL;
    mw_pool *pool = NULL;
    mw_error err = {""};
    const mw_kernel *scalar;
    mw_kernel_set set;
    const float bad[] = {0, -2, INFINITY, NAN};
    if (!tap_ok(any_model_make(&models[0].c, path, &m) &&
                    mw_kernel_find(MW_OP_GEMV, MW_F32, "scalar", &scalar, &err) == 0 &&
                    mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0 &&
                    mw_weights_open(mw_model_source(&m), &mw_layout_rowmajor, MW_LOAD_HEAP, &w, &err) == 0,
                "a model with rope factors %s", err.text))
        return;
    mw_kernel_set_for(scalar, &set);
    mw_matrix *factors = &w->matrix[mw_rope_factors_index(&m.config)];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const float damaged[] = {1, 1, 1, bad[i], 1, 1, 1, 1};
        mw_decoder *d = NULL;
        factors->data = damaged;
        tap_ok(factors->cols == 8 && mw_decoder_create(&m.config, w, &set, pool, 4, &d, &err) == -EINVAL && !d &&
                   strstr(err.text, "rope factor 3"),
               "refused: %s", err.text);
    }
    mw_weights_close(w);
    mw_pool_free(pool);
    mw_model_close(&m);
}

int main(void)
{
    char path[] = "/tmp/memwall-families-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0 || !cache_open()) {
        tap_ok(false, "a temporary file");
        return tap_done();
    }
    close(fd);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        mw_model m;
        if (!tap_ok(any_model_make(&models[i].c, path, &m), "%s: made", models[i].name))
            continue;
        const int step = getenv("MEMWALL_TEST_QUICK") ? 3 : 1; /* dtypes: one of three */
        for (int d = 0; d < MW_DTYPE_COUNT; d += step)
            if (suits(&m, (mw_dtype)d))
                test_dtype(&(job){.name = models[i].name, .m = &m, .dtype = (mw_dtype)d});
        mw_model_close(&m);
    }
    test_toggles(path);
    test_factors(path);
    unlink(path);
    cache_close();
    return tap_done();
}
