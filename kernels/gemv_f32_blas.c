/* The GEMV of a BLAS, which programs use that have no kernel of their own: OpenBLAS, or Accelerate on macOS. The
 * library picks its code for this CPU by itself.
 *
 * Threads are ours: each thread tells the library, in each call, to use no others. Both libraries keep that setting per
 * thread. OpenBLAS copies x into a buffer, one per concurrent call, and maps it when it is first needed. A row has the
 * same bits whichever call computes it, because OpenBLAS processes rows in blocks whose size divides 16; the check
 * before timing would refuse a library that does not. */
#include "kernels/kernel.h"

#ifdef __APPLE__
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
void omp_set_num_threads(int n); /* of the OpenMP runtime that OpenBLAS brings; its header comes with a compiler */
#endif

static void gemv(float *y, const void *weights, const void *activations, size_t rows, size_t cols, size_t ld)
{
    const float *w = weights, *x = activations;
#ifdef __APPLE__
    BLASSetThreading(BLAS_THREADING_SINGLE_THREADED);
#else
    omp_set_num_threads(1);
#endif
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)rows, (int)cols, 1, w, (int)ld, x, 1, 0, y, 1);
}

const mw_kernel mw_gemv_f32_blas = {
    MW_KERNEL_DEFAULTS,
    .name = "blas",
    .description = "sgemv of a BLAS, called by each thread for its own rows",
    .op = MW_OP_GEMV,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_BASE,
    .isa_name = "blas",
#ifdef __x86_64__
    .ops = "avx2", /* scalar ones on a CPU without it, as NEON's need it too */
#else
    .ops = "neon",
#endif
    .fn.gemv = gemv,
};
