/* The claim ledger: what the paper says, what its artifact shows, what was measured, and a verdict.
 *
 * A verdict is never written down: it is computed from rows of results.csv and from the facts of facts.h, by the rule
 * that stands beside it. The list of claims is mw_claims (claims.c); its judges (judge_*.c) are pure functions of the
 * evidence. */
#ifndef MW_BENCH_CLAIMS_H
#define MW_BENCH_CLAIMS_H

#include "bench/claims/facts.h"
#include "bench/cli/options.h"
#include "bench/run/session.h"

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

/* Where a claim can be tested. */
typedef enum mw_place { MW_ANYWHERE, MW_ON_AARCH64, MW_ON_APPLE } mw_place;

/* What a judge found. */
typedef struct mw_finding {
    mw_verdict verdict;
    const char *measure, *unit; /* what `value` is */
    double value;
    mw_interval ci;
    uint64_t n;
    const char *provenance;
    char *const *row; /* the row that decided; NULL: none */
    char note[640];
} mw_finding;

/* One claim. */
typedef struct mw_claim {
    const char *id, *where;
    const char *title; /* at most 29 characters */
    const char *text, *artifact, *rule;
    const char *suite; /* that brings the evidence; "claims": none is run */
    double figure;     /* what the paper says; NAN: no number */
    const char *unit;
    mw_place place;
    void (*judge)(const mw_evidence *evidence, mw_finding *finding);
} mw_claim;

/* All of them, a NULL id at the end. */
extern const mw_claim mw_claims[];

/* Judges one claim: what its judge finds, but `not testable here` where the evidence does not come from the place, the
 * model or the kind of timing that the claim is about; the note then says what the shape of it would mean. */
void mw_claim_judge(const mw_claim *claim, const mw_evidence *evidence, mw_finding *finding);

/* Judges all claims and appends a row each to `claims`. */
void mw_claims_judge_all(const mw_evidence *evidence, const char *run_id, mw_csv *claims);

/* Runs the suites that the claims need, each in a process of its own, takes their tables into the session's, and fills
 * session->claims. A suite that cannot run here leaves its claims not testable. -EDOM if a check failed (the rest is
 * there), -EINTR after Ctrl-C. The claims know their variants: `variants` is not looked at. */
int mw_claims_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* The same from result folders (or results.csv), separated by commas, without measuring: prints the ledger. */
int mw_claims_of_folders(const char *folders, mw_format format, FILE *to, mw_error *err);

/* Prints the ledger: 80 columns, or Markdown. */
void mw_claims_report(const mw_csv *claims, bool markdown, FILE *to);

/* That of a session. */
void mw_claims_show(const mw_session *session, mw_page *page);

#endif
