/* Decides whether everything that a variant decodes with is right. */
#ifndef MW_BENCH_CHECK_VARIANT_H
#define MW_BENCH_CHECK_VARIANT_H

#include "engine/model.h"
#include "engine/variant.h"

/* The short check (check.h), with shapes of the model, of the variant's GEMV kernel and of all that go with it. Returns
 * as mw_check_short does. */
int mw_check_variant(const mw_config *config, const mw_variant *variant, mw_error *err);

#endif
