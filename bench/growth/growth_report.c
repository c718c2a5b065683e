/* What suite `growth` shows. All of it comes from the summary rows of results.csv. */
#include "bench/growth/growth.h"
#include "bench/run/summary.h"
#include "engine/synthetic.h"
#include "platform/cli.h"

#include <math.h>
#include <string.h>

static bool is(const char *cell, const char *text)
{
    return strcmp(cell ? cell : "", text ? text : "") == 0;
}

/* The value of a summary of the model, variant and threads of `like`. */
static double value(const mw_session *s, char *const *like, const char *metric)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && is(row[MW_RESULTS_metric], metric) &&
            is(row[MW_RESULTS_model], like[MW_RESULTS_model]) &&
            is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) &&
            is(row[MW_RESULTS_threads], like[MW_RESULTS_threads]))
            return mw_cell_number(row[MW_RESULTS_value]);
    }
    return NAN;
}

static bool in_cache(char *const *row)
{
    return row[MW_RESULTS_note] && strstr(row[MW_RESULTS_note], "last cache");
}

static void print_row(const mw_session *s, char *const *row, const char *shape, bool markdown, FILE *to)
{
    static const char mark[] = "within 10 %: ";
    const char *verdict = row[MW_RESULTS_note] ? strstr(row[MW_RESULTS_note], mark) : NULL;
    char interval[40] = "-";
    if (row[MW_RESULTS_ci_low] && row[MW_RESULTS_ci_high])
        snprintf(interval, sizeof interval, "%.3f to %.3f", mw_cell_number(row[MW_RESULTS_ci_low]),
                 mw_cell_number(row[MW_RESULTS_ci_high]));
    fprintf(to,
            markdown ? "| %s%s | %s | %.1f | %.4g | %.1f | %.3f | %s | %s |\n"
                     : "%-11s%-1s %3s %9.1f %8.4g %6.1f %6.3f  %-15s  %s\n",
            shape, in_cache(row) ? "*" : "", row[MW_RESULTS_threads], value(s, row, "token_mb"),
            value(s, row, "tokens_per_s"), value(s, row, "roof_mean_gbs"), mw_cell_number(row[MW_RESULTS_value]),
            interval, verdict ? verdict + strlen(mark) : "-");
}

/* The summaries of one variant, from small to large shapes: the order of the processes was random. */
static void print_variant(const mw_session *s, const char *variant, bool markdown, FILE *to)
{
    if (markdown)
        fprintf(to,
                "%s\n\n| shape | threads | MB/token | tokens/s | roof GB/s | ratio | 95 %% | within 10 %% |\n"
                "|---|---|---|---|---|---|---|---|\n",
                variant);
    else
        fprintf(to, "%s\n%-12s %3s %9s %8s %6s %6s  %-15s  %s\n", variant, "shape", "thr", "MB/token", "tokens/s",
                "roof", "ratio", "95 %", "within 10 %");
    for (int i = 0; mw_synthetic_name(i); i++)
        for (size_t k = 0; k < s->results.n_rows; k++) {
            char *const *row = mw_csv_row(&s->results, k);
            const char *shape = row[MW_RESULTS_model] ? mw_synthetic_shape(row[MW_RESULTS_model]) : NULL;
            if (!row[MW_RESULTS_rep] && is(row[MW_RESULTS_metric], "growth_ratio") &&
                is(row[MW_RESULTS_variant], variant) && is(shape, mw_synthetic_name(i)))
                print_row(s, row, shape, markdown, to);
        }
    fprintf(to, "\n");
}

void mw_growth_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    const char *done[64];
    size_t n = 0;
    bool cached = false;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (row[MW_RESULTS_rep] || !is(row[MW_RESULTS_metric], "growth_ratio"))
            continue;
        bool known = n == sizeof done / sizeof done[0];
        for (size_t k = 0; k < n; k++)
            known |= is(done[k], row[MW_RESULTS_variant]);
        if (!known) {
            done[n++] = row[MW_RESULTS_variant];
            print_variant(s, row[MW_RESULTS_variant], s->options->format == MW_FORMAT_MD, to);
        }
        cached |= in_cache(row);
    }
    mw_cli_paragraph(to,
                     "ratio: tokens/s over roof GB/s by GB a token needs, weights, keys and values; 1 is what bytes "
                     "and roof alone allow. Each size has the roof of its own pages. roof: GB/s of all sweeps "
                     "together, so that they count every stall, as tokens/s do.");
    mw_cli_paragraph(to, "within 10 %: yes or no if the whole interval is within or beyond 0.9 to 1.1, else open.");
    if (cached)
        mw_cli_paragraph(to, "* weights that fit into the last cache: their roof is a roof of the cache.");
}
