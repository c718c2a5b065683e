#include "bench/suites.h"

#include <string.h>

#define DECLARE(name) extern const mw_suite mw_suite_##name;
#define ENTRY(name) &mw_suite_##name,
MW_SUITES(DECLARE)
const mw_suite *const mw_suites[] = {MW_SUITES(ENTRY) NULL};

const mw_suite *mw_suite_named(const char *name)
{
    for (const mw_suite *const *s = mw_suites; *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}

static bool owns(const mw_suite *suite, const char *option)
{
    for (const mw_suite_option *o = suite->options; o && o->name; o++)
        if (strcmp(o->name, option) == 0)
            return true;
    return false;
}

bool mw_suite_takes(const mw_suite *suite, const char *option, const char **why)
{
    const struct {
        const char *option;
        bool taken;
        const char *why;
    } some[] = {
        {"precision", suite->precision, "it applies to the share of the roof; for other suites use --reps"},
        {"plot", suite->plot, NULL},
        {"benchmark_", suite->google_benchmark, NULL},
        {"model", !suite->own_models, "it measures a series of synthetic models; see --shapes"},
    };
    const char *unwanted;
    why = why ? why : &unwanted;
    *why = NULL;
    for (const mw_refusal *r = suite->refuses; r && r->option; r++)
        if (strcmp(r->option, option) == 0) {
            *why = r->why;
            return false;
        }
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (strcmp(some[i].option, option) == 0) {
            *why = some[i].taken ? NULL : some[i].why;
            return some[i].taken;
        }
    bool owned = false; /* by any suite */
    for (const mw_suite *const *s = mw_suites; *s; s++)
        owned |= owns(*s, option);
    return !owned || owns(suite, option);
}
