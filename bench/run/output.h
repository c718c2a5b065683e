/* The result folder of a run: complete or not there at all. */
#ifndef MW_BENCH_OUTPUT_H
#define MW_BENCH_OUTPUT_H

#include "bench/run/session.h"

/* Decides on the folder: --out, else results/HOST/TIME below the current folder. path[size] gets the name. */
int mw_output_name(const mw_session *session, char *path, size_t size, mw_error *err);

/* Creates what is above the folder `path` and makes sure that it can be written, so that a long run is not lost at its
 * end. -EEXIST if it is there already and not empty: earlier results are never touched. */
int mw_output_prepare(const char *path, mw_error *err);

/* Writes all files of the run into a temporary folder beside `path` and gives it that name. */
int mw_output_write(mw_session *session, const char *path, mw_error *err);

/* Removes a folder of that kind with its files; nothing happens if it is not there. */
void mw_output_remove(const char *path);

#endif
