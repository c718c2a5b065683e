/* What suite `clu` shows. All of it comes from results.csv. */
#include "bench/clu/clu_suite.h"
#include "bench/run/shapes.h"

#include <math.h>
#include <string.h>

/* "5", "2 to 32": a metric over the variants of a layout that use at least 99 % of what they bring in, at every level.
 * Returns how many these are. */
static size_t range_of(const mw_csv *results, const char *layout, const char *metric, double scale, char to[32])
{
    double least = INFINITY, most = -INFINITY;
    size_t n = 0;
    const mw_filter token = {.metric = "clu_l1", .phase = "token"};
    for (mw_row row = {0}; mw_rows_next(results, &token, &row);) {
        static const char *const levels[] = {"clu_l1", "clu_l2", "clu_llc"};
        double utilization = row.value;
        mw_filter f = mw_rows_like(&row, metric);
        f.phase = row.phase;
        const double value = scale * mw_rows_value(results, &f);
        for (int i = 0; i < 3; i++) {
            f.metric = levels[i];
            utilization = fmin(utilization, mw_rows_value(results, &f)); /* passes over a level that is not there */
        }
        if (strcmp(row.layout, layout) != 0 || !(utilization >= 0.99))
            continue;
        least = fmin(least, value);
        most = fmax(most, value);
        n++;
    }
    snprintf(to, 32, least < most ? "%.3g to %.3g" : "%.3g", least, most);
    return n;
}

/* The result in words, as it came out. */
static void say(const mw_session *s, mw_page *page)
{
    static const char *const layouts[] = {"rowmajor", "tvl"};
    char splits[2][32], loads[2][32], jumps[2][32];
    size_t full[2];
    for (int i = 0; i < 2; i++) {
        full[i] = range_of(page->results, layouts[i], "split_load_fraction", 100, splits[i]);
        range_of(page->results, layouts[i], "loads_per_line", 1, loads[i]);
        range_of(page->results, layouts[i], "jumps", 1, jumps[i]);
    }
    if (full[0] > 0 && full[1] > 0)
        mw_page_text(
            page,
            "Utilization does not distinguish row-major from TVL: %zu row-major rows and %zu of TVL use at "
            "least 99 %% of what they bring in, at every level. These numbers do (row-major; TVL): split loads "
            "(%s %%; %s %%), loads of weights and x per line of weights, which also depend on the width of the "
            "vectors (%s; %s), jumps from tensor to tensor in one token (%s; %s), and sums across the lanes of "
            "a vector (one for each of %llu rows per token; none).",
            full[0], full[1], splits[0], splits[1], loads[0], loads[1], jumps[0], jumps[1],
            (unsigned long long)mw_shapes_rows(&s->model));
}

void mw_clu_report(const mw_session *s, mw_page *page)
{
    static const mw_column token[] = {{"variant", -36, .show = MW_SHOW_VARIANT},
                                      {"L1", 6, .digits = 3},
                                      {"L2", 6, .digits = 3, .metric = "clu_l2"},
                                      {"LLC", 6, .digits = 3, .metric = "clu_llc"},
                                      {"split %", 7, .digits = 1, .metric = "split_load_fraction", .scale = 100},
                                      {"loads", 6, .digits = 1, .metric = "loads_per_line"},
                                      {"visits", 6, .digits = 1, .metric = "visits_per_line"},
                                      {0}};
#define AT(line, offset) \
    { \
#offset, 5, .digits = 1, .scale = 100, .metric = "split_load_fraction", \
                    .param = "line=" #line ";offset=" #offset ";region=weights" \
    }
    static const mw_column offsets[][6] = {
        {{"variant", -36, .show = MW_SHOW_VARIANT}, AT(64, 0), AT(64, 4), AT(64, 28), AT(64, 60), {0}},
        {{"variant", -36, .show = MW_SHOW_VARIANT}, AT(128, 0), AT(128, 4), AT(128, 28), AT(128, 60), {0}}};
    mw_page_text(page,
                 "Cache-line utilization of the weights of %s over all matrices of a token: bytes used / bytes brought "
                 "in, modelled from the accesses of the compiled kernels. -: unavailable, the note in results.csv says "
                 "why.",
                 s->model.name);
    mw_page_heading(page, "Per token");
    mw_page_rows(page, token, &(mw_filter){.metric = "clu_l1", .phase = "token"}, MW_AS_RECORDED);
    mw_page_text(page, "split: loads that touch two lines. loads: of weights and x, per line of weights. visits: how "
                       "often the stream comes to a line.");
    for (int i = 0; i < 2; i++) {
        const mw_filter lines = {.metric = offsets[i][1].metric, .phase = "offsets", .param = offsets[i][1].param};
        if (mw_rows_count(page->results, &lines) > 0)
            mw_page_heading(page, "Split loads of weights, %%, by bytes from a line to the matrix: %s-byte lines",
                            i == 0 ? "64" : "128");
        mw_page_rows(page, offsets[i], &lines, MW_AS_RECORDED);
    }
    say(s, page);
}
