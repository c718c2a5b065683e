/* The result folder of a run: complete or not there at all. */
#ifndef MW_BENCH_OUTPUT_H
#define MW_BENCH_OUTPUT_H

#include "bench/run/session.h"

/* A folder that is kept for one run from its start on, so that a long run is not lost at its end. */
typedef struct mw_output {
    char path[1024];
    int lock;  /* its marker, locked; -1: none */
    bool made; /* the folder was not there before */
} mw_output;

/* Decides on the folder, --out or else results/HOST/TIME below the current folder, creates it and keeps it for this
 * run. -EEXIST if it is there already and not empty, or if another run has it: earlier results are never touched. Of
 * several runs that start in one second each gets a folder of its own. Ended by mw_output_close. */
int mw_output_open(const mw_session *session, mw_output *output, mw_error *err);

/* Gives the folder back: what was not written leaves nothing. */
void mw_output_close(mw_output *output);

/* The same for the folder of a run that has ended, however it ended; `made`: also the folder itself, if it is empty.
 * Whether it holds results. */
bool mw_output_tidy(const char *path, bool made);

/* Only the name that mw_output_open would choose, into path[size]. */
int mw_output_name(const mw_session *session, char *path, size_t size, mw_error *err);

/* -EEXIST if `path` is there already and is not an empty folder. */
int mw_output_check(const char *path, mw_error *err);

/* Writes all files of the run into the folder `path`, which is there. They are complete before the first one is put in
 * place, and results.csv, without which a folder is no result, is the last. */
int mw_output_write(mw_session *session, const char *path, mw_error *err);

/* Removes a folder of that kind with its files; nothing happens if it is not there. */
void mw_output_remove(const char *path);

/* --- machine.json: the machine and the build --- */

/* Writes the object to `to`. -ENOMEM or -EIO if that fails. */
int mw_machine_write(const mw_session *session, FILE *to, mw_error *err);

/* Calls `emit` with one plain sentence for everything about this machine or build that harms a measurement. */
typedef void mw_warn_fn(void *to, const char *sentence);
void mw_machine_warnings(mw_warn_fn *emit, void *to);

/* Whether timings of this build mean anything: it is optimized, and no sanitizer watches its loads. Else even a roof
 * may be slower than a kernel, because every load of a probe is watched and not every one of a kernel. */
bool mw_machine_build_is_timeable(void);

#endif
