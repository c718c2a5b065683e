/* The pseudo-random numbers that synthetic weights are made of, from any place of their stream on. */
#ifndef MW_ENGINE_SYNTHETIC_STREAM_H
#define MW_ENGINE_SYNTHETIC_STREAM_H

#include <stddef.h>
#include <stdint.h>

/* A stream has fewer than 2^MW_STREAM_BITS numbers. */
enum { MW_STREAM_BITS = 48 };

typedef struct mw_weight_stream {
    uint64_t start;
    uint64_t jump[MW_STREAM_BITS][64]; /* jump[k]: 2^k steps, as the image of each bit of the state */
} mw_weight_stream;

void mw_stream_open(uint64_t seed, mw_weight_stream *stream);

/* The state of the generator after `index` numbers. */
uint64_t mw_stream_state(const mw_weight_stream *stream, uint64_t index);

/* The next number: 64 random bits. */
uint64_t mw_stream_next(uint64_t *state);

/* The next `n` values: uniform with standard deviation `deviation` around `mean`, none of them denormal. */
void mw_stream_values(uint64_t *state, float *to, size_t n, float mean, float deviation);

#endif
