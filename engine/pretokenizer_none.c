/* Pre-tokenizers without PCRE2: there are none. */
#include "engine/pretokenizer.h"

#include <errno.h>

bool mw_pretokenizer_there(void)
{
    return false;
}

int mw_pretokenizer_open(const char *name, size_t bytes, const char *path, mw_pretokenizer_facts *facts,
                         mw_pretokenizer **out, mw_error *err)
{
    (void)name;
    (void)bytes;
    *facts = (mw_pretokenizer_facts){0};
    *out = NULL;
    return mw_fail(err, -ENOTSUP,
                   "%s: a vocabulary of type gpt2 needs PCRE2, which this build lacks: run ./setup.sh "
                   "(it installs libpcre2-dev) and build again",
                   path);
}

void mw_pretokenizer_close(mw_pretokenizer *p)
{
    (void)p;
}

int mw_pretokenizer_next(mw_pretokenizer *p, const char *text, size_t bytes, size_t at, size_t *word, mw_error *err)
{
    (void)p;
    (void)text;
    *word = bytes - at;
    return mw_fail(err, -ENOTSUP, "this build lacks PCRE2");
}
