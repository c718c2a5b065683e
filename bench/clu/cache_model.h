/* A model of a cache: levels of sets that are replaced least-recently-used first. A load or store that misses brings
 * the line into every level above the one that has it (write-allocate); levels are neither inclusive nor exclusive, so
 * a level drops a line whatever the others hold.
 *
 * Every line remembers which of its bytes were used. A level counts a fill when a line is brought into it, and what of
 * that fill was used when the line has left this level and all levels above it: what the first level used on behalf of
 * the others counts for them, too, even if they dropped the line before it did. So at every level
 * used bytes <= fills x line, and the quotient is the utilization of what that level brought in.
 *
 * Not modelled: prefetches (they move a fill in time, but not what of it is used), write-backs, and addresses beyond
 * the model's own: virtual ones index all levels. */
#ifndef MW_BENCH_CACHE_MODEL_H
#define MW_BENCH_CACHE_MODEL_H

#include "platform/error.h"

#include <stdint.h>

enum { MW_CACHE_MODEL_LEVELS = 4, MW_CACHE_MODEL_TAGS = 4, MW_MOST_LINE = 1024 };

typedef struct mw_cache_level {
    uint64_t bytes;
    unsigned ways, line_bytes; /* the line is a power of two from 16 to MW_MOST_LINE */
} mw_cache_level;

/* What a level brought in on behalf of one tag. */
typedef struct mw_cache_counts {
    uint64_t fills, used_bytes;
} mw_cache_counts;

typedef struct mw_cache_model mw_cache_model;

/* `levels` from the first one on, 1 to MW_CACHE_MODEL_LEVELS of them, all with lines of one size. A level with a size
 * that is no multiple of ways x line is rounded down. -EINVAL for what is no cache, -ENOMEM. */
int mw_cache_model_create(const mw_cache_level *levels, int n, mw_cache_model **out, mw_error *err);
void mw_cache_model_free(mw_cache_model *model);

/* An access to bytes [address, address + bytes), at most 64 of them and within a line's size; bit i of `used` says
 * whether byte i is needed. `tag`, below MW_CACHE_MODEL_TAGS, says what the line is counted for; a line has one tag. */
void mw_cache_model_access(mw_cache_model *model, unsigned tag, uint64_t address, unsigned bytes, uint64_t used);

/* Drops everything, so that all that was brought in is counted. */
void mw_cache_model_flush(mw_cache_model *model);

/* Counts of level 0, 1, ... for a tag; complete after a flush. */
mw_cache_counts mw_cache_model_counts(const mw_cache_model *model, int level, unsigned tag);

#endif
