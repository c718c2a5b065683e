/* Random row-major models of any configuration: those of other families than Llama 2 have no checkpoints. */
#ifndef MW_TESTS_ANY_MODEL_H
#define MW_TESTS_ANY_MODEL_H

#include "engine/model.h"

/* Writes the tensors of `config` to `path` as f32, one after the other in the order of the table, and opens them as a
 * model; closed by the caller. The values of a tensor depend on its name and shape only, so that models whose
 * configurations differ in one feature share all others. False if that fails. */
bool any_model_make(const mw_config *config, const char *path, mw_model *model);

#endif
