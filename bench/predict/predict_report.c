#include "bench/predict/predict_report.h"

#include "bench/predict/predict.h"
#include "bench/predict/published_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- cells --- */

/* The row with the speed that belongs to a row, by the same rule or by another. */
static bool find_speed(const mw_page *page, const mw_row *of, const char *rule, mw_row *to)
{
    char param[300];
    const char *end = strstr(of->param, ";rule=");
    snprintf(param, sizeof param, "%.*s;rule=%s", (int)(end ? end - of->param : 0), of->param, rule);
    const mw_filter f = {
        .metric = "tokens_per_s", .variant = of->variant, .threads = of->threads, .model = of->model, .param = param};
    return mw_rows_find(page->results, &f, to);
}

static void ecm_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    mw_row r;
    find_speed(page, row, "ecm", &r);
    mw_page_both(&(mw_row){.value = r.value, .low = NAN, .high = NAN}, 1, -1, to);
}

/* What binds: the note up to its semicolon. */
static void binds_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    mw_row r;
    const char *note = find_speed(page, row, MW_RULE_CHOSEN, &r) ? r.note : "";
    snprintf(to, MW_PAGE_CELL_BYTES, "%.*s", (int)strcspn(note, ";"), note);
}

/* --- tables --- */

static const mw_column of_variants[] = {
    {"variant", -26, MW_SHOW_VARIANT},
    {"thr", 3, MW_SHOW_THREADS},
    {"token/s", 7, MW_SHOW_VALUE, -1},
    {"inputs", -12, MW_SHOW_RANGE, -1},
    {"ecm", 5, MW_SHOW_MADE, .make = ecm_of},
    {"binds", 0, MW_SHOW_MADE, .make = binds_of},
    {0},
};

static bool is_published(const mw_row *row)
{
    char program[64];
    return mw_param_copy(row->param, "program", program, sizeof program);
}

static void print_machine(mw_page *page, const char *machine)
{
    char param[128];
    snprintf(param, sizeof param, "machine=%s;rule=" MW_RULE_CHOSEN, machine);
    mw_page_heading(page, "%s", machine);
    mw_page_open(page, of_variants);
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "tokens_per_s", .param = param}, &r);)
        if (!is_published(&r))
            mw_page_line(page, &r);
}

void mw_predict_report(const mw_session *s, mw_page *page)
{
    char machine[64] = "", last[64] = "";
    (void)s;
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "tokens_per_s"}, &r);
         memcpy(last, machine, sizeof last))
        if (!is_published(&r) && mw_param_copy(r.param, "machine", machine, sizeof machine) &&
            strcmp(machine, last) != 0)
            print_machine(page, machine);
    mw_page_text(page, "token/s: predicted by rule " MW_RULE_CHOSEN
                       ", modelled, of matrix products alone. inputs: range over "
                       "sources that disagree and windows of 90 to 110 %%. ecm: by rule ecm.");
    mw_published_report(page);
}
