/* What comes after a model file was accepted. */
#ifndef MW_TESTS_FUZZ_MODEL_H
#define MW_TESTS_FUZZ_MODEL_H

#include "engine/model.h"

/* Loads the weights in every way the file allows, compares them, and decodes a few tokens with each; a model that is
 * too large to do so thousands of times a second is left alone. `pick` chooses among loads, kernels and tokens. */
void fuzz_use_model(const mw_model *model, unsigned pick);

/* The same for a checkpoint of version 0 or 1, from the bytes of its file on. The last three bytes of the input are how
 * long the file is made, `pick`, and what fails. */
void fuzz_checkpoint(const uint8_t *data, size_t size, int version);

#endif
