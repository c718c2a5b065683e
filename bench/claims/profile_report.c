#include "bench/claims/profile.h"

#include "bench/summary.h"

#include <string.h>

void mw_profile_report(const mw_session *s, FILE *to)
{
    const char *last = "";
    fprintf(to, "Shares of a token's time, one thread, at position %d.\n", MW_PROFILE_POSITION);
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        const bool share = strcmp(row[MW_RESULTS_metric], "op_share") == 0;
        if (row[MW_RESULTS_rep] || !row[MW_RESULTS_variant] ||
            (!share && strcmp(row[MW_RESULTS_metric], "op_rest") != 0))
            continue;
        if (strcmp(last, row[MW_RESULTS_variant]) != 0)
            fprintf(to, "\n%-40s %9s   %s\n", row[MW_RESULTS_variant], "share", "95 % interval");
        last = row[MW_RESULTS_variant];
        fprintf(to, "  %-38s %7.2f %%", share ? row[MW_RESULTS_param] + strlen("op=") : "rest",
                100 * mw_cell_number(row[MW_RESULTS_value]));
        if (row[MW_RESULTS_ci_low] && row[MW_RESULTS_ci_high])
            fprintf(to, "   %.2f to %.2f", 100 * mw_cell_number(row[MW_RESULTS_ci_low]),
                    100 * mw_cell_number(row[MW_RESULTS_ci_high]));
        fprintf(to, "\n");
    }
}
