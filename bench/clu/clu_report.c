/* What suite `clu` shows on a terminal. All of it comes from results.csv. */
#include "bench/clu/clu_suite.h"
#include "bench/run/shapes.h"
#include "bench/run/summary.h"
#include "platform/cli.h"

#include <math.h>
#include <string.h>

static bool is(const char *cell, const char *text)
{
    return cell && strcmp(cell, text) == 0;
}

/* The value of a metric of `like`'s variant with `like`'s phase and param. */
static double value_like(const mw_session *s, char *const *like, const char *metric)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (is(row[MW_RESULTS_metric], metric) && is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) &&
            is(row[MW_RESULTS_phase], like[MW_RESULTS_phase]) && is(row[MW_RESULTS_param], like[MW_RESULTS_param]))
            return mw_cell_number(row[MW_RESULTS_value]);
    }
    return NAN;
}

static void print_cell(FILE *to, int width, int digits, double value)
{
    if (isfinite(value))
        fprintf(to, " %*.*f", width, digits, value);
    else
        fprintf(to, " %*s", width, "-");
}

typedef struct range {
    double least, most;
} range;

static void widen(range *r, double value)
{
    r->least = fmin(r->least, value);
    r->most = fmax(r->most, value);
}

/* Kernels that use (nearly) every byte they bring in, and what still tells them apart: [0] row-major, [1] TVL. */
typedef struct verdict {
    size_t full[2]; /* rows of the table with 0.99 or more at every level */
    range splits[2], loads[2], jumps[2];
} verdict;

static void judge(verdict *v, const mw_session *s, char *const *row, double least_clu)
{
    const bool tvl = is(row[MW_RESULTS_layout], "tvl");
    if (least_clu < 0.99 || (!tvl && !is(row[MW_RESULTS_layout], "rowmajor")))
        return;
    v->full[tvl]++;
    widen(&v->splits[tvl], 100 * value_like(s, row, "split_load_fraction"));
    widen(&v->loads[tvl], value_like(s, row, "loads_per_line"));
    widen(&v->jumps[tvl], value_like(s, row, "jumps"));
}

static void token_table(const mw_session *s, verdict *v, FILE *to)
{
    fprintf(to, "%-36s %6s %6s %6s %7s %6s %6s\n", "all matrices of a token", "L1", "L2", "LLC", "splits", "loads",
            "visits");
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!is(row[MW_RESULTS_metric], "clu_l1") || !is(row[MW_RESULTS_phase], "token"))
            continue;
        fprintf(to, "%-36s", row[MW_RESULTS_variant]);
        if (!row[MW_RESULTS_value]) {
            fprintf(to, " unavailable\n");
            continue;
        }
        const double l1 = mw_cell_number(row[MW_RESULTS_value]), l2 = value_like(s, row, "clu_l2"),
                     llc = value_like(s, row, "clu_llc");
        print_cell(to, 6, 3, l1);
        print_cell(to, 6, 3, l2);
        print_cell(to, 6, 3, llc);
        fprintf(to, " %5.1f %%", 100 * value_like(s, row, "split_load_fraction"));
        print_cell(to, 6, 1, value_like(s, row, "loads_per_line"));
        print_cell(to, 6, 1, value_like(s, row, "visits_per_line"));
        fprintf(to, "\n");
        judge(v, s, row, fmin(l1, fmin(l2, llc)));
    }
}

/* Split loads of one kernel where its matrix starts `offset` bytes behind a line. */
static double splits_at(const mw_session *s, char *const *like, unsigned line, unsigned offset)
{
    char key[64];
    snprintf(key, sizeof key, "line=%u;offset=%u;region=weights", line, offset);
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (is(row[MW_RESULTS_metric], "split_load_fraction") && is(row[MW_RESULTS_phase], "offsets") &&
            is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) && strstr(row[MW_RESULTS_param], key))
            return 100 * mw_cell_number(row[MW_RESULTS_value]);
    }
    return NAN;
}

static void offset_table(const mw_session *s, FILE *to)
{
    static const unsigned offsets[] = {0, 4, 28, 60}, lines[] = {64, 128};
    const char *last = "";
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!is(row[MW_RESULTS_metric], "split_load_fraction") || !is(row[MW_RESULTS_phase], "offsets") ||
            is(row[MW_RESULTS_variant], last))
            continue;
        if (!*last)
            fprintf(to, "\n%-36s %s\n%-36s %4s %4s %4s %4s  %4s %4s %4s %4s\n", "split loads of weights, per cent",
                    "64-byte lines       128-byte lines", "start of the matrix behind a line", "0", "4", "28", "60",
                    "0", "4", "28", "60");
        last = row[MW_RESULTS_variant];
        fprintf(to, "%-36s", last);
        for (int line = 0; line < 2; line++) {
            fprintf(to, "%s", line ? " " : "");
            for (int k = 0; k < 4; k++)
                print_cell(to, 4, 1, splits_at(s, row, lines[line], offsets[k]));
        }
        fprintf(to, "\n");
    }
}

/* "5", "2 to 32" */
static const char *text_of(const range *r, char to[32])
{
    if (r->least == r->most)
        snprintf(to, 32, "%.3g", r->most);
    else
        snprintf(to, 32, "%.3g to %.3g", r->least, r->most);
    return to;
}

/* The result in words, as it came out. */
static void say(const mw_session *s, const verdict *v, FILE *to)
{
    char text[800], a[6][32];
    if (v->full[0] == 0 || v->full[1] == 0)
        return;
    snprintf(
        text, sizeof text,
        "Utilization does not tell row-major from TVL: %zu row-major rows and %zu of TVL use at least 99 %% of what "
        "they bring in, at every level. What tells them apart (row-major; TVL): split loads (%s %%; %s %%), loads of "
        "weights and x for a line of weights, which depend on the width of vectors, too (%s; %s), jumps from tensor "
        "to tensor in one token (%s; %s), and sums across the lanes of a vector (one for each of %llu rows a token; "
        "none).",
        v->full[0], v->full[1], text_of(&v->splits[0], a[0]), text_of(&v->splits[1], a[1]), text_of(&v->loads[0], a[2]),
        text_of(&v->loads[1], a[3]), text_of(&v->jumps[0], a[4]), text_of(&v->jumps[1], a[5]),
        (unsigned long long)mw_shapes_rows(&s->model));
    fprintf(to, "\n");
    mw_cli_paragraph(to, text);
}

void mw_clu_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    const range none = {INFINITY, -INFINITY};
    verdict v = {{0}, {none, none}, {none, none}, {none, none}};
    fprintf(
        to,
        "Cache-line utilization of the weights of %s:\nused / brought in, modelled from the accesses of the compiled "
        "kernels.\n\n",
        s->model.name);
    token_table(s, &v, to);
    fprintf(to,
            "\nsplits: loads that touch two lines. loads: of weights and x, for a line of\nweights. visits: how often "
            "the stream comes to a line.\n");
    offset_table(s, to);
    say(s, &v, to);
}
