/* What suite `predict` shows. */
#ifndef MW_BENCH_PREDICT_REPORT_H
#define MW_BENCH_PREDICT_REPORT_H

#include "bench/run/session.h"
#include "bench/tables/page.h"

/* mw_suite.report: a table for each machine, and predictions over published speeds. */
void mw_predict_report(const mw_session *session, mw_page *page);

#endif
