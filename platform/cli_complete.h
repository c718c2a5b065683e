/* Completion of command lines, for shells. A shell runs `PROGRAM --complete WORD...`, where the last word is the one
 * that is being typed, and gets one line for each way to go on: the whole word, a tab, and a short help. After a word
 * that ends with '=', '/' or ',' more of it follows. */
#ifndef MW_PLATFORM_CLI_COMPLETE_H
#define MW_PLATFORM_CLI_COMPLETE_H

#include "platform/cli.h"

/* Where offers go, and what has been typed: `head` stays in front of every offer ("--variant=tvl,"), and an offer has
 * to start with `typed`. */
struct mw_cli_offers {
    FILE *to;
    const char *head;
    int head_length;
    const char *typed;
};

/* Prints the line of `word` if it fits what has been typed. `help` may be NULL. */
void mw_cli_offer(const mw_cli_offers *to, const char *word, const char *help);

/* Offers the files and folders, or only the folders, of the folder that has been typed; names that start with a dot
 * only after a dot. */
void mw_cli_offer_files(const mw_cli_offers *to);
void mw_cli_offer_folders(const mw_cli_offers *to);

/* Prints what the last of n >= 1 words can become: an option, a value of an option (its table says which; where a value
 * is a LIST or NAMES, an item of it), or an operand, which `operands` offers (NULL: there are none). */
void mw_cli_complete(FILE *to, const mw_cli_option *options, mw_cli_values_fn *operands, int n, char *const *words);

#endif
