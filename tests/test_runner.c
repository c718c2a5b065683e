/* From a model and a variant to a decoder: phases, weights that are lent, the .tvl form, tokens that are none. */
#include "engine/runner.h"
#include "engine/synthetic.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>

enum { TOKENS = 12 };

static mw_pool *pool;

static void decode(mw_runner *r, int32_t ids[TOKENS], mw_error *err)
{
    int32_t token = 1;
    for (uint32_t pos = 0; pos < TOKENS; pos++) {
        const float *logits = mw_decoder_forward(r->decoder, token, pos);
        if (mw_next_token(logits, r->model->config.vocab_size, r->variant->name, pos, &token, err))
            token = 0;
        ids[pos] = token;
    }
}

static void test_phases(const mw_variant *v, int32_t want[TOKENS])
{
    mw_error err = {""};
    mw_runner r, second;
    int32_t got[TOKENS], lent[TOKENS];
    tap_ok(mw_runner_open(&r, v, "synthetic:stories260K", &err) == 0 && r.model && !r.weights && !r.decoder,
           "%s: open: a model and no weights %s", v->name, err.text);
    tap_ok(mw_runner_load(&r, &err) == 0 && r.weights && !r.decoder, "load: weights and no decoder %s", err.text);
    if (!tap_ok(mw_runner_ready(&r, pool, TOKENS, &err) == 0 && r.decoder, "ready: a decoder %s", err.text))
        return;
    decode(&r, got, &err);
    second = mw_runner_of(v, r.model);
    mw_runner_lend(&second, r.weights);
    if (tap_ok(mw_runner_ready(&second, pool, TOKENS, &err) == 0, "another one over the same weights %s", err.text))
        decode(&second, lent, &err);
    mw_runner_close(&second);
    tap_ok(memcmp(got, lent, sizeof got) == 0, "decodes the same");
    decode(&r, lent, &err);
    tap_ok(memcmp(got, lent, sizeof got) == 0, "and leaves the weights alone");
    mw_runner_unload(&r);
    tap_ok(r.model && !r.weights && !r.decoder && mw_runner_load(&r, &err) == 0 &&
               mw_runner_ready(&r, pool, TOKENS, &err) == 0,
           "unloaded, it loads again %s", err.text);
    decode(&r, lent, &err);
    tap_ok(memcmp(got, lent, sizeof got) == 0 && memcmp(got, want, sizeof got) == 0, "and decodes the same");
    mw_runner_close(&r);
    mw_runner_close(&r);
    tap_ok(!r.model && !r.weights && !r.decoder, "closing twice does no harm");
}

static void test_forms(void)
{
    mw_error err = {""};
    mw_model model, packed = {.file = {.fd = -1}};
    mw_variant mmap, tvl, heap;
    const mw_model *of;
    char path[512];
    bool there;
    if (!tap_ok(mw_model_open("synthetic:stories260K", NULL, NULL, &model, &err) == 0 &&
                    mw_variant_parse("mmap", MW_F32, &mmap, &err) == 0 &&
                    mw_variant_parse("tvl", MW_F32, &tvl, &err) == 0 &&
                    mw_variant_parse("tvl16_neon/tvl/heap", MW_F32, &heap, &err) == 0,
                "a checkpoint %s", err.text))
        return;
    tap_ok(mw_model_for(&model, &mmap, NULL, NULL, &packed, &of, &err) == 0 && of == &model && packed.file.fd < 0 &&
               mw_model_for(&model, &heap, NULL, NULL, &packed, &of, &err) == 0 && of == &model && packed.file.fd < 0,
           "is what variants load that map it or pack it in memory %s", err.text);
    tap_ok(mw_model_for(&model, &tvl, NULL, NULL, &packed, &of, &err) == 0 && of == &packed &&
               packed.layout == tvl.layout,
           "not those that map layout tvl %s", err.text);
    tap_ok(mw_synthetic_find("stories260K", true, MW_F32, path, sizeof path, &there, &err) == 0 && there &&
               strcmp(path, packed.file.path) == 0,
           "of a synthetic model there is one .tvl file %s", err.text);
    const int fd = packed.file.fd;
    tap_ok(mw_packed_form(&model, MW_F32, NULL, NULL, &packed, &of, &err) == 0 && of == &packed && packed.file.fd == fd,
           "which is opened once");
    mw_model none = {.file = {.fd = -1}};
    tap_ok(mw_model_for(&packed, &tvl, NULL, NULL, &none, &of, &err) == 0 && of == &packed && none.file.fd < 0,
           "a .tvl file is its own form");
    mw_model_close(&packed);
    mw_model_close(&model);
}

static void test_not_finite(void)
{
    mw_error err = {""};
    int32_t token = 5;
    float logits[] = {1, 3, 2};
    tap_ok(mw_next_token(logits, 3, "x", 7, &token, &err) == 0 && token == 1, "the likeliest token");
    logits[0] = NAN;
    tap_ok(mw_next_token(logits, 3, "x", 7, &token, &err) == -EDOM && token < 0 && strstr(err.text, "x: ") &&
               strstr(err.text, "position 7 is not finite"),
           "a logit that is not finite: %s", err.text);
    tap_ok(mw_next_token(NULL, 3, "x", 7, &token, &err) == -EDOM && token < 0, "no logits");
}

int main(void)
{
    static const char *const names[] = {"neon", "mmap", "tvl16_neon/tvl/heap"};
    mw_error err = {""};
    mw_variant v;
    mw_runner r;
    int32_t want[TOKENS] = {0};
    if (!tap_ok(cache_open() && mw_pool_create(2, NULL, NULL, 0, &pool, &err) == 0, "a cache folder, threads %s",
                err.text))
        return tap_done();
    if (tap_ok(mw_variant_parse("neon", MW_F32, &v, &err) == 0 &&
                   mw_runner_open(&r, &v, "synthetic:stories260K", &err) == 0 && mw_runner_load(&r, &err) == 0 &&
                   mw_runner_ready(&r, pool, TOKENS, &err) == 0,
               "a decoder %s", err.text))
        decode(&r, want, &err);
    mw_runner_close(&r);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mw_variant_parse(names[i], MW_F32, &v, &err) == 0)
            test_phases(&v, want);
    tap_ok(mw_runner_open(&r, &v, "/nonexistent.bin", &err) == -ENOENT && !r.model, "no model: %s", err.text);
    mw_runner_close(&r);
    test_forms();
    test_not_finite();
    mw_pool_free(pool);
    cache_close();
    return tap_done();
}
