/* What a run of suite decode or aa shows on a terminal. All of it comes from the summary rows of results.csv. */
#include "bench/aa/aa.h"
#include "bench/units/unit.h"
#include "bench/decode/decode_report.h"
#include "bench/run/summary.h"
#include "platform/cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Colour marks the fastest row; it never carries a meaning of its own. */
static bool colour(FILE *to)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fileno(to)) && !(no && *no);
}

/* Calls `print` for the steady tokens_per_s summary of every variant and thread count, in order. */
typedef void row_fn(const mw_session *s, char *const *row, bool best, FILE *to);

static void for_each_unit(const mw_session *s, row_fn *print, FILE *to)
{
    double most = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->results.n_rows; i++) {
            char *const *row = mw_csv_row(&s->results, i);
            if (row[MW_RESULTS_rep] || strcmp(row[MW_RESULTS_metric], "tokens_per_s") != 0 ||
                strcmp(row[MW_RESULTS_phase], "steady") != 0 || !row[MW_RESULTS_value])
                continue;
            double value = mw_cell_number(row[MW_RESULTS_value]);
            if (pass == 0)
                most = value > most ? value : most;
            else
                print(s, row, value == most, to);
        }
}

static double number(const mw_session *s, char *const *unit, const char *metric, size_t column)
{
    char *const *row = mw_summary_find(s, unit[MW_RESULTS_variant], unit[MW_RESULTS_threads], metric);
    return row ? mw_cell_number(row[column]) : NAN;
}

/* "2.1": half the interval in per cent of the value; "-" without an interval. */
static const char *half_width(const mw_session *s, char *const *unit, const char *metric, char to[16])
{
    double low = number(s, unit, metric, MW_RESULTS_ci_low), high = number(s, unit, metric, MW_RESULTS_ci_high);
    double value = number(s, unit, metric, MW_RESULTS_value);
    snprintf(to, 16, "-");
    if (isfinite(low) && isfinite(high))
        snprintf(to, 16, 50 * (high - low) / value < 999 ? "%.1f" : ">999", 50 * (high - low) / value);
    return to;
}

static void table_row(const mw_session *s, char *const *unit, bool best, FILE *to)
{
    char rate[16], share[16];
    const bool colours = best && colour(to);
    fprintf(to, "%s%-34s %3s %7.1f %5s %6.1f %5.2f %5s %8.0f%s\n", colours ? "\033[1;32m" : "",
            unit[MW_RESULTS_variant], unit[MW_RESULTS_threads], number(s, unit, "tokens_per_s", MW_RESULTS_value),
            half_width(s, unit, "tokens_per_s", rate), number(s, unit, "bandwidth_gbs", MW_RESULTS_value),
            number(s, unit, "roof_fraction", MW_RESULTS_value), half_width(s, unit, "roof_fraction", share),
            number(s, unit, "itl_p99_us", MW_RESULTS_value), colours ? "\033[0m" : "");
}

static void markdown_row(const mw_session *s, char *const *unit, bool best, FILE *to)
{
    char rate[16], share[16];
    (void)best;
    fprintf(to, "| %s | %s | %.1f | %s | %.1f | %.3f | %s | %.0f | %.0f |\n", unit[MW_RESULTS_variant],
            unit[MW_RESULTS_threads], number(s, unit, "tokens_per_s", MW_RESULTS_value),
            half_width(s, unit, "tokens_per_s", rate), number(s, unit, "bandwidth_gbs", MW_RESULTS_value),
            number(s, unit, "roof_fraction", MW_RESULTS_value), half_width(s, unit, "roof_fraction", share),
            number(s, unit, "itl_p50_us", MW_RESULTS_value), number(s, unit, "itl_p99_us", MW_RESULTS_value));
}

/* Bytes do not depend on the number of threads: one row a variant. */
static void bytes_row(const mw_session *s, char *const *unit, bool best, FILE *to)
{
    (void)best;
    char *const *first = NULL;
    for (size_t i = 0; i < s->results.n_rows && !first; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && row[MW_RESULTS_variant] &&
            strcmp(row[MW_RESULTS_variant], unit[MW_RESULTS_variant]) == 0)
            first = row;
    }
    if (strcmp(first[MW_RESULTS_threads], unit[MW_RESULTS_threads]) != 0)
        return;
    fprintf(to, "%-34s %8.1f %8.1f %9.1f %9.1f %7.1f\n", unit[MW_RESULTS_variant],
            number(s, unit, "bytes_needed_mb", MW_RESULTS_value), number(s, unit, "bytes_stored_mb", MW_RESULTS_value),
            number(s, unit, "bytes_resident_mb", MW_RESULTS_value),
            number(s, unit, "bytes_residual_mb", MW_RESULTS_value),
            number(s, unit, "huge_mib", MW_RESULTS_value) * 0x1p20 * 1e-6);
}

static void pair_row(const mw_session *s, char *const *unit, bool best, FILE *to)
{
    (void)best;
    char *const *row = mw_summary_find(s, unit[MW_RESULTS_variant], unit[MW_RESULTS_threads], "aa_ratio");
    if (!row || strstr(unit[MW_RESULTS_variant], MW_TWIN_SUFFIX) == NULL)
        return;
    char interval[40] = "one process";
    if (row[MW_RESULTS_ci_low])
        snprintf(interval, sizeof interval, "%.4f to %.4f", mw_cell_number(row[MW_RESULTS_ci_low]),
                 mw_cell_number(row[MW_RESULTS_ci_high]));
    const char *verdict = strchr(row[MW_RESULTS_note], ';');
    fprintf(to, "%-34s %3s %7.4f  %-16s %s\n", row[MW_RESULTS_variant], row[MW_RESULTS_threads],
            mw_cell_number(row[MW_RESULTS_value]), interval, verdict ? verdict + 2 : "");
}

static void print_warnings(const mw_session *s, FILE *to)
{
    bool any = false;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] || strcmp(row[MW_RESULTS_metric], "warning") != 0)
            continue;
        fprintf(to, "%s", any ? "" : "\nmind:\n");
        mw_cli_paragraph(to, row[MW_RESULTS_note]);
        any = true;
    }
}

static size_t processes(const mw_session *s)
{
    size_t most = 0;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        double rep = mw_cell_number(mw_csv_row(&s->results, i)[MW_RESULTS_rep]);
        most = rep > (double)most ? (size_t)rep : most;
    }
    return most;
}

static void print_footer(const mw_session *s, FILE *to)
{
    const size_t n = processes(s);
    const unsigned long long tokens = s->options->tokens - MW_WARMUP_TOKENS;
    if (n == 1)
        fprintf(to, "\none process (--reps=1): no interval between processes; %llu tokens after %d\nof warm-up.\n",
                tokens, MW_WARMUP_TOKENS);
    else
        fprintf(to,
                "\n+-%%: half the 95 %% interval between %zu processes (%s); each decodes\n%llu tokens after %d of "
                "warm-up.\n",
                n, s->first_stage ? "--precision" : "--reps", tokens, MW_WARMUP_TOKENS);
    fprintf(
        to,
        "roof: share of a read-only sweep over the same pages by the same threads,\nswept before and after every %d "
        "tokens.",
        MW_GROUP_TOKENS);
    const char *seen = "";
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] || strcmp(row[MW_RESULTS_metric], "machine_roof_gbs") != 0 || !row[MW_RESULTS_value] ||
            strstr(seen, row[MW_RESULTS_threads]))
            continue;
        fprintf(to, "%s %.1f GB/s (threads: %s)",
                *seen ? "," : "\nmachine roof, on huge pages:", mw_cell_number(row[MW_RESULTS_value]),
                row[MW_RESULTS_threads]);
        seen = row[MW_RESULTS_threads];
        if (strcmp(seen, "1") != 0)
            break;
    }
    fprintf(to, "\n");
}

static void print_head(const mw_session *s, FILE *to)
{
    fprintf(to, "%s f32: one token reads %.1f MB of weights.\n%.60s, %d CPU%s\n\n", s->model.name,
            (double)mw_model_token_cost(&s->model.config, 0).weight_bytes * 1e-6, s->cpu, s->n_cpus,
            s->n_cpus == 1 ? "" : "s");
}

static bool any_simde(const mw_session *s)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        const char *isa = mw_csv_row(&s->results, i)[MW_RESULTS_isa];
        if (isa && strcmp(isa, "neon-simde") == 0)
            return true;
    }
    return false;
}

static void markdown_table(const mw_session *s, FILE *to)
{
    fprintf(to, "| variant | threads | tokens/s | +-%% | GB/s | of the roof | +-%% | P50 us | P99 us |\n"
                "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for_each_unit(s, markdown_row, to);
}

void mw_report_decode(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    if (s->options->format == MW_FORMAT_MD) {
        markdown_table(s, to);
        return;
    }
    print_head(s, to);
    fprintf(to, "%-34s %3s %7s %5s %6s %5s %5s %8s\n", "variant", "thr", "token/s", "+-%", "GB/s", "roof", "+-%",
            "P99 us");
    for_each_unit(s, table_row, to);
    print_footer(s, to);
    fprintf(to, "\n%-34s %8s %8s %9s %9s %7s\n", "bytes of the weights, MB", "needed", "stored", "resident", "residual",
            "huge");
    for_each_unit(s, bytes_row, to);
    if (any_simde(s))
        fprintf(to, "\nNEON kernels run through SIMDe (AVX2, FMA) on this CPU.\n");
    print_warnings(s, to);
}

void mw_report_pairs(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    print_head(s, to);
    fprintf(to, "The same variant under two names. Tokens are paired, clusters are processes.\n\n");
    fprintf(to, "%-34s %3s %7s  %-16s %s\n", "variant", "thr", "ratio", "95 % interval", "verdict");
    for_each_unit(s, pair_row, to);
    fprintf(to, "\n");
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (strcmp(row[MW_RESULTS_metric], "aa_false_rate") == 0)
            fprintf(to, "false alarms on %s synthetic data sets: %.1f %% (%.1f to %.1f),\n  %s\n", row[MW_RESULTS_n],
                    100 * mw_cell_number(row[MW_RESULTS_value]), 100 * mw_cell_number(row[MW_RESULTS_ci_low]),
                    100 * mw_cell_number(row[MW_RESULTS_ci_high]), row[MW_RESULTS_param]);
    }
    print_warnings(s, to);
}
