/* Speeds of decoding that others published (results/machines/published.csv), to judge predictions by. */
#ifndef MW_BENCH_PUBLISHED_H
#define MW_BENCH_PUBLISHED_H

#include "bench/tables/csv.h"
#include "engine/synthetic.h"

/* Reads the table; `path` may be NULL: the one that comes with the program. Every row names a shape and a dtype that
 * exist, threads and a speed, or -EINVAL names its line. Freed with mw_csv_free, also after a failure. */
int mw_published_read(const char *path, mw_csv *table, mw_error *err);

/* How the loop of `kernel` relates to that of the program: it has as many loads, multiplications and accumulators
 * per line; it computes in the same way, but nobody compared instructions; it is another. */
typedef enum mw_loop { MW_LOOP_SAME, MW_LOOP_SIMILAR, MW_LOOP_OTHER, MW_LOOP_COUNT } mw_loop;

/* One row. Texts belong to the table. */
typedef struct mw_published {
    const char *machine; /* the name of its machine file */
    const char *program, *source;
    const char *kernel;   /* of the in-core tables (in_core.h), whose loop is that of the program, or comes closest */
    mw_loop loop;         /* which of the two */
    const char *compiler; /* "gcc" or "clang": whose loop it is (in_core.h) */
    const char *model;    /* SHAPE or SHAPE@RECIPE of a synthetic model */
    mw_dtype dtype;       /* of the weights, if there is no recipe */
    int threads;
    double tokens_per_s;
    bool listed; /* of the list that was fixed before there was any prediction */
    bool fitted; /* an input of the machine file was chosen by it, so it judges nothing */
} mw_published;
mw_published mw_published_at(const mw_csv *table, size_t i);

#endif
