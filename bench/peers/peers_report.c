/* What suite `peers` shows on a terminal. All of it comes from results.csv. */
#include "bench/peers/peers.h"
#include "bench/run/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *cell, const char *text)
{
    return strcmp(cell ? cell : "", text ? text : "") == 0;
}

static bool is_peer(char *const *row)
{
    return is(row[MW_RESULTS_kernel], "peer");
}

static double value(char *const *row)
{
    return row ? mw_cell_number(row[MW_RESULTS_value]) : NAN;
}

/* Summary rows of a metric and phase from the largest value to the smallest, what is unavailable last; to be freed. */
static int by_value(const void *a, const void *b)
{
    double x = value(*(char *const *const *)a), y = value(*(char *const *const *)b);
    return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x < y) - (x > y);
}

static char *const **summaries(const mw_session *s, const char *metric, const char *phase, size_t *n)
{
    const mw_csv *r = &s->results;
    char *const **rows = malloc((r->n_rows + 1) * sizeof *rows);
    *n = 0;
    for (size_t i = 0; rows && i < r->n_rows; i++) {
        char *const *row = mw_csv_row(r, i);
        if (!row[MW_RESULTS_rep] && is(row[MW_RESULTS_metric], metric) && is(row[MW_RESULTS_phase], phase))
            rows[(*n)++] = row;
    }
    if (rows)
        qsort(rows, *n, sizeof *rows, by_value);
    return rows;
}

/* Rounds in which a program was counted. */
static size_t rounds(const mw_session *s, char *const *like)
{
    size_t n = 0;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        n += row[MW_RESULTS_rep] && row[MW_RESULTS_value] && is(row[MW_RESULTS_metric], like[MW_RESULTS_metric]) &&
             is(row[MW_RESULTS_phase], like[MW_RESULTS_phase]) &&
             is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) &&
             is(row[MW_RESULTS_threads], like[MW_RESULTS_threads]);
    }
    return n;
}

/* "1.14 (1.12 to 1.17)" */
static const char *with_interval(char *const *row, char text[64])
{
    const double v = value(row), low = row ? mw_cell_number(row[MW_RESULTS_ci_low]) : NAN,
                 high = row ? mw_cell_number(row[MW_RESULTS_ci_high]) : NAN;
    const int digits = v < 9.995 && !(high >= 9.995) ? 2 : v < 99.95 && !(high >= 99.95) ? 1 : 0;
    if (!isfinite(v))
        snprintf(text, 64, "%s", row ? "-" : "");
    else if (isfinite(low) && high < 1e5)
        snprintf(text, 64, "%.*f (%.*f to %.*f)", digits, v, digits, low, digits, high);
    else if (isfinite(low) && isfinite(high)) /* two rounds that differ say nothing, in as many columns */
        snprintf(text, 64, "%.*f (%.*f to >99999)", digits, v, digits, low);
    else
        snprintf(text, 64, "%.*f", digits, v);
    return text;
}

/* "llama.cpp" of "peer=llama.cpp" */
static const char *peer_of(char *const *ratio)
{
    const char *param = ratio[MW_RESULTS_param];
    return param && strncmp(param, "peer=", 5) == 0 ? param + 5 : "";
}

static void half_width(FILE *to, char *const *row)
{
    const double per_cent =
        50 * (mw_cell_number(row[MW_RESULTS_ci_high]) - mw_cell_number(row[MW_RESULTS_ci_low])) / value(row);
    if (per_cent < 1000) /* false for a NAN, too */
        fprintf(to, " %5.1f", per_cent);
    else
        fprintf(to, " %5s", "-");
}

/* Every variant of ours against every peer. */
static void ratio_table(FILE *to, const char *title, char *const *const *ratios, size_t n)
{
    char text[64];
    if (n > 0)
        fprintf(to, "\n%-34s %3s %-20s  %s\n", "ours", "thr", "peer", title);
    for (size_t i = 0; ratios && i < n; i++)
        fprintf(to, "%-34.34s %3s %-20s  %s\n", ratios[i][MW_RESULTS_variant], ratios[i][MW_RESULTS_threads],
                peer_of(ratios[i]), with_interval(ratios[i], text));
}

/* The times to the first token, the shortest first, each peer's held against ours of as many threads. */
static void first_tokens(const mw_session *s, FILE *to)
{
    size_t n, n_ratios;
    char text[64];
    char *const **times = summaries(s, "ttft_ms", "ttft", &n);
    char *const **ratios = summaries(s, "peer_ttft_ratio", "ttft", &n_ratios);
    if (n_ratios > 0)
        fprintf(to, "\n%-34s %3s %8s %5s %4s\n", "first token, with its prompt", "thr", "ms", "+-%", "n");
    for (size_t i = n_ratios > 0 && times ? n : 0; i-- > 0;) {
        const char *prompt = times[i][MW_RESULTS_param];
        snprintf(text, sizeof text, "%.20s, %.20s", times[i][MW_RESULTS_variant], prompt + strcspn(prompt, "=") + 1);
        fprintf(to, "%-34.34s %3s %8.1f", text, times[i][MW_RESULTS_threads] ? times[i][MW_RESULTS_threads] : "?",
                value(times[i]));
        half_width(to, times[i]);
        fprintf(to, " %4zu\n", rounds(s, times[i]));
    }
    ratio_table(to, "peer's time / ours", ratios, n_ratios);
    free(times);
    free(ratios);
}

/* The ratio of the fastest of ours that can be held against a peer's row: of `rates` from the largest on, the first one
 * on as many threads, or on any if the peer was not told how many. */
static char *const *ratio_of(char *const *peer, char *const *const *rates, size_t n, char *const *const *ratios,
                             size_t n_ratios)
{
    for (size_t i = 0; i < n; i++) {
        char *const *ours = rates[i];
        if (is_peer(ours) || (peer[MW_RESULTS_threads] && !is(ours[MW_RESULTS_threads], peer[MW_RESULTS_threads])))
            continue;
        for (size_t k = 0; k < n_ratios; k++)
            if (is(peer_of(ratios[k]), peer[MW_RESULTS_variant]) &&
                is(ratios[k][MW_RESULTS_variant], ours[MW_RESULTS_variant]) &&
                is(ratios[k][MW_RESULTS_threads], ours[MW_RESULTS_threads]))
                return ratios[k];
    }
    return NULL;
}

void mw_peers_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    size_t n, n_ratios, n_prefill;
    char *const **rates = summaries(s, "tokens_per_s", "steady", &n);
    char *const **ratios = summaries(s, "peer_ratio", "steady", &n_ratios);
    char *const **prefill = summaries(s, "tokens_per_s", "prefill", &n_prefill);
    char text[64];
    fprintf(to,
            "%.60s: decoded tokens/s; every turn is a fresh process, in\nrandom order; ours of tokens %d to %llu, "
            "peers' as "
            "they report it\n\n",
            s->model.name, MW_WARMUP_TOKENS, (unsigned long long)s->options->tokens - 1);
    fprintf(to, "%-34s %3s %8s %5s %4s  %s\n", "program", "thr", "tokens/s", "+-%", "n", "our fastest / it");
    for (size_t i = 0; rates && i < n; i++) {
        char *const *row = rates[i];
        fprintf(to, "%-34.34s %3s", row[MW_RESULTS_variant], row[MW_RESULTS_threads] ? row[MW_RESULTS_threads] : "?");
        if (!isfinite(value(row))) {
            fprintf(to, " %8s %5s %4d  never counted\n", "-", "-", 0);
            continue;
        }
        fprintf(to, " %8.1f", value(row));
        half_width(to, row);
        char *const *ratio = is_peer(row) && ratios ? ratio_of(row, rates, n, ratios, n_ratios) : NULL;
        fprintf(to, " %4zu", rounds(s, row));
        fprintf(to, "%s%s\n", ratio ? "  " : "", with_interval(ratio, text));
    }
    ratio_table(to, "ours / peer's", ratios, n_ratios);
    if (n_prefill > 0)
        fprintf(to, "\n%-34s %3s %8s %5s %4s\n", "prompts", "thr", "tokens/s", "+-%", "n");
    for (size_t i = 0; prefill && i < n_prefill; i++) {
        fprintf(to, "%-34.34s %3s %8.1f", prefill[i][MW_RESULTS_variant],
                prefill[i][MW_RESULTS_threads] ? prefill[i][MW_RESULTS_threads] : "?", value(prefill[i]));
        half_width(to, prefill[i]);
        fprintf(to, " %4zu\n", rounds(s, prefill[i]));
    }
    first_tokens(s, to);
    free(rates);
    free(ratios);
    free(prefill);
}
