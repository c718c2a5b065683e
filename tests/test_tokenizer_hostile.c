/* Vocabularies of GGUF files that are wrong: each is refused with one line, or read without harm. */
#include "engine/pretokenizer.h"
#include "engine/tokenizer.h"
#include "tests/gguf_image.h"
#include "tests/in_folder.h"
#include "tests/tap.h"
#include "tests/tokenizer_made.h"

#include <errno.h>
#include <unistd.h>

#define KEY(name, type, value) VALUE(tokenizer.ggml.name, type, value)
#define LIST(name, type, count, values) ARRAY(tokenizer.ggml.name, type, count, values)
#define MODEL(name) KEY(model, 8, "s:" #name)
#define FOUR "s:<unk> s:<s> s:</s> s:a "
#define TOKENS LIST(tokens, 8, 4, FOUR)
#define SCORES LIST(scores, 6, 4, "z:16 ")

/* Three pairs, with which `more` shall make one vocabulary of type llama or gpt2. */
#define LLAMA(n, more) HEAD(0, n) MODEL(llama) TOKENS SCORES more
#define PRE(name) KEY(pre, 8, "s:" name)
#define GPT2(n, tokens, merges) HEAD(0, n) MODEL(gpt2) PRE("gpt-2") tokens merges
#define LETTERS LIST(tokens, 8, 4, "s:a s:b s:c s:ab ")
#define MERGES(count, values) LIST(merges, 8, count, values)
#define ONE_MERGE MERGES(1, "8:3 r:a 1:32 r:b ")

static const struct {
    const char *name, *file, *say;
    bool pcre2; /* what is wrong is found only with it */
} cases[] = {
    {"no vocabulary", HEAD(0, 0), "has no vocabulary (tokenizer.ggml.model)", false},
    {"a model that is no text", HEAD(0, 1) KEY(model, 4, "4:1"), "tokenizer.ggml.model", false},
    {"an unknown model", HEAD(0, 1) MODEL(bert), "of type 'bert'; supported are llama and gpt2", false},
    {"an empty model", HEAD(0, 1) KEY(model, 8, "8:0"), "of type ''; supported", false},
    {"no tokens", HEAD(0, 1) MODEL(llama), "has no tokens", false},
    {"zero tokens", HEAD(0, 2) MODEL(llama) LIST(tokens, 8, 0, ""), "has no tokens", false},
    {"tokens that are one text", HEAD(0, 2) MODEL(llama) KEY(tokens, 8, "s:a"), "tokenizer.ggml.tokens", false},
    {"tokens that are numbers", HEAD(0, 2) MODEL(llama) LIST(tokens, 5, 2, "z:8 "), "tokenizer.ggml.tokens", false},
    {"tokens that are arrays", HEAD(0, 2) MODEL(llama) LIST(tokens, 9, 1, "4:8 8:0 "), "tokenizer.ggml.tokens", false},
    {"ten million tokens claimed", HEAD(0, 2) MODEL(llama) LIST(tokens, 8, 10000000, FOUR), "ends inside", false},
    {"2^40 tokens claimed", HEAD(0, 2) MODEL(llama) LIST(tokens, 8, 0x10000000000, FOUR), "tokenizer.ggml.tokens",
     false},
    {"a token of 2^60 bytes", HEAD(0, 2) MODEL(llama) LIST(tokens, 8, 1, "8:0x1000000000000000 r:a "),
     "tokenizer.ggml.tokens", false},
    {"an empty token", HEAD(0, 3) MODEL(llama) LIST(tokens, 8, 4, "s:a s:b 8:0 s:c ") SCORES, "token 2 is empty",
     false},
    {"a token twice", HEAD(0, 3) MODEL(llama) LIST(tokens, 8, 4, "s:a s:bc s:d s:bc ") SCORES,
     "tokens 1 and 3 are both 'bc'", false},
    {"no scores", HEAD(0, 2) MODEL(llama) TOKENS, "has no tokenizer.ggml.scores", false},
    {"scores that are texts", HEAD(0, 3) MODEL(llama) TOKENS LIST(scores, 8, 4, FOUR), "tokenizer.ggml.scores", false},
    {"scores that are whole numbers", HEAD(0, 3) MODEL(llama) TOKENS LIST(scores, 5, 4, "z:16 "),
     "tokenizer.ggml.scores", false},
    {"too few scores", HEAD(0, 3) MODEL(llama) TOKENS LIST(scores, 6, 3, "z:12 "), "has 3 elements for 4 tokens",
     false},
    {"too many scores", HEAD(0, 3) MODEL(llama) TOKENS LIST(scores, 6, 5, "z:20 "), "has 5 elements for 4 tokens",
     false},
    {"a score that is no number", HEAD(0, 3) MODEL(llama) TOKENS LIST(scores, 6, 4, "z:8 f:nan z:4 "),
     "score of token 2 is not a number", false},
    {"types that are floats", LLAMA(4, LIST(token_type, 6, 4, "z:16 ")), "tokenizer.ggml.token_type", false},
    {"too few types", LLAMA(4, LIST(token_type, 5, 1, "z:4 ")), "has 1 elements for 4 tokens", false},
    {"an unknown type", LLAMA(4, LIST(token_type, 5, 4, "4:1 4:7 4:1 4:1 ")), "token 1 is of type 7 where 0 to 6",
     false},
    {"a negative type", LLAMA(4, LIST(token_type, 5, 4, "4:1 4:1 4:1 4:-1 ")), "token 3 is of type -1", false},
    {"BOS out of range", LLAMA(4, KEY(bos_token_id, 4, "4:4")), "bos_token_id is 4, but there are 4 tokens", false},
    {"EOS far out of range", LLAMA(4, KEY(eos_token_id, 4, "4:0xffffffff")), "eos_token_id is 4294967295", false},
    {"EOT out of range", LLAMA(4, KEY(eot_token_id, 4, "4:99")), "eot_token_id is 99", false},
    {"a negative BOS", LLAMA(4, KEY(bos_token_id, 5, "4:-1")), "tokenizer.ggml.bos_token_id", false},
    {"a BOS that is a text", LLAMA(4, KEY(bos_token_id, 8, "s:1")), "tokenizer.ggml.bos_token_id", false},
    {"add_bos_token that is a number", LLAMA(4, KEY(add_bos_token, 4, "4:1")), "tokenizer.ggml.add_bos_token", false},
    {"add_space_prefix that is a number", LLAMA(4, KEY(add_space_prefix, 4, "4:1")), "tokenizer.ggml.add_space_prefix",
     false},
    {"a BOS to add, and none", HEAD(0, 3) MODEL(llama) LIST(tokens, 8, 1, "s:a ") LIST(scores, 6, 1, "z:4 "),
     "wants a BOS token added and does not name it", false},
    {"an EOS to add, and none", GPT2(5, LETTERS, ONE_MERGE) KEY(add_eos_token, 7, "1:1"),
     "wants an EOS token added and does not name it", true},
    {"no pre-tokenizer", HEAD(0, 3) MODEL(gpt2) LETTERS ONE_MERGE, "does not name its pre-tokenizer", false},
    {"an unknown pre-tokenizer", HEAD(0, 4) MODEL(gpt2) PRE("tekken") LETTERS ONE_MERGE,
     "pre-tokenizer 'tekken' is not supported; these are: llama-bpe, llama3, llama-v3, qwen2, deepseek-r1-qwen, smollm,"
     " starcoder, refact, gpt-2",
     true},
    {"an empty pre-tokenizer", HEAD(0, 4) MODEL(gpt2) KEY(pre, 8, "8:0") LETTERS ONE_MERGE, "pre-tokenizer ''", true},
    {"a pre-tokenizer that is a number", HEAD(0, 4) MODEL(gpt2) KEY(pre, 4, "4:1") LETTERS ONE_MERGE,
     "tokenizer.ggml.pre", false},
    {"no merges", HEAD(0, 3) MODEL(gpt2) PRE("gpt-2") LETTERS, "has no tokenizer.ggml.merges", true},
    {"merges that are numbers", GPT2(4, LETTERS, LIST(merges, 5, 1, "z:4 ")), "tokenizer.ggml.merges", true},
    {"a merge of one token", GPT2(4, LETTERS, MERGES(1, "s:ab ")), "merge 0 is 'ab', not two tokens", true},
    {"an empty merge", GPT2(4, LETTERS, MERGES(1, "8:0 ")), "merge 0 is '', not two tokens", true},
    {"a merge that ends with its space", GPT2(4, LETTERS, MERGES(1, "8:2 r:a 1:32 ")), "the right part of merge 0",
     true},
    {"a merge whose left part is no token", GPT2(4, LETTERS, MERGES(2, "8:3 r:a 1:32 r:b 8:3 r:x 1:32 r:b ")),
     "the left part of merge 1, 'x b', is no token", true},
    {"a merge whose right part is no token", GPT2(4, LETTERS, MERGES(1, "8:3 r:a 1:32 r:x ")),
     "the right part of merge 0, 'a x', is no token", true},
    {"a merge whose result is no token", GPT2(4, LETTERS, MERGES(1, "8:3 r:b 1:32 r:c ")),
     "the result of merge 0, 'b c', is no token", true},
    {"a merge outside of the alphabet", GPT2(4, LETTERS, MERGES(1, "8:5 r:日 1:32 r:b ")), "the left part of merge 0",
     true},
    {"a token of type gpt2 twice", GPT2(4, LIST(tokens, 8, 3, "s:a s:b s:a "), ONE_MERGE), "tokens 0 and 2 are both",
     false},
    {"a token outside of the alphabet twice", GPT2(4, LIST(tokens, 8, 3, "s:日 s:b s:日 "), ONE_MERGE),
     "tokens 0 and 2 are both '日'", false},
};

static void check_cases(void)
{
    const char *path = in_folder("file.gguf");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].pcre2 && !mw_pretokenizer_there()) {
            tap_skip(cases[i].name, "this build has no PCRE2");
            continue;
        }
        mw_error err = {""};
        mw_tokenizer *t = (mw_tokenizer *)&err;
        const int rc = image_write(path, cases[i].file) ? mw_tokenizer_open(path, 0, &t, &err) : 0;
        if (!tap_ok(rc < 0 && !t && strstr(err.text, cases[i].say) && strstr(err.text, path) == err.text, "refused: %s",
                    cases[i].name))
            tap_note("%d, '%s', expected '%s'", rc, err.text, cases[i].say);
        if (rc == 0)
            mw_tokenizer_close(t);
    }
    unlink(path);
}

/* A vocabulary of many tokens of one kind; the line that it gets, or "". */
static const char *many(const char *path, int n, int type)
{
    static mw_error err;
    mw_tokenizer *t;
    made_length = 0;
    made_add("r:GGUF 4:3 8:0 8:4 %s s:tokenizer.ggml.tokens 4:9 4:8 8:%d ", MODEL(llama), n);
    for (int i = 0; i < n; i++)
        made_add("s:t%d ", i);
    made_add("s:tokenizer.ggml.scores 4:9 4:6 8:%d z:%d s:tokenizer.ggml.token_type 4:9 4:5 8:%d ", n, 4 * n, n);
    for (int i = 0; i < n; i++)
        made_add("4:%d ", type);
    err.text[0] = '\0';
    if (!image_write(path, made_text) || mw_tokenizer_open(path, 0, &t, &err))
        return err.text;
    mw_tokenizer_close(t);
    return "";
}

static void check_limits(void)
{
    const char *path = in_folder("file.gguf");
    tap_ok(!*many(path, 1024, 4), "1024 user-defined tokens");
    const char *message = many(path, 1025, 4);
    tap_ok(strstr(message, "1025 user-defined tokens are more than the 1024"), "one more: %s", message);
    tap_ok(!*many(path, 1025, 1), "1025 others");

    mw_error err = {""};
    mw_tokenizer *t;
    int rc = image_write(path, LLAMA(3, "")) ? mw_tokenizer_open(path, 5, &t, &err) : 0;
    tap_ok(rc == -EINVAL && strstr(err.text, "has 4 tokens, the model 5"), "for another model: %s", err.text);
    rc = mw_tokenizer_open(path, 4, &t, &err);
    if (tap_ok(rc == 0, "for its own")) {
        int32_t *ids;
        size_t n;
        rc = mw_tokenizer_encode(t, "ab", 2, false, false, &ids, &n, &err);
        tap_ok(rc == -EINVAL && strstr(err.text, "no token for byte 0xE2"), "a byte that it lacks: %s", err.text);
        tap_ok(mw_tokenizer_encode(t, "a", (1 << 26) + 1, false, false, &ids, &n, &err) == -E2BIG && !ids,
               "a text that is too long: %s", err.text);
        mw_tokenizer_close(t);
    }
    unlink(path);
}

/* Damage of any kind is refused or harmless; the sanitizers watch. */
static void check_damaged(bool llama)
{
    const char *path = in_folder("file.gguf");
    if (!(llama ? made_llama(path, 0, "") : made_gpt2(path, "llama-bpe", 0, "")))
        return;
    static unsigned char image[1 << 16], damaged[1 << 16];
    FILE *f = fopen(path, "rb");
    const size_t bytes = f ? fread(image, 1, sizeof image, f) : 0;
    if (f)
        fclose(f);
    const int rounds = getenv("MEMWALL_TEST_QUICK") ? 100 : 700;
    uint64_t state = 1;
    int opened = 0, refused = 0;
    for (int i = 0; i < rounds && bytes > 64; i++) {
        memcpy(damaged, image, bytes);
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const size_t at = 8 + (state >> 33) % (bytes - 8);
        damaged[at] = i % 3 ? (unsigned char)(state >> 25) : (unsigned char)(damaged[at] ^ 1u << (state >> 30 & 7));
        mw_error err = {""};
        mw_tokenizer *t;
        int32_t *ids;
        size_t n;
        if (!image_put(path, damaged, i % 7 ? bytes : at) || mw_tokenizer_open(path, 0, &t, &err)) {
            refused += err.text[0] != '\0' && !strchr(err.text, '\n');
            continue;
        }
        opened++;
        if (mw_tokenizer_encode(t, "the <tool>cat\xff 123 ", 18, false, false, &ids, &n, &err) == 0)
            for (size_t k = 0; k < n; k++)
                opened += mw_tokenizer_decode(t, -1, ids[k]) == NULL;
        free(ids);
        mw_tokenizer_close(t);
    }
    tap_ok(opened + refused == rounds && opened > 0 && refused > 0, "%s: %d damaged files, %d refused",
           llama ? "llama" : "gpt2", rounds, refused);
    unlink(path);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        printf("Bail out! cannot make %s\n", folder);
        return 1;
    }
    check_cases();
    check_limits();
    check_damaged(true);
    if (mw_pretokenizer_there())
        check_damaged(false);
    else
        tap_skip("damaged files of type gpt2", "this build has no PCRE2");
    rmdir(folder);
    return tap_done();
}
