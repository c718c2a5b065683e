/* Precompiled for the kernels of NEON: SIMDe takes a compiler longer to read than a kernel to translate. */
#include "kernels/neon.h"
