#include "platform/cli_complete.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void mw_cli_offer(const mw_cli_offers *to, const char *word, const char *help)
{
    if (strncmp(word, to->typed, strlen(to->typed)) == 0)
        fprintf(to->to, "%.*s%s%s%s\n", to->head_length, to->head, word, help ? "\t" : "", help ? help : "");
}

static void offer_entries(const mw_cli_offers *to, bool folders_only)
{
    const char *slash = strrchr(to->typed, '/'), *name = slash ? slash + 1 : to->typed;
    char folder[PATH_MAX], path[PATH_MAX];
    const int n = (int)(name - to->typed);
    if (snprintf(folder, sizeof folder, "%.*s", n ? n : 2, n ? to->typed : "./") >= (int)sizeof folder)
        return;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat st;
        if ((*e->d_name == '.' && *name != '.') || strpbrk(e->d_name, "\n\t") ||
            snprintf(path, sizeof path, "%s%s", folder, e->d_name) >= (int)sizeof path || stat(path, &st))
            continue;
        const bool inner = S_ISDIR(st.st_mode);
        if (!inner && folders_only)
            continue;
        if (snprintf(path, sizeof path, "%.*s%s%s", n, to->typed, e->d_name, inner ? "/" : "") < (int)sizeof path)
            mw_cli_offer(to, path, NULL);
    }
    if (d)
        closedir(d);
}

void mw_cli_offer_files(const mw_cli_offers *to)
{
    offer_entries(to, false);
}

void mw_cli_offer_folders(const mw_cli_offers *to)
{
    offer_entries(to, true);
}

/* The option that `word` names: "--name", of which `length` bytes count. */
static const mw_cli_option *find(const mw_cli_option *options, const char *word, size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) + 2 == length && strncmp(word, "--", 2) == 0 &&
            strncmp(word + 2, options->name, length - 2) == 0)
            return options;
    return NULL;
}

/* Offers values of an option; `head` is what stands in front of the value. */
static void offer_values(FILE *to, const mw_cli_option *o, const char *head, int head_length, const char *value)
{
    const bool list = strcmp(o->value, "LIST") == 0 || strcmp(o->value, "NAMES") == 0;
    const char *comma = list ? strrchr(value, ',') : NULL;
    if (comma) {
        if (!head_length)
            head = value;
        head_length += (int)(comma + 1 - value);
    }
    if (o->values)
        o->values(&(mw_cli_offers){to, head, head_length, comma ? comma + 1 : value});
}

void mw_cli_complete(FILE *to, const mw_cli_option *options, mw_cli_values_fn *operands, int n, char *const *words)
{
    const char *word = words[n - 1], *equals = strchr(word, '=');
    const mw_cli_option *before = n > 1 ? find(options, words[n - 2], strlen(words[n - 2])) : NULL, *this;
    if (before && before->value) {
        offer_values(to, before, "", 0, word);
    } else if (*word == '-' && equals) {
        this = find(options, word, (size_t)(equals - word));
        if (this && this->value)
            offer_values(to, this, word, (int)(equals + 1 - word), equals + 1);
    } else if (*word == '-') {
        for (const mw_cli_option *o = options; o->name; o++) {
            char text[64];
            snprintf(text, sizeof text, "--%s%s", o->name, o->value ? "=" : "");
            mw_cli_offer(&(mw_cli_offers){to, "", 0, word}, text, o->help);
        }
    } else if (operands) {
        operands(&(mw_cli_offers){to, "", 0, word});
    }
}
