/* The report of suite micro, from rows made by hand: grids, spreads, and what counts as memory-bound. */
#include "bench/micro/micro.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static mw_csv results;

/* A row whose repetitions are 20 % apart. */
static void add(const char *kernel, const char *phase, const char *metric, double value, const char *param)
{
    mw_csv_append(&results, (mw_cell[MW_RESULTS_COUNT]){
                                [MW_RESULTS_kernel] = mw_text(kernel),
                                [MW_RESULTS_phase] = mw_text(phase),
                                [MW_RESULTS_metric] = mw_text(metric),
                                [MW_RESULTS_threads] = mw_whole(1),
                                [MW_RESULTS_value] = mw_real(value),
                                [MW_RESULTS_note] = mw_text("1 process; spread=0.2; huge pages hold 3 of 4 KiB"),
                                [MW_RESULTS_param] = mw_text(param),
                            });
}

static void gemv(const char *name, double cache, double dram, double roof, double fraction)
{
    static const char cached[] = "matrix=768x768;weights=cache", read[] = "matrix=768x768;weights=dram";
    char phase[80];
    snprintf(phase, sizeof phase, "gemv/%s/768x768/cache", name);
    add(name, phase, "bandwidth_gbs", cache, cached);
    snprintf(phase, sizeof phase, "gemv/%s/768x768/dram", name);
    add(name, phase, "bandwidth_gbs", dram, read);
    add(name, phase, "roof_gbs", roof, read);
    add(name, phase, "roof_fraction", fraction, read);
}

/* A GEMM next to a peak of 50; its twin ran where there is no peak. */
static void gemm(const char *name, double gflops, bool peak)
{
    char phase[80];
    snprintf(phase, sizeof phase, "gemm/%s/64x768x2048/dram", name);
    add(name, phase, "gflops", gflops, "tokens=64");
    if (!peak)
        return;
    add(name, phase, "peak_gflops", 50, "tokens=64");
    add(name, phase, "peak_fraction", gflops / 50, "tokens=64");
}

static char *report(mw_format format)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    mw_page page = mw_page_on(f, format, &results);
    mw_micro_report(NULL, &page);
    fclose(f);
    return text;
}

/* The line of the report that begins with `name`; "" if there is none. */
static const char *line_of(const char *text, const char *name)
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

static void test_text(void)
{
    char *text = report(MW_FORMAT_TABLE);
    size_t longest = 0;
    const char *line = line_of(text, "at_the_wall");
    tap_ok(strstr(line, " 80.0 ") && strstr(line, " 34.0 ") && strstr(line, " 40.0 ") && strstr(line, " 0.85 "),
           "medians: %s", line);
    tap_ok(strstr(line, " 20 %"), "spread: most less least, over the median");
    tap_ok(ends(line, " memory-bound") && !ends(line, "not memory-bound"),
           "85 %% of the roof, twice as fast in cache: memory-bound");
    tap_ok(ends(line_of(text, "below_it"), " not memory-bound"), "76 %% of the roof: not");
    tap_ok(ends(line_of(text, "no_faster_in_cache"), " not memory-bound"), "no faster in cache: not");
    line = line_of(text, "in_cache_alone");
    tap_ok(strstr(line, " 70.0        -      -        -   20 %"), "a kernel that ran in the cache alone has a line: %s",
           line);
    line = line_of(text, "next_to_a_peak");
    tap_ok(strstr(line, " 40.0 ") && strstr(line, " 50.0 ") && strstr(line, " 0.80 "), "a GEMM and its peak: %s", line);
    line = line_of(text, "without_one");
    tap_ok(strstr(line, " 30.0 ") && strstr(line, " -        -   20 %") && !strstr(line, " 50.0 "),
           "a GEMM without a peak: %s", line);
    tap_ok(strstr(line_of(text, "avx2, 256 bits"), " 200.0 "), "the peak of an instruction set");
    tap_ok(strstr(line_of(text, "empty function"), " 0.074 "), "a fork and join, to the nanosecond");
    line = line_of(text, "16KiB huge");
    tap_ok(strstr(line, " 10.0 ") && strstr(line, " 11.0 "), "a step of the ladder, its loops side by side: %s", line);
    tap_ok(strstr(line_of(text, "Bandwidth"), ": 2 threads") && strstr(line_of(text, "array  "), "  read 4     copy "),
           "a table per thread count, a column per loop");
    for (const char *p = text; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
        longest = strcspn(p, "\n") > longest ? strcspn(p, "\n") : longest;
    tap_ok(longest <= 80, "lines of at most 80 columns: %zu", longest);
    free(text);
}

static void test_markdown(void)
{
    char *text = report(MW_FORMAT_MD);
    static const char *const lines[] = {
        "**GEMV, one thread, GB/s: 768x768**\n\n| kernel | cache | dram | roof | fraction | spread | bound |\n"
        "|---|--:|--:|--:|--:|--:|---|\n| at_the_wall | 80.0 | 34.0 | 40.0 | 0.85 | 20 % | memory-bound |\n"
        "| below_it | 80.0 | 30.0 | 40.0 | 0.76 | 20 % | not memory-bound |\n",
        "\n| next_to_a_peak | 40.0 | 50.0 | 0.80 | 20 % |\n| without_one | 30.0 | - | - | 20 % |\n",
        "\n| instructions | thr. 2 | spread |\n|---|--:|--:|\n| avx2, 256 bits | 200.0 | 20 % |\n",
        "\n| array | read 4 | copy | spread |\n|---|--:|--:|--:|\n| 16KiB huge | 10.0 | 11.0 | 20 % |\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        tap_ok(strstr(text, lines[i]), "table %zu as Markdown", i + 1);
    free(text);
}

int main(void)
{
    results = mw_csv_results();
    add("probe", "ladder/read_256-bit_4_streams/16KiB/huge/threads:2", "bandwidth_gbs", 10, "loop=read");
    add("probe", "ladder/copy/16KiB/huge/threads:2", "bandwidth_gbs", 11, "loop=copy");
    add("probe", "ladder/copy/16KiB/huge/threads:2", "moved_gbs", 16.5, "loop=copy");
    gemv("at_the_wall", 80, 34, 40, 0.85);
    gemv("below_it", 80, 30, 40, 0.76);
    gemv("no_faster_in_cache", 36, 34, 40, 0.85);
    add("in_cache_alone", "gemv/in_cache_alone/768x768/cache", "bandwidth_gbs", 70, "matrix=768x768;weights=cache");
    gemm("next_to_a_peak", 40, true);
    gemm("without_one", 30, false);
    add("peak", "peak/avx2/threads:2", "peak_gflops", 200, "bits=256");
    add("fork", "fork/threads:2", "fork_join_us", 0.074, NULL);
    test_text();
    test_markdown();
    mw_csv_free(&results);
    return tap_done();
}
