/* Vectors of 16 values: four accumulators, as in llama2.mojo and ggml. */
#define VALUES 16
#define VALUE float
#include "vector.h"
