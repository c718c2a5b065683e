/* Lines of q8_0: the codes of four columns. */
#define CODE_LINES 8
#define OFFSET 0
#include "kernels/neon_dotprod_quad.h"

#include "kernels/neon_blocks.h"

static inline quad add_quad(quad sum, int8x16_t first, int8x16_t second, const int8_t *x, size_t l)
{
    return quad_add(quad_add(sum, first, four(x, 4 * l)), second, four(x, 4 * l + 4));
}
