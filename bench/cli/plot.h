/* --plot: the run as text pictures on the terminal, drawn by gnuplot from the result folder. */
#ifndef MW_BENCH_PLOT_H
#define MW_BENCH_PLOT_H

#include "platform/error.h"

/* Whether it can be done: gnuplot is on PATH and the script in its place. To be asked before a long run. -ENOENT with
 * what to do about it. */
int mw_plot_possible(mw_error *err);

/* Shows tokens/s and roof fractions of the run in `folder` on stdout. -EIO if the script failed; it has said why. */
int mw_plot(const char *folder, mw_error *err);

#endif
