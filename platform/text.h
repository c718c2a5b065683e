/* Text from outside (names of files, hosts and CPUs) on its way into messages, tables and onto the terminal. */
#ifndef MW_PLATFORM_TEXT_H
#define MW_PLATFORM_TEXT_H

#include <stddef.h>

/* Copies NUL-terminated `from` into `to`, which has room for `size` bytes, the NUL among them (at least 1). The copy is
 * valid UTF-8 of printable characters: it is cut at a whole character, and every byte that is not part of valid UTF-8
 * and every control character becomes '?'. `to` and `from` may be the same. */
void mw_text_copy(char *to, size_t size, const char *from);

/* How many bytes of `text`, valid UTF-8 as mw_text_copy leaves it, fit into *columns columns of a terminal; leaves in
 * *columns how many stay free. Characters from U+1100 on, where wide ones begin, count as two. Never cuts a character.
 */
size_t mw_text_fit(const char *text, int *columns);

#endif
