/* A program as its users see it: one description, from which --help, the manual page and completion are made. */
#ifndef MW_PLATFORM_CLI_PAGE_H
#define MW_PLATFORM_CLI_PAGE_H

#include "platform/cli.h"

typedef struct mw_cli_entry {
    const char *name, *help;
} mw_cli_entry;

typedef struct mw_cli_list {
    const char *title;           /* "suites" */
    const mw_cli_entry *entries; /* ends without a name */
} mw_cli_list;

typedef struct mw_cli_page {
    const char *name;         /* of the program where it was built: "tvlpack" */
    const char *command;      /* of an installed memwall: "memwall pack" */
    const char *summary;      /* what it does, without a full stop: "measure ..." */
    const char *const *usage; /* what follows the name, one way per line; ends with NULL */
    const char *text;         /* paragraphs, separated by newlines */
    const mw_cli_option *options;
    const mw_cli_list *lists;   /* after the options; ends without a title */
    const char *codes;          /* "0 success; 1 ..." */
    mw_cli_values_fn *operands; /* offers what is no option; NULL: there is nothing */
    const char *see;            /* other manual pages: "memwall-bench(1), ..." */
} mw_cli_page;

/* The variables that all programs here read. */
extern const mw_cli_entry mw_cli_environment[];

/* Prints the page as text of at most 80 columns, if the help texts are short. `called` is argv[0]: an installed program
 * is called by its command. */
void mw_cli_page_help(FILE *to, const mw_cli_page *page, const char *called);

/* Prints the source of the manual page, for man(1). `date` is that of the version, as "2026-11-23". */
void mw_cli_page_man(FILE *to, const mw_cli_page *page, const char *date);

/* If argv is "--complete WORD..." or "--man DATE", which only shells and the build ask for, prints the answer and
 * returns true. */
bool mw_cli_page_serve(const mw_cli_page *page, int argc, char **argv);

#endif
