/* Suite `context`: what a token costs at a late position.
 *
 * At position p a token reads the keys and values of all positions up to p. If memory is the limit, it takes longer
 * than a token at an early position by their bytes over the bandwidth, and by nothing else. Every decoder is filled up
 * to the last position of --positions first. Then come rounds: in each one a token at every position, in a new random
 * order. A token writes the keys and values of its own position again and attends to those up to it, so the ones behind
 * it do not matter. Blocks, sweeps of the roof and turns between variants are those of suite `decode`.
 *
 * The roof is that of the pages that hold the weights; keys and values lie in the decoder's arena, on pages of its own,
 * which may be read faster or slower. */
#ifndef MW_BENCH_CONTEXT_H
#define MW_BENCH_CONTEXT_H

#include "bench/decode/decode.h"
#include "bench/run/suite.h"

/* Its own options. */
typedef struct mw_context_options {
    mw_numbers positions;     /* rising */
    bool usual, usual_tokens; /* nobody asked for others */
} mw_context_options;

/* Measures the variants in this process. Errors are those of mw_decode_suite. */
int mw_context_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Rows of one unit: its roof, itl_us at each position and, for each position but the first, what it costs more than the
 * first (context_added_us), what that should be (context_expected_us) and the ratio of both (context_cost_ratio).
 * Tokens are paired round by round; a process says the median of its rounds. A last round that --tokens cut short does
 * not count. */
void mw_context_record(const mw_units *suite, int index);

/* Prints the table, from the summary rows. */
void mw_context_report(const mw_session *session, mw_page *page);

#endif
