/* Peaks: the loop does exactly the operations that it is paid for. Its result is that of plain C, one fmaf at a time,
 * so no iteration, accumulator or lane can have been left out. Sums of int8 stay whole numbers that a float holds. */
#include "kernels/kernel.h"
#include "kernels/peak.h"
#include "kernels/registry.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

/* The definition in peak.h, literally. */
static double plain(const mw_peak *p, uint64_t iterations, float x, float y)
{
    double sum = 0;
    for (unsigned start = 0; start < p->chains * p->lanes; start++) {
        float acc = (float)start;
        for (uint64_t i = 0; i < iterations; i++)
            for (unsigned k = 0; k < p->products; k++)
                acc = fmaf(x, y, acc);
        sum += acc;
    }
    return sum;
}

static void check_loop(const mw_peak *p)
{
    static const uint64_t counts[] = {0, 1, 2, 3, 7, 8, 9, 100, 1000, 4097};
    bool exact = true, rounded = true;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        exact &= p->run(counts[i], 1, 1) == plain(p, counts[i], 1, 1);
        const float x = p->int8 ? 7 : 1.7f, y = p->int8 ? -11 : -0.3f;
        rounded &= p->run(counts[i], x, y) == plain(p, counts[i], x, y);
    }
    tap_ok(exact, "%s: every FMA of up to 4097 iterations counts", p->isa_name);
    tap_ok(rounded, "%s: and is rounded once", p->isa_name);
    /* closed form, while whole numbers are exact: the starts, and one for each FMA */
    const uint64_t n = 1 << 20, outputs = (uint64_t)p->chains * p->lanes;
    const double closed = (double)(outputs * (outputs - 1) / 2 + outputs * n * p->products);
    tap_ok(p->run(n, 1, 1) == closed && p->run(n, p->int8 ? 1 : 0.5f, p->int8 ? 1 : 2) == closed,
           "%s: the sum of %llu iterations is %.0f", p->isa_name, (unsigned long long)n, closed);
    tap_ok(mw_peak_flops(p, n) == 2 * outputs * n * p->products && mw_peak_flops(p, 0) == 0,
           "%s: two operations each: %llu", p->isa_name, (unsigned long long)mw_peak_flops(p, n));
    tap_ok(p->chains >= 12, "%s: %u chains hide the latency of two pipes", p->isa_name, p->chains);
}

int main(void)
{
    bool order = mw_peaks[0] != NULL, kernels = true;
    for (const mw_peak *const *p = mw_peaks; *p; p++) {
        for (const mw_peak *const *other = mw_peaks; other < p; other++)
            order &= (*other)->int8 < (*p)->int8 || ((*other)->int8 == (*p)->int8 && (*other)->lanes <= (*p)->lanes);
        if (!mw_peak_supported(*p)) {
            tap_ok(!mw_peak_of((*p)->isa_name, (*p)->int8), "%s: not found on a CPU that lacks it", (*p)->isa_name);
            continue;
        }
        const mw_peak *found = mw_peak_of((*p)->isa_name, (*p)->int8); /* through SIMDe two have one name */
        tap_ok(found && found->int8 == (*p)->int8 && strcmp(found->isa_name, (*p)->isa_name) == 0,
               "%s%s: found by name", (*p)->isa_name, (*p)->int8 ? ", int8" : "");
        check_loop(*p);
    }
    tap_ok(order, "peaks of floats, then of int8, from narrow to wide");
    for (const mw_kernel *const *k = mw_kernels; *k; k++)
        if ((*k)->op == MW_OP_GEMM && mw_kernel_supported(*k))
            kernels &= mw_peak_of((*k)->isa_name, mw_dtype_in_blocks((*k)->dtype)) != NULL;
    tap_ok(kernels, "every GEMM kernel has a peak to be held against");
    tap_ok(!mw_peak_of("c", false) && !mw_peak_of("", true) && !mw_peak_of("nosuch", false), "other names have none");
    return tap_done();
}
