/* A variant's turn in suite `peers`: a process that decodes, does nothing else, and prints what any peer may print
 * (peer_output.h), so that ours and theirs are started, heard and read in the same way. */
#ifndef MW_BENCH_TURN_H
#define MW_BENCH_TURN_H

#include "bench/run/job.h"

/* The turn itself, in a process that was started for it. `job`: model, variant, threads, cpus; prompt_tokens, the length
 * of a made-up prompt, where 1 is BOS alone; and tokens, decoded after all of it but the last, of which the first
 * MW_WARMUP_TOKENS are not counted. */
int mw_turn_run(const mw_job *job, uint64_t entered_ns, mw_error *err);

#endif
