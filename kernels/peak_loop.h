/* The loop of a peak file, which defines before it includes this:
 *
 *   PEAK_LANES               numbers of a vector, of type PEAK_NUMBER (float if it is not defined)
 *   PEAK_CHAINS              accumulators, 12 or 16; two more registers hold x and y
 *   peak_vector              the type of a vector
 *   peak_all(value)          all lanes `value`
 *   peak_load(from)          PEAK_LANES numbers; peak_store(to, v) is the way back
 *   peak_fma(a, x, y)        a + x * y, rounded once; of int8 the sum of several products of bytes in each lane
 *   PEAK_X                   the type of x and y, if that is another one than peak_vector
 *   PEAK_FORGET(x)           lets the compiler believe that x changes, where it would multiply once for all iterations
 *
 * Accumulators are variables, not an array: compilers may keep an array in memory, or store it in every iteration. They
 * begin with values of their own, or a compiler might find out that they are all the same. */
#ifndef MW_KERNELS_PEAK_LOOP_H
#define MW_KERNELS_PEAK_LOOP_H

#include "kernels/peak.h"

#ifndef PEAK_NUMBER
#define PEAK_NUMBER float
#endif
#ifndef PEAK_X
#define PEAK_X peak_vector
#endif
#ifndef PEAK_FORGET
#define PEAK_FORGET(x)
#endif

#define PEAK_EACH_OF_12(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#if PEAK_CHAINS == 12
#define PEAK_EACH(X) PEAK_EACH_OF_12(X)
#elif PEAK_CHAINS == 16
#define PEAK_EACH(X) PEAK_EACH_OF_12(X) X(12) X(13) X(14) X(15)
#endif

#define PEAK_START(c) peak_vector acc##c = peak_load(lanes[c]);
#define PEAK_STEP(c) acc##c = peak_fma(acc##c, vx, vy);
#define PEAK_END(c) peak_store(lanes[c], acc##c);

static double peak_run(uint64_t iterations, float x, float y)
{
    PEAK_NUMBER lanes[PEAK_CHAINS][PEAK_LANES];
    for (int c = 0; c < PEAK_CHAINS; c++)
        for (int l = 0; l < PEAK_LANES; l++)
            lanes[c][l] = (PEAK_NUMBER)(c * PEAK_LANES + l);
    PEAK_X vx = peak_all(x);
    const PEAK_X vy = peak_all(y);
    /* clang-format off */
    PEAK_EACH(PEAK_START)
    for (uint64_t i = 0; i < iterations; i++) {
        PEAK_EACH(PEAK_STEP)
        PEAK_FORGET(vx)
    }
    PEAK_EACH(PEAK_END)
    /* clang-format on */
    double sum = 0;
    for (int c = 0; c < PEAK_CHAINS; c++)
        for (int l = 0; l < PEAK_LANES; l++)
            sum += lanes[c][l];
    return sum;
}

#endif
