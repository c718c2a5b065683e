/* A variant's turn in suite `peers`: a process that decodes, does nothing else, and prints what any peer may print
 * (peer_output.h), so that ours and theirs are started, heard and read in the same way. */
#ifndef MW_BENCH_TURN_H
#define MW_BENCH_TURN_H

#include "engine/variant.h"
#include "platform/child.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct mw_turn {
    const char *model; /* path */
    const mw_variant *variant;
    int threads;
    const int *cpus; /* to bind threads to */
    int n_cpus;
    uint64_t prompt; /* tokens of a made-up prompt: 1 is BOS alone */
    uint64_t tokens; /* decoded after all of it but the last; the first MW_WARMUP_TOKENS of them are not counted */
} mw_turn;

/* Starts a process for a turn and waits for it. As mw_child_capture. */
int mw_turn_start(char *program, const mw_turn *turn, double limit_s, mw_child_output *output, mw_error *err);

/* 1 in a process that was started for a turn; -EINVAL if the variable that says so is not what this program sets. */
int mw_turn_is(int argc, mw_error *err);

/* The turn itself. */
int mw_turn_run(char **argv, mw_error *err);

#endif
