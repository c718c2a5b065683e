#include "bench/why/waterfall.h"

const char *const mw_lost_names[MW_LOST_COUNT] = {"pages",   "arithmetic", "overlap", "attention", "small",
                                                  "threads", "faults",     "stolen",  "stalls",    "rest"};

const char *const mw_lost_texts[MW_LOST_COUNT] = {"page size and placement",
                                                  "arithmetic of the kernels",
                                                  "arithmetic not overlapped",
                                                  "attention and KV cache",
                                                  "small operations",
                                                  "starting, joining threads",
                                                  "page faults",
                                                  "switches, migrations",
                                                  "slow tokens, cause unknown",
                                                  "not explained"};

void mw_waterfall(const mw_token_times *t, double *ceiling_us, double lost[MW_LOST_COUNT])
{
    const double streamed = t->bytes / t->roof_gbs * 1e-3;
    const double excess = t->cached_us - streamed, products = t->matrices_us - t->matrix_join_us;
    *ceiling_us = t->machine_gbs > 0 ? t->bytes / t->machine_gbs * 1e-3 : streamed;
    lost[MW_LOST_PAGES] = streamed - *ceiling_us;
    lost[MW_LOST_ARITHMETIC] = excess > 0 ? excess : 0;
    lost[MW_LOST_OVERLAP] = products - streamed - lost[MW_LOST_ARITHMETIC];
    lost[MW_LOST_ATTENTION] = t->attention_us - t->attention_join_us;
    lost[MW_LOST_SMALL] = t->small_us;
    lost[MW_LOST_THREADS] = t->matrix_join_us + t->attention_join_us;
    lost[MW_LOST_FAULTS] = t->fault_us;
    lost[MW_LOST_STOLEN] = t->stolen_us;
    lost[MW_LOST_STALLS] = t->mean_us - t->usual_us - t->fault_us - t->stolen_us;
    /* clocks of the profile cost time, and are not in usual_us: this may be below 0 */
    lost[MW_LOST_REST] = t->usual_us - t->matrices_us - t->attention_us - t->small_us;
}
