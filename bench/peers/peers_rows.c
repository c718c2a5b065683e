/* What turns and rounds of suite `peers` become: rows of results.csv, tokens.csv and blocks.csv, and what is shown. */
#include "bench/peers/peers.h"
#include "platform/os.h"

#include <math.h>
#include <string.h>

static void record(const mw_peers *p, const mw_contender *c, size_t round, mw_result m)
{
    m.variant = c->name;
    m.kernel = "peer";
    m.rep = (int)round + 1;
    mw_session_record(p->session, c->variant, c->threads, &m);
}

/* Empty for a peer that was not told how many. */
static mw_cell threads_of(const mw_contender *c)
{
    return mw_whole(c->threads ? c->threads : MW_UNKNOWN);
}

static void record_latencies(const mw_peers *p, const mw_turn *t)
{
    static const struct {
        const char *name;
        double p;
    } percentiles[] = {{"itl_p50_us", 0.5}, {"itl_p90_us", 0.9}, {"itl_p99_us", 0.99}};
    const mw_contender *c = t->of;
    const int64_t first = (int64_t)p->own->prompt.of[0] - 1 + MW_WARMUP_TOKENS;
    const size_t n = t->result.n_latencies;
    double *x = t->result.latency_us;
    for (size_t i = 0; i < n; i++)
        mw_csv_append(
            &p->session->tokens,
            (mw_cell[MW_TOKENS_COUNT]){[MW_TOKENS_run_id] = mw_text(p->session->run_id),
                                       [MW_TOKENS_variant] = mw_text(c->name),
                                       [MW_TOKENS_kernel] = mw_text(c->variant ? mw_kernel_label(c->variant->gemv)
                                                                               : "peer"),
                                       [MW_TOKENS_load] = mw_text(c->variant ? mw_load_name(c->variant->load) : NULL),
                                       [MW_TOKENS_threads] = threads_of(c),
                                       [MW_TOKENS_rep] = mw_whole((int64_t)t->round + 1),
                                       [MW_TOKENS_block] = mw_whole((int64_t)t->place + 1),
                                       [MW_TOKENS_phase] = mw_text("steady"),
                                       [MW_TOKENS_token_id] = mw_whole((int64_t)i),
                                       [MW_TOKENS_position] = mw_whole(c->variant ? first + (int64_t)i : MW_UNKNOWN),
                                       [MW_TOKENS_latency_us] = mw_fixed(x[i], 3)});
    if (n == 0)
        return;
    mw_sort(x, n);
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        record(p, c, t->round, (mw_result){percentiles[i].name, "us", mw_percentile(x, n, percentiles[i].p), n});
}

/* What was added to a total; empty if the system does not tell. */
static mw_cell added(int64_t before, int64_t after)
{
    return mw_whole(before != MW_UNKNOWN && after != MW_UNKNOWN ? after - before : MW_UNKNOWN);
}

static void record_disturbance(const mw_peers *p, const mw_turn *t)
{
    const mw_disturbance *before = &t->before, *after = &t->after;
    const size_t n = t->result.n_latencies;
    mw_csv_append(&p->session->blocks,
                  (mw_cell[MW_BLOCKS_COUNT]){
                      [MW_BLOCKS_run_id] = mw_text(p->session->run_id),
                      [MW_BLOCKS_variant] = mw_text(t->of->name),
                      [MW_BLOCKS_threads] = threads_of(t->of),
                      [MW_BLOCKS_rep] = mw_whole((int64_t)t->round + 1),
                      [MW_BLOCKS_block] = mw_whole((int64_t)t->place + 1),
                      [MW_BLOCKS_tokens] = mw_whole(n > 1 ? (int64_t)n : MW_UNKNOWN),
                      [MW_BLOCKS_tokens_us] = mw_fixed(t->took_us, 3),
                      [MW_BLOCKS_steal_us] = added(before->steal_us, after->steal_us),
                      [MW_BLOCKS_cpu_pressure_us] = added(before->cpu_pressure_us, after->cpu_pressure_us),
                      [MW_BLOCKS_memory_pressure_us] = added(before->memory_pressure_us, after->memory_pressure_us)});
}

/* The sweeps around the turn, and the share of their median that its weights were read at. */
static void record_roof(const mw_peers *p, const mw_turn *t)
{
    const mw_contender *c = t->of;
    const size_t n = t->n_sweeps;
    char read[MW_READ_NAME], note[96];
    double x[2 * MW_PEER_SWEEPS];
    for (size_t i = 0; i < n; i++) {
        x[i] = t->sweeps_gbs[i];
        mw_csv_append(&p->session->roof, (mw_cell[MW_ROOF_COUNT]){[MW_ROOF_run_id] = mw_text(p->session->run_id),
                                                                  [MW_ROOF_variant] = mw_text(c->name),
                                                                  [MW_ROOF_threads] = mw_whole(c->threads),
                                                                  [MW_ROOF_rep] = mw_whole((int64_t)t->round + 1),
                                                                  [MW_ROOF_block] = mw_whole((int64_t)t->place + 1),
                                                                  [MW_ROOF_roof_gbs] = mw_real(x[i])});
    }
    if (n == 0)
        return;
    mw_sort(x, n);
    const double roof = mw_percentile(x, n, 0.5);
    snprintf(note, sizeof note, "way=%s; median sweep", mw_read_name((unsigned)c->roof.read, read));
    record(p, c, t->round, (mw_result){"roof_gbs", "GB/s", roof, n, .note = note});
    record(p, c, t->round,
           (mw_result){"roof_fraction", "1", c->roof.bytes * t->result.tokens_per_s * 1e-9 / roof, t->result.n,
                       .note = "weights alone, without KV cache"});
}

void mw_peers_record_turn(const mw_peers *p, mw_turn *t)
{
    const mw_peer_result *r = &t->result;
    const uint64_t asked = p->own->prompt.of[0], prompt = r->prompt ? r->prompt : asked;
    mw_contender *c = t->of;
    char param[48];
    snprintf(param, sizeof param, "prompt=%llu", (unsigned long long)prompt);
    c->tokens_per_s = r->tokens_per_s;
    c->counted |= isfinite(r->tokens_per_s);
    /* after a prompt of another length than ours got it is a row, but compared with nothing */
    c->first_token_ms = prompt == asked ? r->first_token_ms : NAN;
    record(p, c, t->round, (mw_result){"tokens_per_s", "1/s", r->tokens_per_s, r->n});
    if (isfinite(r->prefill_per_s))
        record(p, c, t->round, (mw_result){"tokens_per_s", "1/s", r->prefill_per_s, r->prefill_n, .phase = "prefill"});
    if (isfinite(r->first_token_ms))
        record(p, c, t->round,
               (mw_result){
                   "ttft_ms", "ms", r->first_token_ms, r->prompt ? r->prefill_n : 1, .phase = "ttft", .param = param,
                   .note = c->variant  ? "page cache as earlier turns left it: the file is in memory if there is room"
                           : r->prompt ? "the prompt alone, without loading"
                                       : NULL});
    record_roof(p, t);
    record_disturbance(p, t);
    record_latencies(p, t);
}

void mw_peers_record_ratios(const mw_peers *p, size_t round)
{
    const mw_contender *end = p->contenders + p->n;
    for (const mw_contender *ours = p->contenders; ours < end; ours++)
        for (const mw_contender *theirs = p->contenders; theirs < end; theirs++) {
            char param[MW_PEER_NAME + 8];
            if (!ours->variant || theirs->variant || (theirs->threads && theirs->threads != ours->threads))
                continue;
            snprintf(param, sizeof param, "peer=%.*s", MW_PEER_NAME, theirs->name);
            record(p, ours, round,
                   (mw_result){"peer_ratio", "1", ours->tokens_per_s / theirs->tokens_per_s, 1, .param = param});
            if (isfinite(theirs->first_token_ms))
                record(p, ours, round,
                       (mw_result){"peer_ttft_ratio", "1", theirs->first_token_ms / ours->first_token_ms, 1,
                                   .phase = "ttft", .param = param});
        }
}

/* --- what is shown: all of it comes from results.csv --- */

/* Rounds in which a program was counted. */
static void rounds(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    mw_filter f = mw_rows_like(row, row->metric);
    f.of = MW_OF_PROCESSES;
    f.phase = row->phase;
    f.known = true;
    snprintf(to, MW_PAGE_CELL_BYTES, "%zu", mw_rows_count(page->results, &f));
}

/* Of a peer: the fastest of ours on as many threads, or on any if the peer was not told how many, over it. */
static void our_fastest(const mw_page *page, const mw_row *peer, char to[MW_PAGE_CELL_BYTES])
{
    const mw_filter rates = {.metric = "tokens_per_s", .phase = "steady", .threads = peer->threads};
    mw_row best = {.value = 0}, ratio;
    for (mw_row r = {0}; mw_rows_next(page->results, &rates, &r);)
        if (strcmp(r.kernel, "peer") != 0 && r.value > best.value)
            best = r;
    char param[MW_PEER_NAME + 8];
    snprintf(param, sizeof param, "peer=%.*s", MW_PEER_NAME, peer->variant);
    const mw_filter f = {.metric = "peer_ratio", .variant = best.variant, .threads = best.threads, .param = param};
    if (!isfinite(peer->value))
        snprintf(to, MW_PAGE_CELL_BYTES, "never counted");
    else if (strcmp(peer->kernel, "peer") == 0 && mw_rows_find(page->results, &f, &ratio))
        mw_page_both(&ratio, 1, -1, to);
}

/* clang-format off */
#define PROGRAM {"program", -28, .show = MW_SHOW_VARIANT}, {"thr", 3, .show = MW_SHOW_THREADS}
#define ROUNDS {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1}, {"n", 4, .show = MW_SHOW_MADE, .make = rounds}
/* clang-format on */

void mw_peers_report(const mw_session *s, mw_page *page)
{
    static const mw_column rates[] = {PROGRAM,
                                      {"tokens/s", 8, .digits = 1},
                                      ROUNDS,
                                      {"roof", 5, .digits = 2, .metric = "roof_fraction"},
                                      {"our fastest / peer", 0, .show = MW_SHOW_MADE, .make = our_fastest},
                                      {0}},
                           prompts[] = {PROGRAM, {"tokens/s", 8, .digits = 1}, ROUNDS, {0}},
                           times[] = {PROGRAM,
                                      {"prompt", 6, .show = MW_SHOW_PARAM, .param = "prompt"},
                                      {"ms", 8, .digits = 1},
                                      ROUNDS,
                                      {0}},
                           ratios[] = {{"ours", -30, .show = MW_SHOW_VARIANT},
                                       {"thr", 3, .show = MW_SHOW_THREADS},
                                       {"peer", -20, .show = MW_SHOW_PARAM, .param = "peer"},
                                       {"ratio", 0, .show = MW_SHOW_BOTH, .digits = -1},
                                       {0}};
    static const struct {
        const char *heading;
        const mw_column *columns;
        mw_filter lines;
        mw_order order;
        const char *with; /* shown only if there are rows with this metric; NULL: any */
    } tables[] = {
        {"Decoding", rates, {.metric = "tokens_per_s", .phase = "steady"}, MW_FALLING, NULL},
        {"Decoding: our rate / the peer's", ratios, {.metric = "peer_ratio"}, MW_FALLING, NULL},
        {"Prompts", prompts, {.metric = "tokens_per_s", .phase = "prefill"}, MW_FALLING, NULL},
        {"Time to first token, including the prompt", times, {.metric = "ttft_ms"}, MW_RISING, "peer_ttft_ratio"},
        {"Time to first token: the peer's / ours", ratios, {.metric = "peer_ttft_ratio"}, MW_FALLING, NULL},
    };
    mw_page_text(page,
                 "%.60s: decoded tokens per second. Every turn is a fresh process, in random order. Ours: tokens %d to "
                 "%llu; peers: as they report it. +-%%: half the width of the 95 %% interval; n: rounds that count; "
                 "roof: share of the rate at which the pages of the program's model file can be read.",
                 s->model.name, MW_WARMUP_TOKENS, (unsigned long long)s->options->tokens - 1);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const mw_filter with = {.metric = tables[i].with};
        if (!mw_rows_count(page->results, &tables[i].lines) || !mw_rows_count(page->results, &with))
            continue;
        mw_page_heading(page, "%s", tables[i].heading);
        mw_page_rows(page, tables[i].columns, &tables[i].lines, tables[i].order);
    }
}
