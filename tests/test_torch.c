/* Another program on request; and the one in PyTorch: its greedy tokens are ours. */
#include "bench/torch/torch.h"
#include "engine/decoder.h"
#include "engine/sampler.h"
#include "engine/tokenizer.h"
#include "engine/variant.h"
#include "platform/os.h"
#include "tests/find_model.h"
#include "tests/tap.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static void test_peer(void)
{
    static char cat[] = "cat", none[] = "/nonexistent/program", sh[] = "sh", c[] = "-c", ends[] = "echo one; exec true",
                silent[] = "exec sleep 5";
    char line[64];
    mw_error err = {""};
    mw_coprocess *p = NULL;
    if (mw_emulator()) /* which tells a program's failure to start as its early end */
        tap_skip("a program that is not there", "the emulator does not say so");
    else
        tap_ok(mw_coprocess_open((char *[]){none, NULL}, &p, &err) == -ENOENT && !p && strstr(err.text, "nonexistent"),
               "a program that is not there: %s", err.text);
    if (tap_ok(mw_coprocess_open((char *[]){cat, NULL}, &p, &err) == 0, "cat starts")) {
        tap_ok(mw_coprocess_tell(p, "one") && mw_coprocess_tell(p, "two") &&
                   mw_coprocess_line(p, line, sizeof line, 10) && strcmp(line, "one") == 0 &&
                   mw_coprocess_line(p, line, sizeof line, 10) && strcmp(line, "two") == 0,
               "what it is told comes back, line by line");
        tap_ok(!mw_coprocess_line(p, line, sizeof line, 0.2), "no line, no answer");
        mw_coprocess_close(p);
    }
    if (tap_ok(mw_coprocess_open((char *[]){sh, c, ends, NULL}, &p, &err) == 0, "a program that ends starts")) {
        tap_ok(mw_coprocess_line(p, line, sizeof line, 10) && !mw_coprocess_line(p, line, sizeof line, 10),
               "its end is seen");
        bool heard = true;
        for (int i = 0; i < 500 && heard; i++) { /* until it is gone altogether */
            heard = mw_coprocess_tell(p, "nobody reads this");
            nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        tap_ok(!heard, "telling it something more does no harm");
        mw_coprocess_close(p);
    }
    if (tap_ok(mw_coprocess_open((char *[]){sh, c, silent, NULL}, &p, &err) == 0, "a silent one starts")) {
        tap_ok(!mw_coprocess_line(p, line, sizeof line, 0.2), "waiting for it ends");
        mw_coprocess_close(p);
        tap_ok(true, "it is ended");
    }
    mw_coprocess_close(NULL);
}

enum { TOKENS = 200 };

/* Our greedy tokens from BOS. */
static bool ours(const mw_model *model, int32_t *ids, mw_error *err)
{
    mw_variant v;
    mw_kernel_set set;
    mw_pool *pool = NULL;
    mw_weights *weights = NULL;
    mw_decoder *decoder = NULL;
    bool ok = mw_variant_parse("scalar", MW_F32, &v, err) == 0 && mw_pool_create(1, NULL, NULL, 0, &pool, err) == 0 &&
              mw_weights_open(mw_model_source(model), v.layout, v.load, &weights, err) == 0;
    if (ok)
        mw_kernel_set_for(v.gemv, &set);
    ok = ok && mw_decoder_create(&model->config, weights, &set, pool, TOKENS, &decoder, err) == 0;
    int32_t token = MW_TOKEN_BOS;
    for (uint32_t pos = 0; ok && pos < TOKENS; pos++)
        ids[pos] = token = mw_argmax(mw_decoder_forward(decoder, token, pos), model->config.vocab_size);
    mw_decoder_free(decoder);
    mw_weights_close(weights);
    mw_pool_free(pool);
    return ok;
}

static void test_torch(const char *path)
{
    mw_model model = {.file = {.fd = -1}};
    mw_error err = {""};
    mw_coprocess *p = NULL;
    int32_t want[TOKENS], got[TOKENS], again[10];
    double us[TOKENS];
    char version[128];
    if (!tap_ok(mw_model_open(path, NULL, NULL, &model, &err) == 0 && ours(&model, want, &err), "our tokens %s",
                err.text))
        return;
    const int rc = mw_torch_open(&model, TOKENS, 1, &p, version, &err);
    if (rc == -ENOTSUP) {
        tap_skip("greedy tokens of PyTorch", err.text);
    } else if (tap_ok(rc == 0, "PyTorch %s starts", rc ? err.text : version)) {
        bool good = mw_torch_decode(p, 120, got, us, &err) == 0 &&
                    mw_torch_decode(p, TOKENS - 120, got + 120, us + 120, &err) == 0;
        tap_ok(good && memcmp(want, got, sizeof want) == 0, "its %d greedy tokens are ours %s", TOKENS, err.text);
        for (int i = 0; i < TOKENS; i++)
            good &= us[i] > 0;
        tap_ok(good, "each has a latency");
        tap_ok(mw_torch_decode(p, 0, NULL, NULL, &err) == 0 && mw_torch_decode(p, 10, again, NULL, &err) == 0 &&
                   memcmp(want, again, sizeof again) == 0,
               "it starts again");
        tap_ok(mw_torch_decode(p, TOKENS, NULL, NULL, &err) == -EIO, "more than its positions end it: %s", err.text);
    }
    mw_coprocess_close(p);
    model.format = "tvl v1";
    tap_ok(mw_torch_open(&model, TOKENS, 1, &p, version, &err) == -ENOTSUP && !p, "it reads no .tvl file: %s",
           err.text);
    mw_model_close(&model);
}

int main(void)
{
    const char *model = mw_test_model("stories260K.bin");
    test_peer();
    if (model)
        test_torch(model);
    else
        tap_skip("greedy tokens of PyTorch", MW_TEST_MODEL_ABSENT);
    return tap_done();
}
