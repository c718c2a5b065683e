#include "bench/aa/aa.h"

#include "bench/aa/aa_synthetic.h"
#include "bench/decode/decode.h"
#include "bench/decode/decode_report.h"
#include "bench/run/suite.h"
#include "bench/units/unit.h"

#include <errno.h>
#include <stdio.h>

int mw_aa_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    static mw_variant twins[2 * MW_MAX_VARIANTS];
    for (int i = 0; i < n; i++) {
        twins[2 * i] = twins[2 * i + 1] = variants[i];
        snprintf(twins[2 * i + 1].name, sizeof twins->name, "%.*s%s", (int)(sizeof twins->name - sizeof MW_TWIN_SUFFIX),
                 variants[i].name, MW_TWIN_SUFFIX);
    }
    return mw_decode_suite(s, twins, 2 * n, err);
}

int mw_aa_rates(mw_session *s, mw_error *err)
{
    enum { SETS = 1000 };
    const mw_options *o = s->options;
    const size_t steady = (size_t)o->tokens - MW_WARMUP_TOKENS;
    if (o->reps < 2)
        return 0; /* no interval, no verdict */
    for (int stop_rule = 0; stop_rule < 2; stop_rule++) {
        mw_aa_design design = {.processes = (size_t)o->reps,
                               .blocks = (steady + MW_BLOCK_TOKENS - 1) / MW_BLOCK_TOKENS,
                               .precision = stop_rule ? (o->precision > 0 ? o->precision : 0.02) : 0,
                               .most_processes = 40};
        mw_aa_rate rate;
        if (mw_aa_synthetic(&design, SETS, o->seed, &rate))
            return mw_fail(err, -ENOMEM, "no memory for synthetic data sets");
        char param[96];
        int used = snprintf(param, sizeof param, "blocks=%zu", design.blocks);
        if (stop_rule)
            used += snprintf(param + used, sizeof param - (size_t)used, ";precision=%g%%", 100 * design.precision);
        snprintf(param + used, sizeof param - (size_t)used, ";processes=%zu", design.processes);
        mw_session_record(s, NULL, 0,
                          &(mw_result){"aa_false_rate", "1", (double)rate.different / (double)rate.sets, rate.sets,
                                       .phase = "synthetic", .ci = &(mw_interval){rate.low, rate.high}, .param = param,
                                       .note = stop_rule ? "processes: the first stage of the stop rule" : NULL,
                                       .provenance = "modelled", .rep = -1});
    }
    return 0;
}

const mw_suite mw_suite_aa = {
    .name = "aa",
    .help = "the same variant under two names",
    .processes = MW_REPETITIONS,
    .precision = true,
    .twins = true,
    .between_processes = true,
    .run = mw_aa_suite,
    .conclude = mw_aa_rates,
    .report = mw_report_pairs,
    .shows_warnings = true,
};
