/* Turns: what suites `profile` and `why` measure. All units take turns in rounds, each round in a new random order. A
 * turn is one token with the clocks of engine/profile.h and one without them, always at the same position, between two
 * sweeps of the roof. */
#ifndef MW_BENCH_TURNS_H
#define MW_BENCH_TURNS_H

#include "bench/units/units.h"

/* Where in the sequence the tokens stand. */
enum { MW_TURN_POSITION = 32 };

typedef struct mw_unit_turn {
    mw_profile profile;
    double us, plain_us;          /* of the token with the clocks on, and of the one without them */
    double roof_gbs, machine_gbs; /* of the sweeps around them; machine_gbs is 0 without machine roofs */
    bool fault, switched;         /* what coincided with the plain token: page faults; a switch or a migration */
} mw_unit_turn;

/* What a suite adds to each turn of a unit; may be NULL. */
typedef void mw_unit_turn_fn(void *arg, mw_unit *unit, size_t round);

/* Fills the positions that the tokens attend to, warms every unit up and raises the roofs. The units are started. */
int mw_turns_prepare(mw_units *units, mw_error *err);

/* Takes turns[n_units][rounds]; turns of units that are unavailable stay as they are. `what` is for progress. */
int mw_turns_take(mw_units *units, const char *what, size_t rounds, mw_unit_turn *turns, mw_unit_turn_fn *also,
                  void *arg, mw_error *err);

/* Sorts the turns of a unit by the time of the token with the clocks on. The middle half is [*first, *last): means over
 * it leave the machine's stalls out, and the parts of a mean add up. */
void mw_turns_middle(mw_unit_turn *turns, size_t rounds, size_t *first, size_t *last);

#endif
