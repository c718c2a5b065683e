/* Products and four accumulators in f16: ggml on cores with f16 arithmetic. */
#define VALUES 32
#define VALUE _Float16
#include "vector.h"
