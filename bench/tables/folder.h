/* Reads the results of a run. */
#ifndef MW_BENCH_FOLDER_H
#define MW_BENCH_FOLDER_H

#include "bench/tables/csv.h"

/* Appends the rows of results.csv to `results`; `path` is that file or the result folder with it. With a `command`,
 * command[size] becomes the command line of the run, without the folder of its program; "" if the folder does not have
 * it. What was read is made printable (mw_text_copy). Returns what mw_csv_read returns, or -ENAMETOOLONG. */
int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err);

#endif
