/* What suite `peers` shows. All of it comes from results.csv. */
#include "bench/peers/peers.h"

#include <math.h>
#include <string.h>

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

void mw_peers_report(const mw_session *s, mw_page *page)
{
    static const mw_column rates[] = {{"program", -32, .show = MW_SHOW_VARIANT},
                                      {"thr", 3, .show = MW_SHOW_THREADS},
                                      {"tokens/s", 8, .digits = 1},
                                      {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1},
                                      {"n", 4, .show = MW_SHOW_MADE, .make = rounds},
                                      {"our fastest / it", 0, .show = MW_SHOW_MADE, .make = our_fastest},
                                      {0}},
                           prompts[] = {{"program", -32, .show = MW_SHOW_VARIANT},
                                        {"thr", 3, .show = MW_SHOW_THREADS},
                                        {"tokens/s", 8, .digits = 1},
                                        {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1},
                                        {"n", 4, .show = MW_SHOW_MADE, .make = rounds},
                                        {0}},
                           times[] = {{"program", -32, .show = MW_SHOW_VARIANT},
                                      {"thr", 3, .show = MW_SHOW_THREADS},
                                      {"prompt", 6, .show = MW_SHOW_PARAM, .param = "prompt"},
                                      {"ms", 8, .digits = 1},
                                      {"+-%", 5, .show = MW_SHOW_HALF, .digits = 1},
                                      {"n", 4, .show = MW_SHOW_MADE, .make = rounds},
                                      {0}},
                           ratios[] = {{"ours", -30, .show = MW_SHOW_VARIANT},
                                       {"thr", 3, .show = MW_SHOW_THREADS},
                                       {"peer", -20, .show = MW_SHOW_PARAM, .param = "peer"},
                                       {"ratio", 0, .show = MW_SHOW_BOTH, .digits = -1},
                                       {0}};
    const mw_filter peer_ratios = {.metric = "peer_ratio"}, prefill = {.metric = "tokens_per_s", .phase = "prefill"},
                    first_ratios = {.metric = "peer_ttft_ratio"};
    mw_page_text(page,
                 "%.60s: decoded tokens per second. Every turn is a fresh process, in random order. Ours: tokens %d to "
                 "%llu; peers: as they report it. +-%%: half the width of the 95 %% interval; n: rounds that count.",
                 s->model.name, MW_WARMUP_TOKENS, (unsigned long long)s->options->tokens - 1);
    mw_page_heading(page, "Decoding");
    mw_page_rows(page, rates, &(mw_filter){.metric = "tokens_per_s", .phase = "steady"}, MW_FALLING);
    if (mw_rows_count(page->results, &peer_ratios) > 0)
        mw_page_heading(page, "Decoding: our rate / the peer's");
    mw_page_rows(page, ratios, &peer_ratios, MW_FALLING);
    if (mw_rows_count(page->results, &prefill) > 0)
        mw_page_heading(page, "Prompts");
    mw_page_rows(page, prompts, &prefill, MW_FALLING);
    if (mw_rows_count(page->results, &first_ratios) == 0)
        return;
    mw_page_heading(page, "Time to first token, including the prompt");
    mw_page_rows(page, times, &(mw_filter){.metric = "ttft_ms"}, MW_RISING);
    mw_page_heading(page, "Time to first token: the peer's / ours");
    mw_page_rows(page, ratios, &first_ratios, MW_FALLING);
}
