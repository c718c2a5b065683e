/* The claim ledger: what the paper says, what its artifact shows, what was measured, and a verdict.
 *
 * A verdict is never written down. It is computed from rows of results.csv and from facts (facts.c), by the rule
 * of its claim. The list of claims is mw_claims (claims.c); judges (judge_*.c) are pure functions of the evidence. */
#ifndef MW_BENCH_CLAIMS_H
#define MW_BENCH_CLAIMS_H

#include "bench/run/session.h"

/* A fact of the paper and its published source that claims are judged by: a number, and where it is from. */
typedef struct mw_fact {
    const char *key;
    double value;
    const char *where; /* tex: the paper's source, hpp: the engine's header, at the first upload */
} mw_fact;

/* All of them, a NULL key at the end; the value of one in a table of that form, NAN if it is not there. */
extern const mw_fact mw_facts[];
double mw_fact_of(const mw_fact *facts, const char *key);

typedef enum mw_verdict { MW_HOLDS, MW_HOLDS_IN_PART, MW_DOES_NOT_HOLD, MW_NOT_TESTABLE, MW_VERDICTS } mw_verdict;

/* "holds", "holds in part", "does not hold", "not testable here". */
const char *mw_verdict_name(mw_verdict verdict);

/* How rows came about, and why some are missing. */
typedef struct mw_evidence_source {
    char suite[16], run_id[64]; /* an empty run_id stands for every run */
    char command[640];
    char missing[256]; /* why the suite gave nothing; else empty */
} mw_evidence_source;

enum { MW_MOST_SOURCES = 64 };

typedef struct mw_evidence {
    const mw_csv *results; /* of results.csv */
    const mw_fact *facts;
    mw_evidence_source sources[MW_MOST_SOURCES];
    size_t n_sources;
} mw_evidence;

/* What a judge found. */
typedef struct mw_finding {
    mw_verdict verdict;
    const char *unit; /* of the row's value */
    mw_row row;       /* that decided, perhaps with a value made of several rows; a value of NAN: there is none */
    char note[640];
} mw_finding;

/* Where a claim can be tested. */
typedef enum mw_place { MW_ANYWHERE, MW_ON_AARCH64, MW_ON_APPLE } mw_place;

/* One claim. */
typedef struct mw_claim {
    const char *id, *where;
    double figure; /* what the paper says; NAN: no number */
    const char *unit;
    mw_place place;
    /* Returns the verdict, and may add notes or change the row of the finding. */
    mw_verdict (*judge)(const mw_evidence *evidence, mw_finding *finding);
    const char *title; /* at most 29 characters */
    const char *text, *artifact, *rule;
    const char *measure;    /* what our value is: */
    mw_filter row;          /* that of this row; its suite brings the evidence */
    mw_filter over;         /* over this one of the same run, if it has a metric */
    double scale;           /* times this; 0 stands for 1 */
    bool interval;          /* nothing is decided without one */
    const char *provenance; /* of claims that need no row, because the judge makes the value; else NULL */
} mw_claim;

/* All of them, a NULL id at the end. */
extern const mw_claim mw_claims[];

/* Judges one claim: what its judge finds, but `not testable here` where the evidence does not come from the place, the
 * model or the kind of timing that the claim is about; the note then says what the shape of it would mean. */
void mw_claim_judge(const mw_claim *claim, const mw_evidence *evidence, mw_finding *finding);

/* Judges all claims and appends a row each to `claims`. A `run_id` of NULL stands for that of the deciding row. */
void mw_claims_judge_all(const mw_evidence *evidence, const char *run_id, mw_csv *claims);

/* Runs the suites that the claims need, each in a process of its own, takes their tables into the session's, and fills
 * claims.csv. A suite that cannot run here leaves its claims not testable. -EDOM if a check failed (the rest is
 * there), -EINTR after Ctrl-C. The claims know their variants: `variants` is not looked at. */
int mw_claims_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* The same from result folders (or results.csv), separated by commas, without measuring: prints the ledger. */
int mw_claims_of_folders(const char *folders, mw_format format, FILE *to, mw_error *err);

/* Prints the ledger: a table, how many claims got each verdict, and a list of all that is known of each claim. */
void mw_claims_report(mw_page *page, const mw_csv *claims);

/* That of a session. */
void mw_claims_show(const mw_session *session, mw_page *page);

#endif
