#include "bench/predict/predict_report.h"

#include "bench/predict/predict.h"
#include "bench/predict/published_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- cells --- */

/* A kernel by itself. */
static bool is_gemv(const mw_row *row)
{
    return strncmp(row->phase, "gemv/", 5) == 0;
}

/* The row with the predicted speed that belongs to a row, by the same rule or by another. */
static bool find_speed(const mw_page *page, const mw_row *of, const char *rule, mw_row *to)
{

    char param[300];
    const char *end = strstr(of->param, ";rule=");
    snprintf(param, sizeof param, "%.*s;rule=%s", (int)(end ? end - of->param : 0), of->param, rule);
    const mw_filter f = {.metric = is_gemv(of) ? "bandwidth_gbs" : "tokens_per_s",
                         .phase = of->phase,
                         .variant = of->variant,
                         .threads = of->threads,
                         .model = of->model,
                         .param = param};
    return mw_rows_find(page->results, &f, to);
}

static void by_rule(const mw_page *page, const mw_row *row, const char *rule, char to[MW_PAGE_CELL_BYTES])
{
    mw_row r;
    find_speed(page, row, rule, &r);
    mw_page_both(&(mw_row){.value = r.value, .low = NAN, .high = NAN}, 1, -1, to);
}

static void max_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    by_rule(page, row, "max", to);
}

static void ecm_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    by_rule(page, row, "ecm", to);
}

/* What binds: the note up to its last semicolon, of several limits the first two. */
static void binds_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    mw_row r;
    const char *note = find_speed(page, row, MW_RULE_CHOSEN, &r) ? r.note : "";
    const char *end = strstr(note, "; ");
    const size_t first = strcspn(note, ";"), both = first + (note[first] ? 1 + strcspn(note + first + 1, ";") : 0);
    snprintf(to, MW_PAGE_CELL_BYTES, "%.*s", (int)(end == note + first ? first : both), note);
}

static void phase_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", row->phase + strlen("gemv/"));
}

/* The input that moves the prediction most. */
static void input_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const mw_filter f = {.metric = "sensitivity",
                         .variant = row->variant,
                         .threads = row->threads,
                         .model = row->model,
                         .param = row->param};
    double most = 0;
    to[0] = '\0';
    for (mw_row r = {0}; mw_rows_next(page->results, &f, &r);)
        if (strcmp(r.dtype, row->dtype) == 0 && fabs(r.value) > most &&
            mw_param_copy(r.param, "input", to, MW_PAGE_CELL_BYTES))
            most = fabs(r.value);
}

/* --- tables --- */

static const mw_column of_variants[] = {
    {"variant", -19, MW_SHOW_VARIANT},
    {"thr", 3, MW_SHOW_THREADS},
    {"token/s", 7, MW_SHOW_VALUE, -1},
    {"inputs", -12, MW_SHOW_RANGE, -1},
    {"max", 4, MW_SHOW_MADE, .make = max_of},
    {"binds", -20, MW_SHOW_MADE, .make = binds_of},
    {"moved by", 0, MW_SHOW_MADE, .make = input_of},
    {0},
};

static const mw_column of_gemvs[] = {
    {"kernel", -40, MW_SHOW_MADE, .make = phase_of}, {"GB/s", 6, MW_SHOW_VALUE, -1},
    {"max", 5, MW_SHOW_MADE, .make = max_of},        {"ecm", 5, MW_SHOW_MADE, .make = ecm_of},
    {"binds", 0, MW_SHOW_MADE, .make = binds_of},    {0},
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
    const mw_filter tokens = {.metric = "tokens_per_s", .param = param},
                    gbs = {.metric = "bandwidth_gbs", .param = param};
    mw_page_heading(page, "%s", machine);
    if (mw_rows_count(page->results, &tokens) > 0)
        mw_page_open(page, of_variants);
    for (mw_row r = {0}; mw_rows_next(page->results, &tokens, &r);)
        if (!is_published(&r))
            mw_page_line(page, &r);
    bool open = false;
    for (mw_row r = {0}; mw_rows_next(page->results, &gbs, &r);) {
        if (!is_gemv(&r))
            continue;
        if (!open)
            mw_page_open(page, of_gemvs);
        open = true;
        mw_page_line(page, &r);
    }
}

void mw_predict_report(const mw_session *s, mw_page *page)
{
    char machine[64] = "", last[64] = "";
    (void)s;
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "bandwidth_gbs"}, &r);
         memcpy(last, machine, sizeof last))
        if (!is_published(&r) && mw_param_copy(r.param, "machine", machine, sizeof machine) &&
            strcmp(machine, last) != 0)
            print_machine(page, machine);
    mw_page_text(page,
                 "token/s, GB/s: predicted by rule " MW_RULE_CHOSEN ", modelled, of matrix products alone. inputs: "
                 "range over sources that disagree and windows of 90 to 110 %%. max, ecm: by these rules. moved "
                 "by: the input that moves token/s most if it improves by 10 %% (width: 20 %%; fma: latency, by a "
                 "cycle).");
    mw_published_report(page);
}
