#include "platform/cli_page.h"
#include "platform/cli_complete.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 78, NAMES = 20 };

const mw_cli_entry mw_cli_environment[] = {
    {"MEMWALL_CACHE", "the cache folder, where models are kept"},
    {"XDG_CACHE_HOME", "otherwise it is memwall/ in this folder (~/.cache)"},
    {0},
};

/* --- --help --- */

/* Prints paragraphs in lines of at most WIDTH columns, of which `column` are taken. */
static void fill(FILE *to, const char *text, int column)
{
    while (*text) {
        const int n = (int)strcspn(text, " \n");
        if (column > 0 && column + 1 + n > WIDTH) {
            putc('\n', to);
            column = 0;
        }
        column += fprintf(to, "%s%.*s", column > 0 ? " " : "", n, text);
        text += n;
        if (*text == '\n') {
            putc('\n', to);
            column = 0;
        }
        text += *text != '\0';
    }
    putc('\n', to);
}

void mw_cli_page_help(FILE *to, const mw_cli_page *page, const char *called)
{
    const bool installed = strncmp(called, "memwall ", strlen("memwall ")) == 0;
    for (const char *const *way = page->usage; *way; way++)
        fprintf(to, "%s %s %s\n", way == page->usage ? "usage:" : "      ", installed ? page->command : page->name,
                *way);
    fill(to, page->text, 0);
    putc('\n', to);
    mw_cli_help(to, page->options);
    for (const mw_cli_list *l = page->lists; l && l->title; l++) {
        fprintf(to, "\n%s:\n", l->title);
        for (const mw_cli_entry *e = l->entries; e->name; e++)
            if (strlen(e->name) > NAMES)
                fprintf(to, "  %s\n  %-*s %s\n", e->name, NAMES, "", e->help);
            else
                fprintf(to, "  %-*s %s\n", NAMES, e->name, e->help);
    }
    fill(to, page->codes, fprintf(to, "\nExit codes:") - 1);
}

/* --- the manual page --- */

/* Prints text so that it is read as text: no line is a request, no hyphen is typographic. */
static void man_text(FILE *to, const char *text, bool upper)
{
    for (const char *c = text; *c; c++)
        if (*c == '\\')
            fputs("\\e", to);
        else if (*c == '-')
            fputs("\\-", to);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            fprintf(to, "\\&%c", *c);
        else
            putc(upper ? toupper((unsigned char)*c) : *c, to);
}

static void man_line(FILE *to, const char *before, const char *text, bool upper)
{
    fputs(before, to);
    man_text(to, text, upper);
    putc('\n', to);
}

/* Paragraphs, in lines that are short in the source as well. */
static void man_paragraphs(FILE *to, const char *text)
{
    char line[WIDTH];
    while (*text) {
        size_t n = strcspn(text, "\n");
        const bool ends = n < sizeof line;
        if (!ends)
            for (n = sizeof line - 1; n > 0 && text[n] != ' ';)
                n--;
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        man_line(to, "", line, false);
        text += n;
        if (ends && *text)
            fputs(".PP\n", to);
        text += *text != '\0';
    }
}

static void man_option(FILE *to, const mw_cli_option *o)
{
    fputs(".TP\n\\fB\\-\\-", to);
    man_text(to, o->name, false);
    fputs("\\fR", to);
    if (o->value) {
        fputs("=\\fI", to);
        man_text(to, o->value, false);
        fputs("\\fR", to);
    }
    man_line(to, "\n", o->help, false);
}

/* "memwall bench" has the page memwall-bench. */
static void page_name(const mw_cli_page *page, char name[64])
{
    snprintf(name, 64, "%s", page->command);
    for (char *c = name; *c; c++)
        *c = *c == ' ' ? '-' : *c;
}

void mw_cli_page_man(FILE *to, const mw_cli_page *page, const char *date)
{
    char name[64];
    page_name(page, name);
    fputs(".TH ", to);
    man_text(to, name, true);
    fprintf(to, " 1 %s \"memwall %s\"\n.SH NAME\n", date, MW_VERSION);
    man_text(to, name, false);
    man_line(to, " \\- ", page->summary, false);
    fputs(".SH SYNOPSIS\n", to);
    for (const char *const *way = page->usage; *way; way++) {
        fprintf(to, "%s\\fB%s\\fR ", way == page->usage ? "" : ".br\n", page->command);
        man_line(to, "", *way, false);
    }
    fputs(".SH DESCRIPTION\n", to);
    man_paragraphs(to, page->text);
    fputs(".SH OPTIONS\n", to);
    for (const mw_cli_option *o = page->options; o->name; o++)
        man_option(to, o);
    for (const mw_cli_list *l = page->lists; l && l->title; l++) {
        man_line(to, ".SH ", l->title, true);
        for (const mw_cli_entry *e = l->entries; e->name; e++) {
            man_line(to, ".TP\n.B ", e->name, false);
            man_line(to, "", e->help, false);
        }
    }
    fputs(".SH EXIT STATUS\n", to);
    man_paragraphs(to, page->codes);
    man_line(to, ".SH SEE ALSO\n", page->see, false);
}

bool mw_cli_page_serve(const mw_cli_page *page, int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--man") == 0)
        mw_cli_page_man(stdout, page, argv[2]);
    else if (argc > 2 && strcmp(argv[1], "--complete") == 0)
        mw_cli_complete(stdout, page->options, page->operands, argc - 2, argv + 2);
    else
        return false;
    return true;
}
