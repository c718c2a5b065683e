/* What the files of this folder share. */
#ifndef MW_BENCH_MERGE_PARTS_H
#define MW_BENCH_MERGE_PARTS_H

#include "bench/tables/page.h"

enum { MW_MERGE_PATH = 1500 };

/* The path of something in a folder; "", which no file has, if it is too long. */
const char *mw_merge_in(const char *folder, const char *name, char to[MW_MERGE_PATH]);

/* --- describe.c --- */

/* Reads and checks the result folder at `path` and appends its row to `index`, a table of mw_csv_index: `folder` in it
 * is "runs/HOST/RUN_ID", where it belongs. What is wrong with the folder is -EINVAL or what its reader says. */
int mw_merge_describe(const char *path, mw_csv *index, mw_error *err);

/* --- copy.c: the files of a result folder --- */

/* A folder's regular files, those with a dot in front left out, sorted by name. */
typedef struct mw_merge_files {
    char (*names)[256];
    size_t n;
    uint64_t bytes; /* of all of them */
} mw_merge_files;
int mw_merge_list(const char *folder, mw_merge_files *files, mw_error *err);
void mw_merge_files_free(mw_merge_files *files);

/* Whether two folders have the same files, byte for byte: 0, or -EEXIST with the first difference. */
int mw_merge_same(const char *a, const char *b, mw_error *err);

/* Copies the files of `from` to the empty folder `to`. *fatal: it was not `from` that failed. */
int mw_merge_copy(const char *from, const char *to, bool *fatal, mw_error *err);

/* Waits until the files of a folder are on the disk. A full disk may show only here. */
int mw_merge_sync(const char *folder, mw_error *err);

/* --- batch.c: copies on their way into the set --- */

/* Waiting for the disk takes much longer than copying a small run, but hardly longer for many runs than for one. So
 * copies get their names, and with them become part of the set, by the hundred. */
enum { MW_MERGE_BATCH = 256 };
typedef struct mw_merge_batch {
    const char *set;
    struct {
        char temporary[MW_MERGE_PATH], to[MW_MERGE_PATH];
    } copies[MW_MERGE_BATCH];
    int n;
} mw_merge_batch;

/* Copies a result folder; it will be `to`. *fatal: it was not `from` that failed. */
int mw_merge_batch_add(mw_merge_batch *batch, const char *from, const char *to, bool *fatal, mw_error *err);

/* Where the copy is that will be `to`; NULL without one. */
const char *mw_merge_batch_find(const mw_merge_batch *batch, const char *to);

/* Puts all copies in place. After a failure, and where `failed` is not 0, removes those that are not; returns what
 * failed. */
int mw_merge_batch_end(mw_merge_batch *batch, int failed, mw_error *err);

/* --- index.c --- */

/* Puts the index into the set, complete or not at all. */
int mw_merge_write_index(const mw_csv *index, const char *set, mw_error *err);

/* Prints it. -EIO, -ENOMEM. */
int mw_merge_print_index(const mw_csv *index, mw_format format, FILE *to, mw_error *err);

#endif
