/* What stdout shows of suite `why`: one screen. */
#include "bench/why/why.h"

#include "bench/why/peer_findings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void step_text(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    char step[32];
    const char *text = strcmp(row->metric, "ceiling_us") == 0 ? "ceiling: only reading weights" : "reached";
    (void)page;
    if (mw_param_copy(row->param, "step", step, sizeof step))
        for (int i = 0; i < MW_LOST_COUNT; i++)
            if (strcmp(step, mw_lost_names[i]) == 0)
                text = mw_lost_texts[i];
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", text);
}

/* The line's share of the token, per cent: a row of its own, whose interval is that of pairs. */
static mw_row share_of(const mw_page *page, const mw_row *line)
{
    mw_row row = {.value = 1, .low = NAN};
    mw_filter f = mw_rows_like(line, strcmp(line->metric, "lost_us") == 0 ? "lost_share" : "ceiling_share");
    if (strcmp(line->metric, "token_us") != 0)
        mw_rows_find(page->results, &f, &row);
    return row;
}

static void percent(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    snprintf(to, MW_PAGE_CELL_BYTES, "%.1f", 100 * share_of(page, row).value);
}

static void percent_range(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const mw_row share = share_of(page, row);
    if (isfinite(share.low))
        snprintf(to, MW_PAGE_CELL_BYTES, "%.1f to %.1f", 100 * share.low, 100 * share.high);
    else
        snprintf(to, MW_PAGE_CELL_BYTES, "-");
}

/* Tokens per second where there is a whole token: at the ceiling, and as reached. */
static void rate(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, strcmp(row->metric, "lost_us") == 0 ? "" : "%.1f", 1e6 / row->value);
}

static const mw_column steps[] = {
    {"step", -30, MW_SHOW_MADE, .make = step_text},
    {"token/s", 8, MW_SHOW_MADE, .make = rate},
    {"us", 9, MW_SHOW_VALUE, 0},
    {"%", 6, MW_SHOW_MADE, .make = percent},
    {"95 % interval", 15, MW_SHOW_MADE, .make = percent_range},
    {0},
};

static const mw_column counts[] = {
    {"threads", 7, MW_SHOW_THREADS},
    {"token/s", 8, MW_SHOW_VALUE, 1},
    {"+-%", 6, MW_SHOW_HALF, 1},
    {"roof GB/s", 10, MW_SHOW_VALUE, 1, "roof_gbs"},
    {"machine roof", 13, MW_SHOW_VALUE, 1, "machine_roof_gbs"},
    {"of the ceiling, %", 18, MW_SHOW_VALUE, 1, "ceiling_share", .scale = 100},
    {0},
};

/* Rows of on_cpus.h whose param has one key, or two. */
static const mw_column classes[] = {
    {"cores", 5, MW_SHOW_PARAM, .param = "cores"},
    {"threads", 7, MW_SHOW_THREADS},
    {"token/s", 8, MW_SHOW_VALUE, 1},
    {"+-%", 6, MW_SHOW_HALF, 1},
    {"roof GB/s", 10, MW_SHOW_VALUE, 1, "on_cpus_roof_gbs"},
    {0},
};

static const mw_column nodes[] = {
    {"threads on", 10, MW_SHOW_PARAM, .param = "threads_on"},
    {"weights on", 10, MW_SHOW_PARAM, .param = "weights_on"},
    {"threads", 7, MW_SHOW_THREADS},
    {"token/s", 8, MW_SHOW_VALUE, 1},
    {"+-%", 6, MW_SHOW_HALF, 1},
    {"roof GB/s", 10, MW_SHOW_VALUE, 1, "on_cpus_roof_gbs"},
    {0},
};

static void print_on_cpus(mw_page *page, const mw_why_case *c, const char *heading, const mw_column *columns)
{
    const mw_filter all = {.suite = "why", .variant = c->row.variant, .metric = "on_cpus_tokens_per_s", .known = true};
    bool any = false;
    for (mw_row r = {0}; mw_rows_next(page->results, &all, &r);) {
        char value[16];
        if (!mw_param_copy(r.param, columns[0].param, value, sizeof value))
            continue;
        if (!any) {
            mw_page_heading(page, "%s", heading);
            mw_page_open(page, columns);
        }
        any = true;
        mw_page_line(page, &r);
    }
}

static void print_waterfall(mw_page *page, const mw_why_case *c)
{
    static const char *const metrics[] = {"ceiling_us", "lost_us", "token_us"};
    mw_page_heading(page, "From the ceiling to what is reached, threads: %d", c->row.threads);
    mw_page_open(page, steps);
    for (int i = 0; i < 3; i++) {
        const mw_filter f = {
            .suite = "why", .variant = c->row.variant, .threads = c->row.threads, .metric = metrics[i], .known = true};
        for (mw_row r = {0}; mw_rows_next(page->results, &f, &r);)
            mw_page_line(page, &r);
    }
}

static void print_threads(mw_page *page, const mw_why_case *c)
{
    const mw_filter f = {.suite = "why", .variant = c->row.variant, .metric = "tokens_per_s", .known = true};
    if (mw_rows_count(page->results, &f) < 2)
        return;
    mw_page_heading(page, "Threads");
    mw_page_rows(page, counts, &f, MW_AS_RECORDED);
}

static void print_findings(mw_page *page, const mw_why_case *c)
{
    mw_why_finding found[MW_MOST_FINDINGS];
    const size_t n = mw_why_findings(c, found);
    mw_page_heading(page, "What limits it, largest first");
    for (size_t i = 0; i < n; i++)
        mw_page_item(page, "%zu. %s%s%s %s", i + 1, found[i].what, *found[i].evidence ? " " : "", found[i].evidence,
                     found[i].advice);
    if (n == 0)
        mw_page_item(page, "No step loses more than 5 %%.");
}

static void report_one(mw_page *page, const mw_why_case *c)
{
    page->of = c;
    mw_page_text(page, "%s, %s: %.1f tokens/s on %d thread%s, %.0f %% of the %.1f that this memory allows.",
                 c->row.model, c->row.variant, 1e6 / c->token_us, c->row.threads, c->row.threads == 1 ? "" : "s",
                 100 * c->ceiling_share, 1e6 / c->ceiling_us);
    print_waterfall(page, c);
    print_threads(page, c);
    print_on_cpus(page, c, "Classes of cores", classes);
    print_on_cpus(page, c, "Threads and weights on chosen NUMA nodes", nodes);
    print_findings(page, c);
}

void mw_why_report(const mw_session *s, mw_page *page)
{
    const mw_filter all = {.suite = "why", .metric = "tokens_per_s", .known = true};
    const char *last = "";
    (void)s;
    for (mw_row r = {0}; mw_rows_next(page->results, &all, &r);) {
        mw_why_case c;
        if (strcmp(last, r.variant) != 0 && mw_why_case_of(page->results, r.variant, &c))
            report_one(page, &c);
        last = r.variant;
    }
    bool any = false;
    for (mw_row peer = {0}; mw_next_peer(page->results, &peer); any = true) {
        mw_why_finding f;
        mw_peer_finding(page->results, &peer, &f);
        if (!any)
            mw_page_heading(page, "Other programs on the same model");
        mw_page_item(page, "%s %s %s", f.what, f.evidence, f.advice);
    }
}
