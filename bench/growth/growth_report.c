/* What suite `growth` shows. All of it comes from the summary rows of results.csv. */
#include "bench/growth/growth.h"
#include "engine/synthetic.h"

#include <stdio.h>
#include <string.h>

static bool in_cache(const mw_row *row)
{
    return strstr(row->note, "last cache") != NULL;
}

static void shape_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const char *shape = mw_synthetic_shape(row->model);
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s%s", shape ? shape : row->model, in_cache(row) ? "*" : "");
}

static void verdict_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    static const char mark[] = "within 10 %: ";
    const char *verdict = strstr(row->note, mark);
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", verdict ? verdict + strlen(mark) : "-");
}

static const mw_column columns[] = {
    {"shape", -12, MW_SHOW_MADE, .make = shape_of},
    {"thr", 3, MW_SHOW_THREADS},
    {"MB/token", 9, MW_SHOW_VALUE, 1, "token_mb"},
    {"tokens/s", 8, MW_SHOW_VALUE, -1, "tokens_per_s"},
    {"roof", 6, MW_SHOW_VALUE, 1, "roof_mean_gbs"},
    {"ratio", 6, MW_SHOW_VALUE, 3},
    {"95 %", -16, MW_SHOW_RANGE, 3},
    {"within 10 %", 0, MW_SHOW_MADE, .make = verdict_of},
    {0},
};

/* One variant from small to large shapes: the order of the processes was random. */
static void print_variant(mw_page *page, const char *variant)
{
    mw_page_heading(page, "%s", variant);
    mw_page_open(page, columns);
    for (int i = 0; mw_synthetic_name(i); i++)
        for (mw_row r = {0};
             mw_rows_next(page->results, &(mw_filter){.metric = "growth_ratio", .variant = variant}, &r);) {
            const char *shape = mw_synthetic_shape(r.model);
            if (shape && strcmp(shape, mw_synthetic_name(i)) == 0)
                mw_page_line(page, &r);
        }
}

void mw_growth_report(const mw_session *s, mw_page *page)
{
    bool cached = false;
    (void)s;
    for (mw_row r = {0}, first; mw_rows_next(page->results, &(mw_filter){.metric = "growth_ratio"}, &r);) {
        mw_rows_find(page->results, &(mw_filter){.metric = "growth_ratio", .variant = r.variant}, &first);
        if (first.index == r.index)
            print_variant(page, r.variant);
        cached |= in_cache(&r);
    }
    mw_page_text(page, "ratio = tokens/s x bytes per token / roof; 1 is what the memory allows. Bytes per token are "
                       "weights, one embedding row, keys and values. roof: GB/s over all sweeps of the model's own "
                       "pages, so that it counts every stall, as tokens/s do.");
    mw_page_text(page, "within 10 %%: yes or no if the whole interval lies inside or outside 0.9 to 1.1, else open.");
    if (cached)
        mw_page_text(page, "* the weights fit into the last cache: their roof is that of the cache.");
}
