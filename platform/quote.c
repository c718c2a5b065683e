#include "platform/quote.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_plain(const char *text)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@";
    return *text && text[strspn(text, plain)] == '\0';
}

void mw_quote(FILE *to, const char *text)
{
    if (is_plain(text)) {
        fputs(text, to);
        return;
    }
    putc('\'', to);
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", to);
        else
            putc(*text, to);
    putc('\'', to);
}

/* --- where in a command --- */

enum { DEPTH = 64 };

/* What is open at a place in a command. */
typedef struct place {
    char open[DEPTH]; /* '(': no quotes, '`': none either, '"', '\''; the first is the command itself */
    int depth;
    bool escaped;  /* behind a backslash */
    bool start;    /* a word may start here */
    bool comment;  /* until the end of the line */
    char previous; /* character */
} place;

static void push(place *p, char c)
{
    if (p->depth < DEPTH - 1)
        p->open[++p->depth] = c;
}

static void pop(place *p)
{
    p->depth -= p->depth > 0;
}

/* Backquotes end at the next one, whatever is open inside. */
static void backquote(place *p)
{
    int inside = p->depth;
    while (inside > 0 && p->open[inside] != '`')
        inside--;
    if (inside > 0)
        p->depth = inside - 1;
    else if (p->open[p->depth] != '\'')
        push(p, '`');
}

/* Goes over a character. */
static void step(place *p, char c)
{
    const char open = p->open[p->depth], previous = p->previous;
    const bool quoted = open == '"' || open == '\'', start = p->start;
    p->previous = c;
    p->start = !quoted && strchr(" \t\n;&|()`", c);
    if (p->comment) {
        p->comment = c != '\n';
    } else if (p->escaped) {
        p->escaped = p->start = false;
    } else if (c == '\\') {
        p->escaped = open != '\'';
    } else if (c == '`') {
        backquote(p);
    } else if (quoted && c == open) {
        pop(p);
    } else if (!quoted && (c == '"' || c == '\'')) {
        push(p, c);
    } else if (c == '(' && (!quoted || (open == '"' && previous == '$'))) {
        push(p, c);
        p->start = true;
    } else if (c == ')' && open == '(') {
        pop(p);
    } else if (c == '#' && !quoted && start) {
        p->comment = true;
    }
}

/* --- filling in --- */

/* A variable's value, as part of the word that it stands in. */
static void put_variable(FILE *to, place *p, const char *name)
{
    const char open = p->open[p->depth];
    if (p->escaped) /* no backslash may escape what follows: in double quotes it is itself, else it means nothing */
        putc(open == '"' ? '\\' : '\n', to);
    fprintf(to, open == '"' ? "${memwall_%s}" : open == '\'' ? "'\"${memwall_%s}\"'" : "\"${memwall_%s}\"", name);
}

/* The value whose name stands in braces at `text`; NULL if there is none. */
static const mw_quote_value *value_at(const char *text, const mw_quote_value *values)
{
    for (const mw_quote_value *v = values; *text == '{' && v->name; v++) {
        const size_t n = strlen(v->name);
        if (v->text && strncmp(text + 1, v->name, n) == 0 && text[n + 1] == '}')
            return v;
    }
    return NULL;
}

char *mw_quote_fill(const char *command, const mw_quote_value *values)
{
    char *filled = NULL;
    size_t size;
    place p = {.open = "(", .start = true};
    FILE *to = open_memstream(&filled, &size);
    if (!to)
        return NULL;
    for (const mw_quote_value *v = values; v->name; v++)
        if (v->text && !is_plain(v->text)) {
            fprintf(to, "memwall_%s=", v->name);
            mw_quote(to, v->text);
            putc('\n', to);
        }
    while (*command) {
        const mw_quote_value *v = value_at(command, values);
        if (!v) {
            putc(*command, to);
            step(&p, *command++);
            continue;
        }
        if (is_plain(v->text))
            fputs(v->text, to);
        else
            put_variable(to, &p, v->name);
        p.escaped = p.start = false;
        p.previous = '}';
        command += strlen(v->name) + 2;
    }
    if (fclose(to) == 0)
        return filled;
    free(filled);
    return NULL;
}
