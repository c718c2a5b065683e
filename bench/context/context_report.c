/* What suite `context` shows on a terminal. All of it comes from the summary rows of results.csv. */
#include "bench/context/context.h"
#include "bench/run/summary.h"
#include "platform/cli.h"

#include <math.h>
#include <string.h>

/* One line: a position of one variant and thread count, whose itl_us is `row`. */
static void print_position(const mw_session *s, char *const *row, size_t position, FILE *to)
{
    static const char *const metrics[] = {"context_added_us", "context_expected_us", "context_cost_ratio"};
    char param[64];
    char *const *more[3];
    snprintf(param, sizeof param, "against=%zu;position=%zu", ((const mw_context_options *)s->options->own)->positions.of[0], position);
    for (int i = 0; i < 3; i++)
        more[i] = mw_summary_find_param(s, row[MW_RESULTS_variant], row[MW_RESULTS_threads], metrics[i], param);
    fprintf(to, "%-30s %3s %5zu %8.0f", row[MW_RESULTS_variant], row[MW_RESULTS_threads], position,
            mw_cell_number(row[MW_RESULTS_value]));
    if (!more[0] || !more[1] || !more[2]) {
        fprintf(to, "\n");
        return;
    }
    const double low = mw_cell_number(more[2][MW_RESULTS_ci_low]), high = mw_cell_number(more[2][MW_RESULTS_ci_high]);
    fprintf(to, " %7.0f %7.0f %6.2f", mw_cell_number(more[0][MW_RESULTS_value]),
            mw_cell_number(more[1][MW_RESULTS_value]), mw_cell_number(more[2][MW_RESULTS_value]));
    if (isfinite(low) && isfinite(high))
        fprintf(to, " %5.2f\n", (high - low) / 2);
    else
        fprintf(to, " %5s\n", "-");
}

void mw_context_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    char words[400];
    fprintf(to, "%s f32: what a token costs more the later it stands.\n%.60s, %d CPU%s\n\n", s->model.name, s->cpu,
            s->n_cpus, s->n_cpus == 1 ? "" : "s");
    fprintf(to, "%-30s %3s %5s %8s %7s %7s %6s %5s\n", "variant", "thr", "pos", "us", "added", "KV/roof", "ratio",
            "+-");
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && strcmp(row[MW_RESULTS_metric], "itl_us") == 0 && row[MW_RESULTS_value])
            print_position(s, row, (size_t)mw_cell_number(row[MW_RESULTS_param] + strlen("position=")), to);
    }
    fprintf(to, "\n");
    snprintf(words, sizeof words,
             "added: us more than the token at position %zu of the same round. KV/roof: us that the keys and values "
             "read more take as fast as the pages of the weights were read beside it; they lie elsewhere, in the "
             "decoder's arena. ratio: added over that; +-: half its 95 %% interval between processes.",
             ((const mw_context_options *)s->options->own)->positions.of[0]);
    mw_cli_paragraph(to, words);
}
