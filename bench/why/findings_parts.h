/* What the rules of findings.h have in common; nobody else includes this. */
#ifndef MW_BENCH_FINDINGS_PARTS_H
#define MW_BENCH_FINDINGS_PARTS_H

#include "bench/why/findings.h"

#include <stdio.h>

/* A rule fills in *f and tells whether it holds. */
typedef struct mw_why_rule {
    const char *name;
    bool (*holds)(const mw_why_case *c, mw_why_finding *f);
} mw_why_rule;

/* About the run itself: what they find spoils it. About what is in the way: steps of a token, and the machine. A list
 * ends without a name. */
extern const mw_why_rule mw_why_harm_rules[], mw_why_step_rules[], mw_why_machine_rules[];

#define WHAT(...) snprintf(f->what, sizeof f->what, __VA_ARGS__)
#define EVIDENCE(...) snprintf(f->evidence, sizeof f->evidence, __VA_ARGS__)
#define ADVICE(...) snprintf(f->advice, sizeof f->advice, __VA_ARGS__)

#endif
