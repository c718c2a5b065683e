/* Suite `predict`: published speeds, and which inputs a prediction of them lacks. */
#include "bench/predict/missing.h"
#include "in_folder.h"
#include "tap.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* --- published speeds --- */

#define COLUMNS "machine,program,kernel,loop,compiler,model,dtype,threads,tokens_per_s,fitted,listed,source,note\n"

static void test_published(void)
{
    mw_csv table;
    mw_error err;
    tap_ok(mw_published_read(
               write_file("p.csv", COLUMNS "one,prog,neon,other,gcc,stories110M,f32,2,61.3,yes,yes,http://a,\n"),
               &table, &err) == 0,
           "a published speed is read");
    const mw_published p = mw_published_at(&table, 0);
    tap_ok(strcmp(p.machine, "one") == 0 && strcmp(p.kernel, "neon") == 0 && p.dtype == MW_F32 && p.threads == 2 &&
               p.tokens_per_s == 61.3 && p.fitted && p.listed && p.loop == MW_LOOP_OTHER,
           "with all that it says");
    mw_csv_free(&table);
    static const char *const bad[] = {"one,,neon,same,gcc,stories110M,f32,1,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories1M,f32,1,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f33,1,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f32,0,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f32,1.5,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f32,1,-61,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f32,1,fast,no,no,http://a,",
                                      "one,p,neon,same,gcc,stories110M,f32,1,61,no,no,,",
                                      "one,p,neon,alike,gcc,stories110M,f32,1,61,no,no,http://a,",
                                      "one,p,neon,same,gcc,llama-3.1-8b@q9,f32,1,61,no,no,http://a,"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[512];
        snprintf(text, sizeof text, COLUMNS "one,p,neon,same,gcc,stories110M,f32,1,61,no,no,http://a,\n%s\n", bad[i]);
        const int rc = mw_published_read(write_file("bad.csv", text), &table, &err);
        tap_ok(rc == -EINVAL && strstr(err.text, "line 3"), "refused: %s", err.text);
        mw_csv_free(&table);
    }
    int rc = mw_published_read(MW_SOURCE_ROOT "/results/machines/published.csv", &table, &err);
    tap_ok(rc == 0 && table.n_rows >= 15, "the table that comes with the program: %zu rows%s%s", table.n_rows,
           rc ? ", " : "", rc ? err.text : "");
    mw_csv_free(&table);
}

/* --- what is missing --- */

static mw_range exactly(double x)
{
    return (mw_range){x, x, x};
}

static void test_missing(void)
{
    const mw_config c = {64, 64, 20, 2, 2, 1000, 16, true};
    const mw_machine_file good = {.cores = exactly(8), .one_core = exactly(10), .all = exactly(40)};
    /* A token of 100 MB takes 10 ms on one core, 5 ms of them are covered by arithmetic. */
    const mw_prediction one = {
        .per_second = exactly(100), .core_s = 5e-3, .read_s = 10e-3, .bytes = 100e6, .binds = "memory"};
    mw_machine_file m = good;
    mw_prediction p = one;
    mw_published row = {.threads = 1, .tokens_per_s = 100};
    char names[MW_MISSING_BYTES];
#define MISSING(expected) (mw_missing(&m, &c, &row, &p, names), strcmp(names, expected) == 0)
    tap_ok(MISSING(""), "a good prediction lacks nothing: '%s'", names);
    row.tokens_per_s = 70;
    tap_ok(MISSING("overlap"), "arithmetic that is not covered: '%s'", names);
    p.core_s = 1e-3;
    tap_ok(MISSING(""), "not if there is little: '%s'", names);
    row.tokens_per_s = NAN;
    tap_ok(MISSING(""), "no speed: '%s'", names);
    row.tokens_per_s = 70;
    p = one;
    p.core_s = 10e-3, p.read_s = 1e-3;
    row.loop = MW_LOOP_SIMILAR;
    tap_ok(MISSING("loop"), "a loop that binds and that nobody compared: '%s'", names);
    row.loop = MW_LOOP_OTHER, p.binds = "window;latency";
    tap_ok(MISSING("loop, window"), "another loop, which the window limits: '%s'", names);
    row.tokens_per_s = 150;
    tap_ok(MISSING("loop, window"), "also where the prediction is too slow: '%s'", names);
    p.core_s = p.read_s = 5e-3;
    row.loop = MW_LOOP_SAME, p.binds = "memory";
    tap_ok(MISSING("overlap"), "too slow because reading and computing overlap: '%s'", names);
    p.per_second.high = 160;
    tap_ok(MISSING("sources, overlap"), "sources of which one is right: '%s'", names);
    p = one, row.tokens_per_s = 70, p.core_s = 1e-3, p.at_most = true;
    m.one_core = exactly(NAN);
    tap_ok(MISSING("one core"), "one core may read as little as an eighth of 40 GB/s: '%s'", names);
    m = good, p = one;
    row.threads = 4, p.core_s = 1e-3;
    p.per_second = exactly(400), row.tokens_per_s = 200; /* 2.5 ms: 40 GB/s; 101 parts of 22 us */
    tap_ok(MISSING("few cores, threads"), "four cores may read what one does: '%s'", names);
    row.threads = 8, m.all_is_peak = true;
    tap_ok(MISSING("all cores, threads"), "all may read half the peak: '%s'", names);
    m.all_is_peak = false;
    tap_ok(MISSING("threads"), "unless that was measured: '%s'", names);
    mw_config wide = c;
    wide.vocab_size = 100000, wide.n_layers = 0;
    mw_missing(&m, &wide, &row, &p, names);
    tap_ok(strcmp(names, "other work") == 0, "a large vocabulary: '%s'", names);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 2;
    test_published();
    test_missing();
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) ? 2 : tap_done();
}
