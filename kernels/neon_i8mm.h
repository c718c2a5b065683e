/* What the files of NEON's products of int8 matrices (FEAT_I8MM) have in common. An instruction multiplies 2 rows x 8
 * columns with those of 2 tokens; with one token half of it would be idle. So a GEMV uses dot products. */
#define ISA MW_I8MM_ISA
#define ISA_NAME MW_I8MM_ISA_NAME
#define ISA_SUFFIX "neon_i8mm"
#define SMALL_OPS "neon"
#include "kernels/neon.h"
