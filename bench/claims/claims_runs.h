/* The suites that the ledger runs, and their commands. */
#ifndef MW_BENCH_CLAIMS_RUNS_H
#define MW_BENCH_CLAIMS_RUNS_H

#include "bench/claims/claims.h"

enum { MW_MOST_ARGS = 24 };

typedef struct mw_claims_run {
    const char *suite;
    char arg[MW_MOST_ARGS][512]; /* after the name of the program; no --out */
    int n_args;
    bool each_process;   /* started --reps times: the suite repeats within one process only */
    const char *missing; /* why this build or command line cannot run it; else NULL */
} mw_claims_run;

/* The runs of suite `claims` under these options; returns how many. */
enum { MW_MOST_RUNS = 8 };
int mw_claims_runs(const mw_options *options, mw_claims_run runs[MW_MOST_RUNS]);

/* The command of a run as a shell takes it, into to[size]. */
void mw_claims_command(const mw_claims_run *run, char *to, size_t size);

#endif
