/* The last part of what suite `predict` shows: predictions next to published speeds. */
#ifndef MW_BENCH_PUBLISHED_REPORT_H
#define MW_BENCH_PUBLISHED_REPORT_H

#include "bench/tables/page.h"

/* A table of the listed speeds, one of all speeds by machine, and how many were predicted well by each rule. Prints
 * nothing if no speed was predicted. */
void mw_published_report(mw_page *page);

#endif
