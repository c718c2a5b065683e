/* Rows of results.csv as evidence; for the judges alone. */
#ifndef MW_BENCH_EVIDENCE_H
#define MW_BENCH_EVIDENCE_H

#include "bench/claims/claims.h"

/* What a row has to have; what is NULL may be anything. */
typedef struct mw_query {
    const char *suite, *phase, *metric, *variant, *kernel, *threads;
    const char *param[3]; /* "key=value" pairs that its param holds */
    char *const *beside;  /* of the same run as this row */
} mw_query;

/* The summary row with a value that fits: of several one from a real AArch64 machine before one from elsewhere, and
 * that before an emulated one; else the first. NULL if there is none. */
char *const *mw_evidence_row(const mw_evidence *evidence, const mw_query *query);

/* A row as numbers; of NULL all NAN. */
typedef struct mw_figure {
    double value, low, high;
    uint64_t n;
} mw_figure;
mw_figure mw_figure_of(char *const *row);
mw_figure mw_evidence_figure(const mw_evidence *evidence, const mw_query *query);

/* a / b and a * factor. The interval of a ratio reaches from one pair of ends to the other, so it covers at least 90 %
 * of the time. */
mw_figure mw_figure_ratio(mw_figure a, mw_figure b);
mw_figure mw_figure_times(mw_figure a, double factor);

/* Whether a row is about the paper's model; whether it was measured on a real AArch64 machine. */
bool mw_row_of_paper(char *const *row);
bool mw_row_of_arm(char *const *row);

/* Where rows of a suite come from; NULL if nobody knows. */
const mw_evidence_source *mw_evidence_source_of(const mw_evidence *evidence, const char *suite, const char *run_id);

/* Puts a figure into the finding. False, with the verdict `not testable here` and a note, if it is missing, or has no
 * interval though one is needed. `row` is the one that it comes from. */
bool mw_finding_take(mw_finding *finding, char *const *row, mw_figure figure, bool interval);

__attribute__((format(printf, 2, 3))) void mw_finding_note(mw_finding *finding, const char *format, ...);

#endif
