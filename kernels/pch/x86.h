/* Precompiled for kernels with intrinsics of x86-64, which take a compiler longer to read than a kernel to translate. */
#include <immintrin.h>
