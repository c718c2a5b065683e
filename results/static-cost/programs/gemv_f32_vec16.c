/* Vectors of 16 values: four accumulators, as in llama2.mojo and ggml. */
#define VALUES 16
#include "gemv_f32_vector.h"
