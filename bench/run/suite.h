/* A suite declares itself: one mw_suite per suite, in its own folder, and one line in suites.h. */
#ifndef MW_BENCH_SUITE_H
#define MW_BENCH_SUITE_H

#include "bench/run/options.h"
#include "engine/model.h"
#include "engine/variant.h"
#include "platform/cli.h"

typedef struct mw_session mw_session; /* session.h */
typedef struct mw_job mw_job;         /* job.h */

/* Variants that a command line can select. */
enum { MW_MAX_VARIANTS = 64 };

/* Who starts the processes that a suite's samples come from. */
typedef enum mw_processes {
    MW_ONE_PROCESS,   /* nobody: one process does it all */
    MW_REPETITIONS,   /* bench: the whole suite once in each of --reps processes (mw_repeat) */
    MW_OWN_PROCESSES, /* the suite itself */
    MW_OTHER_SUITES   /* the suite itself, and each is another suite that writes its own folder */
} mw_processes;

/* An option of a suite's own. Several suites may have one of the same name. */
typedef struct mw_suite_option {
    const char *name, *value, *help; /* as in mw_cli_option */
    int (*set)(void *own, const char *value, mw_error *err);
    mw_cli_values_fn *values; /* as in mw_cli_option */
} mw_suite_option;

/* An option of all suites that makes no sense for one, and why. */
typedef struct mw_refusal {
    const char *option, *why;
} mw_refusal;

struct mw_suite {
    const char *name, *help;
    mw_processes processes;

    /* --- the command line --- */
    const mw_suite_option *options; /* its own; ends without a name; NULL: none */
    size_t own_bytes;               /* of what they set, which is zeroed before */
    const mw_refusal *refuses;      /* ends without an option; NULL: none */
    bool precision, plot;           /* takes the options of these names */
    bool google_benchmark;          /* takes --benchmark_... */
    const char *variants;           /* what it measures without a choice: a list as of --variant; NULL: paper,native */
    const char *threads;            /* a list as of --threads; NULL: 1,max */
    uint64_t tokens;                /* default of --tokens; 0: 58 */
    bool own_models;                /* takes no --model: it goes through models of its own */
    bool row_major;                 /* wants the checkpoint, whatever variants it measures */
    bool native;                    /* cannot run under an emulator, which cannot start its processes */
    bool apart;                     /* no part of suite `all` */
    /* Checks the options that were given and fills in defaults of its own; what is still NULL or 0 then gets the usual
     * ones. NULL: nothing to do. -EINVAL with one line. */
    int (*complete)(mw_options *options, mw_error *err);

    /* The same once the model is open: options that were not given are made to fit it. */
    int (*fit)(mw_options *options, const mw_config *config, mw_error *err);

    /* --- measuring --- */
    /* Measures in this process and fills the session's tables. 0; -EDOM if a check failed, with the rest measured;
     * -EINTR after Ctrl-C; or what went wrong. */
    int (*run)(mw_session *session, const mw_variant *variants, int n, mw_error *err);
    /* What a process does that the suite starts for a part of its own (MW_JOB_PART); `entered_ns` is the clock at the
     * first line of main. NULL: it starts none. */
    int (*run_job)(const mw_job *job, uint64_t entered_ns, mw_error *err);
    bool first_token;     /* decoding: the first process takes the time to the first token, too */
    bool no_machine_roof; /* decoding: only roofs over the pages of weights */
    bool twins;           /* decoding: a variant is compared with itself under another name */
    bool roofs_apart;     /* its roofs are swept before and after a process that decodes, not between tokens: a share of
                             more than all of it is no failure */

    /* --- what comes of it --- */
    bool summarised;        /* it adds its summary rows itself */
    bool between_processes; /* with one process the run is worth a warning: there is no interval */
    int (*conclude)(mw_session *session, mw_error *err); /* after the summary rows are there; NULL: nothing to do */
    void (*report)(const mw_session *session, mw_page *page); /* what stdout shows, as text or Markdown */
    bool shows_warnings;                                      /* its report ends with them */
};

/* Texts that are part of the program; embed.py makes them from files. */
extern const char mw_story[];           /* perplexity/story.txt: what perplexity is taken over */
extern const char mw_torch_decode_py[]; /* torch/torch_decode.py */
extern const char mw_start_values[];    /* cli/start/values.txt, and the other two there: see cli/new_kernel.c */
extern const char mw_start_blocks[];
extern const char mw_start_end[];

#endif
