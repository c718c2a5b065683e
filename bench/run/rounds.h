/* Turns: items that are taken in rounds, each round in a new random order, so that whatever the machine does to one it
 * does to all. The order, --time-limit and Ctrl-C of every suite that takes turns; progress is told by the caller.
 *
 *     mw_rounds r = {.session = s, .items = 3, .rounds = 10, .noun = "rounds"};
 *     int rc = 0;
 *     while (mw_rounds_next(&r, &rc, err))
 *         rc = take(r.item, r.round, err);
 */
#ifndef MW_BENCH_ROUNDS_H
#define MW_BENCH_ROUNDS_H

#include "bench/run/session.h"

typedef struct mw_rounds {
    mw_session *session;
    size_t items, rounds; /* `rounds` may be changed on the way */
    const char *noun;     /* what --time-limit counts, for its warning ("rounds"); NULL: it does not count here */
    bool by_turn;         /* it counts turns, not rounds: there may be less than one round */
    /* The turn: which item it is of, in which round, at which place of the round; all from 0. */
    size_t item, round, place;
    uint64_t random; /* state of mw_draw, seeded by --seed and the repetition: the caller may draw from it as well */
    /* Not for the caller. */
    int *order;
    size_t turns;
    uint64_t start_ns;
} mw_rounds;

/* Goes on to the next turn. False, and everything is freed, at the end: after the last round, without items, after a
 * turn that left *rc other than 0, after Ctrl-C (*rc is -EINTR), or once as long a step as those before, a round or a
 * turn, would probably end after --time-limit, which is a warning ("stopped after 2 of 6 rounds: ..."). The first step
 * is always taken. */
bool mw_rounds_next(mw_rounds *rounds, int *rc, mw_error *err);

/* Whether this turn is the last one of its round. */
static inline bool mw_rounds_last(const mw_rounds *r)
{
    return r->place + 1 == r->items;
}

#endif
