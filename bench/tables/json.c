#include "bench/tables/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

mw_json mw_json_open(FILE *to)
{
    return (mw_json){.to = to, .first = true};
}

void mw_json_close(mw_json *j)
{
    putc('\n', j->to);
}

static void quoted(mw_json *j, const char *text)
{
    putc('"', j->to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(j->to, "\\%c", *p);
        else if (*p < 0x20 || *p >= 0x7f)
            fprintf(j->to, "\\u%04x", *p < 0x7f ? *p : 0xfffd);
        else
            putc(*p, j->to);
    }
    putc('"', j->to);
}

static void member(mw_json *j, const char *key)
{
    if (!j->first)
        putc(',', j->to);
    if (j->depth > 0)
        fprintf(j->to, "\n%*s", 2 * j->depth, "");
    j->first = false;
    if (key) {
        quoted(j, key);
        fputs(": ", j->to);
    }
}

static void nest(mw_json *j, const char *key, char opening, char closing)
{
    member(j, key);
    putc(opening, j->to);
    j->closing[j->depth++] = closing;
    j->first = true;
}

void mw_json_object(mw_json *j, const char *key)
{
    nest(j, key, '{', '}');
}

void mw_json_array(mw_json *j, const char *key)
{
    nest(j, key, '[', ']');
}

void mw_json_end(mw_json *j)
{
    j->depth--;
    if (!j->first)
        fprintf(j->to, "\n%*s", 2 * j->depth, "");
    putc(j->closing[j->depth], j->to);
    j->first = false;
}

void mw_json_text(mw_json *j, const char *key, const char *value)
{
    member(j, key);
    if (value)
        quoted(j, value);
    else
        fputs("null", j->to);
}

void mw_json_number(mw_json *j, const char *key, double value)
{
    member(j, key);
    if (isfinite(value))
        fprintf(j->to, "%.10g", value);
    else
        fputs("null", j->to);
}

void mw_json_value(mw_json *j, const char *key, const char *value)
{
    char *end;
    bool digits = value && (isdigit((unsigned char)value[0]) || (value[0] == '-' && isdigit((unsigned char)value[1])));
    /* "0x10" and "007" are texts to JSON */
    const char *p = digits ? value + (value[0] == '-') : NULL;
    bool number = digits && !(p[0] == '0' && isalnum((unsigned char)p[1])) && isfinite(strtod(value, &end)) && !*end;
    if (!number) {
        mw_json_text(j, key, value);
        return;
    }
    member(j, key);
    fputs(value, j->to);
}
