/* Values of options that several programs have, offered to a shell that completes a command line. */
#ifndef MW_ENGINE_OFFER_MODELS_H
#define MW_ENGINE_OFFER_MODELS_H

#include "platform/cli.h"

mw_cli_values_fn mw_offer_dtypes;
mw_cli_values_fn mw_offer_shapes;   /* synthetic ones that a checkpoint can describe */
mw_cli_values_fn mw_offer_models;   /* synthetic:SHAPE[@RECIPE], models in the cache folder, files */
mw_cli_values_fn mw_offer_variants; /* every variant that this CPU can run, the paper's four by their short names */

/* Whether a shell may offer it: a GEMV kernel that this CPU can run. */
struct mw_kernel;
bool mw_kernel_offered(const struct mw_kernel *kernel);

#endif
