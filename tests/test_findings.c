/* Findings of suite `why` about made-up machines: each rule is reached, and the right one comes first. */
#include "bench/why/findings.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

/* A row: threads 0 for facts. `note` ends a list. */
typedef struct change {
    const char *metric, *param;
    double value;
    int threads;
} change;

enum { MOST_CHANGES = 8 };

typedef struct machine {
    const char *what, *first;            /* the finding that comes first */
    const char *what_text, *advice_text; /* parts of its words */
    const char *also;                    /* another finding */
    change changes[MOST_CHANGES];
} machine;

/* A quiet machine of eight CPUs, where memory is in the way: 10 ms a token, of which 9.4 are reading weights. */
static const change usual[] = {
    {"fact", "fact=cpus_online", 8, 0},
    {"fact", "fact=cpus_allowed", 8, 0},
    {"fact", "fact=numa_nodes", 1, 0},
    {"fact", "fact=emulated", 0, 0},
    {"fact", "fact=file_resident", 1, 0},
    {"fact", "fact=cpu_pressure", 0.01, 0},
    {"fact", "fact=memory_pressure", 0, 0},
    {"fact", "fact=steal", 0, 0},
    {"fact", "fact=major_faults", 0, 0},
    {"tokens_per_s", "", 60, 1},
    {"tokens_per_s", "", 100, 4},
    {"tokens_per_s", "", 99, 8},
    {"token_us", "", 10000, 4},
    {"ceiling_us", "", 9400, 4},
    {"lost_us", "step=pages", 100, 4},
    {"lost_us", "step=arithmetic", 0, 4},
    {"lost_us", "step=overlap", 200, 4},
    {"lost_us", "step=attention", 150, 4},
    {"lost_us", "step=small", 60, 4},
    {"lost_us", "step=threads", 40, 4},
    {"lost_us", "step=faults", 0, 4},
    {"lost_us", "step=stolen", 20, 4},
    {"lost_us", "step=stalls", 50, 4},
    {"lost_us", "step=rest", -20, 4},
    {"roof_gbs", "", 45, 4},
    {"machine_roof_gbs", "", 46, 4},
    {"cached_gbs", "", 120, 4},
    {"token_mb", "", 432, 4},
    {"huge_share", "", 0.5, 4},
};

static const machine machines[] = {
    {"a quiet machine", "wall", "94 % of the time", "fewer bytes", NULL, {{0}}},
    {"an emulated CPU", "emulated", "emulated", "machine itself", "wall", {{"fact", "fact=emulated", 1, 0}}},
    {"two CPUs in a mask of one",
     "too_many_threads",
     "4 threads share 1 CPU.",
     "--threads=1",
     NULL,
     {{"fact", "fact=cpus_allowed", 1, 0}}},
    {"a container that sees 64 CPUs and may use two",
     "too_many_threads",
     "4 threads share 2 CPUs.",
     "--threads=2",
     NULL,
     {{"fact", "fact=cpus_online", 64, 0}, {"fact", "fact=cpus_allowed", 64, 0}, {"fact", "fact=cpu_quota", 2, 0}}},
    {"a mask that is wide enough", "wall", "94 %", "fewer bytes", "cpu_mask", {{"fact", "fact=cpus_allowed", 4, 0}}},
    {"a cold file",
     "cold_file",
     "40 % of the model file",
     "once more",
     "wall",
     {{"fact", "fact=file_resident", 0.4, 0}}},
    {"two nodes, and a file that the other one read",
     "far_weights",
     "75 % of the weights",
     "--load=heap",
     "wall",
     {{"fact", "fact=numa_nodes", 2, 0}, {"fact", "fact=weights_far", 0.75, 0}}},
    {"swap",
     "read_from_disk",
     "from the disk while",
     "does not fit",
     "faults",
     {{"fact", "fact=major_faults", 1200, 0},
      {"token_us", "", 30000, 4},
      {"lost_us", "step=faults", 20000, 4},
      {"fact", "fact=memory_pressure", 0.6, 0}}},
    {"a spinning neighbour", "busy", "Other programs", "Stop them", NULL, {{"fact", "fact=cpu_pressure", 0.8, 0}}},
    {"a busy host", "steal", "hypervisor", "dedicated", NULL, {{"fact", "fact=steal", 0.5, 0}}},
    {"a slow kernel",
     "arithmetic",
     "tvl16_mine is limited by its arithmetic",
     "--kernel=all",
     NULL,
     {{"token_us", "", 16000, 4}, {"lost_us", "step=arithmetic", 6000, 4}, {"cached_gbs", "", 27, 4}}},
    {"one chain of multiply-adds",
     "arithmetic",
     "uses little of the CPU's arithmetic: latency, or other work",
     "accumulators",
     NULL,
     {{"token_us", "", 16000, 4},
      {"lost_us", "step=arithmetic", 2000, 4},
      {"lost_us", "step=overlap", 4200, 4},
      {"cached_gbs", "", 50, 4},
      {"cached_peak_fraction", "", 0.1, 4}}},
    {"no prefetching",
     "overlap",
     "does not fully overlap",
     "prefetching",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=overlap", 3200, 4}}},
    {"no huge pages",
     "pages",
     "slower to read than huge ones",
     "heap-huge",
     NULL,
     {{"token_us", "", 12900, 4}, {"lost_us", "step=pages", 3000, 4}, {"roof_gbs", "", 35, 4}}},
    {"a late position",
     "attention",
     "Attention takes 26 %",
     "--suite=context",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=attention", 3350, 4}}},
    {"a small model",
     "small",
     "other small operations take",
     "small models",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=small", 3100, 4}}},
    {"slow joins",
     "threads",
     "joining 4 threads takes",
     "fewer threads",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=threads", 3050, 4}}},
    {"page faults in tokens",
     "faults",
     "Page faults",
     "mmap-populate",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=faults", 3000, 4}}},
    {"another program now and then",
     "switches",
     "takes the CPU away",
     "leave one CPU",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=stolen", 3000, 4}}},
    {"stalls",
     "stalls",
     "slow for reasons",
     "neighbours",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=stalls", 3000, 4}}},
    {"a gap",
     "unexplained",
     "not explained",
     "--reps",
     NULL,
     {{"token_us", "", 13000, 4}, {"lost_us", "step=rest", 3000, 4}}},
    {"slow cores beyond the fourth", "wall", "94 %", "fewer bytes", "knee", {{"tokens_per_s", "", 60, 8}}},
};

static void add(mw_csv *t, const change *c)
{
    mw_cell row[MW_RESULTS_COUNT] = {
        [MW_RESULTS_run_id] = mw_text("r"),
        [MW_RESULTS_suite] = mw_text("why"),
        [MW_RESULTS_dtype] = mw_text("f32"),
        [MW_RESULTS_variant] = mw_text(c->threads ? "tvl16_mine/tvl/mmap" : "fact"),
        [MW_RESULTS_kernel] = mw_text("tvl16_mine"),
        [MW_RESULTS_metric] = mw_text(c->metric),
        [MW_RESULTS_param] = mw_text(c->param),
        [MW_RESULTS_value] = mw_real(c->value),
    };
    if (c->threads)
        row[MW_RESULTS_threads] = mw_whole(c->threads);
    mw_csv_append(t, row);
}

/* A loss is a share of the token as well. */
static void add_with_share(mw_csv *t, const change *c, double token_us)
{
    add(t, c);
    if (strcmp(c->metric, "lost_us") == 0)
        add(t, &(change){"lost_share", c->param, c->value / token_us, c->threads});
    if (strcmp(c->metric, "ceiling_us") == 0)
        add(t, &(change){"ceiling_share", c->param, c->value / token_us, c->threads});
}

static bool same_row(const change *a, const change *b)
{
    return strcmp(a->metric, b->metric) == 0 && strcmp(a->param, b->param) == 0 && a->threads == b->threads;
}

/* The usual machine with the changes. */
static mw_csv rows_of(const machine *m)
{
    mw_csv t = mw_csv_results();
    double token_us = 10000;
    for (const change *n = m->changes; n < m->changes + MOST_CHANGES && n->metric; n++)
        token_us = strcmp(n->metric, "token_us") == 0 ? n->value : token_us;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        change c = usual[i];
        for (const change *n = m->changes; n < m->changes + MOST_CHANGES && n->metric; n++)
            if (same_row(n, &c))
                c.value = n->value;
        add_with_share(&t, &c, token_us);
    }
    for (const change *n = m->changes; n < m->changes + MOST_CHANGES && n->metric; n++) {
        bool there = false;
        for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
            there |= same_row(n, &usual[i]);
        if (!there)
            add_with_share(&t, n, token_us);
    }
    return t;
}

static bool has(const mw_why_finding *found, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(found[i].name, name) == 0)
            return true;
    return false;
}

static void check(const machine *m)
{
    mw_csv t = rows_of(m);
    mw_why_finding found[MW_MOST_FINDINGS];
    mw_why_case c;
    const bool there = mw_why_case_of(&t, "tvl16_mine/tvl/mmap", &c) && c.row.threads == 4;
    const size_t n = there ? mw_why_findings(&c, found) : 0;
    if (!tap_ok(n > 0 && strcmp(found[0].name, m->first) == 0 && strstr(found[0].what, m->what_text) &&
                    strstr(found[0].advice, m->advice_text),
                "%s: %s", m->what, m->first))
        for (size_t i = 0; i < n; i++)
            tap_note("%s %.2f: %s %s %s", found[i].name, found[i].size, found[i].what, found[i].evidence,
                     found[i].advice);
    if (m->also)
        tap_ok(has(found, n, m->also), "%s: and %s", m->what, m->also);
    mw_csv_free(&t);
}

/* A loss that its interval does not tell from nothing is no finding, and another variant may be the advice. */
static void test_noise_and_advice(void)
{
    const machine slow = {
        .changes = {{"token_us", "", 16000, 4}, {"lost_us", "step=arithmetic", 6000, 4}, {"cached_gbs", "", 27, 4}}};
    mw_csv t = rows_of(&slow);
    mw_why_finding found[MW_MOST_FINDINGS];
    mw_why_case c;
    mw_why_case_of(&t, "tvl16_mine/tvl/mmap", &c);
    c.lost_low[MW_LOST_ARITHMETIC] = c.lost_low[MW_LOST_OVERLAP] = -10;
    tap_ok(!has(found, mw_why_findings(&c, found), "arithmetic"), "within its noise: no finding");
    mw_csv_append(&t, (mw_cell[MW_RESULTS_COUNT]){[MW_RESULTS_suite] = mw_text("why"),
                                                  [MW_RESULTS_variant] = mw_text("other"),
                                                  [MW_RESULTS_metric] = mw_text("tokens_per_s"),
                                                  [MW_RESULTS_threads] = mw_whole(4),
                                                  [MW_RESULTS_value] = mw_real(180)});
    c.lost_low[MW_LOST_ARITHMETIC] = 10;
    tap_ok(mw_why_findings(&c, found) > 0 && strcmp(found[0].advice, "Use other: 1.8 times as fast here.") == 0,
           "another variant of the run is faster: %s", found[0].advice);
    tap_ok(!mw_why_case_of(&t, "nobody", &c), "a variant that was not measured");
    mw_csv_free(&t);
}

int main(void)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        check(&machines[i]);
    test_noise_and_advice();
    return tap_done();
}
