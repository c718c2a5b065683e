/* Finds llama-bench's objects in a text that may hold anything else, too. Only as much JSON as that needs: what is not
 * looked at is skipped by its shape. */
#include "bench/peers/peer_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 8 };

static const char *skip_space(const char *c)
{
    return c + strspn(c, " \t\r\n");
}

/* Behind the string that starts at c; NULL if there is none. */
static const char *skip_string(const char *c)
{
    if (*c != '"')
        return NULL;
    for (c++; *c != '"'; c++) {
        c += *c == '\\';
        if (*c == '\0' || *c == '\n')
            return NULL;
    }
    return c + 1;
}

static const char *number_at(const char *c, double *value)
{
    char *end;
    if (!strchr("-0123456789", *c) || !*c)
        return NULL;
    *value = strtod(c, &end);
    return end > c ? end : NULL;
}

/* Behind any value; *value is set if it is a number, *items if it is an array. */
static const char *skip_value(const char *c, int depth, double *value, uint64_t *items)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*c == '"')
        return skip_string(c);
    if (*c == '[' || *c == '{') {
        const char close = *c == '[' ? ']' : '}';
        uint64_t n = 0;
        if (depth == DEEPEST)
            return NULL;
        for (c = skip_space(c + 1); *c != close; n++) {
            double ignored;
            uint64_t none;
            if (n > 0) {
                if (*c != ',')
                    return NULL;
                c = skip_space(c + 1);
            }
            if (close == '}') {
                c = skip_string(c);
                c = c ? skip_space(c) : NULL;
                if (!c || *c != ':')
                    return NULL;
                c = skip_space(c + 1);
            }
            c = skip_value(c, depth + 1, &ignored, &none);
            if (!c)
                return NULL;
            c = skip_space(c);
        }
        *items = n;
        return c + 1;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(c, words[i], strlen(words[i])) == 0)
            return c + strlen(words[i]);
    return number_at(c, value);
}

/* The object that starts at c; NULL if it is none. */
static const char *read_object(const char *c, mw_llama_bench *entry)
{
    *entry = (mw_llama_bench){NAN, NAN, NAN, 0};
    c = skip_space(c + 1);
    for (int n = 0; *c != '}'; n++) {
        if (n > 0) {
            if (*c != ',')
                return NULL;
            c = skip_space(c + 1);
        }
        const char *key = c;
        c = skip_string(c);
        if (!c)
            return NULL;
        const size_t length = (size_t)(c - key);
        c = skip_space(c);
        if (*c != ':')
            return NULL;
        double value = NAN;
        uint64_t items = 0;
        c = skip_value(skip_space(c + 1), 0, &value, &items);
        if (!c)
            return NULL;
        const struct {
            const char *name;
            double *to;
        } numbers[] = {
            {"\"n_prompt\"", &entry->n_prompt}, {"\"n_gen\"", &entry->n_gen}, {"\"avg_ts\"", &entry->avg_ts}};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            if (length == strlen(numbers[i].name) && strncmp(key, numbers[i].name, length) == 0)
                *numbers[i].to = value;
        if (length == strlen("\"samples_ts\"") && strncmp(key, "\"samples_ts\"", length) == 0)
            entry->samples = items;
        c = skip_space(c);
    }
    return c + 1;
}

bool mw_llama_bench_next(const char **at, mw_llama_bench *entry)
{
    for (const char *c = strchr(*at, '{'); c; c = strchr(c, '{')) {
        const char *end = read_object(c, entry);
        if (end && isfinite(entry->n_prompt) && isfinite(entry->n_gen) && isfinite(entry->avg_ts)) {
            *at = end;
            return true;
        }
        c = end ? end : c + 1;
    }
    return false;
}
