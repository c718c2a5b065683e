/* What suite `ttft` shows on a terminal. All of it comes from the summary rows of results.csv. */
#include "bench/run/summary.h"
#include "bench/ttft/ttft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *cell, const char *text)
{
    return strcmp(cell ? cell : "", text ? text : "") == 0;
}

/* The summary of a metric of `like`'s variant, threads and param in some phase; NULL if there is none. */
static char *const *summary(const mw_session *s, char *const *like, const char *phase, const char *metric)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && is(row[MW_RESULTS_metric], metric) && is(row[MW_RESULTS_phase], phase) &&
            is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) &&
            is(row[MW_RESULTS_threads], like[MW_RESULTS_threads]) && is(row[MW_RESULTS_param], like[MW_RESULTS_param]))
            return row;
    }
    return NULL;
}

static double value(char *const *row)
{
    return row ? mw_cell_number(row[MW_RESULTS_value]) : NAN;
}

static double phase_ms(const mw_session *s, char *const *like, const char *phase)
{
    return value(summary(s, like, phase, "phase_ms"));
}

static void cell(FILE *to, int width, double ms)
{
    if (isfinite(ms))
        fprintf(to, " %*.*f", width, ms < 9.95 ? 2 : ms < 99.5 ? 1 : 0, ms);
    else
        fprintf(to, " %*s", width, "-");
}

/* "12" of "prompt=12" in a param; 0 if it is not there. */
static unsigned long prompt_of(char *const *row)
{
    const char *at = row[MW_RESULTS_param] ? strstr(row[MW_RESULTS_param], "prompt=") : NULL;
    return at ? strtoul(at + strlen("prompt="), NULL, 10) : 0;
}

static const char *state_of(char *const *row)
{
    return row[MW_RESULTS_param] && strstr(row[MW_RESULTS_param], "state=cold") ? "cold" : "warm";
}

static bool batched(char *const *row)
{
    return row[MW_RESULTS_param] && strncmp(row[MW_RESULTS_param], "feeding=batch", 13) == 0;
}

static int by_value(const void *a, const void *b)
{
    double x = value(*(char *const *const *)a), y = value(*(char *const *const *)b);
    return isnan(x) || isnan(y) ? isnan(x) - isnan(y) : (x > y) - (x < y);
}

/* "4.1": half the interval in per cent of the value. */
static void half_width(FILE *to, char *const *row)
{
    const double low = mw_cell_number(row[MW_RESULTS_ci_low]), high = mw_cell_number(row[MW_RESULTS_ci_high]);
    const double per_cent = 50 * (high - low) / value(row);
    if (per_cent < 1000) /* false for a NAN, too */
        fprintf(to, " %5.1f", per_cent);
    else
        fprintf(to, " %5s", "-");
}

/* A threshold between two rows of a table that is sorted by time. */
static void threshold(FILE *to, double before, double after, double ms, const char *what)
{
    if (before < ms && !(after < ms))
        fprintf(to, "---- %.0f ms: %s %.*s\n", ms, what, (int)(80 - 14 - strlen(what)),
                "---------------------------------------------------------------");
}

/* Rows of one prompt and thread count from the fastest to the slowest. */
static void table(const mw_session *s, char *const **rows, size_t n, FILE *to)
{
    fprintf(to, "prompt of %lu token%s, %s thread%s, n = %s: ms\n", prompt_of(rows[0]),
            prompt_of(rows[0]) == 1 ? "" : "s", rows[0][MW_RESULTS_threads],
            is(rows[0][MW_RESULTS_threads], "1") ? "" : "s", rows[0][MW_RESULTS_n]);
    fprintf(to, "%-28s %-4s %5s %6s %5s %6s %7s %6s %5s\n", "variant", "file", "start", "load", "ready", "fault",
            "prefill", "TTFT", "+-%");
    double before = 0;
    for (size_t i = 0; i <= n; i++) {
        const double ttft = i < n ? value(rows[i]) : INFINITY;
        threshold(to, before, ttft, MW_TTFT_INSTANT_MS, "instant");
        threshold(to, before, ttft, MW_TTFT_TURN_MS, "turn-taking in a conversation");
        before = ttft;
        if (i == n)
            break;
        fprintf(to, "%-28s %-4s", rows[i][MW_RESULTS_variant], state_of(rows[i]));
        if (!isfinite(ttft)) {
            fprintf(to, " not counted\n");
            continue;
        }
        const double again = phase_ms(s, rows[i], "prefill_again"), first = phase_ms(s, rows[i], "prefill");
        cell(to, 5, phase_ms(s, rows[i], "exec") + phase_ms(s, rows[i], "start"));
        cell(to, 6, phase_ms(s, rows[i], "open") + phase_ms(s, rows[i], "load"));
        cell(to, 5, phase_ms(s, rows[i], "ready"));
        cell(to, 6, fmax(0, first - again));
        cell(to, 7, fmin(first, again));
        cell(to, 6, ttft);
        half_width(to, rows[i]);
        fprintf(to, "\n");
    }
    fprintf(to, "\n");
}

/* What a sample did to memory and device, for the shortest prompt. */
static void memory_table(const mw_session *s, char *const **rows, size_t n, FILE *to)
{
    fprintf(to, "%-28s %-4s %7s %6s %6s %6s %6s %6s\n", "until the first token", "file", "minor", "major", "device",
            "RSS", "PSS", "huge");
    fprintf(to, "%-33s %7s %6s %6s %6s %6s %6s\n", "", "faults", "faults", "MiB", "MiB", "MiB", "MiB");
    for (size_t i = 0; i < n; i++) {
        static const char *const metrics[] = {"minor_faults", "major_faults", "device_mib",
                                              "rss_mib",      "pss_mib",      "huge_mib"};
        if (!isfinite(value(rows[i])))
            continue;
        fprintf(to, "%-28s %-4s", rows[i][MW_RESULTS_variant], state_of(rows[i]));
        for (size_t k = 0; k < sizeof metrics / sizeof *metrics; k++) {
            const double v = value(summary(s, rows[i], "ttft", metrics[k]));
            if (isfinite(v))
                fprintf(to, " %*.0f", k ? 6 : 7, v);
            else
                fprintf(to, " %*s", k ? 6 : 7, "-");
        }
        fprintf(to, "\n");
    }
    fprintf(to, "\n");
}

/* "0.93 (0.90 to 0.96)", "27 (22 to 30)", "never" */
static const char *with_interval(char *const *row, char text[64])
{
    const double v = value(row), low = mw_cell_number(row[MW_RESULTS_ci_low]),
                 high = mw_cell_number(row[MW_RESULTS_ci_high]);
    const bool count = is(row[MW_RESULTS_metric], "break_even_tokens");
    const int digits = count || high >= 100 ? 0 : 2;
    if (!isfinite(v))
        snprintf(text, 64, count ? "never" : "-");
    else if (isfinite(low) && isfinite(high))
        snprintf(text, 64, "%.*f (%.*f to %.*f)", digits, v, digits, low, digits, high);
    else
        snprintf(text, 64, "%.*f", digits, v);
    return text;
}

/* A column of a table of ratios: rows of that prompt and state. */
typedef struct column {
    unsigned long prompt;
    const char *state, *title;
} column;

/* The summary of a metric for one column of a variant's row. */
static char *const *find(const mw_session *s, char *const *like, const char *phase, const char *metric, const column *c)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (!row[MW_RESULTS_rep] && is(row[MW_RESULTS_metric], metric) && is(row[MW_RESULTS_phase], phase) &&
            is(row[MW_RESULTS_variant], like[MW_RESULTS_variant]) &&
            is(row[MW_RESULTS_threads], like[MW_RESULTS_threads]) && prompt_of(row) == c->prompt &&
            is(state_of(row), c->state))
            return row;
    }
    return NULL;
}

/* A line for each variant and thread count that has the metric, if any has. */
static void ratios(const mw_session *s, const char *phase, const char *metric, const column c[2], const char *title,
                   FILE *to)
{
    bool any = false;
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        char text[64], name[96];
        if (row[MW_RESULTS_rep] || !is(row[MW_RESULTS_metric], "ttft_ms") || !batched(row) ||
            prompt_of(row) != c[0].prompt || !is(state_of(row), c[0].state))
            continue;
        char *const *cells[2] = {find(s, row, phase, metric, &c[0]), find(s, row, phase, metric, &c[1])};
        if (!cells[0] && !cells[1])
            continue;
        if (!any)
            fprintf(to, "%s\n  %-34s %-21s %s\n", title, "", c[0].title, c[1].title);
        any = true;
        snprintf(name, sizeof name, "%s, %s", row[MW_RESULTS_variant], row[MW_RESULTS_threads]);
        fprintf(to, "  %-34s", name);
        for (int k = 0; k < 2; k++)
            if (c[k].prompt) /* else there was but one prompt */
                fprintf(to, k ? " %s" : " %-21s", cells[k] ? with_interval(cells[k], text) : "-");
        fprintf(to, "\n");
    }
    if (any)
        fprintf(to, "\n");
}

/* All tables of ratios, for the shortest and the longest prompt. */
static void all_ratios(const mw_session *s, FILE *to)
{
    unsigned long least = 0, most = 0;
    char titles[2][32];
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        const unsigned long n = is(row[MW_RESULTS_metric], "ttft_ms") ? prompt_of(row) : 0;
        least = n > 0 && (least == 0 || n < least) ? n : least;
        most = n > most ? n : most;
    }
    snprintf(titles[0], sizeof titles[0], "prompt of %lu", least);
    snprintf(titles[1], sizeof titles[1], "prompt of %lu", most);
    const column warm[] = {{least, "warm", titles[0]},
                           {least < most ? most : 0, "warm", least < most ? titles[1] : ""}},
                 cold[] = {{least, "cold", titles[0]},
                           {least < most ? most : 0, "cold", least < most ? titles[1] : ""}},
                 states[] = {{least, "warm", "warm"}, {least, "cold", "cold"}};
    ratios(s, "ttft", "cold_ratio", cold, "cold first token / (the device reads the file + a warm first token)", to);
    ratios(s, "ttft", "first_token_ratio", warm, "warm first token / (a steady token + faulting the file in)", to);
    ratios(s, "ttft", "batch_speedup", warm, "first token of a prompt fed token by token / fed in batches", to);
    ratios(s, "prefill", "peak_fraction", warm, "prefill as a share of the FMA peak beside it", to);
    ratios(s, "prefill_again", "peak_fraction", warm, "the same with all pages in place", to);
    ratios(s, "break_even", "break_even_tokens", states,
           "tokens after which packing (tvl) or a copy (heap) has paid for itself, against\nthe mapped checkpoint or "
           "the mapped file",
           to);
}

/* Calls for_group for each thread count and prompt, with its rows sorted by time. */
typedef void group_fn(const mw_session *s, char *const **rows, size_t n, FILE *to);

static void for_each_group(const mw_session *s, bool first_only, group_fn *group, FILE *to)
{
    const mw_csv *r = &s->results;
    char *const **rows = malloc((r->n_rows + 1) * sizeof *rows);
    bool *done = calloc(r->n_rows + 1, sizeof *done);
    bool some = false;
    for (size_t i = 0; rows && done && i < r->n_rows && !(some && first_only); i++) {
        char *const *head = mw_csv_row(r, i);
        size_t n = 0;
        for (size_t j = i; j < r->n_rows; j++) {
            char *const *row = mw_csv_row(r, j);
            if (done[j] || row[MW_RESULTS_rep] || !is(row[MW_RESULTS_metric], "ttft_ms") || !batched(row) ||
                (n > 0 &&
                 (!is(row[MW_RESULTS_threads], rows[0][MW_RESULTS_threads]) || prompt_of(row) != prompt_of(rows[0]))) ||
                (n == 0 && row != head))
                continue;
            done[j] = true;
            rows[n++] = row;
        }
        if (n == 0)
            continue;
        some = true;
        qsort(rows, n, sizeof *rows, by_value);
        group(s, rows, n, to);
    }
    free(rows);
    free(done);
}

void mw_ttft_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    fprintf(to, "time to first token, from before the model file is opened: load (open, then\n"
                "read or map), ready (buffers), fault (fault-in, device), prefill; start: before\n\n");
    for_each_group(s, false, table, to);
    for_each_group(s, true, memory_table, to);
    all_ratios(s, to);
}
