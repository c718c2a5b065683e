#include "bench/report.h"

#include "kernels/ops.h"

#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Colour marks the fastest row; it never carries a meaning of its own. */
static bool colour(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && !(no && *no);
}

static int fastest(const mw_summary *s, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (s[i].tokens_per_s > s[best].tokens_per_s)
            best = i;
    return best;
}

static bool any_packed(const mw_summary *s, int n)
{
    for (int i = 0; i < n; i++)
        if (s[i].packs && s[i].variant->layout->forward_order)
            return true;
    return false;
}

static bool any_simde(const mw_summary *s, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(s[i].variant->gemv->isa_name, "neon-simde") == 0)
            return true;
    return false;
}

static void print_table(const mw_session *session, const mw_summary *s, int n)
{
    char cpu[128];
    mw_cpu_model(cpu, sizeof cpu);
    printf("%s f32: one token reads %.1f MB of weights. %.40s, %d CPU%s\n\n", session->model.name,
           (double)mw_model_token_cost(&session->model.config, 0).weight_bytes * 1e-6, cpu, session->n_cpus,
           session->n_cpus == 1 ? "" : "s");
    printf("%-34s %3s %8s %8s %8s %6s %7s\n", "variant", "thr", "tokens/s", "P50 us", "P99 us", "GB/s", "TTFT ms");
    int best = fastest(s, n);
    const bool colours = colour();
    for (int i = 0; i < n; i++)
        printf("%s%-34s %3d %8.1f %8.0f %8.0f %6.1f %7.0f%s\n", colours && i == best ? "\033[1;32m" : "",
               s[i].variant->name, s[i].threads, s[i].tokens_per_s, s[i].itl_p50_us, s[i].itl_p99_us,
               s[i].bandwidth_gbs, s[i].ttft_ms, colours && i == best ? "\033[0m" : "");
    printf("\n");
    printf("%d warm-up tokens left out, %llu steady ones; one process, so no interval.\n", MW_WARMUP_TOKENS,
           (unsigned long long)session->options->tokens - MW_WARMUP_TOKENS);
    if (any_packed(s, n))
        printf("tvl/heap: packed in memory at load.\n");
    if (any_simde(s, n))
        printf("NEON kernels run through SIMDe (AVX2, FMA) on this CPU.\n");
    if (session->unbound)
        printf("Threads could not be bound to CPUs: the system may move them.\n");
    if (strcmp(session->provenance, "emulated") == 0)
        printf("EMULATED on %s: these are no timings of a real CPU.\n", mw_emulator());
}

static void print_markdown(const mw_summary *s, int n)
{
    printf("| variant | threads | tokens/s | P50 us | P99 us | GB/s | TTFT ms |\n|---|--:|--:|--:|--:|--:|--:|\n");
    for (int i = 0; i < n; i++)
        printf("| %s | %d | %.1f | %.0f | %.0f | %.1f | %.0f |\n", s[i].variant->name, s[i].threads, s[i].tokens_per_s,
               s[i].itl_p50_us, s[i].itl_p99_us, s[i].bandwidth_gbs, s[i].ttft_ms);
}

int mw_report(const mw_session *session, const mw_summary *summaries, int n, mw_error *err)
{
    int rc = 0;
    if (session->options->format == MW_FORMAT_CSV)
        rc = mw_csv_write(&session->results, stdout, err);
    else if (session->options->format == MW_FORMAT_JSON)
        rc = mw_csv_write_json(&session->results, stdout, err);
    else if (n > 0 && session->options->format == MW_FORMAT_MD)
        print_markdown(summaries, n);
    else if (n > 0)
        print_table(session, summaries, n);
    if (!rc && (fflush(stdout) || ferror(stdout)))
        rc = mw_fail(err, -EIO, "stdout cannot be written: %s", strerror(errno));
    return rc;
}

void mw_report_list(FILE *to)
{
    char isa[64];
    fprintf(to, "kernels (those marked - need an instruction set that this CPU lacks)\n");
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        fprintf(to, "%c %-8s %-22s %-9s %-12s %s\n", mw_kernel_supported(*k) ? ' ' : '-', mw_op_name((*k)->op),
                (*k)->name, (*k)->op == MW_OP_GEMV ? mw_layout_of((*k)->layout)->name : "",
                mw_isa_text((*k)->isa, isa, sizeof isa), (*k)->description);
    fprintf(to, "\nlayouts\n");
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        fprintf(to, "  %-9s %s\n", (*l)->name, (*l)->description);
    fprintf(to, "\nloads\n");
    for (int load = 0; load < MW_LOAD_COUNT; load++)
        fprintf(to, "  %-13s %s\n", mw_load_name((mw_load)load), mw_load_description((mw_load)load));
    fprintf(to,
            "\nvariants\n  paper     scalar, neon, mmap, tvl\n  all       every kernel of this CPU with every load\n"
            "  any other is written kernel/layout/load:\n");
    mw_variant v;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        for (int load = 0; (*k)->op == MW_OP_GEMV && mw_kernel_supported(*k) && load < MW_LOAD_COUNT; load++)
            if (mw_load_possible(mw_layout_of((*k)->layout), (mw_load)load)) {
                v = mw_variant_of(*k, (mw_load)load);
                fprintf(to, "  %s\n", v.name);
            }
}
