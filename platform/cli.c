#include "platform/cli.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64 };

/* Edit distance (Wagner and Fischer, 1974) with both words cut at 31 characters. */
static int distance(const char *a, const char *b)
{
    enum { MOST = 31 };
    int n = (int)strlen(b), row[MOST + 1];
    if (n > MOST)
        n = MOST;
    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; i <= MOST && a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *mw_cli_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    int least = 4; /* more than three typing errors make another word */
    for (; *names; names++) {
        int d = distance(word, *names);
        if (d < least) {
            least = d;
            nearest = *names;
        }
    }
    return nearest;
}

static int unknown(const char *given, const mw_cli_option *options, mw_error *err)
{
    char word[32];
    snprintf(word, sizeof word, "%.31s", given + strspn(given, "-"));
    word[strcspn(word, "=")] = '\0';
    const char *names[MOST_OPTIONS + 1];
    int n = 0;
    for (; options[n].name; n++)
        names[n] = options[n].name;
    names[n] = NULL;
    const char *nearest = mw_cli_nearest(word, names);
    if (nearest)
        return mw_fail(err, -EINVAL, "unknown option '%.64s'; did you mean --%s? See --help", given, nearest);
    return mw_fail(err, -EINVAL, "unknown option '%.64s'; see --help", given);
}

int mw_cli_parse(int argc, char **argv, const mw_cli_option *options, mw_cli_set_fn *set, void *to, int *operands,
                 mw_error *err)
{
    struct option table[MOST_OPTIONS + 1] = {0};
    for (int i = 0; options[i].name; i++)
        table[i] = (struct option){options[i].name, options[i].value ? required_argument : no_argument, NULL, i + 1};
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind, got = getopt_long(argc, argv, ":", table, NULL);
        if (got == -1)
            break;
        const char *given = at < argc ? argv[at] : "";
        /* getopt moves operands behind options, so after one the option read stands right before optind */
        if (given[0] != '-' && optind > 0)
            given = argv[optind - 1];
        if (got == ':')
            return mw_fail(err, -EINVAL, "option '%.64s' needs a value; see --help", given);
        if (got == '?') {
            if (optopt > 0 && strchr(given, '='))
                return mw_fail(err, -EINVAL, "option '%.64s' takes no value; see --help", given);
            return unknown(given, options, err);
        }
        int rc = set(to, got - 1, optarg, err);
        if (rc)
            return rc;
    }
    *operands = optind;
    return 0;
}

void mw_cli_help(FILE *to, const mw_cli_option *options)
{
    for (; options->name; options++) {
        char left[40];
        snprintf(left, sizeof left, "--%s%s%s", options->name, options->value ? "=" : "",
                 options->value ? options->value : "");
        fprintf(to, "  %-20s %s\n", left, options->help);
    }
}

void mw_cli_paragraph(FILE *to, const char *text)
{
    int column = 2;
    fputs("  ", to);
    for (const char *word = text; *word; word += strspn(word, " ")) {
        int n = (int)strcspn(word, " ");
        if (word > text && column + 1 + n > 78) {
            fputs("\n    ", to);
            column = 4;
        } else if (word > text) {
            putc(' ', to);
            column++;
        }
        fprintf(to, "%.*s", n, word);
        column += n;
        word += n;
    }
    putc('\n', to);
}

int mw_cli_integer(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, mw_error *err)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || errno || v < least || v > most)
        return mw_fail(err, -EINVAL, "--%s: '%.32s' is not a whole number from %llu to %llu", option, text,
                       (unsigned long long)least, (unsigned long long)most);
    *value = v;
    return 0;
}

int mw_cli_number(const char *option, const char *text, double least, double most, double *value, mw_error *err)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || isspace((unsigned char)text[0]) || *end || !isfinite(v) || v < least || v > most)
        return mw_fail(err, -EINVAL, "--%s: '%.32s' is not a number from %g to %g", option, text, least, most);
    *value = v;
    return 0;
}

bool mw_cli_item(const char **list, char *item, size_t size)
{
    if (!*list)
        return false;
    size_t n = strcspn(*list, ",");
    snprintf(item, size, "%.*s", (int)n, *list);
    *list = (*list)[n] ? *list + n + 1 : NULL;
    return true;
}
