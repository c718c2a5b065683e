#include "bench/predict/core_clock.h"

#include "platform/os.h"

#include <math.h>

const char mw_core_clock_note[] = "fastest run of 262144 dependent integer additions of one cycle each";

/* Additions in a row, and rows of a run: long enough for the clock of the system, short enough to be left alone. */
enum { RUNS = 30, ROWS = 4096 };
#define ROW "64"

/* Adds a register: some cores add small constants without spending a cycle (Golden Cove). */
#if defined(__x86_64__)
#define ADD "add %1, %0\n"
#elif defined(__aarch64__)
#define ADD "add %0, %0, %1\n"
#endif

#ifdef ADD
static double additions_per_ns(void)
{
    unsigned long sum = 1, one = 1;
    const uint64_t start = mw_clock_ns();
    for (int i = 0; i < ROWS; i++)
        __asm__ volatile(".rept " ROW "\n" ADD ".endr" : "+r"(sum) : "r"(one) : "cc");
    return ROWS * 64 / (double)(mw_clock_ns() - start);
}

double mw_core_clock(void)
{
    double best = 0;
    for (int i = 0; i < RUNS; i++)
        best = fmax(best, additions_per_ns());
    return best;
}
#else
double mw_core_clock(void)
{
    return NAN;
}
#endif
