/* bench --merge=SET FOLDER...: result folders of many machines become a set.
 *
 * A set is a folder with copies of result folders, SET/runs/HOST/RUN_ID, and SET/index.csv, a table of them. The index
 * says nothing that the runs do not say: every merge makes it anew from all of them. */
#ifndef MW_BENCH_MERGE_H
#define MW_BENCH_MERGE_H

#include "bench/tables/page.h"

typedef struct mw_merge_streams {
    FILE *to;     /* the index, as `format` says */
    FILE *errors; /* one line for each folder that is not merged */
    FILE *talk;   /* what was done, in one line; NULL: nothing */
} mw_merge_streams;

/* Adds all result folders in and below folders[n] to the set, which is made if it is not there. A run that the set has
 * already, byte for byte, is nothing new. A folder that is broken, or whose run the set has with other bytes, is named
 * on `errors`, and the rest goes on; the same for runs of the set that got damaged, which leave the index.
 *
 * A run appears in the set complete or not at all, and so does the index, at the end. After a merge that was killed the
 * next one finishes. Of two merges at once the second one waits.
 *
 * -EDOM if some folder was not merged; -EEXIST if `set` is something else than a set or an empty folder; what the
 * system says if the set cannot be written, the old index being as it was; -EIO, -ENOMEM. */
int mw_merge(const char *set, char *const *folders, int n, mw_format format, const mw_merge_streams *streams,
             mw_error *err);

#endif
