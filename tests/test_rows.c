/* Rows of results.csv as values, the query over them, and the printer of pages. */
#include "bench/tables/page.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mw_csv results;

/* What the rows below differ in; the rest is the same for all of them, or empty. */
typedef struct made {
    const char *run, *model, *variant, *kernel, *suite, *phase, *metric, *param;
    int threads, rep;
    double value, low, high;
} made;

static void add(made m)
{
    mw_csv_append(&results, (mw_cell[MW_RESULTS_COUNT]){
                                [MW_RESULTS_run_id] = mw_text(m.run ? m.run : "run"),
                                [MW_RESULTS_model] = mw_text(m.model ? m.model : "model"),
                                [MW_RESULTS_variant] = mw_text(m.variant ? m.variant : "tvl"),
                                [MW_RESULTS_kernel] = mw_text(m.kernel),
                                [MW_RESULTS_suite] = mw_text(m.suite ? m.suite : "decode"),
                                [MW_RESULTS_phase] = mw_text(m.phase ? m.phase : "steady"),
                                [MW_RESULTS_metric] = mw_text(m.metric),
                                [MW_RESULTS_threads] = m.threads ? mw_whole(m.threads) : mw_text(NULL),
                                [MW_RESULTS_rep] = m.rep ? mw_whole(m.rep) : mw_text(NULL),
                                [MW_RESULTS_value] = mw_real(m.value),
                                [MW_RESULTS_ci_low] = mw_real(m.low),
                                [MW_RESULTS_ci_high] = mw_real(m.high),
                                [MW_RESULTS_n] = mw_whole(12),
                                [MW_RESULTS_param] = mw_text(m.param),
                            });
}

static void start(void)
{
    mw_csv_free(&results);
    results = mw_csv_results();
}

/* --- rows.h --- */

static void test_filters(void)
{
    static const struct {
        const char *what;
        made match, other; /* rows that differ in what the filter asks for */
        mw_filter filter;
    } cases[] = {
        {"run_id", {.run = "a"}, {.run = "b"}, {.run_id = "a"}},
        {"model", {.model = "a"}, {.model = "b"}, {.model = "a"}},
        {"variant", {.variant = "a"}, {.variant = "b"}, {.variant = "a"}},
        {"variant, as a whole", {.variant = "neon"}, {.variant = "neon4"}, {.variant = "neon"}},
        {"an empty kernel", {.kernel = NULL}, {.kernel = "peer"}, {.kernel = ""}},
        {"kernel", {.kernel = "a"}, {.kernel = NULL}, {.kernel = "a"}},
        {"suite", {.suite = "a"}, {.suite = "b"}, {.suite = "a"}},
        {"phase", {.phase = "a"}, {.phase = "b"}, {.phase = "a"}},
        {"metric", {.metric = "a"}, {.metric = "b"}, {.metric = "a"}},
        {"param", {.param = "a=1;b=2;c=3"}, {.param = "a=1;b=22"}, {.param = "c=3;b=2"}},
        {"a param, whole pairs only", {.param = "a=1;b=2"}, {.param = "aa=1;b=2"}, {.param = "a=1"}},
        {"threads", {.threads = 2}, {.threads = 1}, {.threads = 2}},
        {"rep", {.rep = 2}, {.rep = 1}, {.of = MW_OF_PROCESSES, .rep = 2}},
        {"rows of the run", {.value = 1}, {.rep = 1}, {.of = MW_OF_RUN}},
        {"rows of processes", {.rep = 1}, {.value = 1}, {.of = MW_OF_PROCESSES}},
        {"known", {.value = 0}, {.value = NAN}, {.known = true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const mw_filter *f = &cases[i].filter, all = {.of = MW_OF_BOTH};
        mw_row row;
        start();
        add(cases[i].other);
        add(cases[i].match);
        add(cases[i].other);
        tap_ok(mw_rows_count(&results, f) == 1 && mw_rows_find(&results, f, &row) && row.index == 1 &&
                   mw_rows_count(&results, &all) == 3,
               "filter: %s", cases[i].what);
    }
}

static void test_iteration(void)
{
    const mw_filter steady = {.phase = "steady"}, none = {.metric = "nothing"};
    size_t seen[4] = {0}, n = 0;
    mw_row row;
    start();
    tap_ok(mw_rows_count(&results, &steady) == 0 && !mw_rows_find(&results, &steady, &row),
           "an empty table has no row");
    for (int i = 0; i < 6; i++)
        add((made){.phase = i % 2 ? "warmup" : "steady", .value = i, .low = i - 1, .high = i + 1, .threads = i});
    for (row = (mw_row){0}; n < 4 && mw_rows_next(&results, &steady, &row);)
        seen[n++] = row.index;
    tap_ok(n == 3 && seen[0] == 0 && seen[1] == 2 && seen[2] == 4, "rows in their order, each once");
    row = mw_rows_at(&results, 3);
    tap_ok(row.value == 3 && row.low == 2 && row.high == 4 && row.n == 12 && row.threads == 3 && row.rep == 0 &&
               strcmp(row.phase, "warmup") == 0 && strcmp(row.kernel, "") == 0 && strcmp(row.note, "") == 0,
           "a row as values; texts that are not there are empty");
    const bool found = mw_rows_find(&results, &none, &row);
    tap_ok(!found && isnan(row.value) && isnan(row.low) && isnan(row.high) && row.n == 0 && row.threads == 0 &&
               strcmp(row.variant, "") == 0 && strcmp(row.param, "") == 0,
           "a missing row: empty texts, NAN");
    tap_ok(isnan(mw_rows_value(&results, &none)) && mw_rows_value(&results, &(mw_filter){.threads = 5}) == 5,
           "its value is NAN; that of another is not");
}

static void test_like(void)
{
    start();
    add((made){.metric = "a", .threads = 2, .param = "x=1", .value = 1});
    add((made){.metric = "b", .threads = 2, .param = "x=2", .value = 2});
    add((made){.metric = "b", .threads = 1, .param = "x=1", .value = 3});
    add((made){.metric = "b", .threads = 2, .param = "x=1", .value = 4, .rep = 1});
    add((made){.metric = "b", .threads = 2, .param = "x=1", .value = 5, .model = "another"});
    add((made){.metric = "b", .threads = 2, .param = "x=1", .value = 6});
    const mw_row row = mw_rows_at(&results, 0);
    const mw_filter f = mw_rows_like(&row, "b");
    tap_ok(mw_rows_count(&results, &f) == 1 && mw_rows_value(&results, &f) == 6,
           "another metric of the same run, model, variant, threads and param");
}

static void test_params(void)
{
    static const char param[] = "bytes=4096;matrix=768x64;half=0.5;last=x";
    char text[8];
    tap_ok(mw_param_number(param, "bytes") == 4096 && mw_param_number(param, "half") == 0.5, "numbers");
    tap_ok(isnan(mw_param_number(param, "byte")) && isnan(mw_param_number(param, "ytes")) &&
               isnan(mw_param_number("", "bytes")),
           "no pair, no number");
    tap_ok(mw_param_copy(param, "matrix", text, sizeof text) && strcmp(text, "768x64") == 0, "a text: %s", text);
    tap_ok(mw_param_copy(param, "last", text, sizeof text) && strcmp(text, "x") == 0, "the last one: %s", text);
    tap_ok(!mw_param_copy(param, "matrix", text, 6) && *text == '\0', "one that is too long is none");
    tap_ok(!mw_param_copy(param, "none", text, sizeof text) && *text == '\0', "one that is not there is none");
    tap_ok(mw_param_has(param, "") && mw_param_has(param, NULL) && mw_param_has(param, "last=x;bytes=4096") &&
               !mw_param_has(param, "bytes=409") && !mw_param_has(param, "bytes=40961") && !mw_param_has("", "a=1"),
           "pairs in any order, whole ones");
}

static void test_half_width(void)
{
    const mw_row with = {.value = 50, .low = 45, .high = 55}, without = {.value = 50, .low = NAN, .high = NAN};
    tap_ok(mw_row_half_width(&with) == 10 && isnan(mw_row_half_width(&without)), "half the interval, in per cent");
}

static void test_sorting(void)
{
    static const double values[] = {2, NAN, 1, 3, NAN, 2};
    static const size_t orders[][6] = {{0, 1, 2, 3, 4, 5}, {3, 0, 5, 2, 1, 4}, {2, 0, 5, 3, 1, 4}};
    static const char *const names[] = {"as recorded", "falling", "rising"};
    start();
    for (int i = 0; i < 6; i++)
        add((made){.value = values[i]});
    for (int order = 0; order < 3; order++) {
        size_t n, right = 0;
        mw_row *rows = mw_rows_sorted(&results, &(mw_filter){0}, (mw_order)order, &n);
        for (size_t i = 0; i < n && n == 6; i++)
            right += rows[i].index == orders[order][i];
        tap_ok(right == 6, "%s; equal ones in their order, unknown ones last", names[order]);
        free(rows);
    }
}

/* --- page.h --- */

typedef struct printed {
    char *text;
    size_t size;
    FILE *to;
    mw_page page;
} printed;

static printed *begin(mw_format format)
{
    static printed p;
    p.to = open_memstream(&p.text, &p.size);
    p.page = mw_page_on(p.to, format, &results);
    return &p;
}

/* Whether what was printed since `begin` is `want`. */
static void ends_as(printed *p, const char *want, const char *what)
{
    fclose(p->to);
    if (!tap_ok(strcmp(p->text, want) == 0, "%s", what))
        tap_note("%s", p->text);
    free(p->text);
}

static void make(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    snprintf(to, MW_PAGE_CELL_BYTES, "%s:%g", (const char *)page->of, row->value);
}

/* Lines: a row with everything, one without an interval, one without a value and thread count. */
static void add_lines(void)
{
    start();
    add((made){.metric = "rate", .threads = 2, .param = "prompt=5", .value = 61.26, .low = 60, .high = 62.5});
    add((made){
        .metric = "rate", .variant = "a|b", .threads = 1, .param = "prompt=6", .value = 0.5, .low = NAN, .high = NAN});
    add((made){.metric = "rate", .variant = "none", .value = NAN, .low = NAN, .high = NAN});
    add((made){.metric = "share", .threads = 2, .param = "prompt=5", .value = 0.125, .low = 0.1, .high = 5});
    add((made){.metric = "share",
               .threads = 2,
               .param = "prompt=5",
               .phase = "first",
               .value = 0.25,
               .low = NAN,
               .high = NAN});
    add((made){.metric = "share", .threads = 2, .param = "prompt=9", .value = 0.375, .low = NAN, .high = NAN});
}

static void test_shows(void)
{
    static const mw_column columns[] = {{"name", -5, .show = MW_SHOW_VARIANT},
                                        {"thr", 3, .show = MW_SHOW_THREADS},
                                        {"rate", 5, .digits = 1},
                                        {"auto", 5, .digits = -1, .scale = 10},
                                        {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1},
                                        {"range", -12, .show = MW_SHOW_RANGE, .digits = 1},
                                        {"n", 2, .show = MW_SHOW_N},
                                        {"p", -2, .show = MW_SHOW_PARAM, .param = "prompt"},
                                        {"made", 0, .show = MW_SHOW_MADE, .make = make},
                                        {0}};
    const mw_filter rate = {.metric = "rate"};
    add_lines();
    printed *p = begin(MW_FORMAT_TABLE);
    p->page.of = "x";
    const size_t n = mw_page_rows(&p->page, columns, &rate, MW_RISING);
    tap_ok(n == 3, "three lines");
    ends_as(p,
            "name  thr  rate  auto   +-% range         n p  made\n"
            "a|b     1   0.5  5.00     - -            12 6  x:0.5\n"
            "tvl     2  61.3   613   2.0 60.0 to 62.5 12 5  x:61.26\n"
            "none    ?     -     -     - -            12    x:nan\n",
            "text: all that a column can show of its own row");
    p = begin(MW_FORMAT_MD);
    p->page.of = "x";
    mw_page_rows(&p->page, columns, &rate, MW_FALLING);
    ends_as(p,
            "| name | thr | rate | auto | +-% | range | n | p | made |\n|---|--:|--:|--:|--:|---|--:|---|---|\n"
            "| tvl | 2 | 61.3 | 613 | 2.0 | 60.0 to 62.5 | 12 | 5 | x:61.26 |\n"
            "| a\\|b | 1 | 0.5 | 5.00 | - | - | 12 | 6 | x:0.5 |\n| none | ? | - | - | - | - | 12 |  | x:nan |\n",
            "Markdown: the same, with | escaped");
}

static void test_other_rows(void)
{
    static const mw_column columns[] = {{"name", -5, .show = MW_SHOW_VARIANT},
                                        {"share", 6, .digits = 3, .metric = "share"},
                                        {"first", 6, .digits = 3, .metric = "share", .phase = "first"},
                                        {"nine", 6, .digits = 3, .metric = "share", .param = "prompt=9"},
                                        {"half", 5, .show = MW_SHOW_HALF, .metric = "share"},
                                        {"both", 0, .show = MW_SHOW_BOTH, .digits = 2, .metric = "share"},
                                        {0}};
    add_lines();
    printed *p = begin(MW_FORMAT_TABLE);
    mw_page_rows(&p->page, columns, &(mw_filter){.metric = "rate"}, MW_AS_RECORDED);
    ends_as(p,
            "name   share  first   nine  half both\n"
            "tvl    0.125  0.250  0.375  >999 0.12 (0.10 to 5.00)\n"
            "a|b        -      -      -     - -\n"
            "none       -      -      -     - -\n",
            "columns of other metrics, phases and params");
    p = begin(MW_FORMAT_TABLE);
    tap_ok(mw_page_rows(&p->page, columns, &(mw_filter){.metric = "nothing"}, MW_FALLING) == 0, "no lines");
    ends_as(p, "", "and then no head either");
}

static void test_both(void)
{
    static const struct {
        mw_row row;
        double scale;
        int digits;
        const char *want;
    } cases[] = {{{.value = NAN, .low = NAN, .high = NAN}, 1, 2, "-"},
                 {{.value = 0.987, .low = NAN, .high = NAN}, 1, 2, "0.99"},
                 {{.value = 0.987, .low = 0.97, .high = 1.02}, 1, 2, "0.99 (0.97 to 1.02)"},
                 {{.value = 0.987, .low = 0.97, .high = 1.02}, 100, -1, "99 (97 to 102)"},
                 {{.value = 5, .low = 4, .high = 12}, 1, -1, "5.0 (4.0 to 12.0)"},
                 {{.value = 300, .low = 0, .high = 1e9}, 1, -1, "300 (0 to >99999)"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[MW_PAGE_CELL_BYTES];
        mw_page_both(&cases[i].row, cases[i].scale, cases[i].digits, text);
        tap_ok(strcmp(text, cases[i].want) == 0, "\"%s\"", text);
    }
}

static void test_cells(void)
{
    static const mw_column columns[] = {
        {.title = "name", .width = -6}, {.title = "more", .width = 6, .wide = true}, {.title = "last"}, {0}};
    for (int md = 0; md < 2; md++) {
        printed *p = begin(md ? MW_FORMAT_MD : MW_FORMAT_TABLE);
        mw_page_text(&p->page, "About %d tables.", 1);
        mw_page_heading(&p->page, "One");
        mw_page_open(&p->page, columns);
        mw_page_cell(&p->page, "x");
        mw_page_number(&p->page, 1, 2);
        mw_page_number(&p->page, INFINITY, 2);
        mw_page_rule(&p->page, "%d ms: a line", 100);
        mw_page_cell(&p->page, "longer than six");
        mw_page_number(&p->page, NAN, 2);
        mw_page_number(&p->page, 12.345, -1);
        mw_page_text(&p->page, "The end.");
        ends_as(p,
                md ? "About 1 tables.\n\n**One**\n\n| name | more | last |\n|---|--:|--:|\n| x | 1.00 | - |\n"
                     "| **100 ms: a line** |  |  |\n| longer than six | - | 12.3 |\n\nThe end.\n"
                   : "About 1 tables.\n\nOne\nname   last\nx      -\n"
                     "---- 100 ms: a line ------------------------------------------------------------\n"
                     "longer than six\n       12.3\n\nThe end.\n",
                md ? "Markdown: wide columns, a rule, a heading, paragraphs"
                   : "text: no wide columns, a rule of 80 columns, a long name on a line of its own");
    }
}

static void test_width(void)
{
    printed *p = begin(MW_FORMAT_TABLE);
    mw_page_text(&p->page, "%s%s",
                 "A paragraph that is much longer than eighty columns has to be broken between its words, ",
                 "as often as that takes, and never within one.\nA second line.");
    mw_page_heading(&p->page, "%s",
                    "A heading that is longer than eighty columns has to be broken between its words, too");
    mw_page_item(&p->page, "%s",
                 "An item that is longer than eighty columns has to be broken between its words, as well");
    fclose(p->to);
    size_t longest = 0, lines = 0;
    for (const char *at = p->text; *at; at += strcspn(at, "\n") + 1, lines++)
        longest = strcspn(at, "\n") > longest ? strcspn(at, "\n") : longest;
    tap_ok(longest <= 80 && lines == 8 && strstr(p->text, "one.\nA second line.\n\nA heading"),
           "80 columns: %zu in %zu lines", longest, lines);
    free(p->text);
    p = begin(MW_FORMAT_MD);
    mw_page_item(&p->page, "One");
    mw_page_item(&p->page, "Two");
    ends_as(p, "- One\n- Two\n", "Markdown: a list");
}

static void test_colours(void)
{
    static const mw_column columns[] = {{.title = "name", .width = -4}, {.title = "last", .width = 4}, {0}};
    FILE *file = tmpfile();
    unsetenv("NO_COLOR");
    tap_ok(file && !mw_page_on(file, MW_FORMAT_TABLE, &results).colours, "a file has no colours");
    if (file)
        fclose(file);
    printed *p = begin(MW_FORMAT_TABLE);
    for (int colours = 0; colours < 2; colours++) {
        p->page.colours = colours;
        mw_page_open(&p->page, columns);
        p->page.best = true;
        mw_page_cell(&p->page, "a");
        mw_page_cell(&p->page, "b");
    }
    ends_as(p, "name last\na       b\n\nname last\n\033[1;32ma       b\033[0m\n",
            "the best line is marked with colours alone");
    FILE *terminal = fopen("/dev/ptmx", "w");
    if (!terminal || !isatty(fileno(terminal))) {
        tap_skip("a terminal", "there is none to be had");
    } else {
        const bool with = mw_page_on(terminal, MW_FORMAT_TABLE, &results).colours;
        setenv("NO_COLOR", "1", 1);
        tap_ok(with && !mw_page_on(terminal, MW_FORMAT_TABLE, &results).colours,
               "a terminal has, unless NO_COLOR is set");
    }
    if (terminal)
        fclose(terminal);
}

int main(void)
{
    test_filters();
    test_iteration();
    test_like();
    test_params();
    test_half_width();
    test_sorting();
    test_shows();
    test_other_rows();
    test_both();
    test_cells();
    test_width();
    test_colours();
    mw_csv_free(&results);
    return tap_done();
}
