#include "bench/tables/rows.h"

#include <stddef.h>
#include <string.h>

#define MORE MW_MORE_IS_BETTER
#define LESS MW_LESS_IS_BETTER
#define NEITHER MW_NEITHER

/* What can be 0 is no ratio scale. */
const mw_metric mw_metrics[] = {
    {"roof_fraction", "1", MORE, true},
    {"tokens_per_s", "1/s", MORE, true},
    {"speedup", "1", MORE, true},
    {"peer_ratio", "1", MORE, true},
    {"peer_ttft_ratio", "1", MORE, true},
    {"growth_ratio", "1", MORE, true},
    {"roof_mean_gbs", "GB/s", NEITHER, true},
    {"machine_roof_gbs", "GB/s", NEITHER, true},
    {"roof_gbs", "GB/s", NEITHER, true},
    {"bandwidth_gbs", "GB/s", MORE, true},
    {"itl_us", "us", LESS, true},
    {"itl_p50_us", "us", LESS, true},
    {"itl_p90_us", "us", LESS, true},
    {"itl_p99_us", "us", LESS, true},
    {"itl_p999_us", "us", LESS, true},
    {"ttft_ms", "ms", LESS, true},
    {"load_ms", "ms", LESS, true},
    {"ready_ms", "ms", LESS, true},
    {"from_exec_ms", "ms", LESS, true},
    {"phase_ms", "ms", LESS, true},
    {"device_read_ms", "ms", NEITHER, true},
    {"cold_ratio", "1", LESS, true},
    {"first_token_ratio", "1", LESS, true},
    {"batch_speedup", "1", MORE, true},
    {"break_even_tokens", "1", LESS, false},
    {"latency_ns", "ns", LESS, true},
    {"fork_join_us", "us", LESS, true},
    {"moved_gbs", "GB/s", MORE, true},
    {"gflops", "GFLOP/s", MORE, true},
    {"peak_gflops", "GFLOP/s", NEITHER, true},
    {"peak_fraction", "1", MORE, true},
    {"slow_tokens", "1", LESS, false},
    {"slow_sweeps", "1", NEITHER, false},
    {"slow_tokens_explained", "1", NEITHER, false},
    {"slow_tokens_memory", "1", NEITHER, false},
    {"slow_tokens_stolen", "1", NEITHER, false},
    {"slow_tokens_unexplained", "1", LESS, false},
    {"tail_ratio", "1", LESS, true},
    {"roof_tail_ratio", "1", NEITHER, true},
    {"tail_excess", "1", LESS, false},
    {"minor_faults", "1", LESS, false},
    {"major_faults", "1", LESS, false},
    {"huge_mib", "MiB", NEITHER, false},
    {"resident_mib", "MiB", NEITHER, false},
    {"rss_mib", "MiB", LESS, true},
    {"pss_mib", "MiB", LESS, true},
    {"device_mib", "MiB", LESS, false},
    {"token_mb", "MB", NEITHER, true},
    {"bytes_needed_mb", "MB", NEITHER, true},
    {"bytes_stored_mb", "MB", NEITHER, true},
    {"bytes_resident_mb", "MB", NEITHER, false},
    {"bytes_residual_mb", "MB", NEITHER, false},
    {"steal_ms", "ms", NEITHER, false},
    {"pressure_ms", "ms", NEITHER, false},
    {"cycles", "1", NEITHER, false},
    {"instructions", "1", NEITHER, false},
    {"stalled_cycles", "1", NEITHER, false},
    {"cache_refills", "1", NEITHER, false},
    {"l1d_refills", "1", NEITHER, false},
    {"tlb_refills", "1", NEITHER, false},
    {"page_faults", "1", NEITHER, false},
    {"switches", "1", NEITHER, false},
    {"migrations", "1", NEITHER, false},
    {"energy_package_mj", "mJ", LESS, true},
    {"energy_dram_mj", "mJ", LESS, true},
    {"harness_overhead_ns", "ns", LESS, true},
    {"clu_l1", "1", MORE, true},
    {"clu_l2", "1", MORE, true},
    {"clu_llc", "1", MORE, true},
    {"split_load_fraction", "1", LESS, false},
    {"loads_per_line", "1", LESS, true},
    {"visits_per_line", "1", LESS, true},
    {"jumps", "1", LESS, false},
    {"l1d_refills_residual", "1", NEITHER, false},
    {"cache_refills_residual", "1", NEITHER, false},
    {"aa_ratio", "1", NEITHER, true},
    {"aa_false_rate", "1", NEITHER, false},
    {"context_added_us", "us", LESS, false},
    {"context_expected_us", "us", NEITHER, true},
    {"context_cost_ratio", "1", LESS, false},
    {"op_us", "us", LESS, true},
    {"op_share", "1", NEITHER, true},
    {"op_rest", "1", NEITHER, false},
    {"op_bandwidth_gbs", "GB/s", MORE, true},
    {"op_roof_fraction", "1", MORE, true},
    {"profile_overhead", "1", LESS, true},
    {"perplexity", "1", LESS, true},
    {"perplexity_loss", "1", LESS, false},
    {"logit_deviation", "1", LESS, true},
    {"token_us", "us", LESS, false},
    {"ceiling_us", "us", NEITHER, false},
    {"lost_us", "us", LESS, false},
    {"ceiling_share", "1", MORE, false},
    {"lost_share", "1", LESS, false},
    {"cached_peak_fraction", "1", MORE, true},
    {"cached_gbs", "GB/s", MORE, true},
    {"huge_share", "1", NEITHER, false},
    {"knee_threads", "1", NEITHER, false},
    {"fact", "1", NEITHER, false},
    {"misaligned_ratio", "1", MORE, true},
    {"soak_s", "s", NEITHER, true},
    {"soak_drift", "1", NEITHER, true},
    {"cpu_mhz", "MHz", NEITHER, true},
    {"celsius", "C", NEITHER, false},
    {"flop_per_byte", "1", NEITHER, true},
    {"warning", "1", NEITHER, false},
    {NULL, NULL, NEITHER, false},
};

const mw_metric *mw_metric_find(const char *name)
{
    for (const mw_metric *m = mw_metrics; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

const char *mw_metric_verdict(const mw_metric *m, bool better)
{
    const bool speed = m->unit[strlen(m->unit) - 1] == 's'; /* "us", "1/s", "GB/s"; no other unit ends like that */
    return better ? (speed ? "faster" : "better") : speed ? "slower" : "worse";
}
