/* Vectors of a cache line of 128 bytes: eight accumulators, as in llama2.zig and in NEON variants of llama2.c. */
#define VALUES 32
#define VALUE float
#include "vector.h"
