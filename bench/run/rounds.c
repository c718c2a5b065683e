#include "bench/run/rounds.h"

#include "bench/stats/random.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>

static int begin(mw_rounds *r, mw_error *err)
{
    r->order = malloc(r->items * sizeof *r->order);
    if (!r->order)
        return mw_fail(err, -ENOMEM, "no memory for the order of %zu turns", r->items);
    for (size_t i = 0; i < r->items; i++)
        r->order[i] = (int)i;
    /* every repetition has its own order */
    r->random = r->session->options->seed + 0x9e3779b97f4a7c15u * (uint64_t)r->session->rep;
    r->start_ns = mw_clock_ns();
    return 0;
}

/* Whether the next step would probably end after the time limit. */
static bool late(const mw_rounds *r)
{
    const double limit = r->session->options->time_limit;
    const size_t done = r->by_turn ? r->turns : r->round, of = r->by_turn ? r->items * r->rounds : r->rounds;
    if (!r->noun || limit <= 0 || done == 0 || (!r->by_turn && r->place > 0))
        return false;
    const double elapsed = (double)(mw_clock_ns() - r->start_ns) * 1e-9;
    if (elapsed + elapsed / (double)done <= limit)
        return false;
    mw_session_warn(r->session, "stopped after %zu of %zu %s: --time-limit=%g", done, of, r->noun, limit);
    return true;
}

bool mw_rounds_next(mw_rounds *r, int *rc, mw_error *err)
{
    if (!*rc && mw_interrupted())
        *rc = mw_fail(err, -EINTR, "interrupted");
    if (!*rc && !r->order && r->items > 0)
        *rc = begin(r, err);
    r->round = r->items > 0 ? r->turns / r->items : 0;
    r->place = r->items > 0 ? r->turns % r->items : 0;
    if (*rc || r->items == 0 || r->round >= r->rounds || late(r)) {
        free(r->order);
        r->order = NULL;
        return false;
    }
    if (r->place == 0)
        mw_shuffle(r->order, (int)r->items, &r->random);
    r->item = (size_t)r->order[r->place];
    r->turns++;
    return true;
}
