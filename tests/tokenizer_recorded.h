/* Ids recorded from llama.cpp's library, and comparing with them.
 *
 * tests/tokenizer/text has 261 lines: prose, contractions, white space, numbers, code, some fifty scripts, emoji, bytes
 * that are no UTF-8, user-defined tokens. A line of NAME.ids has the ids of one of them, with its line feed; the last
 * line has the number and the FNV-1a hash of those of the whole text. They were made once by a short program that
 * loaded each file with `vocab_only` into the libllama of node-llama-cpp 3.22.1 (llama.cpp v0.5.0), and called
 * llama_tokenize with add_special and parse_special off. gpt-2, llama-spm and starcoder are the vocabularies that
 * llama.cpp's own tests use (models/ggml-vocab-*.gguf). The others are made here (tokenizer_made.h):
 * `test_tokenizer_gguf FOLDER` writes them to a folder.
 *
 * llama.cpp ends with an exception for bytes that would stand for a code point beyond U+10FFFF; the text has none. */
#ifndef MW_TESTS_TOKENIZER_RECORDED_H
#define MW_TESTS_TOKENIZER_RECORDED_H

#include "engine/tokenizer.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

#define RECORDED MW_SOURCE_ROOT "/tests/tokenizer/"

static char *text; /* the recorded text, and its bytes */
static size_t text_bytes;

static char *read_whole(const char *path, size_t *bytes)
{
    enum { ROOM = 1 << 18 };
    FILE *f = fopen(path, "rb");
    char *content = f ? calloc(1, ROOM) : NULL;
    *bytes = content ? fread(content, 1, ROOM - 1, f) : 0;
    if (!content || *bytes == 0 || fclose(f)) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    return content;
}

static mw_tokenizer *open_file(const char *path)
{
    mw_tokenizer *t;
    mw_error err;
    if (!tap_ok(mw_tokenizer_open(path, 0, &t, &err) == 0, "%s opens", path))
        tap_note("%s", err.text);
    return t;
}

/* Whether the line at `recorded` holds these ids; *recorded moves to the next one. */
static bool same_ids(const char **recorded, const int32_t *ids, size_t n)
{
    bool same = true;
    for (size_t i = 0; i < n && same; i++) {
        char *end;
        const long id = strtol(*recorded, &end, 10);
        same = end > *recorded && id == ids[i] && *end == (i + 1 < n ? ' ' : '\n');
        *recorded = end;
    }
    same = same && **recorded == '\n';
    *recorded += strcspn(*recorded, "\n");
    *recorded += **recorded == '\n';
    return same;
}

static void check_recorded(const char *name, const mw_tokenizer *t)
{
    char path[512], expected[64], got[64];
    snprintf(path, sizeof path, RECORDED "%s.ids", name);
    size_t bytes, n;
    char *recorded = read_whole(path, &bytes);
    const char *next = recorded;
    int lines = 0, wrong = 0;
    int32_t *ids;
    for (size_t at = 0, length; at < text_bytes; at += length, lines++) {
        length = (size_t)((char *)memchr(text + at, '\n', text_bytes - at) - (text + at)) + 1;
        if (mw_tokenizer_encode(t, text + at, length, false, false, &ids, &n, NULL))
            n = 0, ids = NULL;
        if (!same_ids(&next, ids, n) && ++wrong < 4)
            tap_note("line %d: %zu ids", lines + 1, n);
        free(ids);
    }
    tap_ok(wrong == 0 && lines > 250, "%s: %d lines have the ids of llama.cpp", name, lines);
    uint32_t hash = 2166136261U;
    if (mw_tokenizer_encode(t, text, text_bytes, false, false, &ids, &n, NULL))
        n = 0, ids = NULL;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint32_t)ids[i]) * 16777619U;
    free(ids);
    snprintf(expected, sizeof expected, "%s", next);
    snprintf(got, sizeof got, "whole %zu %u\n", n, hash);
    if (!tap_ok(strcmp(got, expected) == 0, "%s: so has the whole text", name))
        tap_note("%s", got);
    free(recorded);
}

/* What decoding the ids of a text gives; owned by this function. */
static const char *decoded(const mw_tokenizer *t, const char *from, size_t bytes, bool bos)
{
    static char line[4096];
    int32_t *ids;
    size_t n, at = 0;
    line[0] = '\0';
    if (mw_tokenizer_encode(t, from, bytes, bos, false, &ids, &n, NULL))
        return line;
    for (size_t i = 0; i < n && at < sizeof line - 1; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, "%s", mw_tokenizer_decode(t, i ? ids[i - 1] : -1, ids[i]));
    free(ids);
    return line;
}

static bool is_utf8(const char *line)
{
    mw_error err; /* replaces what is not */
    mw_fail(&err, 0, "%s", line);
    return strcmp(err.text, line) == 0;
}

/* Lines of UTF-8 come back from their ids. Of type llama U+2581 comes back as a space, and after a user-defined token a
 * space comes back that was not there. */
static void check_decoded(const char *name, const mw_tokenizer *t, bool llama)
{
    int lines = 0, lost = 0;
    for (size_t at = 0, length; at < text_bytes; at += length + 1) {
        char line[512] = "";
        length = (size_t)((char *)memchr(text + at, '\n', text_bytes - at) - (text + at));
        memcpy(line, text + at, length);
        if (memchr(line, '\0', length) || !is_utf8(line) || (llama && (strstr(line, "▁") || strstr(line, "<tool>"))))
            continue;
        lines++;
        const char *got = decoded(t, line, length, llama);
        if (strcmp(got, line) != 0 && ++lost < 4)
            tap_note("'%s' came back as '%s'", line, got);
    }
    tap_ok(lost == 0 && lines > 150, "%s: %d lines come back from their ids", name, lines);
}

#endif
