/* Turns: every item once a round, orders, the time limit, errors, Ctrl-C. */
#include "bench/run/rounds.h"
#include "bench/suites.h"
#include "platform/os.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static mw_options options;
static mw_session session;

enum { ITEMS = 5, ROUNDS = 40 };

/* The items of all turns; false unless every round has each of them once. */
static bool orders(int rep, size_t got[ROUNDS][ITEMS])
{
    mw_rounds r = {.session = &session, .items = ITEMS, .rounds = ROUNDS};
    bool good = true;
    size_t turns = 0;
    int rc = 0;
    session.rep = rep;
    for (unsigned seen = 0; mw_rounds_next(&r, &rc, NULL); turns++) {
        good &= r.round == turns / ITEMS && r.place == turns % ITEMS && mw_rounds_last(&r) == (r.place == ITEMS - 1);
        got[r.round][r.place] = r.item;
        seen |= 1u << r.item;
        if (mw_rounds_last(&r)) {
            good &= seen == (1u << ITEMS) - 1;
            seen = 0;
        }
    }
    return good && rc == 0 && turns == (size_t)ITEMS * ROUNDS;
}

static void test_orders(void)
{
    static size_t one[ROUNDS][ITEMS], again[ROUNDS][ITEMS], two[ROUNDS][ITEMS];
    options.seed = 42;
    tap_ok(orders(1, one), "every item once a round");
    int same = 0, first = 0;
    for (int i = 1; i < ROUNDS; i++)
        same += memcmp(one[i], one[i - 1], sizeof *one) == 0;
    for (int i = 0; i < ROUNDS; i++)
        first += one[i][0] == 0;
    tap_ok(same < ROUNDS / 4 && first > 0 && first < ROUNDS / 2, "in a new order, which is random");
    tap_ok(orders(1, again) && memcmp(one, again, sizeof one) == 0, "the same seed gives the same orders");
    tap_ok(orders(2, two) && memcmp(one, two, sizeof one) != 0, "another repetition others");
    options.seed = 43;
    tap_ok(orders(1, two) && memcmp(one, two, sizeof one) != 0, "and so does another seed");
}

/* Turns of 10 ms under a limit; returns how many there were. */
static size_t timed(const char *noun, bool by_turn, size_t items, size_t rounds, double limit)
{
    mw_rounds r = {.session = &session, .items = items, .rounds = rounds, .noun = noun, .by_turn = by_turn};
    size_t turns = 0;
    int rc = 0;
    options.time_limit = limit;
    for (; mw_rounds_next(&r, &rc, NULL); turns++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return rc == 0 ? turns : 0;
}

static bool warned(const char *text)
{
    const mw_csv *t = &session.results;
    const char *note = t->n_rows > 0 ? mw_csv_row(t, t->n_rows - 1)[MW_RESULTS_note] : NULL;
    return note && strcmp(note, text) == 0;
}

static void test_limit(void)
{
    tap_ok(timed("rounds", false, 3, 4, 0) == 12 && timed("rounds", false, 3, 4, 1000) == 12 &&
               timed(NULL, false, 3, 4, 0.001) == 12 && session.results.n_rows == 0,
           "no limit, one far away, one that does not count: all rounds");
    tap_ok(timed("rounds", false, 3, 4, 0.001) == 3 && warned("stopped after 1 of 4 rounds: --time-limit=0.001"),
           "the first round is taken whole, and no other");
    tap_ok(timed("processes", true, 3, 4, 0.001) == 1 && warned("stopped after 1 of 12 processes: --time-limit=0.001"),
           "or the first turn alone, if turns count");
    bool whole = true;
    for (int i = 0; i < 6; i++)
        whole &= timed("rounds", false, 3, 4, 0.05 + 0.015 * i) % 3 == 0;
    tap_ok(whole, "later ones are taken whole as well");
    const size_t turns = timed("rounds", false, 1, 1000, 1);
    tap_ok(turns > 1 && turns < 1000, "a limit on the way: %zu of 1000 rounds", turns);
    options.time_limit = 0;
}

static void test_ends(void)
{
    mw_error err = {""};
    mw_rounds r = {.session = &session, .items = 0, .rounds = 3};
    int rc = 0;
    size_t turns = 0;
    tap_ok(!mw_rounds_next(&r, &rc, &err) && rc == 0, "no items, no turns");
    r = (mw_rounds){.session = &session, .items = 2, .rounds = 3};
    for (; mw_rounds_next(&r, &rc, &err); turns++)
        rc = turns == 2 ? -EIO : 0;
    tap_ok(rc == -EIO && turns == 3, "a turn that fails is the last one");
    r = (mw_rounds){.session = &session, .items = 1, .rounds = 1};
    for (turns = 0, rc = 0; mw_rounds_next(&r, &rc, &err); turns++)
        r.rounds = 4;
    tap_ok(rc == 0 && turns == 4 && r.round == 4, "there may be more rounds than were planned");
    mw_interrupt_catch();
    r = (mw_rounds){.session = &session, .items = 2, .rounds = 3};
    for (turns = 0, rc = 0; mw_rounds_next(&r, &rc, &err); turns++)
        if (turns == 2)
            raise(SIGINT);
    tap_ok(rc == -EINTR && turns == 3 && strcmp(err.text, "interrupted") == 0, "Ctrl-C ends them");
}

int main(void)
{
    session = (mw_session){.options = &options, .results = mw_csv_results(), .provenance = "measured"};
    options.suite = mw_suite_named("decode");
    test_orders();
    test_limit();
    test_ends();
    mw_csv_free(&session.results);
    return tap_done();
}
