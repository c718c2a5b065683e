#include "bench/clu/clu_record.h"

#include <math.h>
#include <stdio.h>

const char *mw_clu_metric(int level, int levels)
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
        if (mw_clu_metric(l, c->levels))
            number(s, v, phase, mw_clu_metric(l, c->levels), mw_clu_utilization(c, region, l),
                   c->level[region][l].fills, param, "n: line fills");
    const mw_region_counts *r = &c->region[region];
    if (r->loads > 0)
        number(s, v, phase, "split_load_fraction", (double)r->splits / (double)r->loads, r->loads, param, "n: loads");
}

static void add_row(mw_session *s, const mw_clu_case *of, const mw_clu *c, mw_clu_region region, int level,
                    const mw_cache_level *cache)
{
    const mw_region_counts *r = &c->region[region];
    const mw_cache_counts *l = &c->level[region][level];
    mw_csv_append(mw_session_table(s, mw_csv_clu), (mw_cell[MW_CLU_COUNT]){
                                                       [MW_CLU_run_id] = mw_text(s->run_id),
                                                       [MW_CLU_variant] = mw_text(of->variant->name),
                                                       [MW_CLU_kernel] = mw_text(of->variant->gemv->name),
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
        mw_region_counts *to = &token->region[i];
        const mw_region_counts *from = &c->region[i];
        to->loads += times * from->loads;
        to->stores += times * from->stores;
        to->load_bytes += times * from->load_bytes;
        to->store_bytes += times * from->store_bytes;
        to->splits += times * from->splits;
        to->needed_bytes += times * from->needed_bytes;
        to->used_bytes += times * from->used_bytes;
        to->lines += times * from->lines;
        to->visits += times * from->visits;
        to->longest_run = from->longest_run > to->longest_run ? from->longest_run : to->longest_run;
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
