/* q6_K: codes are 32 below unpacked ones. Pairs of 16 columns, without the offset at most 4 * 2 * 32 * 127, fit 16
 * bits; with it they may wrap around, and come back when it is subtracted. */
#define CODE_LINES 48
#define SCALE_BYTES 16
#define HALVES 1
#include "kernels/avx2_k.h"

/* Three lines have 16 columns: the codes of 12, and above them two bits each of the other four. */
static inline void unpack(__m256i w[QUADS], const char *codes)
{
    const __m256i low = _mm256_set1_epi8(63);
    for (size_t c = 0; c < 2; c++) {
        const __m256i a = half_line(codes, 3 * c), b = half_line(codes, 3 * c + 1), d = half_line(codes, 3 * c + 2);
        const __m256i a_upper = _mm256_and_si256(_mm256_srli_epi16(a, 6), _mm256_set1_epi8(3));
        const __m256i b_upper = _mm256_and_si256(_mm256_srli_epi16(b, 4), _mm256_set1_epi8(12));
        const __m256i d_upper = _mm256_and_si256(_mm256_srli_epi16(d, 2), _mm256_set1_epi8(48));
        w[4 * c] = _mm256_and_si256(a, low);
        w[4 * c + 1] = _mm256_and_si256(b, low);
        w[4 * c + 2] = _mm256_and_si256(d, low);
        w[4 * c + 3] = _mm256_or_si256(_mm256_or_si256(a_upper, b_upper), d_upper);
    }
}

typedef struct small {
    const char *scales;
} small;

static inline small small_of(const block *at)
{
    return (small){at->scales};
}

/* Scales of either 16 columns in 16 bits, twice in the lane of each row. */
typedef struct factors {
    __m256i of[2][2];
} factors;

static inline factors factors_of(const small *s, size_t g)
{
    factors f;
    for (size_t c = 0; c < 2; c++) {
        const __m128i bytes = _mm_load_si128((const __m128i *)(const void *)(s->scales + (2 * g + c) * R));
        const __m256i words = _mm256_permute4x64_epi64(_mm256_cvtepi8_epi16(bytes), 0xd8);
        f.of[c][0] = _mm256_unpacklo_epi16(words, words);
        f.of[c][1] = _mm256_unpackhi_epi16(words, words);
    }
    return f;
}

/* What the offset adds to pairs of products of columns 4 i to 4 i + 15. */
static inline __m256i above(const __m256i x[QUADS], size_t i)
{
    const __m256i offset = _mm256_set1_epi8(32);
    __m256i pairs = _mm256_maddubs_epi16(offset, x[i]);
    for (size_t k = i + 1; k < i + 4; k++)
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(offset, x[k]));
    return pairs;
}

static inline __m256i row_sums(__m256i first, __m256i second, const factors *f, size_t half, const __m256i *x)
{
    first = _mm256_madd_epi16(_mm256_sub_epi16(first, above(x, 0)), f->of[0][half]);
    return _mm256_add_epi32(first, _mm256_madd_epi16(_mm256_sub_epi16(second, above(x, 4)), f->of[1][half]));
}

#include "kernels/avx2_k_group.h"
