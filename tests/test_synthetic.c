/* Synthetic models made straight into .tvl files: the same bytes that packing the checkpoint gives. */
#include "engine/checkpoint.h"
#include "engine/synthetic.h"
#include "engine/synthetic_stream.h"
#include "engine/tvl_model.h"
#include "tests/same_files.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char checkpoint[64], packed[64], straight[64];

static void test_stream(void)
{
    static mw_weight_stream s;
    mw_stream_open(7, &s);
    uint64_t x = mw_stream_state(&s, 0), wrong = 0;
    float value;
    for (uint64_t i = 0; i < 5000; i++) {
        wrong += mw_stream_state(&s, i) != x;
        mw_stream_values(&x, &value, 1, 0, 1);
    }
    tap_ok(wrong == 0, "a jump arrives where single steps do (%llu of 5000 do not)", (unsigned long long)wrong);
    const uint64_t far = 13000000000, more = 4096; /* of the largest shape */
    static float skipped[4096];
    x = mw_stream_state(&s, far);
    mw_stream_values(&x, skipped, more, 0, 1);
    tap_ok(x == mw_stream_state(&s, far + more) && x != mw_stream_state(&s, far), "also far from the start");
}

static void compare(const char *name, const mw_config *c, uint64_t seed)
{
    mw_error err = {""};
    mw_model m = {.file = {.fd = -1}};
    long bytes = 0;
    int rc = mw_synthetic_write(c, seed, checkpoint, NULL, NULL, &err);
    if (!rc)
        rc = mw_checkpoint_open(checkpoint, &m, &err);
    if (!rc)
        rc = mw_tvl_model_write(&m, MW_F32, packed, NULL, NULL, &err);
    mw_model_close(&m);
    unlink(checkpoint);
    if (!rc)
        rc = mw_synthetic_write_tvl(c, seed, MW_F32, straight, NULL, NULL, &err);
    const bool same = !rc && access(checkpoint, F_OK) != 0 && same_files(packed, straight, &bytes);
    if (tap_ok(same, "%s: byte for byte what packing the checkpoint gives", name))
        tap_note("%ld bytes", bytes);
    else
        tap_note("%d, %s", rc, err.text);
    unlink(packed);
    unlink(straight);
}

static bool stop_at_once(void *to, const char *what, uint64_t done, uint64_t total)
{
    (void)to, (void)what, (void)done, (void)total;
    return false;
}

static void test_files(void)
{
    mw_config c;
    mw_error err = {""};
    mw_synthetic_config("stories260K", &c, &err);
    compare("stories260K", &c, MW_SYNTHETIC_SEED);
    compare("another seed", &c, 2);
    c.shared_classifier = false;
    compare("a separate classifier", &c, MW_SYNTHETIC_SEED);
    c = (mw_config){36, 50, 3, 6, 2, 101, 24, false}; /* nothing is a multiple of a panel */
    compare("rows that fill no panel", &c, MW_SYNTHETIC_SEED);
    tap_ok(mw_synthetic_write_tvl(&c, 1, MW_F32, straight, stop_at_once, NULL, &err) == -EINTR &&
               access(straight, F_OK) != 0,
           "interrupted: %s", err.text);
    if (getenv("MEMWALL_TEST_QUICK")) {
        tap_note("stories15M is left out: MEMWALL_TEST_QUICK");
        return;
    }
    mw_synthetic_config("stories15M", &c, &err);
    compare("stories15M", &c, MW_SYNTHETIC_SEED);
}

/* What the publishers of the shapes say of their size, in millions; the stories checkpoints have no such figure. */
static void test_shapes(void)
{
    static const struct {
        const char *name;
        double millions;
    } published[] = {{"llama-350M", 345.3}, {"llama-600M", 603.1}, {"llama-1.1B", 1100.0},
                     {"llama-1.5B", 1510},  {"llama-2.7B", 2700},  {"llama-7B", 6740}};
    mw_config c;
    mw_error err = {""};
    double last = 0;
    bool ascending = true;
    for (int i = 0; mw_synthetic_name(i); i++) {
        const bool good =
            mw_synthetic_config(mw_synthetic_name(i), &c, &err) == 0 && mw_config_check(&c, "shape", &err) == 0;
        tap_ok(good && c.dim % 16 == 0, "%s forms a model %s", mw_synthetic_name(i), err.text);
        const double bytes = (double)mw_model_parameters(&c);
        ascending &= bytes > last;
        last = bytes;
        for (size_t k = 0; k < sizeof published / sizeof published[0]; k++)
            if (strcmp(published[k].name, mw_synthetic_name(i)) == 0) {
                const double off = bytes * 1e-6 / published[k].millions - 1;
                tap_ok(off < 1e-3 && off > -1e-3, "%s has %.1f million parameters, %.1f are published",
                       published[k].name, bytes * 1e-6, published[k].millions);
            }
    }
    tap_ok(ascending, "shapes are listed from small to large");
    tap_ok(mw_synthetic_shape("synthetic:x") && strcmp(mw_synthetic_shape("synthetic:x"), "x") == 0 &&
               !mw_synthetic_shape("synthetic.bin"),
           "synthetic:SHAPE is told from a file name");
}

int main(void)
{
    snprintf(checkpoint, sizeof checkpoint, "/tmp/memwall-synthetic-%ld.bin", (long)getpid());
    snprintf(packed, sizeof packed, "/tmp/memwall-synthetic-%ld.tvl", (long)getpid());
    snprintf(straight, sizeof straight, "/tmp/memwall-synthetic-%ld-s.tvl", (long)getpid());
    test_stream();
    test_files();
    test_shapes();
    return tap_done();
}
