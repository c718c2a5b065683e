/* The tokenizers of GGUF files: ids recorded from llama.cpp's library, and what is derived from them.
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
#include "engine/pretokenizer.h"
#include "engine/tokenizer.h"
#include "tests/find_model.h"
#include "tests/in_folder.h"
#include "tests/tap.h"
#include "tests/tokenizer_made.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORDED MW_SOURCE_ROOT "/tests/tokenizer/"
#define NO_PCRE2 "this build has no PCRE2"

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

static void check_published(const char *name, bool llama)
{
    char file[64];
    snprintf(file, sizeof file, "ggml-vocab-%s.gguf", name);
    const char *path = mw_test_model(file);
    if (!path || (!llama && !mw_pretokenizer_there())) {
        tap_skip(file, path ? NO_PCRE2 : MW_TEST_MODEL_ABSENT);
        return;
    }
    mw_tokenizer *t = open_file(path);
    if (t) {
        check_recorded(name, t);
        check_decoded(name, t, llama);
    }
    mw_tokenizer_close(t);
}

static const char *const pres[] = {"llama-bpe", "qwen2", "smollm", "gpt-2"};
enum { N_PRES = sizeof pres / sizeof *pres };

static bool write_made(const char *into)
{
    char path[512];
    bool ok = true;
    snprintf(path, sizeof path, "%s/made-llama.gguf", into);
    ok = ok && made_llama(path, 0, "");
    snprintf(path, sizeof path, "%s/made-llama-plain.gguf", into);
    ok = ok && made_llama(path, 2, "s:tokenizer.ggml.add_space_prefix 4:7 1:0 s:tokenizer.ggml.add_bos_token 4:7 1:0");
    for (int i = 0; i < N_PRES; i++) {
        snprintf(path, sizeof path, "%s/made-%s.gguf", into, pres[i]);
        ok = ok && made_gpt2(path, pres[i], 0, "");
    }
    return ok;
}

/* "id id id" of a prompt with the ends that the file wants; owned by this function. */
static const char *prompt_ids(const mw_tokenizer *t, const char *prompt)
{
    static char line[1024];
    int32_t *ids;
    size_t n, at = 0;
    mw_error err;
    if (mw_tokenizer_prompt(t, prompt, &ids, &n, &err)) {
        snprintf(line, sizeof line, "%s", err.text);
        return line;
    }
    for (size_t i = 0; i < n && at < sizeof line - 16; i++)
        at += (size_t)snprintf(line + at, sizeof line - at, i ? " %d" : "%d", ids[i]);
    free(ids);
    return line;
}

static void check_ids(const mw_tokenizer *t, const char *prompt, const char *expected, const char *name)
{
    const char *got = prompt_ids(t, prompt);
    if (!tap_ok(strcmp(got, expected) == 0, "%s", name))
        tap_note("got '%s', expected '%s'", got, expected);
}

static void check_llama(void)
{
    mw_tokenizer *t = open_file(in_folder("made-llama.gguf"));
    if (!t)
        return;
    check_recorded("made-llama", t);
    check_decoded("made-llama", t, true);
    check_ids(t, "", "1", "made-llama: an empty prompt is a BOS");
    check_ids(t, "a world <tool><tool> 123", "1 348 378 361 267 273 261 3 333 279 362",
              "made-llama: BOS, a space, the longest user-defined token, two spaces");
    check_ids(t, "<s>", "1 350 269 290", "made-llama: a control token is not read out of a text");
    tap_ok(strcmp(mw_tokenizer_decode(t, 1, 348), "a") == 0 && strcmp(mw_tokenizer_decode(t, -1, 348), "a") == 0 &&
               strcmp(mw_tokenizer_decode(t, 4, 348), " a") == 0,
           "made-llama: the first space is dropped");
    tap_ok(strcmp(mw_tokenizer_decode(t, 5, 1), "") == 0 && strcmp(mw_tokenizer_decode(t, 5, 0), "") == 0 &&
               strcmp(mw_tokenizer_decode(t, 5, MADE_TOOL), "<tool>") == 0 &&
               strcmp(mw_tokenizer_decode(t, 5, 5 + 0xE9), "\xe9") == 0 &&
               !mw_tokenizer_decode(t, 5, (int32_t)mw_tokenizer_size(t)),
           "made-llama: control tokens print nothing, byte tokens a byte");
    tap_ok(mw_tokenizer_is_end(t, 1) && mw_tokenizer_is_end(t, 4) && !mw_tokenizer_is_end(t, 2) &&
               !mw_tokenizer_is_end(t, -1),
           "made-llama: BOS and EOS end a text");
    mw_tokenizer_close(t);

    t = open_file(in_folder("made-llama-plain.gguf"));
    if (!t)
        return;
    check_recorded("made-llama-plain", t);
    check_ids(t, "a", "262", "made-llama-plain: no BOS and no space");
    const char *message = prompt_ids(t, "");
    tap_ok(strstr(message, "the prompt is empty") != NULL, "made-llama-plain: nothing to start with: %s", message);
    mw_tokenizer_close(t);
}

static void check_gpt2(void)
{
    for (int i = 0; i < N_PRES; i++) {
        char name[64], file[80];
        snprintf(name, sizeof name, "made-%s", pres[i]);
        snprintf(file, sizeof file, "%s.gguf", name);
        mw_tokenizer *t = open_file(in_folder(file));
        if (!t)
            continue;
        check_recorded(name, t);
        check_decoded(name, t, false);
        tap_ok(mw_tokenizer_get_ends(t)->add_bos == (i == 0) && !mw_tokenizer_get_ends(t)->add_eos &&
                   mw_tokenizer_get_ends(t)->bos == (int32_t)mw_tokenizer_size(t) - 1,
               "%s: only llama-bpe adds a BOS unasked", name);
        tap_ok(strcmp(mw_tokenizer_decode(t, -1, (int32_t)mw_tokenizer_size(t) - 5), "<｜odd｜>") == 0 &&
                   strcmp(mw_tokenizer_decode(t, -1, 32), " ") == 0 && strcmp(mw_tokenizer_decode(t, -1, 497), "") == 0,
               "%s: pieces", name);
        mw_tokenizer_close(t);
    }
    const char *path = in_folder("ends.gguf");
    made_gpt2(path, "qwen2", 2, "s:tokenizer.ggml.add_bos_token 4:7 1:1 s:tokenizer.ggml.add_eos_token 4:7 1:1");
    mw_tokenizer *t = open_file(path);
    if (t)
        check_ids(t, "a 1", "497 97 32 49 497", "BOS and EOS as the file says");
    mw_tokenizer_close(t);
    unlink(path);
}

/* Without PCRE2: one line, which says what is missing. */
static void check_lacking(void)
{
    mw_error err = {""};
    mw_tokenizer *t;
    const int rc = mw_tokenizer_open(in_folder("made-qwen2.gguf"), 0, &t, &err);
    tap_ok(rc == -ENOTSUP && !t && strstr(err.text, "made-qwen2.gguf: ") && strstr(err.text, "PCRE2"),
           "a vocabulary of type gpt2 is refused: %s", err.text);
    tap_skip("vocabularies of type gpt2", NO_PCRE2);
}

/* Texts with one word and with many: a quadratic encoder would need minutes. */
static void check_large(const char *file)
{
    const size_t bytes = getenv("MEMWALL_TEST_QUICK") ? 1 << 15 : 1 << 18;
    char *large = malloc(bytes);
    mw_tokenizer *t = open_file(in_folder(file));
    static const char *const kinds[] = {"a", " ", "1", "\xff", "a b", "the ", "\n"};
    for (size_t k = 0; large && t && k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t i = 0; i < bytes; i++)
            large[i] = kinds[k][i % strlen(kinds[k])];
        int32_t *ids;
        size_t n;
        const clock_t start = clock();
        const int rc = mw_tokenizer_encode(t, large, bytes, false, false, &ids, &n, NULL);
        tap_ok(rc == 0 && n > 0 && n <= 3 * bytes, "%s: much of '%s' (%.2f s)", file,
               kinds[k][0] == '\n'     ? "line feeds"
               : kinds[k][0] == '\xff' ? "no UTF-8"
                                       : kinds[k],
               (double)(clock() - start) / CLOCKS_PER_SEC);
        free(ids);
    }
    mw_tokenizer_close(t);
    free(large);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return !write_made(argv[1]);
    text = read_whole(RECORDED "text", &text_bytes);
    if (!mkdtemp(folder) || !write_made(folder)) {
        printf("Bail out! cannot write to %s\n", folder);
        return 1;
    }
    check_published("llama-spm", true);
    check_published("gpt-2", false);
    check_published("starcoder", false);
    check_llama();
    check_large("made-llama.gguf");
    if (mw_pretokenizer_there()) {
        check_gpt2();
        check_large("made-llama-bpe.gguf");
        check_large("made-smollm.gguf");
    } else {
        check_lacking();
    }
    unlink(in_folder("made-llama.gguf"));
    unlink(in_folder("made-llama-plain.gguf"));
    for (int i = 0; i < N_PRES; i++) {
        char file[64];
        snprintf(file, sizeof file, "made-%s.gguf", pres[i]);
        unlink(in_folder(file));
    }
    rmdir(folder);
    free(text);
    return tap_done();
}
