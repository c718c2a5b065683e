/* Machine files: what is known about a machine that nobody here has. results/machines/README.md describes the format;
 * of it, this reader takes what a prediction needs besides in_core.h. */
#ifndef MW_BENCH_MACHINE_FILE_H
#define MW_BENCH_MACHINE_FILE_H

#include "platform/error.h"

#include <stdbool.h>

/* A number of a machine file. Where sources disagree, `low` and `high` are the ends of what they say, else all three
 * are the same. All are NAN if the file does not have it. */
typedef struct mw_range {
    double value, low, high;
} mw_range;

typedef struct mw_machine_file {
    char file[64];                             /* "m2-pro" of m2-pro.json */
    char name[64];                             /* "Apple M2 Pro" */
    char core[64];                             /* "Avalanche": whose in-core cycles are taken (in_core.h) */
    mw_range cores;                            /* of the kind that the file describes */
    mw_range clock;                            /* GHz */
    mw_range loads, bytes;                     /* loads per cycle, bytes per load */
    mw_range line;                             /* bytes of a cache line */
    mw_range l1d, l2, l3;                      /* sizes of caches, KiB */
    mw_range one_core, all;                    /* GB/s that one core and all cores read from memory */
    bool all_is_peak;                          /* `all` is what the memory can deliver, not what cores read */
    mw_range l1_gbs, l2_gbs, l3_gbs;           /* GB/s that one core reads from caches */
    mw_range one_stream, l2_stream, l3_stream; /* the same for one core that reads one forward stream */
} mw_machine_file;

/* Reads the file at `path`, which is hostile until checked. -EINVAL with one line if it is no machine file, -errno if
 * it cannot be read. */
int mw_machine_file_read(const char *path, mw_machine_file *machine, mw_error *err);

/* Reads the files that `list` names, separated by commas: "all", names as in results/machines ("m2-pro"), and paths
 * (anything with a slash or a dot). Stores at most `most`, in *n how many. -ENOENT with the list of names for an
 * unknown one. */
int mw_machine_files_read(const char *list, mw_machine_file *machines, int most, int *n, mw_error *err);

/* Calls `take` with the name of every file in results/machines, sorted. False if the folder is not there. */
bool mw_machine_files_each(void (*take)(void *to, const char *name), void *to);

#endif
