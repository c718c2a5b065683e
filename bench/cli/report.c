#include "bench/tables/to_json.h"
#include "bench/cli/report.h"

#include "bench/run/suite.h"
#include "kernels/ops.h"
#include "kernels/registry.h"
#include "platform/os.h"
#include "platform/program.h"

#include <errno.h>
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
        printf("EMULATED on %s: these are no timings of a real CPU.\n", mw_emulator());
    /* the table itself is intact: what cannot be written is stdout */
    return rc == -ENOMEM ? rc : mw_program_end(err);
}

void mw_report_list(FILE *to)
{
    char isa[64];
    fprintf(to, "kernels (those marked - need an instruction set that this CPU lacks)\n");
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        fprintf(to, "%c %-8s %-22s %-9s %-12s %s\n", mw_kernel_supported(*k) ? ' ' : '-', mw_op_name((*k)->op),
                (*k)->name, (*k)->op == MW_OP_GEMV || (*k)->op == MW_OP_GEMM ? mw_layout_of((*k)->layout)->name : "",
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
