/* Values of options, offered to a shell that completes a command line. */
#ifndef MW_BENCH_OFFERS_H
#define MW_BENCH_OFFERS_H

#include "platform/cli.h"

mw_cli_values_fn mw_offer_suites, mw_offer_layouts, mw_offer_loads, mw_offer_placements;
mw_cli_values_fn mw_offer_kernels;    /* names of GEMV kernels that this CPU runs */
mw_cli_values_fn mw_offer_selections; /* what --variant takes: lists by name, and variants */

#endif
