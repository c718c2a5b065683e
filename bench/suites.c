#include "bench/suites.h"

#include "bench/all/all.h"
#include "bench/claims/claims.h"
#include "bench/perplexity/perplexity.h"
#include "bench/soak/soak.h"
#include "bench/torch/torch.h"
#include "bench/clu/clu_suite.h"
#include "bench/context/context.h"
#include "bench/aa/aa.h"
#include "bench/decode/decode.h"
#include "bench/profile/profile_suite.h"
#include "bench/growth/growth.h"
#include "bench/micro/micro_record.h"
#include "bench/peers/peers.h"
#include "bench/cli/report.h"
#include "bench/ttft/ttft.h"

#include <string.h>

const mw_suite mw_suites[] = {
    {"decode", "tokens per second of every variant beside its roof", MW_REPETITIONS, .run = mw_decode_suite,
     .report = mw_report_decode},
    {"aa", "the same variant under two names", MW_REPETITIONS, .run = mw_aa_suite, .report = mw_report_pairs},
    {"roof", "how fast memory can be read", MW_ONE_PROCESS, .run = mw_micro_run, .report = mw_micro_show,
     .row_major = true, .apart = true},
    {"micro", "bandwidth, latency, kernels by themselves", MW_ONE_PROCESS, .run = mw_micro_run, .report = mw_micro_show,
     .row_major = true},
    {"clu", "cache-line utilization, counted", MW_ONE_PROCESS, .run = mw_clu_suite, .report = mw_clu_report,
     .row_major = true},
    {"ttft", "time to first token, cold and warm", MW_OWN_PROCESSES, .run = mw_ttft_suite, .report = mw_ttft_report},
    {"context", "what a token costs at a late position", MW_REPETITIONS, .run = mw_context_suite,
     .report = mw_context_report},
    {"growth", "tokens per second over model size, beside bytes/roof", MW_OWN_PROCESSES, .run = mw_growth_suite,
     .report = mw_growth_report, .summarised = true},
    {"profile", "where the time of a token goes, step by step", MW_REPETITIONS, .run = mw_profile_suite,
     .report = mw_profile_report},
    {"perplexity", "of a trained model, against double precision", MW_ONE_PROCESS, .run = mw_perplexity_suite,
     .report = mw_perplexity_report, .row_major = true},
    {"peers", "other people's programs beside ours", MW_OWN_PROCESSES, .run = mw_peers_suite, .report = mw_peers_report,
     .row_major = true},
    {"torch", "PyTorch beside tvl", MW_REPETITIONS, .run = mw_torch_suite, .report = mw_torch_report,
     .row_major = true},
    {"soak", "does a long run slow down?", MW_ONE_PROCESS, .run = mw_soak_suite, .report = mw_soak_report,
     .apart = true},
    {"claims", "the paper's claims, judged", MW_OWN_PROCESSES, .run = mw_claims_suite, .report = mw_claims_show,
     .summarised = true, .row_major = true},
    {"all", "all of these but roof and soak, one after the other", MW_OTHER_SUITES, .run = mw_all_suite,
     .row_major = true, .apart = true},
    {0},
};

const mw_suite *mw_suite_named(const char *name)
{
    for (const mw_suite *e = mw_suites; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e;
    return NULL;
}
