#include "bench/micro/micro.h"
#include "bench/micro/micro_parts.h"
#include "bench/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* When a GEMV counts as memory-bound. */
static const double NEAR_ROOF = 0.8, FASTER_IN_CACHE = 1.25;

enum { MOST_COLUMNS = 6 };

typedef struct cell {
    double median, spread; /* spread: (most - least) / median; both NAN without values */
} cell;

/* --- finding things --- */

/* The next benchmark from `t` on that ran, of a section and, unless NULL, table, line and column. */
static const mw_micro_task *find(const mw_micro_task *t, mw_micro_section section, const char *table, const char *line,
                                 const char *column)
{
    for (; t; t = t->next)
        if (t->ran && t->bench.section == section && (!table || strcmp(t->bench.table, table) == 0) &&
            (!line || strcmp(t->bench.line, line) == 0) && (!column || strcmp(t->bench.column, column) == 0))
            return t;
    return NULL;
}

/* What the repetitions of one benchmark say; `t` may be NULL. */
static cell cell_of(const mw_micro_results *r, const mw_micro_task *t, const char *metric)
{
    cell c = {NAN, NAN};
    size_t n = 0;
    double *x = t ? malloc(r->n * sizeof *x) : NULL;
    for (size_t i = 0; x && i < r->n; i++)
        if (r->row[i].bench == &t->bench && strcmp(r->row[i].metric, metric) == 0 && isfinite(r->row[i].value))
            x[n++] = r->row[i].value;
    if (n > 0) {
        mw_sort(x, n);
        c.median = mw_percentile(x, n, 0.5);
        c.spread = (x[n - 1] - x[0]) / c.median;
    }
    free(x);
    return c;
}

/* --- printing --- */

static void print_number(FILE *to, int width, int digits, double value)
{
    if (isfinite(value))
        fprintf(to, " %*.*f", width, digits, value);
    else
        fprintf(to, " %*s", width, "-");
}

static void print_spread(FILE *to, double spread)
{
    if (isfinite(spread))
        fprintf(to, " %5.0f %%", 100 * spread);
    else
        fprintf(to, " %7s", "-");
}

/* One table: a line for each line that benchmarks named, a column for each column. */
static void print_table(const mw_micro_results *r, mw_micro_section section, const char *table, const char *metric,
                        FILE *to)
{
    const char *columns[MOST_COLUMNS];
    const int width = section == MW_MICRO_ROOF ? 30 : 19; /* of the lines' names */
    int n = 0;
    for (const mw_micro_task *t = r->tasks; (t = find(t, section, table, NULL, NULL)) && n < MOST_COLUMNS; t = t->next)
        if (find(r->tasks, section, table, NULL, t->bench.column) == t)
            columns[n++] = t->bench.column;
    fprintf(to, "%-*s", width, table);
    for (int i = 0; i < n; i++)
        fprintf(to, " %8s", columns[i]);
    fprintf(to, "  spread\n");
    for (const mw_micro_task *t = r->tasks; (t = find(t, section, table, NULL, NULL)); t = t->next) {
        if (find(r->tasks, section, table, t->bench.line, NULL) != t)
            continue; /* this line has been printed */
        double widest = NAN;
        fprintf(to, "%-*s", width, t->bench.line);
        for (int i = 0; i < n; i++) {
            cell c = cell_of(r, find(r->tasks, section, table, t->bench.line, columns[i]), metric);
            print_number(to, 8, section == MW_MICRO_OFFSET || section == MW_MICRO_FORK ? 3 : 1, c.median);
            widest = fmax(widest, c.spread); /* the other one if one is NAN */
        }
        print_spread(to, widest);
        fprintf(to, "\n");
    }
    fprintf(to, "\n");
}

static void print_gemv_table(const mw_micro_results *r, const char *table, FILE *to)
{
    fprintf(to, "%-20s %7s %7s %7s %8s  spread\n", table, "cache", "dram", "roof", "fraction");
    for (const mw_micro_task *t = r->tasks; (t = find(t, MW_MICRO_GEMV, table, NULL, NULL)); t = t->next) {
        if (find(r->tasks, MW_MICRO_GEMV, table, t->bench.line, NULL) != t)
            continue;
        const mw_micro_task *twin = find(r->tasks, MW_MICRO_GEMV, table, t->bench.line, "dram");
        cell cache = cell_of(r, find(r->tasks, MW_MICRO_GEMV, table, t->bench.line, "cache"), "bandwidth_gbs");
        cell dram = cell_of(r, twin, "bandwidth_gbs"), fraction = cell_of(r, twin, "roof_fraction");
        fprintf(to, "%-20s", t->bench.line);
        print_number(to, 7, 1, cache.median);
        print_number(to, 7, 1, dram.median);
        print_number(to, 7, 1, cell_of(r, twin, "roof_gbs").median);
        print_number(to, 8, 2, fraction.median);
        print_spread(to, fmax(cache.spread, dram.spread));
        const bool both = isfinite(cache.median) && isfinite(fraction.median);
        const bool bound = fraction.median >= NEAR_ROOF && cache.median >= FASTER_IN_CACHE * dram.median;
        fprintf(to, "%s\n", !both ? "" : bound ? "  memory-bound" : "  not memory-bound");
    }
    fprintf(to, "\n");
}

static void print_gemm_table(const mw_micro_results *r, const char *table, FILE *to)
{
    fprintf(to, "%-20s %8s %8s %9s  spread\n", table, "GFLOP/s", "peak", "fraction");
    for (const mw_micro_task *t = r->tasks; (t = find(t, MW_MICRO_GEMM, table, NULL, NULL)); t = t->next) {
        const cell fraction = cell_of(r, t, "peak_fraction");
        fprintf(to, "%-20s", t->bench.line);
        print_number(to, 8, 1, cell_of(r, t, "gflops").median);
        print_number(to, 8, 1, cell_of(r, t, "peak_gflops").median);
        print_number(to, 9, 2, fraction.median);
        print_spread(to, fraction.spread);
        fprintf(to, "\n");
    }
    fprintf(to, "\n");
}

void mw_micro_report(const mw_micro_results *r, FILE *to)
{
    static const struct {
        const char *heading, *metric;
    } sections[] = {
        [MW_MICRO_LADDER] = {"bandwidth by size of an array, GB/s as STREAM counts", "bandwidth_gbs"},
        [MW_MICRO_LATENCY] = {"latency of a load, ns", "latency_ns"},
        [MW_MICRO_FORK] = {"fork and join of all threads, us", "fork_join_us"},
        [MW_MICRO_GEMV] = {"GEMV, one thread, GB/s", "bandwidth_gbs"},
        [MW_MICRO_OFFSET] = {"GEMV with weights at byte 28 of a line: rate over that of weights on a line",
                             "misaligned_ratio"},
        [MW_MICRO_PEAK] = {"fused multiply-adds on registers, GFLOP/s", "peak_gflops"},
        [MW_MICRO_GEMM] = {"GEMM of a full batch of a prompt, one thread, weights from memory", "gflops"},
        [MW_MICRO_ROOF] = {"reading as much as the model's weights, GB/s", "roof_gbs"},
    };
    for (int s = 0; s < (int)(sizeof sections / sizeof *sections); s++) {
        const mw_micro_section section = (mw_micro_section)s;
        if (!find(r->tasks, section, NULL, NULL, NULL))
            continue;
        fprintf(to, "%s\n\n", sections[s].heading);
        for (const mw_micro_task *t = r->tasks; (t = find(t, section, NULL, NULL, NULL)); t = t->next) {
            if (find(r->tasks, section, t->bench.table, NULL, NULL) != t)
                continue; /* this table has been printed */
            if (section == MW_MICRO_GEMV)
                print_gemv_table(r, t->bench.table, to);
            else if (section == MW_MICRO_GEMM)
                print_gemm_table(r, t->bench.table, to);
            else
                print_table(r, section, t->bench.table, sections[s].metric, to);
        }
        if (section == MW_MICRO_GEMM)
            fprintf(to, "fraction: of the FMA peak of the kernel's instructions, right after; its spread.\n\n");
        if (section == MW_MICRO_GEMV)
            fprintf(to,
                    "fraction: weights read from memory, over plain reads of the same pages (roof)\n"
                    "right after. memory-bound: at least %.0f %% of that, and %.2f times as fast in\n"
                    "cache.\n\n",
                    100 * NEAR_ROOF, FASTER_IN_CACHE);
    }
    fprintf(to, "Medians over repetitions; spread: (most - least) / median, widest of its line.\n");
}
