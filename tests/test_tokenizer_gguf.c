/* The tokenizers of GGUF files: ids recorded from llama.cpp's library (tokenizer_recorded.h), and what is derived from
 * them. `test_tokenizer_gguf FOLDER` writes the made vocabularies to a folder. */
#include "engine/pretokenizer.h"
#include "engine/tokenizer.h"
#include "tests/find_model.h"
#include "tests/in_folder.h"
#include "tests/tap.h"
#include "tests/tokenizer_made.h"
#include "tests/tokenizer_recorded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NO_PCRE2 "this build has no PCRE2"

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
