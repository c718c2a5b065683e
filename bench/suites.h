/* The one list of suites: what the program bench can measure. The command line, main and the report read it. */
#ifndef MW_BENCH_SUITES_H
#define MW_BENCH_SUITES_H

#include "bench/run/session.h"

/* Who starts the processes that a suite's samples come from. */
typedef enum mw_processes {
    MW_ONE_PROCESS,   /* nobody: one process does it all */
    MW_REPETITIONS,   /* bench: the whole suite once in each of --reps processes (repeat.h) */
    MW_OWN_PROCESSES, /* the suite itself */
    MW_OTHER_SUITES   /* the suite itself, and each is another suite that writes its own folder */
} mw_processes;

typedef struct mw_suite {
    const char *name, *help;
    mw_processes processes;
    int (*run)(mw_session *session, const mw_variant *variants, int n, mw_error *err);
    void (*report)(const mw_session *session, mw_page *page); /* the table or Markdown that it shows; NULL: run does */
    bool summarised;                                     /* brings its summary rows itself */
    bool row_major;                                      /* wants the checkpoint, whatever variants it measures */
    bool apart;                                          /* no part of suite `all` */
} mw_suite;

/* Ends with an entry without a name. */
extern const mw_suite mw_suites[];

/* NULL if there is none of that name. */
const mw_suite *mw_suite_named(const char *name);

#endif
