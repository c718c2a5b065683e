/* One block of memory for all that decoding needs. An arena without memory only adds up sizes, so that the code that
 * lays out the buffers also computes how much memory they take. */
#ifndef MW_ENGINE_ARENA_H
#define MW_ENGINE_ARENA_H

#include "platform/pool.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct mw_arena {
    char *memory; /* NULL while measuring */
    uint64_t bytes, used;
    bool overflow;
} mw_arena;

/* Takes `bytes` of page-aligned memory and touches every page, so that no fault happens later; the threads of `pool`
 * share that work, because the system zeroes each page on the thread that touches it first. */
int mw_arena_open(mw_arena *arena, uint64_t bytes, mw_pool *pool, mw_error *err);
void mw_arena_close(mw_arena *arena);

/* Room for rows * cols floats, zeroed, on a cache line of its own. NULL while measuring, or if it does not fit. */
float *mw_arena_floats(mw_arena *arena, uint64_t rows, uint64_t cols);

#endif
