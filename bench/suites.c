#include "bench/suites.h"

#include "bench/claims/claims.h"
#include "bench/claims/perplexity.h"
#include "bench/claims/soak.h"
#include "bench/claims/torch.h"
#include "bench/clu/clu_suite.h"
#include "bench/context/context.h"
#include "bench/decode/aa.h"
#include "bench/decode/decode.h"
#include "bench/decode/profile.h"
#include "bench/growth/growth.h"
#include "bench/micro/micro_record.h"
#include "bench/peers/peers.h"
#include "bench/report.h"
#include "bench/ttft/ttft.h"

#include <string.h>

const mw_suite_entry mw_suites[] = {
    {"decode", "tokens per second of every variant beside its roof", MW_REPETITIONS, false, false, mw_decode_suite,
     mw_report_decode},
    {"aa", "the same variant under two names", MW_REPETITIONS, false, false, mw_aa_suite, mw_report_pairs},
    {"roof", "how fast memory can be read", MW_ONE_PROCESS, false, true, mw_micro_run, mw_micro_show},
    {"micro", "bandwidth, latency, kernels by themselves", MW_ONE_PROCESS, false, true, mw_micro_run, mw_micro_show},
    {"clu", "cache-line utilization, counted", MW_ONE_PROCESS, false, true, mw_clu_suite, mw_clu_report},
    {"ttft", "time to first token, cold and warm", MW_OWN_PROCESSES, false, false, mw_ttft_suite, mw_ttft_report},
    {"context", "what a token costs at a late position", MW_REPETITIONS, false, false, mw_context_suite,
     mw_context_report},
    {"growth", "tokens per second over model size, beside bytes/roof", MW_OWN_PROCESSES, true, false, mw_growth_suite,
     mw_growth_report},
    {"profile", "where the time of a token goes, step by step", MW_REPETITIONS, false, false, mw_profile_suite,
     mw_profile_report},
    {"perplexity", "of a trained model, against double precision", MW_ONE_PROCESS, false, true, mw_perplexity_suite,
     mw_perplexity_report},
    {"peers", "other people's programs beside ours", MW_OWN_PROCESSES, false, true, mw_peers_suite, mw_peers_report},
    {"torch", "PyTorch beside tvl", MW_REPETITIONS, false, true, mw_torch_suite, mw_torch_report},
    {"soak", "does a long run slow down?", MW_ONE_PROCESS, false, false, mw_soak_suite, mw_soak_report},
    {"claims", "the paper's claims, judged", MW_OWN_PROCESSES, true, true, mw_claims_suite, mw_claims_show},
    {0},
};

const mw_suite_entry *mw_suite_named(const char *name)
{
    for (const mw_suite_entry *e = mw_suites; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e;
    return NULL;
}
