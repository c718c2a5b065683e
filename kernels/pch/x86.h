/* Precompiled for kernels with intrinsics of x86-64: a compiler reads these longer than it translates a kernel. */
#include <immintrin.h>
