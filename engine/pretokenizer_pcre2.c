/* Pre-tokenizers on PCRE2.
 *
 * The patterns are those of the models' own tokenizers, written so that they split as llama.cpp does:
 * - White space is Unicode's: category Z, U+0009 to U+000D and U+0085. PCRE2's \s also takes U+180E.
 * - Letters of contractions are ASCII. With (?i) PCRE2 would also take U+017F for an s.
 * - The pre-tokenizers that split digits off first do so in a pass of their own; here a digit ends a run of white space
 *   as the end of the text does, which is the same.
 * Every character is the beginning of some match, so words follow each other without gaps. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "engine/pretokenizer.h"

#include <errno.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE "\\t-\\r\\x{85}\\p{Z}" /* inside of brackets */
#define OTHER "[^" SPACE "\\p{L}\\p{N}]"
#define CONTRACTION "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])"
#define SMALL_CONTRACTION "'(?:[stmd]|re|ve|ll)"
#define BLANK "[" SPACE "]+(?![^" SPACE "])|[" SPACE "]+" /* the last blank belongs to the word after it */

#define GPT2(numbers) SMALL_CONTRACTION "| ?\\p{L}+|" numbers "| ?" OTHER "+|" BLANK
#define LLAMA3(numbers) \
    CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" numbers "| ?" OTHER "+[\\r\\n]*|[" SPACE "]*[\\r\\n]+|" BLANK
#define DIGITS_FIRST "\\p{N}|[" SPACE "]+(?=\\p{N})|" GPT2("\\p{N}")

/* In the order in which they are listed to the user. */
static const struct {
    const char *name, *pattern;
    mw_pretokenizer_facts facts;
} known[] = {
    {"llama-bpe", LLAMA3("\\p{N}{1,3}"), {.whole_words = true, .add_bos = true}},
    {"llama3", LLAMA3("\\p{N}{1,3}"), {.whole_words = true, .add_bos = true}},
    {"llama-v3", LLAMA3("\\p{N}{1,3}"), {.whole_words = true, .add_bos = true}},
    {"qwen2", LLAMA3("\\p{N}"), {0}},
    {"deepseek-r1-qwen", LLAMA3("\\p{N}"), {0}},
    {"smollm", DIGITS_FIRST, {0}},
    {"starcoder", DIGITS_FIRST, {0}},
    {"refact", DIGITS_FIRST, {0}},
    {"gpt-2", GPT2(" ?\\p{N}+"), {0}},
};
enum { N_KNOWN = sizeof known / sizeof *known };

struct mw_pretokenizer {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

bool mw_pretokenizer_there(void)
{
    return true;
}

static int unknown(const char *name, size_t bytes, const char *path, mw_error *err)
{
    char names[160] = "";
    for (size_t i = 0; i < N_KNOWN; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), i ? ", %s" : "%s", known[i].name);
    return mw_fail(err, -ENOTSUP, "%s: its pre-tokenizer '%.*s' is not supported; these are: %s", path,
                   (int)(bytes < 64 ? bytes : 64), name, names);
}

int mw_pretokenizer_open(const char *name, size_t bytes, const char *path, mw_pretokenizer_facts *facts,
                         mw_pretokenizer **out, mw_error *err)
{
    size_t i = 0;
    *out = NULL;
    while (i < N_KNOWN && (strlen(known[i].name) != bytes || memcmp(known[i].name, name, bytes) != 0))
        i++;
    if (i == N_KNOWN)
        return unknown(name, bytes, path, err);
    *facts = known[i].facts;
    mw_pretokenizer *p = calloc(1, sizeof *p);
    int code = 0;
    PCRE2_SIZE where = 0;
    if (p) {
        p->code = pcre2_compile((PCRE2_SPTR)known[i].pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_ANCHORED, &code,
                                &where, NULL);
        p->match = p->code ? pcre2_match_data_create(1, NULL) : NULL;
        p->limits = pcre2_match_context_create(NULL);
    }
    if (!p || !p->match || !p->limits) {
        char message[128] = "not enough memory";
        if (p && !p->code)
            pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
        mw_pretokenizer_close(p);
        return mw_fail(err, -ENOMEM, "%s: PCRE2 cannot prepare pre-tokenizer %s: %s", path, known[i].name, message);
    }
    /* Steps are limited by the text's length alone: a pattern steps back along one run of white space at most. */
    pcre2_set_match_limit(p->limits, UINT32_MAX);
    *out = p;
    return 0;
}

void mw_pretokenizer_close(mw_pretokenizer *p)
{
    if (!p)
        return;
    pcre2_match_context_free(p->limits);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    free(p);
}

int mw_pretokenizer_next(mw_pretokenizer *p, const char *text, size_t bytes, size_t at, size_t *word, mw_error *err)
{
    const int n = pcre2_match(p->code, (PCRE2_SPTR)text, bytes, at, PCRE2_NO_UTF_CHECK, p->match, p->limits);
    const PCRE2_SIZE *found = pcre2_get_ovector_pointer(p->match);
    if (n > 0 && found[0] == at && found[1] > at && found[1] <= bytes) {
        *word = found[1] - at;
        return 0;
    }
    char message[128] = "nothing matches";
    if (n < 0)
        pcre2_get_error_message(n, (PCRE2_UCHAR *)message, sizeof message);
    return mw_fail(err, n == PCRE2_ERROR_NOMEMORY ? -ENOMEM : -EINVAL,
                   "the pre-tokenizer stopped at byte %zu of the text: %s", at, message);
}
