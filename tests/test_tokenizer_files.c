/* Damaged tokenizer files: each is refused with its message, or decoded without harm. */
#include "engine/tokenizer.h"
#include "tests/tap.h"
#include "tests/tokenizer_tools.h"

#include <errno.h>
#include <unistd.h>

/* Five tokens without any for bytes. Offsets: token 0 at 4, 1 at 17, 2 at 28, 3 at 40, 4 at 49, end at 58. */
enum { SMALL_BYTES = 58 };

static void make_small(void)
{
    image_bytes = 4;
    put_u32(0, 5);
    put_token("<unk>", 0);
    put_token("<s>", 0);
    put_token("</s>", 0);
    put_token("a", -1);
    put_token(" ", -2);
}

static void expect_refusal(const char *file, uint32_t vocabulary, int code, const char *say, const char *name)
{
    mw_error err = {""};
    mw_tokenizer *t = (mw_tokenizer *)&err;
    int got = mw_tokenizer_open(file, vocabulary, &t, &err);
    bool refused = got < 0 && (code == 0 || got == code) && !t && strstr(err.text, say) && strstr(err.text, file);
    if (!tap_ok(refused, "refused: %s", name))
        tap_note("%d, '%s', expected '%s'", got, err.text, say);
    if (got == 0)
        mw_tokenizer_close(t);
}

static void check_damaged(void)
{
    const struct {
        const char *name;
        size_t bytes; /* length of the file */
        size_t at;    /* where four bytes are replaced, 0 nowhere unless `patch_header` */
        uint32_t value;
        bool patch_header;
        uint32_t vocabulary;
        const char *say;
    } cases[] = {
        {"empty", 0, 0, 0, false, 5, "0 bytes are too few for the 5 tokens"},
        {"only a header", 4, 0, 0, false, 5, "4 bytes are too few"},
        {"one byte short", 57, 0, 0, false, 5, "ends inside token 4 of 5"},
        {"cut inside a record", 53, 0, 0, false, 5, "ends before token 4 of 5"},
        {"one byte more", 59, 0, 0, false, 5, "1 bytes follow the last of 5 tokens"},
        {"for a smaller model", 58, 0, 0, false, 4, "9 bytes follow the last of 4 tokens"},
        {"for a larger model", 58, 0, 0, false, 6, "ends before token 5 of 6"},
        {"for a much larger model", 58, 0, 0, false, 32000, "too few for the 32000 tokens"},
        {"any vocabulary, but cut", 57, 0, 0, false, 0, "ends inside token 4 of 5"},
        {"any vocabulary, but cut in a record", 53, 0, 0, false, 0, "ends before token 4 of 5"},
        {"any vocabulary, but too small", 31, 0, 0, false, 0, "ends before token 2 of 3"},
        {"vocabulary without EOS", 58, 0, 0, false, 2, "2 tokens where 3"},
        {"vocabulary beyond reason", 58, 0, 0, false, UINT32_MAX, "4294967295 tokens where 3"},
        {"length 0", 58, 44, 0, false, 5, "token 3 is 0 bytes long"},
        {"length -1", 58, 8, UINT32_MAX, false, 5, "token 0 is -1 bytes long"},
        {"length INT32_MIN", 58, 21, 0x80000000U, false, 5, "token 1 is -2147483648 bytes long"},
        {"length INT32_MAX", 58, 53, 0x7FFFFFFF, false, 5, "token 4 is 2147483647 bytes long"},
        {"length over the longest", 58, 32, 6, false, 5, "token 2 is 6 bytes long where 1 to 5"},
        {"length past the end", 58, 53, 5, false, 5, "ends inside token 4 of 5"},
        {"score NaN", 58, 40, 0x7FC00000, false, 5, "score of token 3 is not finite"},
        {"score Inf", 58, 4, 0x7F800000, false, 5, "score of token 0 is not finite"},
        {"score -Inf", 58, 49, 0xFF800000, false, 5, "score of token 4 is not finite"},
        {"NUL inside a piece", 58, 12, 0x00410041, false, 5, "token 0 contains a NUL byte"},
        {"longest token 0", 58, 0, 0, true, 5, "names 0 as its longest token"},
        {"longest token -1", 58, 0, UINT32_MAX, true, 5, "names -1 as its longest token"},
        {"longest token huge", 58, 0, 0x7FFFFFFF, true, 5, "names 2147483647 as its longest token"},
        {"longest token too short", 58, 0, 4, true, 5, "token 0 is 5 bytes long where 1 to 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_small();
        image[SMALL_BYTES] = 'x';
        if (cases[i].at || cases[i].patch_header)
            put_u32(cases[i].at, cases[i].value);
        save(cases[i].bytes);
        expect_refusal(path, cases[i].vocabulary, -EINVAL, cases[i].say, cases[i].name);
    }
    if (!truncate(path, (256 << 20) + 1)) /* a hole: takes no room on the disk */
        expect_refusal(path, 5, -EFBIG, "268435457 bytes are too many", "as large as a model");
    unlink(path);
    expect_refusal(path, 5, -ENOENT, "", "a missing file");
    expect_refusal(folder, 5, 0, "", "a folder");
}

static void check_small(void)
{
    make_small();
    put_u32(0, 9); /* more than the longest piece has: harmless */
    save(image_bytes);
    mw_tokenizer *t;
    if (tap_ok(mw_tokenizer_open(path, 5, &t, NULL) == 0, "a generous longest token is accepted")) {
        expect_ids(t, "a a", true, false, "1 4 3 4 3", "a vocabulary without byte tokens encodes what it holds");
        const char *message = ids_of(t, "ab", true, false);
        tap_ok(strstr(message, "no token for byte 0x62") && strstr(message, path), "and names the byte it lacks");
        mw_tokenizer_close(t);
    }
    save(SMALL_BYTES);
    if (tap_ok(mw_tokenizer_open(path, 0, &t, NULL) == 0 && mw_tokenizer_size(t) == 5, "without a model: all 5 tokens"))
        mw_tokenizer_close(t);
    /* Damage of any kind is refused or harmless; the sanitizers watch. */
    int opened = 0, refused = 0;
    for (size_t at = 0; at < SMALL_BYTES; at++)
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            make_small();
            image[at] ^= (unsigned char)flip;
            save(image_bytes);
            int code = mw_tokenizer_open(path, 5, &t, NULL);
            code ? refused++ : opened++;
            if (!code)
                ids_of(t, "a <s> aa", true, true);
            mw_tokenizer_close(t);
        }
    tap_ok(opened > 0 && refused > 0 && opened + refused == SMALL_BYTES * 8, "every single flipped bit");
    refused = 0;
    for (size_t bytes = 0; bytes < SMALL_BYTES; bytes++) {
        make_small();
        save(bytes);
        refused += mw_tokenizer_open(path, 5, &t, NULL) < 0 && !t;
    }
    tap_ok(refused == SMALL_BYTES, "every truncation is refused");
}

int main(void)
{
    if (!mkdtemp(folder)) {
        printf("Bail out! cannot make %s\n", folder);
        return 1;
    }
    snprintf(path, sizeof path, "%s/tokenizer.bin", folder);
    check_damaged();
    check_small();
    unlink(path);
    rmdir(folder);
    return tap_done();
}
