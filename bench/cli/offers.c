#include "bench/cli/offers.h"

#include "bench/suites.h"
#include "engine/offer_models.h"
#include "platform/cli_complete.h"

#include <string.h>

void mw_offer_suites(const mw_cli_offers *to)
{
    for (const mw_suite *const *s = mw_suites; *s; s++)
        mw_cli_offer(to, (*s)->name, (*s)->help);
}

void mw_offer_layouts(const mw_cli_offers *to)
{
    mw_cli_offer(to, "mmap", "rowmajor, mapped");
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        mw_cli_offer(to, (*l)->name, (*l)->description);
}

void mw_offer_loads(const mw_cli_offers *to)
{
    for (int load = 0; load < MW_LOAD_COUNT; load++)
        mw_cli_offer(to, mw_load_name((mw_load)load), mw_load_description((mw_load)load));
}

void mw_offer_placements(const mw_cli_offers *to)
{
    for (int p = 0; p < MW_PLACEMENT_COUNT; p++)
        mw_cli_offer(to, mw_placement_name((mw_placement)p), NULL);
}

/* Whether an earlier kernel, of another dtype, has the same name. */
static bool repeated(const mw_kernel *const *k)
{
    for (const mw_kernel *const *other = mw_kernels; other < k; other++)
        if (mw_kernel_offered(*other) && strcmp((*other)->name, (*k)->name) == 0)
            return true;
    return false;
}

void mw_offer_kernels(const mw_cli_offers *to)
{
    mw_cli_offer(to, "auto", "the best");
    mw_cli_offer(to, "all", "every kernel of the layout");
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if (mw_kernel_offered(*k) && !repeated(k))
            mw_cli_offer(to, (*k)->name, (*k)->description);
    if (strpbrk(to->typed, "./")) /* no name of a kernel */
        mw_cli_offer_files(to);
}

void mw_offer_selections(const mw_cli_offers *to)
{
    mw_cli_offer(to, "paper", "the paper's four variants");
    mw_cli_offer(to, "native", "the best native kernel");
    mw_cli_offer(to, "native-tvl", "the best native kernel of layout tvl");
    mw_cli_offer(to, "all", "everything this CPU can run");
    mw_offer_variants(to);
}
