/* q6_K: three lines have 16 columns: the codes of 12, and above them two bits each of the other four. Unpacked codes
 * are 32 above those of W. */
#define CODE_LINES 48
#define SCALE_BYTES 16
#define HALVES 1
#include "kernels/avx512vnni_k.h"

static inline void unpack(__m512i w[QUADS], const char *codes)
{
    const __m512i low = _mm512_set1_epi8(63);
    for (size_t c = 0; c < 2; c++) {
        const __m512i a = line_of(codes, 3 * c), b = line_of(codes, 3 * c + 1), d = line_of(codes, 3 * c + 2);
        const __m512i a_upper = _mm512_and_si512(_mm512_srli_epi16(a, 6), _mm512_set1_epi8(3));
        const __m512i both = _mm512_ternarylogic_epi32(_mm512_srli_epi16(b, 4), _mm512_set1_epi8(12), a_upper, AND_OR);
        w[4 * c] = _mm512_and_si512(a, low);
        w[4 * c + 1] = _mm512_and_si512(b, low);
        w[4 * c + 2] = _mm512_and_si512(d, low);
        w[4 * c + 3] = _mm512_ternarylogic_epi32(_mm512_srli_epi16(d, 2), _mm512_set1_epi8(48), both, AND_OR);
    }
}

typedef struct small {
    const char *scales;
} small;

static inline small small_of(const block *at)
{
    return (small){at->scales};
}

/* Scales of either 16 columns. */
typedef struct factors {
    __m512i of[2];
} factors;

static inline factors factors_of(const small *s, size_t g)
{
    const char *first = s->scales + 2 * g * R;
    return (factors){{_mm512_cvtepi8_epi32(rows_at(first)), _mm512_cvtepi8_epi32(rows_at(first + R))}};
}

/* What the offset adds to the products of columns 4 i to 4 i + 15, below zero. */
static inline __m512i below(const ready_x *x, size_t i)
{
    const __m512i offset = _mm512_set1_epi8(32),
                  all[QUADS] = {offset, offset, offset, offset, offset, offset, offset, offset};
    return _mm512_sub_epi32(_mm512_setzero_si512(), dot_of(_mm512_setzero_si512(), all, x, i));
}

static inline __m512i row_sums(const __m512i w[QUADS], factors f, const ready_x *x)
{
    const __m512i first = _mm512_mullo_epi32(dot_of(below(x, 0), w, x, 0), f.of[0]);
    return _mm512_add_epi32(first, _mm512_mullo_epi32(dot_of(below(x, 4), w, x, 4), f.of[1]));
}

#include "kernels/avx512vnni_k_group.h"
