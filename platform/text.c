#include "platform/text.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_WIDE = 0x1100 };

/* Bytes of the UTF-8 character at `p`, and the character; 0 if its bytes are not valid: cut short, longer than needed,
 * half of a surrogate pair or beyond U+10FFFF. */
static size_t character(const unsigned char *p, uint32_t *c)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf8 ? 4 : 0;
    if (n < 2) {
        *c = p[0];
        return n;
    }
    *c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) /* the final NUL is none either */
            return 0;
        *c = *c << 6 | (p[i] & 0x3f);
    }
    return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff) ? 0 : n;
}

/* Those of ASCII, and those of Latin-1, which some terminals obey as well. */
static int is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

void mw_text_copy(char *to, size_t size, const char *from)
{
    const unsigned char *p = (const unsigned char *)from;
    size_t used = 0;
    while (*p) {
        uint32_t c;
        const size_t n = character(p, &c), replaced = n == 0 || is_control(c);
        if (used + (replaced ? 1 : n) >= size)
            break;
        if (replaced)
            to[used] = '?';
        else
            memmove(to + used, p, n);
        used += replaced ? 1 : n;
        p += n ? n : 1;
    }
    to[used] = '\0';
}

size_t mw_text_fit(const char *text, int *columns)
{
    size_t at = 0;
    while (text[at]) {
        uint32_t c;
        const size_t n = character((const unsigned char *)text + at, &c);
        const int width = c < FIRST_WIDE ? 1 : 2;
        if (width > *columns)
            break;
        *columns -= width;
        at += n ? n : 1;
    }
    return at;
}
