/* Repetitions: the suite runs in fresh processes, one after the other, because pages, addresses and threads are dealt
 * out anew to each, and what differs between processes is the larger part of the noise. */
#ifndef MW_BENCH_REPEAT_H
#define MW_BENCH_REPEAT_H

#include "bench/run/session.h"

/* What the environment says to a process that is a repetition: which one, of how many, and where its result folder
 * goes. */
typedef struct mw_repetition {
    int rep, of;
    char reads[MW_MAX_READS + 1]; /* for mw_session */
    char shape[32];               /* of the synthetic model, in suite growth; else empty */
    const char *folder;
} mw_repetition;

#define MW_REPETITION_VARIABLE "MEMWALL_REPETITION"

/* What that variable says: "2/6:reads:shape:folder". */
enum { MW_REPETITION_TEXT = 1300 + MW_MAX_READS };
void mw_repetition_text(const mw_repetition *repetition, char *to, size_t size);

/* 1 in a repetition, 0 in a process that a user started; -EINVAL if the variable is not what this program sets: to
 * start repetitions then would never end. */
int mw_repetition_of_environment(mw_repetition *repetition, mw_error *err);

/* Leaves the shortlists of reads for the repetitions that follow. */
int mw_repetition_leave_reads(const mw_session *session, const char *folder, mw_error *err);

/* Takes them from there; nothing changes if a repetition left none. */
void mw_repetition_take_reads(const char *folder, char reads[MW_MAX_READS + 1]);

/* Starts the repetitions and appends their tables to the session's. How many: --reps; with --precision as many as
 * Stein's rule asks for after the first --reps; no new one starts that would probably end after --time-limit. A
 * repetition that fails has said why: then *err is empty and the code tells (-EDOM a failed check, -EINTR interrupted,
 * -EINVAL the rest); tables of the ones before, and of the one with the failed check, are kept. */
int mw_repeat(mw_session *session, mw_error *err);

#endif
