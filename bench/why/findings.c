#include "bench/why/findings_parts.h"

#include <stdlib.h>

static int gravest_first(const void *a, const void *b)
{
    const mw_why_finding *x = a, *y = b;
    return x->harm != y->harm ? y->harm - x->harm : (x->size < y->size) - (x->size > y->size);
}

static size_t go_through(const mw_why_rule *rules, bool harm, const mw_why_case *c, mw_why_finding *found)
{
    size_t n = 0;
    for (; rules->name; rules++) {
        found[n] = (mw_why_finding){.name = rules->name, .harm = harm};
        n += rules->holds(c, &found[n]);
    }
    return n;
}

size_t mw_why_findings(const mw_why_case *c, mw_why_finding found[MW_MOST_FINDINGS])
{
    size_t n = go_through(mw_why_harm_rules, true, c, found);
    n += go_through(mw_why_step_rules, false, c, found + n);
    n += go_through(mw_why_machine_rules, false, c, found + n);
    qsort(found, n, sizeof *found, gravest_first);
    return n;
}
