/* The report of suite micro, from results made by hand: medians, spreads, and what counts as memory-bound. */
#include "bench/micro/micro_parts.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

enum { KERNELS = 3, GEMMS = 2, OTHERS = 2, REPS = 3 };

static mw_micro_task tasks[2 * KERNELS + GEMMS + OTHERS];
static mw_micro_row rows[64];
static mw_micro_results results = {.row = rows, .tasks = tasks};

/* Three repetitions around `value`: its median. */
static void add(const mw_micro_task *t, const char *metric, double value)
{
    for (int rep = 0; rep < REPS; rep++)
        rows[results.n++] =
            (mw_micro_row){.bench = &t->bench, .rep = rep, .metric = metric, .value = value * (1 + 0.1 * (rep - 1))};
}

static void kernel(int index, const char *name, double cache, double dram, double roof, double fraction)
{
    for (int k = 0; k < 2; k++) {
        mw_micro_task *t = &tasks[2 * index + k];
        *t = (mw_micro_task){.ran = true, .bench = {.section = MW_MICRO_GEMV, .threads = 1}};
        t->next = t + 1;
        snprintf(t->bench.table, sizeof t->bench.table, "768 x 768");
        snprintf(t->bench.line, sizeof t->bench.line, "%s", name);
        snprintf(t->bench.column, sizeof t->bench.column, "%s", k ? "dram" : "cache");
        add(t, "bandwidth_gbs", k ? dram : cache);
        if (k) {
            add(t, "roof_gbs", roof);
            add(t, "roof_fraction", fraction);
        }
    }
}

/* A GEMM at `gflops` beside a peak of 50; its twin without a peak ran where there is none. */
static void gemm(int index, const char *name, double gflops, bool peak)
{
    mw_micro_task *t = &tasks[2 * KERNELS + index];
    *t = (mw_micro_task){.ran = true, .next = t + 1, .bench = {.section = MW_MICRO_GEMM, .threads = 1}};
    snprintf(t->bench.table, sizeof t->bench.table, "768 x 2048");
    snprintf(t->bench.line, sizeof t->bench.line, "%s", name);
    add(t, "gflops", gflops);
    if (peak) {
        add(t, "peak_gflops", 50);
        add(t, "peak_fraction", gflops / 50);
    }
}

/* One line of a table of its own, on two threads. */
static void other(int index, mw_micro_section section, const char *line, const char *metric, double value)
{
    mw_micro_task *t = &tasks[2 * KERNELS + GEMMS + index];
    *t = (mw_micro_task){.ran = true, .bench = {.section = section, .threads = 2}};
    t->next = index + 1 < OTHERS ? t + 1 : NULL;
    snprintf(t->bench.table, sizeof t->bench.table, "a table");
    snprintf(t->bench.line, sizeof t->bench.line, "%s", line);
    snprintf(t->bench.column, sizeof t->bench.column, "thr. 2");
    add(t, metric, value);
}

/* The line of the report that begins with `name`; "" if there is none. */
static const char *line_of(char *text, const char *name)
{
    static char line[200];
    const char *from = strstr(text, name);
    snprintf(line, sizeof line, "%.*s", from ? (int)strcspn(from, "\n") : 0, from ? from : "");
    return line;
}

static bool ends(const char *line, const char *end)
{
    size_t n = strlen(line), m = strlen(end);
    return n >= m && strcmp(line + n - m, end) == 0;
}

int main(void)
{
    char *text = NULL;
    size_t size = 0, longest = 0;
    kernel(0, "at_the_wall", 80, 34, 40, 0.85);
    kernel(1, "below_it", 80, 30, 40, 0.76);
    kernel(2, "no_faster_in_cache", 36, 34, 40, 0.85);
    gemm(0, "beside_a_peak", 40, true);
    gemm(1, "without_one", 30, false);
    other(0, MW_MICRO_PEAK, "avx2, 256 bits", "peak_gflops", 200);
    other(1, MW_MICRO_FORK, "back to back", "fork_join_us", 0.074);
    FILE *f = open_memstream(&text, &size);
    mw_micro_report(&results, f);
    fclose(f);
    const char *line = line_of(text, "at_the_wall");
    tap_ok(strstr(line, " 80.0 ") && strstr(line, " 34.0 ") && strstr(line, " 40.0 ") && strstr(line, " 0.85 "),
           "medians: %s", line);
    tap_ok(strstr(line, " 20 %"), "spread: most less least, over the median");
    tap_ok(ends(line, "  memory-bound"), "85 %% of the roof, twice as fast in cache: memory-bound");
    tap_ok(ends(line_of(text, "below_it"), "  not memory-bound"), "76 %% of the roof: not");
    tap_ok(ends(line_of(text, "no_faster_in_cache"), "  not memory-bound"), "no faster in cache: not");
    line = line_of(text, "beside_a_peak");
    tap_ok(strstr(line, " 40.0 ") && strstr(line, " 50.0 ") && strstr(line, " 0.80 "), "a GEMM and its peak: %s", line);
    line = line_of(text, "without_one");
    tap_ok(strstr(line, " 30.0 ") && ends(line, "-") && !strstr(line, " 50.0 "), "a GEMM without a peak: %s", line);
    tap_ok(strstr(line_of(text, "avx2, 256 bits"), " 200.0 "), "the peak of an instruction set");
    tap_ok(strstr(line_of(text, "back to back"), " 0.074 "), "a fork and join, to the nanosecond");
    for (const char *p = text; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
        longest = strcspn(p, "\n") > longest ? strcspn(p, "\n") : longest;
    tap_ok(longest <= 80, "lines of at most 80 columns: %zu", longest);
    free(text);
    return tap_done();
}
