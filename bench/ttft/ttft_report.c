/* What suite `ttft` shows. All of it comes from the summary rows of results.csv. */
#include "bench/ttft/ttft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PARAM = 64 };

/* The paper's thresholds in ms: the gap between two speakers of a conversation, and half of it. */
enum { TURN_MS = 200, INSTANT_MS = 100 };

/* --- times --- */

/* Two phases after each other. */
static void both_phases(const mw_page *page, const mw_row *row, const char *a, const char *b,
                        char to[MW_PAGE_CELL_BYTES])
{
    mw_filter first = mw_rows_like(row, "phase_ms"), second = first;
    first.phase = a;
    second.phase = b;
    const double ms = mw_rows_value(page->results, &first) + mw_rows_value(page->results, &second);
    mw_page_both(&(mw_row){.value = ms, .low = NAN, .high = NAN}, 1, -1, to);
}

static void start(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    both_phases(page, row, "exec", "start", to);
}

static void load(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    both_phases(page, row, "open", "load", to);
}

/* One prompt and thread count, from the fastest to the slowest, with the thresholds between. */
static void times(mw_page *page, const mw_filter *group, const mw_row *any)
{
    static const mw_column columns[] = {{"variant", -28, .show = MW_SHOW_VARIANT},
                                        {"file", -4, .show = MW_SHOW_PARAM, .param = "state"},
                                        {"start", 5, .show = MW_SHOW_MADE, .make = start},
                                        {"load", 6, .show = MW_SHOW_MADE, .make = load},
                                        {"ready", 5, .digits = -1, .metric = "phase_ms", .phase = "ready"},
                                        {"fault", 6, .digits = -1, .metric = "phase_ms", .phase = "fault_in"},
                                        {"prefill", 7, .digits = -1, .metric = "phase_ms", .phase = "prefill_again"},
                                        {"TTFT", 6, .digits = -1},
                                        {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1},
                                        {0}};
    static const struct {
        int ms;
        const char *what;
    } thresholds[] = {{INSTANT_MS, "instant"}, {TURN_MS, "turn-taking in a conversation"}};
    size_t n;
    mw_row *rows = mw_rows_sorted(page->results, group, MW_RISING, &n);
    const double prompt = mw_param_number(any->param, "prompt");
    mw_page_heading(page, "Prompt of %.0f token%s, %d thread%s, n = %llu: ms", prompt, prompt == 1 ? "" : "s",
                    any->threads, any->threads == 1 ? "" : "s", (unsigned long long)any->n);
    mw_page_open(page, columns);
    double before = 0;
    for (size_t i = 0; i <= n; i++) {
        const double ttft = i < n ? rows[i].value : INFINITY;
        for (size_t k = 0; k < 2; k++)
            if (before < thresholds[k].ms && !(ttft < thresholds[k].ms))
                mw_page_rule(page, "%d ms: %s", thresholds[k].ms, thresholds[k].what);
        before = ttft;
        if (i < n)
            mw_page_line(page, &rows[i]);
    }
    free(rows);
}

/* What a sample did to memory and device. */
static void memory(mw_page *page, mw_filter group)
{
    static const mw_column columns[] = {{"variant", -28, .show = MW_SHOW_VARIANT},
                                        {"file", -4, .show = MW_SHOW_PARAM, .param = "state"},
                                        {"minor", 7, .metric = "minor_faults"},
                                        {"major", 6, .metric = "major_faults"},
                                        {"device", 6, .metric = "device_mib"},
                                        {"RSS", 6, .metric = "rss_mib"},
                                        {"PSS", 6, .metric = "pss_mib"},
                                        {"huge", 6, .metric = "huge_mib"},
                                        {0}};
    group.known = true;
    if (mw_rows_count(page->results, &group) > 0)
        mw_page_heading(page, "Up to the first token: minor and major page faults; MiB read from the device, resident "
                              "(RSS, PSS) and in huge pages");
    mw_page_rows(page, columns, &group, MW_RISING);
}

/* A table for each prompt and thread count; memory for the first of them. */
static void groups(mw_page *page)
{
    static const mw_filter batched = {.metric = "ttft_ms", .param = "feeding=batch"};
    char param[PARAM], first_param[PARAM];
    mw_filter group = {.metric = "ttft_ms", .param = param}, first = {0};
    for (mw_row row = {0}, head; mw_rows_next(page->results, &batched, &row);) {
        snprintf(param, sizeof param, "feeding=batch;prompt=%.0f", mw_param_number(row.param, "prompt"));
        group.threads = row.threads;
        mw_rows_find(page->results, &group, &head);
        if (head.index == row.index)
            times(page, &group, &row);
        if (!first.metric) {
            first = group;
            first.param = strcpy(first_param, param);
        }
    }
    if (first.metric)
        memory(page, first);
}

/* --- ratios --- */

/* "0.93 (0.90 to 0.96)", "27 (22 to 30)", "never" */
static void ratio(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const bool tokens = strcmp(row->metric, "break_even_tokens") == 0;
    (void)page;
    if (tokens && !isfinite(row->value))
        snprintf(to, MW_PAGE_CELL_BYTES, "never");
    else
        mw_page_both(row, 1, tokens ? 0 : -1, to);
}

/* A metric in a phase: a column for the shortest and one for the longest prompt, or without a state two of the shortest
 * prompt, warm and cold. A line for each variant and thread count that has it. */
typedef struct ratios {
    const char *phase, *metric, *state, *heading;
} ratios;

static void print_ratios(mw_page *page, const ratios *r, double least, double most)
{
    mw_column columns[5] = {{"variant", -28, .show = MW_SHOW_VARIANT}, {"thr", 3, .show = MW_SHOW_THREADS}};
    char titles[2][32], params[2][PARAM], param[2 * PARAM];
    bool any = false;
    for (int i = 0; i < (r->state && least == most ? 1 : 2); i++) {
        const double prompt = r->state && i > 0 ? most : least;
        const char *state = r->state ? r->state : i > 0 ? "cold" : "warm";
        snprintf(titles[i], sizeof titles[i], "prompt of %.0f", prompt);
        if (!r->state)
            snprintf(titles[i], sizeof titles[i], "%s", state);
        snprintf(params[i], PARAM, "prompt=%.0f;state=%s", prompt, state);
        columns[2 + i] =
            (mw_column){titles[i],          -23,          .show = MW_SHOW_MADE, .metric = r->metric, .phase = r->phase,
                        .param = params[i], .make = ratio};
    }
    snprintf(param, sizeof param, "feeding=batch;%s", params[0]);
    for (mw_row row = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "ttft_ms", .param = param}, &row);) {
        size_t found = 0;
        for (const mw_column *c = columns + 2; c->title; c++) {
            mw_filter f = mw_rows_like(&row, r->metric);
            f.phase = r->phase;
            f.param = c->param;
            found += mw_rows_count(page->results, &f);
        }
        if (found == 0)
            continue;
        if (!any) {
            mw_page_heading(page, "%s", r->heading);
            mw_page_open(page, columns);
        }
        any = true;
        mw_page_line(page, &row);
    }
}

static void all_ratios(mw_page *page)
{
    static const ratios tables[] = {
        {"ttft", "cold_ratio", "cold", "Cold TTFT / (reading the file from the device + warm TTFT)"},
        {"ttft", "first_token_ratio", "warm", "Warm TTFT / (a steady token + faulting the file in)"},
        {"ttft", "batch_speedup", "warm", "TTFT of a prompt fed token by token / fed in batches"},
        {"prefill", "peak_fraction", "warm", "Prefill as a share of the FMA peak next to it"},
        {"prefill_again", "peak_fraction", "warm", "The same with all pages in place"},
        {"break_even", "break_even_tokens", NULL,
         "Tokens after which packing (tvl) or a copy (heap) has paid for itself, compared with the mapped checkpoint "
         "or the mapped file"}};
    double least = INFINITY, most = 0;
    for (mw_row row = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "ttft_ms"}, &row);) {
        least = fmin(least, mw_param_number(row.param, "prompt"));
        most = fmax(most, mw_param_number(row.param, "prompt"));
    }
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        print_ratios(page, &tables[i], least, most);
}

void mw_ttft_report(const mw_session *s, mw_page *page)
{
    (void)s;
    mw_page_text(page,
                 "Time to first token (TTFT), from before the model file is opened: load (open, then read or map), "
                 "ready (buffers), fault (page faults, device), prefill. start: before that. +-%%: half the width of "
                 "the 95 %% interval. -: not counted, a warning says why.");
    groups(page);
    all_ratios(page);
}
