/* What turns and rounds of suite `peers` become: rows of results.csv, tokens.csv and blocks.csv. */
#include "bench/peers/peers.h"
#include "platform/os.h"

#include <math.h>

const char *mw_contender_name(const mw_contender *c)
{
    return c->variant ? c->variant->name : c->peer->name;
}

static void record(const mw_peers *p, const mw_contender *c, size_t round, mw_result m)
{
    m.variant = mw_contender_name(c);
    m.kernel = "peer";
    m.rep = (int)round + 1;
    mw_session_record(p->session, c->variant, c->threads, &m);
}

/* Empty for a peer that was not told how many. */
static mw_cell threads_of(const mw_contender *c)
{
    return mw_whole(c->threads ? c->threads : MW_UNKNOWN);
}

static void record_latencies(const mw_peers *p, const mw_contender *c, size_t round, size_t place,
                             const mw_peer_result *r)
{
    static const struct {
        const char *name;
        double p;
    } percentiles[] = {{"itl_p50_us", 0.5}, {"itl_p90_us", 0.9}, {"itl_p99_us", 0.99}};
    const int64_t first = (int64_t)p->own->prompt.of[0] - 1 + MW_WARMUP_TOKENS;
    for (size_t i = 0; i < r->n_latencies; i++)
        mw_csv_append(
            &p->session->tokens,
            (mw_cell[MW_TOKENS_COUNT]){[MW_TOKENS_run_id] = mw_text(p->session->run_id),
                                       [MW_TOKENS_variant] = mw_text(mw_contender_name(c)),
                                       [MW_TOKENS_kernel] = mw_text(c->variant ? c->variant->gemv->name : "peer"),
                                       [MW_TOKENS_load] = mw_text(c->variant ? mw_load_name(c->variant->load) : NULL),
                                       [MW_TOKENS_threads] = threads_of(c),
                                       [MW_TOKENS_rep] = mw_whole((int64_t)round + 1),
                                       [MW_TOKENS_block] = mw_whole((int64_t)place + 1),
                                       [MW_TOKENS_phase] = mw_text("steady"),
                                       [MW_TOKENS_token_id] = mw_whole((int64_t)i),
                                       [MW_TOKENS_position] = mw_whole(c->variant ? first + (int64_t)i : MW_UNKNOWN),
                                       [MW_TOKENS_latency_us] = mw_fixed(r->latency_us[i], 3)});
    if (r->n_latencies == 0)
        return;
    mw_sort(r->latency_us, r->n_latencies);
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        record(p, c, round,
               (mw_result){.name = percentiles[i].name,
                           .unit = "us",
                           .value = mw_percentile(r->latency_us, r->n_latencies, percentiles[i].p),
                           .n = r->n_latencies});
}

/* What was added to a total; empty if the system does not tell. */
static mw_cell added(int64_t before, int64_t after)
{
    return mw_whole(before != MW_UNKNOWN && after != MW_UNKNOWN ? after - before : MW_UNKNOWN);
}

static void record_disturbance(const mw_peers *p, const mw_contender *c, size_t round, size_t place, uint64_t n,
                               double took_us, const mw_disturbance *before)
{
    const mw_disturbance after = mw_disturbance_now();
    mw_csv_append(&p->session->blocks,
                  (mw_cell[MW_BLOCKS_COUNT]){
                      [MW_BLOCKS_run_id] = mw_text(p->session->run_id),
                      [MW_BLOCKS_variant] = mw_text(mw_contender_name(c)),
                      [MW_BLOCKS_threads] = threads_of(c),
                      [MW_BLOCKS_rep] = mw_whole((int64_t)round + 1),
                      [MW_BLOCKS_block] = mw_whole((int64_t)place + 1),
                      [MW_BLOCKS_tokens] = mw_whole(n > 1 ? (int64_t)n : MW_UNKNOWN),
                      [MW_BLOCKS_tokens_us] = mw_fixed(took_us, 3),
                      [MW_BLOCKS_steal_us] = added(before->steal_us, after.steal_us),
                      [MW_BLOCKS_cpu_pressure_us] = added(before->cpu_pressure_us, after.cpu_pressure_us),
                      [MW_BLOCKS_memory_pressure_us] = added(before->memory_pressure_us, after.memory_pressure_us)});
}

/* A time to the first token after a prompt of another length than ours got is a row, but compared with nothing. */
static void record_first_token(const mw_peers *p, size_t index, size_t round, const mw_peer_result *r)
{
    const mw_contender *c = &p->contenders[index];
    const uint64_t asked = p->own->prompt.of[0], prompt = r->prompt ? r->prompt : asked;
    char param[48];
    p->first_token_ms[round * p->n + index] = prompt == asked ? r->first_token_ms : NAN;
    if (!isfinite(r->first_token_ms))
        return;
    snprintf(param, sizeof param, "prompt=%llu", (unsigned long long)prompt);
    record(p, c, round,
           (mw_result){"ttft_ms", "ms", r->first_token_ms, r->prompt ? r->prefill_n : 1, .phase = "ttft",
                       .param = param,
                       .note = c->variant  ? "the file as the turns before have left it: in memory if there is room"
                               : r->prompt ? "the prompt alone, without loading"
                                           : NULL});
}

void mw_peers_record_turn(mw_peers *p, size_t index, size_t round, size_t place, double took_us,
                          const mw_disturbance *before, mw_peer_result *result)
{
    const mw_contender *c = &p->contenders[index];
    p->tokens_per_s[round * p->n + index] = result->tokens_per_s;
    record(p, c, round,
           (mw_result){.name = "tokens_per_s", .unit = "1/s", .value = result->tokens_per_s, .n = result->n});
    if (isfinite(result->prefill_per_s))
        record(p, c, round,
               (mw_result){"tokens_per_s", "1/s", result->prefill_per_s, result->prefill_n, .phase = "prefill"});
    record_first_token(p, index, round, result);
    record_disturbance(p, c, round, place, result->n_latencies, took_us, before);
    record_latencies(p, c, round, place, result);
}

/* Ours against theirs, of one round: where both have the same thread count, or theirs is unknown. */
void mw_peers_record_ratios(const mw_peers *p, size_t round)
{
    const double *rate = &p->tokens_per_s[round * p->n], *first = &p->first_token_ms[round * p->n];
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->n; k++) {
            const mw_contender *ours = &p->contenders[i], *theirs = &p->contenders[k];
            char param[MW_PEER_NAME + 8];
            if (!ours->variant || theirs->variant || (theirs->threads && theirs->threads != ours->threads))
                continue;
            snprintf(param, sizeof param, "peer=%s", theirs->peer->name);
            record(p, ours, round, (mw_result){"peer_ratio", "1", rate[i] / rate[k], 1, .param = param});
            if (isfinite(first[k]))
                record(p, ours, round,
                       (mw_result){"peer_ttft_ratio", "1", first[k] / first[i], 1, .phase = "ttft", .param = param});
        }
}
