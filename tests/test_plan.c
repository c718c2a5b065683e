/* What is to be run: thread counts, variants with a kernel that is wrong (tests/broken_registry.c), memory. */
#include "bench/run/plan.h"
#include "bench/suites.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <errno.h>

static mw_options options;
static mw_session session;

static void test_threads(void)
{
    int threads[MW_MAX_THREAD_COUNTS];
    options.n_threads = 5;
    memcpy(options.threads, (int[]){2, 0, 1, 2, 1}, 5 * sizeof *options.threads);
    session.max_threads = 1;
    tap_ok(mw_plan_threads(&session, threads) == 2 && threads[0] == 2 && threads[1] == 1,
           "each thread count once, in the order of the command line: 1 and max are the same on one CPU");
    session.max_threads = 4;
    tap_ok(mw_plan_threads(&session, threads) == 3 && threads[1] == 4 && threads[2] == 1, "on four they are not");
}

/* Of variants[3] the second has a broken small op, and right GEMV and GEMM kernels. */
static void test_refusal(void)
{
    mw_variant variants[3];
    mw_plan plan = {0};
    mw_error err = {""};
    if (mw_variant_parse("neon", MW_F32, &variants[0], &err) || mw_variant_parse("tvl", MW_F32, &variants[2], &err)) {
        tap_skip("a plan of three variants", err.text);
        return;
    }
    mw_variant_parse("scalar", MW_F32, &variants[1], &err);
    int rc = mw_plan_make(&plan, &session, variants, 3, &err);
    tap_ok(rc == 0 && plan.refused == 1 && plan.n == 6, "a broken SwiGLU: its variant is left out %s", err.text);
    bool good = plan.n == 6;
    for (int i = 0; good && i < 6; i++)
        good = plan.of[i].variant == &variants[i < 3 ? 0 : 2] && plan.of[i].threads == (int[]){2, 4, 1}[i % 3] &&
               plan.of[i].model == (i < 3 ? &session.model : &session.packed[MW_F32]);
    tap_ok(good, "the others stand there by variant and thread count, each with the file that it loads");
    tap_ok(mw_plan_close(&plan, 0, &err) == -EDOM && strstr(err.text, "failed its check"), "the end: %s", err.text);
    tap_ok(!plan.of && mw_plan_close(&plan, 0, &err) == 0, "closing twice does no harm");
    rc = mw_plan_make(&plan, &session, &variants[1], 1, &err);
    tap_ok(rc == 0 && plan.n == 0 && plan.refused == 1, "alone it leaves an empty plan");
    tap_ok(mw_plan_close(&plan, -EINTR, &err) == -EINTR, "what went wrong before goes first");
    rc = mw_plan_make(&plan, &session, variants, 1, &err);
    tap_ok(rc == 0 && plan.n == 3 && mw_plan_close(&plan, 0, &err) == 0, "nothing refused is no error");
}

static void test_memory(void)
{
    mw_error err = {""};
    tap_ok(mw_plan_memory("these need", 1, 1, &err) == 0 && mw_plan_memory("these need", 1, 0.5, &err) == 0,
           "a byte fits into memory");
    const int rc = mw_plan_memory("these need", 0x1p70, 0.5, &err);
    if (rc == 0)
        tap_skip("more does not", "this system does not tell how much memory is available");
    else
        tap_ok(rc == -ENOMEM && strncmp(err.text, "these need 1099511627776.0 GiB", 30) == 0, "more: %s", err.text);
}

int main(void)
{
    static char name[] = "test";
    char *argv[] = {name, NULL};
    mw_error err = {""};
    options = (mw_options){
        .model = "synthetic:stories260K", .suite = mw_suite_named("decode"), .tokens = 12, .reps = 1, .quiet = true};
    if (tap_ok(cache_open() && mw_session_open(&session, &options, false, 1, argv, &err) == 0, "a session %s",
               err.text)) {
        test_threads();
        test_refusal();
        test_memory();
    }
    mw_session_close(&session);
    cache_close();
    return tap_done();
}
