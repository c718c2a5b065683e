/* From the numbers of one kernel over one matrix, or over all of a token, to rows; and what suite `clu` shows of
 * results.csv. */
#include "bench/clu/clu.h"

#include "bench/run/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- rows --- */

/* "clu_l1", "clu_l2", "clu_llc", or NULL for a level between the second and the last. */
static const char *metric_of(int level, int levels)
{
    return level == 0 ? "clu_l1" : level == levels - 1 ? "clu_llc" : level == 1 ? "clu_l2" : NULL;
}

static void number(mw_session *s, const mw_variant *v, const char *phase, const char *metric, double value, uint64_t n,
                   const char *param, const char *note)
{
    mw_session_record(s, v, 1,
                      &(mw_result){metric, "1", value, n, .phase = phase, .param = param, .note = note,
                                   .provenance = "modelled", .rep = -1});
}

static void shares(mw_session *s, const mw_variant *v, const char *phase, const mw_clu *c, mw_clu_region region,
                   const char *param)
{
    for (int l = 0; l < c->levels; l++)
        if (metric_of(l, c->levels))
            number(s, v, phase, metric_of(l, c->levels), mw_clu_utilization(c, region, l), c->level[region][l].fills,
                   param, "n: line fills");
    const mw_region_counts *r = &c->region[region];
    if (r->loads > 0)
        number(s, v, phase, "split_load_fraction", (double)r->splits / (double)r->loads, r->loads, param, "n: loads");
}

static void add_row(mw_session *s, const mw_clu_case *of, const mw_clu *c, mw_clu_region region, int level,
                    const mw_cache_level *cache)
{
    const mw_region_counts *r = &c->region[region];
    const mw_cache_counts *l = &c->level[region][level];
    mw_csv *table = mw_session_table(s, mw_csv_clu);
    mw_csv_append(table, (mw_cell[MW_CLU_COUNT]){
                             [MW_CLU_run_id] = mw_text(s->run_id),
                             [MW_CLU_variant] = mw_text(of->variant->name),
                             [MW_CLU_kernel] = mw_text(mw_kernel_label(of->variant->gemv)),
                             [MW_CLU_layout] = mw_text(of->variant->layout->name),
                             [MW_CLU_phase] = mw_text(of->phase),
                             [MW_CLU_rows] = mw_whole((int64_t)of->rows),
                             [MW_CLU_cols] = mw_whole((int64_t)of->cols),
                             [MW_CLU_offset] = mw_whole((int64_t)of->offset),
                             [MW_CLU_line_bytes] = mw_whole(cache->line_bytes),
                             [MW_CLU_region] = mw_text(mw_clu_region_name(region)),
                             [MW_CLU_level] = mw_whole(level + 1),
                             [MW_CLU_cache_bytes] = mw_whole((int64_t)cache->bytes),
                             [MW_CLU_ways] = mw_whole(cache->ways),
                             [MW_CLU_fills] = mw_whole((int64_t)l->fills),
                             [MW_CLU_used_bytes] = mw_whole((int64_t)l->used_bytes),
                             [MW_CLU_clu] = mw_real(mw_clu_utilization(c, region, level)),
                             [MW_CLU_refills] = mw_whole((int64_t)(l->fills - r->lines)),
                             [MW_CLU_loads] = mw_whole((int64_t)r->loads),
                             [MW_CLU_load_bytes] = mw_whole((int64_t)r->load_bytes),
                             [MW_CLU_stores] = mw_whole((int64_t)r->stores),
                             [MW_CLU_store_bytes] = mw_whole((int64_t)r->store_bytes),
                             [MW_CLU_split_loads] = mw_whole((int64_t)r->splits),
                             [MW_CLU_needed_bytes] = mw_whole((int64_t)r->needed_bytes),
                             [MW_CLU_lines] = mw_whole((int64_t)r->lines),
                             [MW_CLU_visits] = mw_whole((int64_t)r->visits),
                             [MW_CLU_pages_4k] = mw_whole((int64_t)r->pages[0]),
                             [MW_CLU_pages_16k] = mw_whole((int64_t)r->pages[1]),
                             [MW_CLU_pages_2m] = mw_whole((int64_t)r->pages[2]),
                             [MW_CLU_longest_run] = mw_whole((int64_t)r->longest_run),
                         });
}

void mw_clu_record(mw_session *s, const mw_clu_case *of, const mw_clu *c, const mw_cache_level *caches)
{
    char param[128];
    for (int region = 0; region < MW_CLU_REGIONS; region++) {
        snprintf(param, sizeof param, "cols=%zu;line=%u;offset=%zu;region=%s;rows=%zu", of->cols, c->line_bytes,
                 of->offset, mw_clu_region_name((mw_clu_region)region), of->rows);
        shares(s, of->variant, of->phase, c, (mw_clu_region)region, param);
        for (int level = 0; level < c->levels; level++)
            add_row(s, of, c, (mw_clu_region)region, level, &caches[level]);
    }
}

void mw_clu_add(mw_clu *token, const mw_clu *c, unsigned times)
{
    token->levels = c->levels;
    token->line_bytes = c->line_bytes;
    for (int i = 0; i < MW_CLU_REGIONS; i++) {
        token->region[i].loads += times * c->region[i].loads;
        token->region[i].splits += times * c->region[i].splits;
        token->region[i].lines += times * c->region[i].lines;
        token->region[i].visits += times * c->region[i].visits;
        for (int l = 0; l < c->levels; l++) {
            token->level[i][l].fills += times * c->level[i][l].fills;
            token->level[i][l].used_bytes += times * c->level[i][l].used_bytes;
        }
    }
}

void mw_clu_record_token(mw_session *s, const mw_variant *v, size_t offset, const mw_clu *t, unsigned jumps)
{
    char param[64];
    snprintf(param, sizeof param, "line=%u;offset=%zu;region=weights", t->line_bytes, offset);
    shares(s, v, "token", t, MW_CLU_WEIGHTS, param);
    const mw_region_counts *w = &t->region[MW_CLU_WEIGHTS], *x = &t->region[MW_CLU_ACTIVATIONS];
    if (w->loads == 0 || w->lines == 0)
        return;
    number(s, v, "token", "loads_per_line", (double)(w->loads + x->loads) / (double)w->lines, w->lines, param,
           "loads of weights and activations for each line of weights");
    number(s, v, "token", "visits_per_line", (double)w->visits / (double)w->lines, w->lines, param,
           "how often the stream comes to a line of weights");
    number(s, v, "token", "jumps", jumps, 1, param, "from tensor to tensor, away from the order of addresses");
}

/* --- tables --- */

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
