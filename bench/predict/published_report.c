#include "bench/predict/published_report.h"

#include "bench/predict/missing.h"
#include "engine/synthetic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATIO "prediction_ratio"
#define CHOSEN "rule=" MW_RULE_CHOSEN

/* --- cells --- */

/* The ratio that belongs to a row, by another rule. */
static double ratio_by(const mw_page *page, const mw_row *of, const char *rule)
{
    char param[300];
    const char *end = strstr(of->param, ";rule=");
    snprintf(param, sizeof param, "%.*s;rule=%s", (int)(end ? end - of->param : 0), of->param, rule);
    const mw_filter f = {
        .metric = RATIO, .variant = of->variant, .threads = of->threads, .model = of->model, .param = param};
    for (mw_row r = {0}; mw_rows_next(page->results, &f, &r);)
        if (strcmp(r.dtype, of->dtype) == 0) /* a program may have run several of a shape */
            return r.value;
    return NAN;
}

static void ratio_of(const mw_page *page, const mw_row *row, const char *rule, char to[MW_PAGE_CELL_BYTES])
{
    mw_page_both(&(mw_row){.value = ratio_by(page, row, rule), .low = NAN, .high = NAN}, 1, 2, to);
}

static void max_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    ratio_of(page, row, "max", to);
}

static void ecm_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    ratio_of(page, row, "ecm", to);
}

static void issue_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    ratio_of(page, row, "issue", to);
}

/* "llama-3.1-8b@q4_0": the shape and its recipe, or else the dtype of the row. */
static void model_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const char *shape = mw_synthetic_shape(row->model);
    (void)page;
    shape = shape ? shape : row->model;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s%s%s", shape, strchr(shape, '@') ? "" : "@",
             strchr(shape, '@') ? "" : row->dtype);
}

/* The first input that is missing, and how many more there are: the note. */
static void missing_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    int more = 0;
    (void)page;
    for (const char *c = row->note; (c = strchr(c, ',')); c++)
        more++;
    const int first = (int)strcspn(row->note, ",");
    if (more)
        snprintf(to, MW_PAGE_CELL_BYTES, "%.*s +%d", first, row->note, more);
    else
        snprintf(to, MW_PAGE_CELL_BYTES, "%.*s", first, row->note);
}

/* --- tables --- */

static const mw_column of_listed[] = {
    {"program", -20, MW_SHOW_PARAM, .param = "program"},
    {"machine", -7, MW_SHOW_PARAM, .param = "machine"},
    {"model", -17, MW_SHOW_MADE, .make = model_of},
    {"thr", 3, MW_SHOW_THREADS},
    {"max", 4, MW_SHOW_MADE, .make = max_of},
    {"ecm", 4, MW_SHOW_MADE, .make = ecm_of},
    {"issue", 5, MW_SHOW_MADE, .make = issue_of},
    {"missing", 0, MW_SHOW_MADE, .make = missing_of},
    {0},
};

static const mw_column of_machines[] = {
    {"machine", -14, MW_SHOW_PARAM},
    {"speeds", 6, MW_SHOW_N},
    {"within 20 %", 11, MW_SHOW_N},
    {"lowest", 6, MW_SHOW_VALUE},
    {"median", 6, MW_SHOW_VALUE},
    {"highest", 7, MW_SHOW_VALUE},
    {0},
};

/* Predictions within MW_MISSING_SHARE of the published speed; an input that was fitted to it makes it no prediction. */
static int count_within(const mw_csv *results, const mw_filter *filter)
{
    int n = 0;
    for (mw_row r = {0}; mw_rows_next(results, filter, &r);)
        n += fabs(r.value - 1) <= MW_MISSING_SHARE && !strstr(r.note, "fitted");
    return n;
}

static void print_machine(mw_page *page, const char *machine)
{
    char param[128];
    size_t n;
    snprintf(param, sizeof param, "machine=%s;" CHOSEN, machine);
    const mw_filter f = {.metric = RATIO, .param = param};
    mw_row *rows = mw_rows_sorted(page->results, &f, MW_RISING, &n);
    if (!rows || n == 0) {
        free(rows);
        return;
    }
    mw_page_cell(page, "%s", machine);
    mw_page_cell(page, "%zu", n);
    mw_page_cell(page, "%d", count_within(page->results, &f));
    mw_page_number(page, rows[0].value, 2);
    mw_page_number(page, (rows[(n - 1) / 2].value + rows[n / 2].value) / 2, 2);
    mw_page_number(page, rows[n - 1].value, 2);
    free(rows);
}

static void print_machines(mw_page *page)
{
    char machine[64], last[64] = "";
    mw_page_heading(page, "all published speeds, rule " MW_RULE_CHOSEN);
    mw_page_open(page, of_machines);
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = RATIO, .param = CHOSEN}, &r);)
        if (mw_param_copy(r.param, "machine", machine, sizeof machine) && strcmp(machine, last) != 0) {
            print_machine(page, machine);
            memcpy(last, machine, sizeof last);
        }
}

void mw_published_report(mw_page *page)
{
    const mw_csv *results = page->results;
    const mw_filter listed = {.metric = RATIO, .param = "listed=yes;" CHOSEN};
    if (mw_rows_count(results, &(mw_filter){.metric = RATIO, .param = CHOSEN}) == 0)
        return;
    if (mw_rows_count(results, &listed)) {
        mw_page_heading(page, "predicted over published tokens/s, listed speeds");
        mw_page_rows(page, of_listed, &listed, MW_AS_RECORDED);
        mw_page_text(page,
                     "missing: what rule " MW_RULE_CHOSEN
                     " lacks for those that it predicts more than 20 %% off (+1: and one more): the "
                     "cost of threads; the bandwidth of one core, few cores or all cores (only a data sheet); how far "
                     "reading and computing overlap; the program's loop; the window of the core; work besides the "
                     "matrices; sources that agree.");
    }
    print_machines(page);
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        char of_all[40], of_list[64];
        snprintf(of_all, sizeof of_all, "rule=%s", mw_rule_names[rule]);
        snprintf(of_list, sizeof of_list, "listed=yes;%s", of_all);
        const mw_filter all = {.metric = RATIO, .param = of_all}, some = {.metric = RATIO, .param = of_list};
        mw_page_text(page, "Rule %s, within 20 %%: %d of %zu listed speeds, %d of all %zu.", mw_rule_names[rule],
                     count_within(results, &some), mw_rows_count(results, &some), count_within(results, &all),
                     mw_rows_count(results, &all));
    }
    mw_page_text(page, "A speed that an input was fitted to is not counted.");
}
