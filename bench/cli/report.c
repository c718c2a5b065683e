#include "bench/cli/command.h"

#include "bench/tables/to_json.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/child.h"
#include "platform/os.h"
#include "platform/place.h"
#include "platform/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int mw_report(const mw_session *s, mw_error *err)
{
    const mw_options *o = s->options;
    mw_page page = mw_page_on(stdout, o->format, &s->results);
    int rc = 0;
    if (o->format == MW_FORMAT_CSV)
        rc = mw_csv_write(&s->results, stdout, err);
    else if (o->format == MW_FORMAT_JSON)
        rc = mw_csv_write_json(&s->results, stdout, err);
    else
        o->suite->report(s, &page);
    if (strcmp(s->provenance, "emulated") == 0 && o->format == MW_FORMAT_TABLE)
        printf("EMULATED on %s: these are not timings of a real CPU.\n", mw_emulator());
    /* the table itself is intact: what cannot be written is stdout */
    return rc == -ENOMEM ? rc : mw_program_end(err);
}

void mw_report_list(FILE *to)
{
    char isa[64];
    fprintf(to, "kernels (those marked - need an instruction set that this CPU lacks)\n");
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        fprintf(to, "%c %-9s %-5s %-22s %-9s %-12s %s\n", mw_kernel_supported(*k) ? ' ' : '-', mw_op_name((*k)->op),
                mw_dtypes[(*k)->dtype].name, (*k)->name,
                (*k)->op == MW_OP_GEMV || (*k)->op == MW_OP_GEMM ? mw_layout_of((*k)->layout)->name : "",
                mw_isa_text((*k)->isa, isa, sizeof isa), (*k)->description);
    fprintf(to, "\nlayouts\n");
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        fprintf(to, "  %-9s %s\n", (*l)->name, (*l)->description);
    fprintf(to, "\nloads\n");
    for (int load = 0; load < MW_LOAD_COUNT; load++)
        fprintf(to, "  %-13s %s\n", mw_load_name((mw_load)load), mw_load_description((mw_load)load));
    fprintf(to,
            "\nvariants\n  paper     scalar, neon, mmap, tvl\n  all       every kernel of this CPU with every load\n"
            "  any other is written kernel/layout/load, with @dtype after it unless that is f32:\n");
    mw_variant v;
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        for (int load = 0; (*k)->op == MW_OP_GEMV && mw_kernel_supported(*k) && load < MW_LOAD_COUNT; load++)
            if (mw_load_possible(mw_layout_of((*k)->layout), (mw_load)load)) {
                v = mw_variant_of(*k, (mw_load)load);
                fprintf(to, "  %s\n", v.name);
            }
}

/* --- --plot --- */

/* What is shown here and what `ninja plots` draws come from one script. */
static int find_script(char *to, size_t size, mw_error *err)
{
    return mw_place_find(MW_SHARE, MW_SOURCES, "plots/quick.sh", to, size, err);
}

int mw_plot_possible(mw_error *err)
{
    char gnuplot[1024], script[PATH_MAX];
    if (!mw_child_find("gnuplot", gnuplot, sizeof gnuplot))
        return mw_fail(err, -ENOENT,
                       "--plot needs gnuplot, which is not installed; ./setup.sh installs it, or leave out --plot");
    return find_script(script, sizeof script, err);
}

int mw_plot(const char *folder, mw_error *err)
{
    char path[1200], script[PATH_MAX];
    mw_child_end end;
    int rc = find_script(script, sizeof script, err);
    snprintf(path, sizeof path, "%s%s", *folder == '/' ? "" : "./", folder); /* a folder may be called --x or png */
    char *const argv[] = {"sh", script, path, "dumb", "--only=fig1,roof_fraction", NULL};
    if (!rc)
        rc = mw_child_run(&(mw_child){.program = "/bin/sh", .argv = argv}, &end, err);
    if (!rc && end.status != 0)
        rc = mw_fail(err, -EIO, "--plot: %s failed (its output is above); the results are complete", script);
    return rc;
}
