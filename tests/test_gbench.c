/* Google Benchmark through its C interface: flags, names, runs, counters, errors, output. Never how long anything
 * takes.
 */
#include "bench/micro/gbench.h"
#include "platform/progress.h"
#include "tests/child.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

/* --- two benchmarks and what is heard of them --- */

/* What a benchmark saw itself: the runs that are reported must agree. */
typedef struct toy {
    uint64_t iterations; /* in its last call */
    int calls;
} toy;

static void spin(mw_gb_state *state, void *arg)
{
    toy *t = arg;
    t->iterations = 0;
    t->calls++;
    while (mw_gb_running(state))
        t->iterations++;
    mw_gb_counter(state, "twice", 2.0 * (double)t->iterations, MW_GB_VALUE);
    mw_gb_counter(state, "rate", 3, MW_GB_RATE);
}

static void give_up(mw_gb_state *state, void *arg)
{
    ((toy *)arg)->calls++;
    mw_gb_skip(state, "no such thing here");
}

static void give_up_inside(mw_gb_state *state, void *arg)
{
    toy *t = arg;
    t->calls++;
    for (t->iterations = 0; mw_gb_running(state); t->iterations++)
        if (t->iterations == 2)
            mw_gb_skip(state, "had enough");
}

static void return_early(mw_gb_state *state, void *arg)
{
    ((toy *)arg)->calls += mw_gb_running(state);
}

/* Ctrl-C in its fifth iteration, as soon as it has that many. */
static void interrupt(mw_gb_state *state, void *arg)
{
    toy *t = arg;
    for (t->iterations = 0; mw_gb_running(state);)
        if (++t->iterations == 5)
            raise(SIGINT);
    t->calls += mw_interrupted();
}

/* Ctrl-C in its third call, before the loop. */
static void interrupt_later(mw_gb_state *state, void *arg)
{
    toy *t = arg;
    if (++t->calls == 3)
        raise(SIGINT);
    while (mw_gb_running(state))
        t->iterations++;
}

enum { MOST_RUNS = 32 };
typedef struct heard {
    int n, errors;
    struct {
        char name[32], error[64];
        void *arg;
        double seconds, twice, rate, missing;
        size_t n_counts;
    } run[MOST_RUNS];
} heard;

static heard *listener; /* of the measurement that runs */

static void hear_one(heard *h, const mw_gb_benchmark *of, const mw_gb_run *r)
{
    if (h->n == MOST_RUNS)
        return;
    snprintf(h->run[h->n].name, sizeof h->run[0].name, "%s", of->name);
    snprintf(h->run[h->n].error, sizeof h->run[0].error, "%s", r->error ? r->error : "");
    h->run[h->n].arg = of->arg;
    h->run[h->n].seconds = r->seconds;
    h->run[h->n].twice = mw_gb_value(r, "twice");
    h->run[h->n].rate = mw_gb_value(r, "rate");
    h->run[h->n].missing = mw_gb_value(r, "thrice");
    h->run[h->n].n_counts = r->n_counts;
    h->errors += r->error != NULL;
    h->n++;
}

static void hear(const mw_gb_benchmark *of, const mw_gb_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hear_one(listener, of, &runs[i]);
}

/* Measures n benchmarks, which it makes a list of. */
static int measure(mw_gb_benchmark *of, int n, heard *h, mw_error *err)
{
    for (int i = 0; i + 1 < n; i++)
        of[i].next = &of[i + 1];
    *h = (heard){0};
    listener = h;
    return mw_gb_measure(of, hear, err);
}

/* Flags, two benchmarks, measure. */
static int both(int n, const char *const *flags, toy toys[2], heard *h, mw_error *err)
{
    mw_gb_benchmark of[] = {{"first/small", spin, &toys[0], NULL}, {"second/large", spin, &toys[1], NULL}};
    *h = (heard){0};
    toys[0] = toys[1] = (toy){0};
    int rc = mw_gb_flags(n, flags, err);
    return rc ? rc : measure(of, 2, h, err);
}

/* --- checks --- */

#define SHORT "--benchmark_min_time=0.0001"

static void check_runs(void)
{
    static const char *const flags[] = {SHORT, "--benchmark_repetitions=3"};
    toy toys[2];
    heard h;
    mw_error err = {""};
    int rc = both(COUNT(flags), flags, toys, &h, &err);
    tap_ok(rc == 0 && h.n == 6 && h.errors == 0,
           "two benchmarks, three repetitions: %d runs, no aggregates among them %s", h.n, err.text);
    int told[2] = {0, 0};
    bool named = true, times = true, counters = true;
    for (int i = 0; i < h.n; i++) {
        int which = strcmp(h.run[i].name, "second/large") == 0;
        named &= strcmp(h.run[i].name, which ? "second/large" : "first/small") == 0 && h.run[i].arg == &toys[which];
        told[which]++;
        /* every repetition has as many iterations as the last call */
        times &= h.run[i].twice == 2.0 * (double)toys[which].iterations && h.run[i].twice > 0 && h.run[i].seconds > 0;
        counters &= h.run[i].n_counts == 2 && isnan(h.run[i].missing);
        counters &= fabs(h.run[i].rate * h.run[i].seconds - 3) < 1e-9;
    }
    tap_ok(named && told[0] == 3 && told[1] == 3,
           "all repetitions of each are told, under its name, with its argument");
    tap_ok(times, "a value as set: iterations as counted inside; some time for each");
    tap_ok(counters, "an amount of each iteration, per second of real time; NAN for other counters");
}

static void check_flags(void)
{
    toy toys[2];
    heard h;
    mw_error err = {""};
    static const char *const filter[] = {SHORT, "--benchmark_filter=^sec.*"};
    int rc = both(COUNT(filter), filter, toys, &h, &err);
    tap_ok(rc == 0 && h.n == 5 && toys[0].calls == 0 && toys[1].calls > 0,
           "a filter; 5 repetitions unless told: %d runs %s", h.n, err.text);
    static const char *const later[] = {SHORT, "--benchmark_repetitions=2", "--benchmark_repetitions=1"};
    tap_ok(both(COUNT(later), later, toys, &h, &err) == 0 && h.n == 2,
           "a later flag wins, an earlier call's filter is forgotten %s", err.text);
    static const char *const only[] = {SHORT, "--benchmark_repetitions=2", "--benchmark_report_aggregates_only"};
    rc = both(COUNT(only), only, toys, &h, &err);
    tap_ok(rc == 0 && h.n == 4, "single runs even with aggregates only: %d", h.n);
    static const char *const none[] = {"--benchmark_filter=third"};
    tap_ok(both(COUNT(none), none, toys, &h, &err) == -ENOENT && h.n == 0, "nothing selected: %s", err.text);
    static const char *const broken[] = {"--benchmark_filter=(("};
    tap_ok(both(COUNT(broken), broken, toys, &h, &err) == -EINVAL && h.n == 0, "no expression: %s", err.text);
    static const char *const bad[] = {
        "--benchmark_repetition=3",
        "--benchmark_repetitions=0",
        "--benchmark_repetitions=two",
        "--benchmark_repetitions",
        "--benchmark_min_time=x",
        "--benchmark_min_time=-1",
        "--benchmark_format=xml",
        "--benchmark_out_format=",
        "--benchmark_time_unit=weeks",
        "--benchmark_color=perhaps",
        "--benchmark_list_tests=perhaps",
        "--help",
        "--benchmark_",
        "benchmark",
        "",
    };
    for (int i = 0; i < COUNT(bad); i++) {
        err.text[0] = '\0';
        tap_ok(mw_gb_flags(1, &bad[i], &err) == -EINVAL && err.text[0], "refused: %s", err.text);
    }
    tap_ok(strstr((mw_gb_flags(1, bad, &err), err.text), "--benchmark_repetitions?"), "the nearest flag is named");
}

static void check_errors(void)
{
    static const char *const flags[] = {SHORT, "--benchmark_repetitions=2"};
    toy toys[4] = {{0}};
    heard h = {0};
    mw_error err = {""};
    mw_gb_benchmark of[] = {{"before", give_up, &toys[0], NULL},
                            {"inside", give_up_inside, &toys[1], NULL},
                            {"early", return_early, &toys[2], NULL},
                            {"fine", spin, &toys[3], NULL},
                            {"fine", spin, &toys[3], NULL}};
    int rc = mw_gb_flags(COUNT(flags), flags, &err);
    tap_ok(measure(of, 5, &h, &err) == -EEXIST && h.n == 0, "refused: %s", err.text);
    of[3].next = NULL;
    rc |= measure(of, 4, &h, &err);
    int right = 0, well = 0;
    for (int i = 0; i < h.n; i++) {
        right += strcmp(h.run[i].name, "before") == 0 && strcmp(h.run[i].error, "no such thing here") == 0;
        right += strcmp(h.run[i].name, "inside") == 0 && strcmp(h.run[i].error, "had enough") == 0;
        right += strcmp(h.run[i].name, "early") == 0 && strcmp(h.run[i].error, "ended before its loop did") == 0;
        well += strcmp(h.run[i].name, "fine") == 0 && !h.run[i].error[0];
    }
    /* "inside" fails only in repetitions of more than two iterations */
    tap_ok(rc == 0 && right >= 4 && well == 2 && right == h.errors, "%d of %d runs given up, each with its text", right,
           h.n);
    tap_ok(measure(&of[3], 1, &h, &err) == 0 && h.n == 2, "benchmarks are forgotten after a run");
    tap_ok(measure(NULL, 0, &h, &err) == -ENOENT && h.n == 0, "none at all: %s", err.text);
}

/* What the library writes itself: in a child, with stdout where the parent reads. */
static void speak(void *flags)
{
    dup2(STDERR_FILENO, STDOUT_FILENO);
    toy toys[2];
    static heard h;
    mw_error err = {""};
    int n = 0;
    while (((const char *const *)flags)[n])
        n++;
    int rc = both(n, flags, toys, &h, &err);
    printf("[%d runs, %d, %d]", h.n, mw_gb_displays(), rc);
    fflush(stdout);
}

static void check_display(void)
{
    const char *silent[] = {SHORT, "--benchmark_repetitions=2", NULL};
    child c = run_child(speak, silent);
    tap_ok(strcmp(c.text, "[4 runs, 0, 0]survived") == 0, "nothing is displayed unless asked for: %.60s", c.text);
    const char *list[] = {"--benchmark_list_tests", NULL};
    c = run_child(speak, list);
    tap_ok(strstr(c.text, "first/small/real_time\nsecond/large/real_time\n[0 runs, 1, 0]"), "names are listed");
    const char *csv[] = {SHORT, "--benchmark_format=csv", "--benchmark_repetitions=1", NULL};
    c = run_child(speak, csv);
    tap_ok(strstr(c.text, "name,iterations,real_time") && strstr(c.text, "\"second/large/real_time\",") &&
               strstr(c.text, "[2 runs, 1, 0]"),
           "the display asked for comes in addition");
    const char *few[] = {SHORT, "--benchmark_format=csv", "--benchmark_repetitions=2",
                         "--benchmark_display_aggregates_only", NULL};
    c = run_child(speak, few);
    tap_ok(strstr(c.text, "small/real_time_mean\"") && !strstr(c.text, "small/real_time\"") &&
               strstr(c.text, "[4 runs, 1, 0]"),
           "aggregates only, on screen");
}

static bool contains(const char *path, const char *word)
{
    static char text[1 << 16];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
    return strstr(text, word) != NULL;
}

static void check_file(void)
{
    char folder[] = "/tmp/memwall-gbench-XXXXXX", path[64], flag[96];
    toy toys[2];
    heard h;
    mw_error err = {""};
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder"))
        return;
    snprintf(path, sizeof path, "%s/out", folder);
    snprintf(flag, sizeof flag, "--benchmark_out=%s", path);
    const char *flags[] = {SHORT, "--benchmark_repetitions=2", flag, "--benchmark_out_format=csv"};
    tap_ok(both(3, flags, toys, &h, &err) == 0 && h.n == 4 && contains(path, "\"context\"") &&
               contains(path, "\"second/large/real_time\"") && contains(path, "\"executable\": \"bench\""),
           "--benchmark_out: JSON %s", err.text);
    tap_ok(both(4, flags, toys, &h, &err) == 0 && contains(path, "name,iterations") && !contains(path, "{"),
           "--benchmark_out_format=csv %s", err.text);
    unlink(path);
    snprintf(flag, sizeof flag, "--benchmark_out=%s/none/out", folder);
    tap_ok(both(3, flags, toys, &h, &err) == -EIO && h.n == 0, "refused: %s", err.text);
    rmdir(folder);
    if (access("/dev/full", W_OK)) {
        tap_skip("a full disk", "no /dev/full");
        return;
    }
    flags[2] = "--benchmark_out=/dev/full";
    tap_ok(both(3, flags, toys, &h, &err) == -EIO, "a full disk: %s", err.text);
}

/* After two repetitions, one that has fewer iterations makes the library end the program. */
static void third_repetition(void *unused)
{
    (void)unused;
    const char *const flags[] = {"--benchmark_min_time=0", "--benchmark_repetitions=4"};
    mw_error err = {""};
    toy t = {0};
    heard h = {0};
    mw_interrupt_catch();
    mw_gb_benchmark of = {"interrupt_later", interrupt_later, &t, NULL};
    if (mw_gb_flags(2, flags, &err) != 0 || measure(&of, 1, &h, &err) != -EINTR || t.calls != 3 || t.iterations != 2)
        fprintf(stderr, "%s, %d calls, %d iterations; ", err.text, t.calls, (int)t.iterations);
}

/* The last one: the flag stays set. */
static void check_interrupt(void)
{
    mw_error err = {""};
    toy toys[2] = {{0}};
    heard h = {0};
    mw_interrupt_catch();
    mw_gb_benchmark of = {"interrupt", interrupt, &toys[0], NULL};
    tap_ok(mw_gb_flags(0, NULL, &err) == 0 && measure(&of, 1, &h, &err) == -EINTR && toys[0].iterations == 5 &&
               toys[0].calls == 1,
           "Ctrl-C ends the loop and all repetitions: %s", err.text);
    heard after;
    tap_ok(both(0, NULL, toys, &after, &err) == -EINTR && toys[0].calls + toys[1].calls == 0, "and all that follow");
}

int main(void)
{
    mw_error err = {""};
    int rc = mw_gb_flags(0, NULL, &err);
    if (rc == -ENOTSUP) {
        tap_skip("all", err.text);
        return tap_done();
    }
    tap_ok(rc == 0, "our defaults %s", err.text);
    check_runs();
    check_flags();
    check_errors();
    check_display();
    check_file();
    const child c = run_child(third_repetition, NULL);
    tap_ok(survived(&c), "Ctrl-C in the third repetition ends all of them: %s", c.text);
    check_interrupt();
    return tap_done();
}
