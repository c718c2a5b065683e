/* Jobs: this program again, in a process of its own that does one thing and leaves what it found in a folder.
 *
 * What it is to do is one variable of its environment. stdout and stderr stay the user's where they are shared: tables,
 * shortlists of reads and the line with which the process ended go into the folder. */
#ifndef MW_BENCH_JOB_H
#define MW_BENCH_JOB_H

#include "bench/run/session.h"
#include "platform/child.h"

#define MW_JOB_VARIABLE "MEMWALL_JOB"

typedef enum mw_job_kind {
    MW_JOB_REPETITION = 1, /* the suite of the command line as one repetition, whose tables go into the folder */
    MW_JOB_PART,           /* what the suite calls a job of its own (mw_suite.run_job); there is no command line */
    MW_JOB_SUITE           /* the suite of the command line, whole; without --out its results go into the folder */
} mw_job_kind;

typedef struct mw_job_list {
    const int *at;
    size_t n;
} mw_job_list;

/* Fields that a job does not need are 0 or NULL; an empty text is as good as NULL. */
typedef struct mw_job {
    mw_job_kind kind; /* 0: no job, a user has started this process */
    const char *suite, *folder;
    int rep, of;         /* which repetition, of how many */
    const char *kernels; /* from outside (outside.h); mw_job_start fills them in unless the job is a suite */
    const char *reads;   /* shortlists of the roofs, for mw_session */
    const char *model;   /* path, or what stands in the place of --model */
    const char *variant; /* name */
    int threads;
    mw_job_list cpus;       /* to bind threads to */
    mw_job_list prompt;     /* ids */
    uint64_t prompt_tokens; /* length of a made-up prompt */
    uint64_t tokens;        /* to decode */
    int single;             /* 1: the prompt goes in token by token */
    uint64_t clock_ns;      /* of the parent, right before it started the process */
    struct json_t *json;    /* of a parsed job: what the texts point into */
} mw_job;

/* How a job ended. */
typedef struct mw_job_end {
    mw_child_end child;
    char folder[1024]; /* with what it left, until mw_job_end_free */
    char why[640];     /* it failed; else empty */
    bool said;         /* those are its own words ... */
    bool told;         /* ... and stand on stderr */
} mw_job_end;

/* Starts a job with argv (NULL-terminated; argv[0] is the name of this program) and waits for it. `folder`,
 * `kernels` and `clock_ns` are filled in here. As mw_child_run: 0 when it ran, however it ended; but -EINTR after
 * Ctrl-C, also if only the job has heard of it. *end is released by mw_job_end_free, in any case. */
int mw_job_start(const mw_job *job, char *const argv[], mw_child_streams streams, double limit_s, mw_job_end *end,
                 mw_error *err);

/* Releases *end and removes the folder. */
void mw_job_end_free(mw_job_end *end);

/* 0 if the job went well; else its code (mw_child_code) and its words. If it said nothing they start with `what`. */
int mw_job_result(const mw_job_end *end, const char *what, mw_error *err);

/* Leaves a line in the file `name` of a job's folder; takes it into to[size]. Without that file to[] stays as it is. */
#define MW_JOB_ERROR "error" /* with which the process ended: mw_job_start takes it */
#define MW_JOB_READS "reads" /* mw_session.reads */
int mw_job_leave(const mw_job *job, const char *name, const char *line, mw_error *err);
bool mw_job_take(const mw_job_end *end, const char *name, char *to, size_t size);

/* The job of this process, of which its own children and those of other programs hear nothing. Without one `kind` is 0.
 * -EINVAL if the variable is not what this program sets: to start more processes then might never end. Released by
 * mw_job_free in any case. */
int mw_job_of_environment(mw_job *job, mw_error *err);
void mw_job_free(mw_job *job);

/* A job as an object of JSON in ASCII, to be freed by the caller, NULL without memory; and back, with -EINVAL
 * for everything that mw_job_text does not make of a job that lacks nothing. */
char *mw_job_text(const mw_job *job);
int mw_job_parse(const char *text, mw_job *job, mw_error *err);

/* -EINVAL: the variable is not what this program sets. For jobs that make no sense to who is to do them. */
int mw_job_refuse(mw_error *err);

/* Runs a whole suite as a job, silently, and takes its tables as mw_take_folder does. A suite that cannot be started,
 * as under an emulator, or that fails is no failure of ours: end->why says what it was. -EINTR after Ctrl-C. *end is
 * released by the caller. */
int mw_job_take_suite(mw_session *session, const char *suite, char *const argv[], int rep, mw_job_end *end,
                      mw_error *err);

/* --- repetitions ---
 *
 * The suite runs in fresh processes, one after the other, because pages, addresses and threads are dealt out again to
 * each, and what differs between processes is the larger part of the noise. */

/* Starts the repetitions and appends their tables to the session's. How many: --reps; with --precision as many as
 * Stein's rule asks for after the first --reps; no new one starts that would probably end after --time-limit. A
 * repetition that fails ends them, with its words and the code that belongs to its status (mw_child_code); tables of
 * the ones before, and of the one with the failed check, are kept. */
int mw_repeat(mw_session *session, mw_error *err);

/* Rows of the tables in `folder` become rows of this run; its warnings are the run's, once each. With `rep` they are
 * what process `rep` said, and what it made of them itself is left out: mw_summarise does that over all processes. With
 * `only`, a NULL-terminated list of metrics, nothing but their rows of the steady phase is taken, and warnings. */
int mw_take_folder(mw_session *session, const char *folder, int rep, const char *const *only, mw_error *err);

#endif
