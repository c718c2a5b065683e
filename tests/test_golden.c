/* The trained 260K model, every variant of f32: greedy text of 200 tokens equal to llama2.c's; a sampled text with a
 * seed; and perplexity within 0.1 % of the double-accumulation reference. The same from a GGUF file of it. Every load
 * hands a kernel the same numbers, so with MEMWALL_TEST_QUICK only one kernel of each layout goes through all loads. */
#include "engine/decoder.h"
#include "engine/gguf.h"
#include "engine/sampler.h"
#include "engine/tokenizer.h"
#include "engine/variant.h"
#include "tests/find_model.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What llama2.c's run (-O3) prints for -t 0 -n 200. */
static const char greedy[] =
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a "
    "big, "
    "red ball. She wanted to play with it, but it was too high.\n"
    "Lily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. She said, \"I want to "
    "play "
    "with your ball, but I can't find it.\"\n"
    "Lily was sad and didn't know what to do. She said, \"I'm sorry, Lily. I didn't know what to do.\"\n"
    "Lily didn't want to help her mom, so she";

/* And for -t 1.0 -p 0.9 -s 42 -i "Once upon a time, Zoë", its beginning. */
static const char prompt[] = "Once upon a time, Zo\xc3\xab";
static const char sampled[] =
    " and she had many friends. Zoom was a choice and worked to them to make a pink dinner in the world. The pink dog "
    "was "
    "all too expensive and played with it.\nOne day, Zoom saw a big, scary dragon in the park.";

typedef struct machine {
    mw_model model;
    mw_tokenizer *tokenizer;
    mw_pool *pool;
} machine;

typedef struct text {
    char bytes[4096];
    double nats; /* minus log probability of the tokens, summed */
} text;

/* Minus the log of the probability that softmax gives to `token`. */
static double surprise(const float *logits, size_t n, int32_t token)
{
    double most = logits[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        most = logits[i] > most ? logits[i] : most; /* fmax here crashes gcc 12 for AArch64 at -O3 */
    for (size_t i = 0; i < n; i++)
        sum += exp(logits[i] - most);
    return log(sum) + most - logits[token];
}

/* Feeds BOS and the ids of `start`, then samples `tokens` more. */
static bool talk(machine *m, const mw_variant *v, mw_sampler *sampler, const char *start, int tokens, text *out,
                 mw_error *err)
{
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    mw_kernel_set set;
    int32_t *ids = NULL;
    size_t n = 0;
    *out = (text){.nats = 0};
    mw_kernel_set_for(v->gemv, &set);
    bool ok =
        mw_tokenizer_encode(m->tokenizer, start, strlen(start), true, false, &ids, &n, err) == 0 &&
        open_weights(&m->model, v, &weights, err) == 0 &&
        mw_decoder_create(&m->model.config, weights, &set, m->pool, (uint32_t)n + (uint32_t)tokens, &decoder, err) == 0;
    int32_t token = ok ? ids[0] : 0;
    for (size_t pos = 0; ok && pos + 1 < n + (size_t)tokens; pos++) {
        float *logits = mw_decoder_forward(decoder, token, (uint32_t)pos);
        const bool given = pos + 1 < n;
        if (given)
            out->nats += surprise(logits, m->model.config.vocab_size, ids[pos + 1]);
        int32_t next = given ? ids[pos + 1] : mw_sampler_next(sampler, logits);
        const char *piece = next > 0 ? mw_tokenizer_decode(m->tokenizer, token, next) : NULL;
        ok = piece != NULL;
        if (ok && !given && mw_piece_printable(piece))
            strncat(out->bytes, piece, sizeof out->bytes - strlen(out->bytes) - 1);
        token = next;
    }
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    free(ids);
    return ok;
}

static void test_variant(machine *m, const mw_variant *v, double reference)
{
    mw_error err = {""};
    mw_sampler *sampler = NULL;
    text t;
    bool ok = mw_sampler_create(m->model.config.vocab_size, 0, 0.9f, 1, &sampler, &err) == 0 &&
              talk(m, v, sampler, "", 200, &t, &err);
    mw_sampler_free(sampler);
    if (!tap_ok(ok && strcmp(t.bytes, greedy) == 0, "%s: greedy text of 200 tokens is llama2.c's", v->name))
        tap_note("%s, got: %.300s", err.text, t.bytes);

    ok = mw_sampler_create(m->model.config.vocab_size, 1.0f, 0.9f, 42, &sampler, &err) == 0 &&
         talk(m, v, sampler, prompt, 110, &t, &err);
    mw_sampler_free(sampler);
    if (!tap_ok(ok && strncmp(t.bytes, sampled, strlen(sampled)) == 0, "%s: text sampled with seed 42 is llama2.c's",
                v->name))
        tap_note("%s, got: %.300s", err.text, t.bytes);

    /* A drift of 0.1 % in perplexity is 0.001 nats a token. */
    ok = talk(m, v, NULL, greedy, 0, &t, &err);
    tap_ok(ok && fabs(t.nats - reference) < 0.001 * 199,
           "%s: perplexity of the text within 0.1 %% of the reference (%+.1e)", v->name, (t.nats - reference) / 199);
}

int main(void)
{
    machine m = {.model = {.file = {.fd = -1}}};
    mw_error err = {""};
    const char *model = mw_test_model("stories260K.bin"), *tokenizer = mw_test_model("tok512.bin");
    if (!model || !tokenizer) {
        tap_skip("golden text", "stories260K.bin and tok512.bin are not here; point MEMWALL_TEST_MODELS at them");
        return tap_done();
    }
    if (!cache_open()) {
        tap_ok(false, "a cache folder");
        return tap_done();
    }
    mw_variant ref;
    text t;
    if (!tap_ok(mw_model_open(model, NULL, NULL, &m.model, &err) == 0 &&
                    mw_tokenizer_open(tokenizer, m.model.config.vocab_size, &m.tokenizer, &err) == 0 &&
                    mw_pool_create(1, NULL, NULL, 0, &m.pool, &err) == 0 &&
                    mw_variant_parse("ref", MW_F32, &ref, &err) == 0 && talk(&m, &ref, NULL, greedy, 0, &t, &err),
                "the model opens and the reference decodes %s", err.text))
        return tap_done();
    const bool quick = getenv("MEMWALL_TEST_QUICK") != NULL;
    bool seen[MW_LAYOUT_COUNT] = {false};
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->dtype != MW_F32)
            continue;
        const bool one = quick && seen[(*k)->layout];
        bool done = false;
        for (int load = MW_LOAD_COUNT - 1; load >= 0 && !(one && done); load--) {
            mw_variant v = mw_variant_of(*k, (mw_load)load);
            if (!mw_kernel_supported(*k))
                tap_skip(v.name, "this CPU lacks its instruction set");
            else if (mw_load_possible(v.layout, v.load)) {
                test_variant(&m, &v, t.nats);
                done = seen[(*k)->layout] = true;
            }
        }
    }
    char path[400];
    mw_model checkpoint = m.model;
    snprintf(path, sizeof path, "%s/model.gguf", cache_folder);
    if (tap_ok(mw_gguf_write(&checkpoint, MW_F32, NULL, path, NULL, NULL, &err) == 0 &&
                   mw_model_open(path, NULL, NULL, &m.model, &err) == 0,
               "its GGUF file opens %s", err.text)) {
        static const char *const variants[] = {"scalar", "mmap", "tvl"};
        mw_variant v;
        for (int i = 0; i < 3; i++)
            if (mw_variant_parse(variants[i], MW_F32, &v, &err) == 0)
                test_variant(&m, &v, t.nats);
        mw_model_close(&checkpoint);
    }
    mw_pool_free(m.pool);
    mw_tokenizer_close(m.tokenizer);
    mw_model_close(&m.model);
    cache_close();
    return tap_done();
}
