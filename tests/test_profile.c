/* The clocks in the forward pass: every step is counted, nothing falls between two of them, and the results are the
 * same with and without. */
#include "engine/checkpoint.h"
#include "engine/decoder.h"
#include "engine/variant.h"
#include "tests/open_weights.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LAYERS = 12, VOCAB = 130, POSITIONS = 8, PROMPT = MW_PREFILL_BATCH + 3 };

static uint64_t sum(const mw_profile *p)
{
    uint64_t ns = 0;
    for (int step = 0; step < MW_STEPS; step++)
        ns += p->ns[step];
    return ns;
}

/* Whether the steps were called as often as n times the list says. */
static bool called(const mw_profile *p, uint64_t n, const uint64_t wanted[MW_STEPS])
{
    for (int step = 0; step < MW_STEPS; step++)
        if (p->calls[step] != n * wanted[step] || (p->ns[step] > 0 && wanted[step] == 0))
            return false;
    return true;
}

static void check(const mw_model *m, int threads)
{
    static const uint64_t of_token[MW_STEPS] = {[MW_STEP_EMBEDDING] = 1,      [MW_STEP_RMSNORM] = 2 * LAYERS + 1,
                                                [MW_STEP_QKV] = LAYERS,       [MW_STEP_ROPE] = LAYERS,
                                                [MW_STEP_ATTENTION] = LAYERS, [MW_STEP_WO] = LAYERS,
                                                [MW_STEP_W1_W3] = LAYERS,     [MW_STEP_W2] = LAYERS,
                                                [MW_STEP_CLASSIFIER] = 1};
    static float wanted[POSITIONS][VOCAB];
    mw_error err = {""};
    mw_variant v;
    mw_kernel_set set;
    mw_pool *pool = NULL;
    mw_weights *weights = NULL;
    mw_decoder *d = NULL;
    if (!tap_ok(mw_variant_parse("tvl", MW_F32, &v, &err) == 0 &&
                    mw_pool_create(threads, NULL, NULL, 0, &pool, &err) == 0 &&
                    open_weights(m, &v, &weights, &err) == 0 &&
                    (mw_kernel_set_for(v.gemv, &set),
                     mw_decoder_create(&m->config, weights, &set, pool, m->config.seq_len, &d, &err)) == 0,
                "%d threads: a decoder %s", threads, err.text))
        return;
    for (int pos = 0; pos < POSITIONS; pos++)
        memcpy(wanted[pos], mw_decoder_forward(d, pos * 7, (uint32_t)pos), sizeof wanted[pos]);

    mw_profile p = {0};
    bool same = true, complete = true;
    mw_decoder_profile(d, &p);
    for (int pos = 0; pos < POSITIONS; pos++) {
        const uint64_t before = mw_clock_ns(), earlier = sum(&p);
        same &= memcmp(wanted[pos], mw_decoder_forward(d, pos * 7, (uint32_t)pos), sizeof wanted[pos]) == 0;
        const uint64_t began = p.at - (sum(&p) - earlier); /* if the steps follow one another */
        complete &= began >= before && p.at > began && p.at <= mw_clock_ns();
    }
    tap_ok(same, "%d threads: the same bits with the clocks on", threads);
    tap_ok(complete, "%d threads: the steps fill the time from the first to the last", threads);
    tap_ok(called(&p, POSITIONS, of_token), "%d threads: %llu norms, %llu attentions in %d tokens", threads,
           (unsigned long long)p.calls[MW_STEP_RMSNORM], (unsigned long long)p.calls[MW_STEP_ATTENTION], POSITIONS);

    const mw_profile kept = p;
    mw_decoder_profile(d, NULL);
    mw_decoder_forward(d, 1, POSITIONS);
    tap_ok(memcmp(&kept, &p, sizeof p) == 0, "%d threads: off again: nothing is added", threads);

    p = (mw_profile){0};
    int32_t prompt[PROMPT] = {0};
    mw_decoder_profile(d, &p);
    tap_ok(mw_decoder_prefill(d, prompt, PROMPT, 0) && p.calls[MW_STEP_EMBEDDING] == 2 &&
               p.calls[MW_STEP_ATTENTION] == 2 * LAYERS && p.calls[MW_STEP_CLASSIFIER] == 1,
           "%d threads: a prompt counts by batches", threads);
    mw_decoder_free(d);
    mw_weights_close(weights);
    mw_pool_free(pool);
}

static void check_marks(void)
{
    mw_profile p = {0};
    mw_profile_begin(&p);
    const uint64_t began = p.at;
    for (int i = 0; i < 1000; i++)
        mw_profile_mark(&p, (mw_step)(i % MW_STEPS));
    tap_ok(sum(&p) == p.at - began, "a step begins when the one before it ended: %llu ns in 1000 of them",
           (unsigned long long)sum(&p));
}

int main(void)
{
    check_marks();
    const mw_config c = {64, 172, LAYERS, 8, 4, VOCAB, 80, false};
    char path[] = "/tmp/memwall-profile-XXXXXX";
    int fd = mkstemp(path);
    mw_error err = {""};
    mw_model m;
    tiny t = tiny_make(c, 5);
    if (!tap_ok(fd >= 0 && cache_open() && tiny_write(&t, 0, path) && mw_checkpoint_open(path, &m, &err) == 0,
                "a tiny model %s", err.text))
        return tap_done();
    close(fd);
    for (int threads = 1; threads <= 2; threads++)
        check(&m, threads);
    mw_model_close(&m);
    tiny_free(&t);
    unlink(path);
    cache_close();
    return tap_done();
}
