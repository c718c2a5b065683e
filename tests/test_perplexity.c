/* The double-precision reference against the engine, and perplexity of every kernel on a trained model. */
#include "bench/perplexity/perplexity.h"
#include "bench/run/suite.h"
#include "bench/suites.h"
#include "engine/decoder.h"
#include "engine/synthetic.h"
#include "tests/find_model.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <math.h>

static mw_options options;
static mw_session session;

/* Logits of the engine's plainest kernels and of the reference agree, grouped heads and a separate classifier included.
 */
static void test_reference(bool shared)
{
    const mw_config c = {.dim = 48,
                         .hidden_dim = 100,
                         .n_layers = 3,
                         .n_heads = 6,
                         .n_kv_heads = 2,
                         .vocab_size = 90,
                         .seq_len = 20,
                         .shared_classifier = shared};
    char path[] = "/tmp/memwall-reference-XXXXXX";
    mw_error err = {""};
    mw_model model = {.file = {.fd = -1}};
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    mw_reference *r = NULL, *aliased = NULL;
    mw_pool *pool = NULL;
    mw_variant v;
    mw_kernel_set set;
    const int fd = mkstemp(path);
    close(fd);
    unlink(path);
    bool ok = mw_synthetic_write(&c, 7, path, NULL, NULL, &err) == 0 &&
              mw_model_open(path, NULL, NULL, &model, &err) == 0 && mw_variant_parse("scalar", MW_F32, &v, &err) == 0 &&
              open_weights(&model, &v, &weights, &err) == 0 && mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0;
    if (ok)
        mw_kernel_set_for(v.gemv, &set);
    ok = ok && mw_decoder_create(&c, weights, &set, pool, 20, &decoder, &err) == 0 &&
         mw_reference_create(&c, weights, false, 20, &r, &err) == 0 &&
         mw_reference_create(&c, weights, true, 20, &aliased, &err) == 0;
    double worst = 0, most = 0, other = 0;
    for (uint32_t pos = 0; ok && pos < 20; pos++) {
        const int32_t token = (int32_t)(pos * 37 % c.vocab_size);
        const float *logits = mw_decoder_forward(decoder, token, pos);
        const double *want = mw_reference_forward(r, token, pos), *not_want = mw_reference_forward(aliased, token, pos);
        for (uint32_t i = 0; i < c.vocab_size; i++) {
            /* fmax here crashes gcc 12 for AArch64 at -O3 */
            const double off = fabs((double)logits[i] - want[i]), far = fabs(not_want[i] - want[i]);
            worst = off > worst ? off : worst;
            other = far > other ? far : other;
            most = fabs(want[i]) > most ? fabs(want[i]) : most;
        }
    }
    tap_ok(ok && most > 0 && worst < 1e-6 * most, "reference and engine agree to %.1e of the largest logit%s: %s",
           worst / most, shared ? "" : ", separate classifier", err.text);
    tap_ok(other > 100 * worst, "with the published SwiGLU they would not: %.1e", other / most);
    mw_decoder_free(decoder);
    free(r);
    free(aliased);
    mw_weights_close(weights);
    mw_pool_free(pool);
    mw_model_close(&model);
    unlink(path);
}

static int reference_of(bool aliased, const int32_t *ids, size_t n, double *nats, mw_error *err)
{
    mw_text_pass pass = {NAN, NAN};
    const int rc = mw_perplexity_reference(&session.model, MW_F32, aliased, ids, n, NULL, &pass, err);
    *nats = pass.nats;
    return rc;
}

static int nats_of(const mw_variant *v, const int32_t *ids, size_t n, double *nats, mw_error *err)
{
    mw_text_pass pass = {NAN, NAN};
    const int rc = mw_perplexity_variant(&session, v, ids, n, NULL, &pass, err);
    *nats = pass.nats;
    return rc;
}

/* What kernels of one dtype may differ by, and what the dtype may lose, as shares of perplexity.
 *
 * Logits of up to 10 that are wrong by 1e-6 of that, as test_reference allows, change a surprise by 1e-5 at most. Block
 * formats round activations to int8, and where two kernels sum in another order a value close to a tie gets another
 * code now and then, after which all that follows differs by what quantizing x costs: as much as q8_0 loses. That the
 * kernels themselves agree is what test_blocks shows.
 *
 * The limits of losses are some times what this model loses. */
static const struct {
    double agree, loss;
} limits[MW_DTYPE_COUNT] = {
    [MW_F32] = {1e-5, 1e-5},  [MW_BF16] = {1e-5, 5e-3}, [MW_F16] = {1e-5, 1e-3},
    [MW_Q8_0] = {5e-3, 5e-3}, [MW_Q4_0] = {5e-3, 0.15},
    [MW_Q4_K] = {5e-3, 5e-3}, [MW_Q5_K] = {5e-3, 5e-3}, /* no matrix of this model has whole super-blocks: q8_0 */
    [MW_Q6_K] = {5e-3, 5e-3},
};

/* One for each kernel, since loads hand all of them the same numbers. The first of a dtype is plain C, which the others
 * have to agree with; those of f32 agree with the reference. */
static void test_variants(const int32_t *ids, size_t n, double reference)
{
    mw_error err = {""};
    double of[MW_DTYPE_COUNT] = {[MW_F32] = reference};
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV)
            continue;
        const mw_dtype d = (*k)->dtype;
        const mw_variant v = mw_variant_of(*k, mw_load_default(mw_layout_of((*k)->layout)));
        double nats = NAN;
        if (!mw_kernel_supported(*k)) {
            tap_skip(v.name, "this CPU lacks its instruction set");
            continue;
        }
        const int rc = nats_of(&v, ids, n, &nats, &err);
        if (!of[d] && tap_ok(strcmp((*k)->name, "scalar") == 0, "%s is the first of its dtype", v.name)) {
            of[d] = nats;
            tap_note("perplexity of %s is %+.1e of that of f32", mw_dtypes[d].name, expm1(nats - reference));
        }
        tap_ok(rc == 0 && fabs(expm1(nats - of[d])) < limits[d].agree && fabs(expm1(nats - reference)) < limits[d].loss,
               "%s: perplexity within %g of that of %s (%+.1e), and within %g of the reference (%+.1e) %s", v.name,
               limits[d].agree, d == MW_F32 ? "the reference" : "plain C", expm1(nats - of[d]), limits[d].loss,
               expm1(nats - reference), err.text);
    }
}

/* A kernel of a block format in layout tvl, if all that goes with it is plain C, gives the bits of plain C. What goes
 * with it follows from its name, for the matrix that is f16, and from `ops`. */
static void test_blocks(const int32_t *ids, size_t n)
{
    mw_error err = {""};
    double plain = NAN;
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->layout != MW_LAYOUT_TVL16 || !mw_dtype_in_blocks((*k)->dtype) ||
            !mw_kernel_supported(*k))
            continue;
        const bool first = strcmp((*k)->name, "tvl16_scalar") == 0;
        mw_kernel among = **k;
        among.name = "tvl16_scalar";
        among.ops = "scalar";
        const mw_variant v = mw_variant_of(&among, MW_LOAD_HEAP);
        double nats = NAN;
        const int rc = nats_of(&v, ids, n, &nats, &err);
        plain = first ? nats : plain;
        tap_ok(rc == 0 && nats > 0 && memcmp(&nats, &plain, sizeof nats) == 0,
               "%s %s: the same perplexity to the bit, if everything else is plain C (%a) %s",
               mw_dtypes[(*k)->dtype].name, (*k)->name, nats, err.text);
    }
}

/* Plain C against double precision over the weights of the same dtype, and of another one.
 *
 * Logits of f32, bf16 and f16 may be off by 1e-5: a sum of 172 products, the longest of this model, is off by at most
 * 174 * 2^-24. Logits of block formats carry the rounding of activations to 1/254 of the largest in a block, some times
 * over: a few per cent. Weights of another dtype are farther off than that, but for q8_0, which rounds weights as
 * finely as activations. */
static void test_deviations(const int32_t *ids, size_t n)
{
    const mw_config *c = &session.model.config;
    const size_t bytes = (n - 1) * c->vocab_size * sizeof(float);
    float *same = malloc(bytes), *f32 = malloc(bytes);
    mw_error err = {""};
    for (int d = 0; d < MW_DTYPE_COUNT && same && f32; d++) {
        const double limit = mw_dtype_in_blocks((mw_dtype)d) ? 0.05 : 1e-5;
        mw_text_pass reference = {NAN, NAN}, close = {NAN, NAN}, far = {NAN, NAN};
        mw_variant v;
        bool good = mw_variant_parse("scalar", (mw_dtype)d, &v, &err) == 0 &&
                    mw_perplexity_reference(&session.model, (mw_dtype)d, false, ids, n, same, &reference, &err) == 0;
        if (d == MW_F32)
            memcpy(f32, same, bytes);
        good = good && mw_perplexity_variant(&session, &v, ids, n, same, &close, &err) == 0 &&
               mw_perplexity_variant(&session, &v, ids, n, f32, &far, &err) == 0;
        tap_ok(good && isnan(reference.deviation) && close.deviation > 0 && close.deviation < limit,
               "%s: logits within %g of double precision over its weights (%.1e) %s", v.name, limit, close.deviation,
               err.text);
        const bool told = d != MW_F32 && mw_tensor_dtype(&(mw_tensor){.cols = c->dim}, (mw_dtype)d) != MW_Q8_0;
        tap_ok(good && (!told || far.deviation > 2 * close.deviation),
               "%s: farther off over those of f32, if that can be told (%.1e)", v.name, far.deviation);
    }
    free(same);
    free(f32);
}

static void test_trained(const char *model, const char *tokenizer)
{
    static char name[] = "test";
    char *argv[] = {name, NULL};
    mw_error err = {""};
    int32_t *ids = NULL;
    size_t n = 0;
    double reference = NAN, half = NAN, aliased = NAN;
    options = (mw_options){.model = model,
                           .tokenizer = tokenizer,
                           .suite = mw_suite_named("perplexity"),
                           .tokens = 12,
                           .reps = 1,
                           .quiet = true};
    if (!tap_ok(mw_session_open(&session, &options, false, 1, argv, &err) == 0 &&
                    mw_perplexity_encode(&session, &ids, &n, &err) == 0,
                "the story is encoded %s", err.text))
        return;
    tap_ok(n > 400 && n < strlen(mw_story), "its %zu tokens are fewer than its characters", n);
    bool good = reference_of(false, ids, n, &reference, &err) == 0 &&
                reference_of(false, ids, n / 2, &half, &err) == 0;
    tap_ok(good && exp(reference) > 1.5 && exp(reference) < 20 && exp(half) > 1.5 && exp(half) < 20,
           "a trained model foretells it: perplexity %.3f, of its first half %.3f", exp(reference), exp(half));
    good = reference_of(true, ids, n, &aliased, &err) == 0;
    tap_ok(good && aliased > reference + 1, "with the published SwiGLU it does not: %.3g", exp(aliased));
    /* twice the text is more than the model's positions: it goes in windows */
    const size_t twice = 2 * n - 1;
    int32_t *more = malloc(twice * sizeof *more);
    double windows = NAN, engine = NAN;
    for (size_t i = 0; more && i < twice; i++)
        more[i] = ids[i < n ? i : i - n + 1];
    mw_variant scalar;
    good = more && twice > session.model.config.seq_len && mw_variant_parse("scalar", MW_F32, &scalar, &err) == 0 &&
           reference_of(false, more, twice, &windows, &err) == 0 &&
           nats_of(&scalar, more, twice, &engine, &err) == 0;
    tap_ok(good && fabs(windows - engine) < 1e-5 && exp(windows) < 20, "longer texts go in windows: %.3f %s",
           exp(windows), err.text);
    free(more);
    int32_t foreign[] = {1, (int32_t)session.model.config.vocab_size};
    tap_ok(reference_of(false, foreign, 2, &windows, &err) < 0,
           "a token that the model does not know is refused");
    test_variants(ids, n, reference);
    test_deviations(ids, n / 2);
    test_blocks(ids, n / 4);
    free(ids);
    mw_session_close(&session);
}

int main(void)
{
    const char *model = mw_test_model("stories260K.bin"), *tokenizer = mw_test_model("tok512.bin");
    if (!cache_open()) {
        tap_ok(false, "a cache folder");
        return tap_done();
    }
    test_reference(true);
    test_reference(false);
    if (model && tokenizer)
        test_trained(model, tokenizer);
    else
        tap_skip("perplexity of a trained model", MW_TEST_MODEL_ABSENT);
    cache_close();
    return tap_done();
}
