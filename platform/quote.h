/* Words for a shell (POSIX sh). */
#ifndef MW_PLATFORM_QUOTE_H
#define MW_PLATFORM_QUOTE_H

#include <stdio.h>

/* Writes `text` as one word: as it is, if nothing in it means anything to a shell, else in single quotes. */
void mw_quote(FILE *to, const char *text);

typedef struct mw_quote_value {
    const char *name; /* "model": what stands in braces; letters and underlines */
    const char *text; /* what comes in its place; NULL: the braces stay */
} mw_quote_value;

/* A copy of `command` with the text of a value in the place of every "{name}", to be freed by the caller; NULL without
 * memory. `values` ends with a NULL name. Other braces stay.
 *
 * A text that means something to a shell is kept in a shell variable, and read from it according to the quotes that are
 * open at that place: outside of quotes and in either kind of them it is itself, byte by byte, within one word. Where
 * the quotes are misjudged (here-documents, `case` within "$(...)"), it may be split, or a quote too many be seen; but
 * a shell never takes what is in a variable for code. */
char *mw_quote_fill(const char *command, const mw_quote_value *values);

#endif
