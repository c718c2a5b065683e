#include "engine/arena.h"

#include "platform/checked.h"
#include "platform/os.h"

#include <errno.h>

/* The longest cache line of the machines we run on. */
enum { LINE = 128 };

/* The system has zeroed the pages: one write to each brings them in. */
static void touch_part(void *arg, int index, int threads)
{
    const mw_arena *a = arg;
    const size_t page = mw_page_bytes(), pages = (size_t)((a->bytes + page - 1) / page);
    for (size_t i = mw_pool_share(pages, index, threads); i < mw_pool_share(pages, index + 1, threads); i++)
        ((volatile char *)a->memory)[i * page] = 0;
}

int mw_arena_open(mw_arena *a, uint64_t bytes, mw_pool *pool, mw_error *err)
{
    *a = (mw_arena){.bytes = bytes};
    /* Huge pages where they can be requested: touching the arena is a large part of the time to first token. */
    if (bytes <= SIZE_MAX / 2)
        a->memory = mw_pages_alloc_huge((size_t)bytes);
    if (bytes <= SIZE_MAX / 2 && !a->memory)
        a->memory = mw_pages_alloc((size_t)bytes);
    if (!a->memory)
        return mw_fail(err, -ENOMEM, "no memory for %llu MiB of activations, keys and values; use fewer tokens",
                       (unsigned long long)(bytes >> 20));
    mw_pool_run(pool, touch_part, a);
    return 0;
}

void mw_arena_close(mw_arena *a)
{
    mw_pages_free(a->memory, (size_t)a->bytes);
    a->memory = NULL;
}

float *mw_arena_floats(mw_arena *a, uint64_t rows, uint64_t cols)
{
    uint64_t bytes, end, start = a->used;
    if (!mw_mul_u64(rows, cols, &bytes) || !mw_mul_u64(bytes, sizeof(float), &bytes) ||
        !mw_add_u64(start, bytes, &end) || !mw_align_u64(end, LINE, &end)) {
        a->overflow = true;
        return NULL;
    }
    a->used = end;
    return a->memory && end <= a->bytes ? (float *)(void *)(a->memory + start) : NULL;
}
