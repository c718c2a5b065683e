/* Reads the results of a run. */
#ifndef MW_BENCH_FOLDER_H
#define MW_BENCH_FOLDER_H

#include "bench/tables/csv.h"

/* Appends the rows of results.csv to `results`; `path` is that file or the result folder with it. What was read gets
 * printed, so control characters become '?': nothing in a file commands the terminal. With a `command`, command[size]
 * becomes the command line of the run, without the folder of its program; "" if the folder does not have it. Returns
 * what mw_csv_read returns, or -ENOMEM. */
int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err);

#endif
