#include "engine/generate_ids.h"

#include "engine/tokenizer.h"
#include "platform/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_STDIN = 1 << 26 };

int mw_ids_parse(const char *option, const char *list, int32_t **ids, size_t *n, mw_error *err)
{
    char item[24];
    size_t most = 1;
    for (const char *c = list; *c; c++)
        most += *c == ',';
    *n = 0;
    *ids = malloc(most * sizeof **ids);
    if (!*ids)
        return mw_fail(err, -ENOMEM, "--%s: no memory for %zu ids", option, most);
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t id;
        const int rc = mw_cli_integer(option, item, 0, INT32_MAX, &id, err);
        if (rc) {
            free(*ids);
            *ids = NULL;
            return rc;
        }
        (*ids)[(*n)++] = (int32_t)id;
    }
    return 0;
}

int mw_ids_check(const char *option, const int32_t *ids, size_t n, uint32_t vocab_size, mw_error *err)
{
    for (size_t i = 0; i < n; i++)
        if ((uint32_t)ids[i] >= vocab_size)
            return mw_fail(err, -EINVAL, "--%s: %d is no token of the model, which has 0 to %u", option, ids[i],
                           vocab_size - 1);
    return 0;
}

static int read_stdin(char **text, size_t *bytes, mw_error *err)
{
    size_t room = 0;
    *text = NULL;
    *bytes = 0;
    do {
        if (*bytes == room) {
            room = room ? 2 * room : 1 << 16;
            char *more = room <= 2 * (size_t)LONGEST_STDIN ? realloc(*text, room) : NULL;
            if (!more)
                return mw_fail(err, *bytes > LONGEST_STDIN ? -E2BIG : -ENOMEM,
                               "the text on stdin is too long: at most %d bytes, and what memory there is",
                               LONGEST_STDIN);
            *text = more;
        }
        *bytes += fread(*text + *bytes, 1, room - *bytes, stdin);
    } while (*bytes == room);
    return ferror(stdin) ? mw_fail(err, -EIO, "stdin cannot be read: %s", strerror(errno)) : 0;
}

int mw_ids_of_stdin(const char *tokenizer, mw_error *err)
{
    char *text = NULL;
    mw_tokenizer *t = NULL;
    int32_t *ids = NULL;
    size_t n = 0, bytes;
    int rc = mw_tokenizer_choose(tokenizer, NULL, 0, &t, err);
    if (!rc)
        rc = read_stdin(&text, &bytes, err);
    if (!rc)
        rc = mw_tokenizer_encode(t, text, bytes, false, false, &ids, &n, err);
    for (size_t i = 0; i < n; i++)
        printf(i ? " %d" : "%d", ids[i]);
    if (!rc)
        putchar('\n');
    free(ids);
    free(text);
    mw_tokenizer_close(t);
    return rc;
}
