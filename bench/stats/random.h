/* Pseudo-random numbers for simulations, resampling and random order: the same seed gives the same numbers on every
 * machine. */
#ifndef MW_BENCH_RANDOM_H
#define MW_BENCH_RANDOM_H

#include <math.h>
#include <stdint.h>

/* Splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014); *state may start
 * anywhere. */
static inline uint64_t mw_draw(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

/* Fisher and Yates: every order of order[n] is as likely as any other. */
static inline void mw_shuffle(int *order, int n, uint64_t *state)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(mw_draw(state) % (uint64_t)(i + 1)), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* Uniform in [0, 1), 53 bits. */
static inline double mw_draw_share(uint64_t *state)
{
    return (double)(mw_draw(state) >> 11) * 0x1p-53;
}

/* Standard normal (Box and Muller 1958). */
static inline double mw_draw_normal(uint64_t *state)
{
    const double radius = sqrt(-2 * log(1 - mw_draw_share(state)));
    return radius * cos(2 * M_PI * mw_draw_share(state));
}

#endif
