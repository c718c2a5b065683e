/* Command lines: long options over getopt_long, numbers parsed whole, an unknown option is reported with the nearest
 * known one. */
#ifndef MW_PLATFORM_CLI_H
#define MW_PLATFORM_CLI_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Offers values to a shell that completes a command line (cli_complete.h). */
typedef struct mw_cli_offers mw_cli_offers;
typedef void mw_cli_values_fn(const mw_cli_offers *to);

typedef struct mw_cli_option {
    const char *name;         /* "threads" */
    const char *value;        /* "N": what --help shows after '='; NULL for a switch */
    const char *help;         /* one line */
    mw_cli_values_fn *values; /* offers values; NULL: none can be named */
} mw_cli_option;

/* Called for each option given: `index` into the table, `value` NULL for a switch. Nonzero stops with that code. */
typedef int mw_cli_set_fn(void *to, int index, const char *value, mw_error *err);

/* Reads argv. `options` ends with a NULL name. Operands are moved to the end of argv, *operands is the index of the
 * first. -EINVAL for an unknown option or a missing value. */
int mw_cli_parse(int argc, char **argv, const mw_cli_option *options, mw_cli_set_fn *set, void *to, int *operands,
                 mw_error *err);

/* Prints the options, one per line, at most 80 columns wide if the help texts are short. */
void mw_cli_help(FILE *to, const mw_cli_option *options);

/* Prints a paragraph in lines of at most 78 columns, the first indented by two, the others by four. */
void mw_cli_paragraph(FILE *to, const char *text);

/* The whole of `text` as a number within [least, most]; the message names the option. */
int mw_cli_integer(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, mw_error *err);
int mw_cli_number(const char *option, const char *text, double least, double most, double *value, mw_error *err);

/* The next item of a comma-separated list, copied to item[size]; false at the end. Empty items are items. */
bool mw_cli_item(const char **list, char *item, size_t size);

/* The one of `names` (NULL-terminated) that is closest to `word`, or NULL if none is close. */
const char *mw_cli_nearest(const char *word, const char *const *names);

#endif
