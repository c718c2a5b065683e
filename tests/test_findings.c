/* Findings of suite `why` about made-up machines: each rule is reached, and the right one comes first. */
#include "bench/why/peer_findings.h"
#include "tests/findings_machines.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

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

/* What looks like a finding about nodes and cores, and is none. */
static void test_nodes_and_cores(void)
{
    static const struct {
        const char *what, *absent;
        change changes[MOST_CHANGES];
    } quiet[] = {
        {"classes of equal speed on a busy machine",
         "slow_cores",
         {{"on_cpus_tokens_per_s", "cores=0", 59, 1},
          {"on_cpus_tokens_per_s", "cores=1", 60, 1},
          {"on_cpus_tokens_per_s", "cores=all", 40, 2}}},
        {"slow cores that help",
         "slow_cores",
         {{"on_cpus_tokens_per_s", "cores=0", 30, 1},
          {"on_cpus_tokens_per_s", "cores=1", 60, 1},
          {"on_cpus_tokens_per_s", "cores=all", 60, 1},
          {"on_cpus_tokens_per_s", "cores=all", 70, 2}}},
        {"nodes of equal speed",
         "far_node",
         {{"on_cpus_roof_gbs", "threads_on=0;weights_on=0", 40, 4},
          {"on_cpus_roof_gbs", "threads_on=0;weights_on=1", 39, 4}}},
        {"a slower node that remote_reads tells about",
         "far_node",
         {{"fact", "fact=reads_far", 0.5, 0},
          {"on_cpus_roof_gbs", "threads_on=0;weights_on=0", 40, 4},
          {"on_cpus_roof_gbs", "threads_on=0;weights_on=1", 16, 4}}},
        {"reads from another node that cost nothing",
         "remote_reads",
         {{"fact", "fact=reads_far", 0.5, 0},
          {"on_cpus_roof_gbs", "threads_on=0;weights_on=0", 40, 4},
          {"on_cpus_roof_gbs", "threads_on=0;weights_on=1", 41, 4}}},
        {"weights on a node without a thread, which another rule tells",
         "remote_reads",
         {{"fact", "fact=reads_far", 1, 0}, {"fact", "fact=weights_far", 1, 0}}},
    };
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        machine m = {.what = quiet[i].what};
        memcpy(m.changes, quiet[i].changes, sizeof m.changes);
        mw_csv t = rows_of(&m);
        mw_why_finding found[MW_MOST_FINDINGS];
        mw_why_case c;
        const bool there = mw_why_case_of(&t, "tvl16_mine/tvl/mmap", &c);
        const size_t n = there ? mw_why_findings(&c, found) : 0;
        tap_ok(n > 0 && !has(found, n, quiet[i].absent), "%s: no finding %s", quiet[i].what, quiet[i].absent);
        mw_csv_free(&t);
    }
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

/* What is said of another program, by its share of the roof and by which of our kernels is as fast. */
static void test_peers(void)
{
    static const struct {
        const char *what, *words;
        double peer, peer_share, row, best;
    } cases[] = {
        {"at the roof", "Memory is its limit", 95, 0.93, 60, 98},
        {"like the row-major kernel", "behaves like that kernel", 58, 0.55, 60, 98},
        {"slower than all", "Memory is not its limit: best reaches 98.0", 30, 0.3, 60, 98},
        {"faster than all", "No kernel of memwall is faster", 70, 0.7, 40, 50},
        {"without a roof", "best reaches 98.0", 30, NAN, 60, 98},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct {
            const char *name, *kernel;
            double rate, share;
        } rows[] = {{"other", "peer", cases[i].peer, cases[i].peer_share},
                    {"row", "row", cases[i].row, 0.6},
                    {"best", "best", cases[i].best, 0.95}};
        mw_csv t = mw_csv_results();
        for (int k = 0; k < 6; k++)
            mw_csv_append(&t, (mw_cell[MW_RESULTS_COUNT]){
                                  [MW_RESULTS_suite] = mw_text("peers"),
                                  [MW_RESULTS_phase] = mw_text("steady"),
                                  [MW_RESULTS_variant] = mw_text(rows[k / 2].name),
                                  [MW_RESULTS_kernel] = mw_text(rows[k / 2].kernel),
                                  [MW_RESULTS_threads] = mw_whole(2),
                                  [MW_RESULTS_metric] = mw_text(k % 2 ? "roof_fraction" : "tokens_per_s"),
                                  [MW_RESULTS_value] = mw_real(k % 2 ? rows[k / 2].share : rows[k / 2].rate)});
        mw_row peer = {0};
        mw_why_finding f = {.name = ""};
        if (mw_next_peer(&t, &peer))
            mw_peer_finding(&t, &peer, &f);
        tap_ok(strcmp(peer.variant, "other") == 0 && strstr(f.advice, cases[i].words) &&
                   strstr(f.what, "of the roof") && !strstr(f.what, "nan") &&
                   (!strstr(f.advice, "Memory") || isfinite(cases[i].peer_share)),
               "a peer %s: %s", cases[i].what, f.advice);
        tap_ok(!mw_next_peer(&t, &peer), "and no other peer");
        mw_csv_free(&t);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        check(&machines[i]);
    test_nodes_and_cores();
    test_noise_and_advice();
    test_peers();
    return tap_done();
}
