/* The tokenizer: ids recorded from llama2.c for its two published vocabularies (if these files are at hand), ids
 * derived by hand and by a naive encoder for a small vocabulary made here. */
#include "engine/tokenizer.h"
#include "tests/find_model.h"
#include "tests/tap.h"
#include "tests/tokenizer_recordings.h"
#include "tests/tokenizer_tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- helpers --- */

/* Whether encoding with BOS and decoding again gives `text`, and all of it but control characters is printed. */
static bool survives(const mw_tokenizer *t, const char *text)
{
    int32_t *ids;
    size_t n, at = 0, length = strlen(text);
    if (mw_tokenizer_encode(t, text, strlen(text), true, false, &ids, &n, NULL))
        return false;
    bool same = true;
    for (size_t i = 1; i < n && same; i++) {
        const char *piece = mw_tokenizer_decode(t, ids[i - 1], ids[i]);
        size_t bytes = piece ? strlen(piece) : length + 1;
        same = bytes <= length - at && memcmp(text + at, piece, bytes) == 0 &&
               (mw_piece_printable(piece) || bytes == 0 ||
                (bytes == 1 && ((unsigned char)*piece < ' ' || *piece == 0x7f)));
        at += bytes;
    }
    free(ids);
    return same && at == length;
}

static uint32_t next_random(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(state >> 33);
}

static void check_long_text(const mw_tokenizer *t, const char *name, size_t expected_n, uint32_t expected_hash)
{
    static const char *words[] = {"the ", "cat ", "sat, ", "on ", "Grüße ", "a ", "東京 ", "mat.\n"};
    char text[4096] = "";
    uint64_t x = 1;
    for (size_t at = 0; at < 4000; at += strlen(text + at)) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        strcpy(text + at, words[x >> 61]);
    }
    int32_t *ids = NULL;
    size_t n = 0;
    uint32_t hash = 2166136261U;
    int code = mw_tokenizer_encode(t, text, strlen(text), true, true, &ids, &n, NULL);
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (uint32_t)ids[i]) * 16777619U;
    free(ids);
    if (!tap_ok(!code && n == expected_n && hash == expected_hash, "%s: 4000 bytes of text", name))
        tap_note("%zu ids, hash %u", n, hash);
}

static void check_published(bool large, const char *name, uint32_t vocabulary, size_t long_n, uint32_t long_hash)
{
    const char *file = mw_test_model(name);
    if (!file) {
        tap_skip(name, MW_TEST_MODEL_ABSENT);
        return;
    }
    mw_tokenizer *t;
    mw_error err;
    if (!tap_ok(mw_tokenizer_open(file, vocabulary, &t, &err) == 0, "%s opens", name)) {
        tap_note("%s", err.text);
        return;
    }
    int wrong = 0, lost = 0;
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++) {
        const struct recorded *r = &recordings[i];
        const char *got = ids_of(t, r->text, true, false), *expected = large ? r->large : r->small;
        if (strcmp(got, expected) != 0 && ++wrong)
            tap_note("text %zu: got '%s', llama2.c '%s'", i, got, expected);
        if (!survives(t, r->text) && ++lost)
            tap_note("text %zu does not survive", i);
    }
    tap_ok(wrong == 0, "%s: %zu texts have the ids of llama2.c", name, sizeof recordings / sizeof *recordings);
    tap_ok(lost == 0, "%s: they come back from their ids", name);
    check_long_text(t, name, long_n, long_hash);
    tap_ok(mw_tokenizer_open(file, vocabulary - 1, &(mw_tokenizer *){NULL}, &err) == -EINVAL &&
               mw_tokenizer_open(file, vocabulary + 1, &(mw_tokenizer *){NULL}, &err) == -EINVAL,
           "%s: one token more or less is refused", name);
    mw_tokenizer_close(t);
}

/* --- a vocabulary made here --- */

static const struct {
    const char *text;
    float score;
} extra[] = {
    {" ", -9}, {"a", -9},      {"b", -9},      {"ab", -1},     {"ba", -1},  {"aa", -2}, {" a", -3},   {"é", -9},
    {"ab", 5}, {"aba", -0.5f}, {"bb", -1e10f}, {" <0x41>", 0}, {" ab", -4}, {"😀", -9},  {"😀aba", -5}, {"a a", -6},
};
enum { FIRST_EXTRA = 259, N_EXTRA = sizeof extra / sizeof *extra, VOCABULARY = FIRST_EXTRA + N_EXTRA };

static mw_tokenizer *open_made(void)
{
    image_bytes = 4;
    put_u32(0, 7);
    put_token("<unk>", 0);
    put_token("\n<s>\n", 0);
    put_token("\n</s>\n", 0);
    for (int i = 0; i < 256; i++) {
        char name[8];
        snprintf(name, sizeof name, i % 2 ? "<0x%02X>" : "<0x%02x>", (unsigned)i);
        put_token(name, 0);
    }
    for (size_t i = 0; i < N_EXTRA; i++)
        put_token(extra[i].text, extra[i].score);
    save(image_bytes);
    mw_tokenizer *t;
    mw_error err;
    if (!tap_ok(mw_tokenizer_open(path, VOCABULARY, &t, &err) == 0, "a made vocabulary opens"))
        tap_note("%s", err.text);
    return t;
}

static void check_made(const mw_tokenizer *t)
{
    expect_ids(t, "", false, false, "", "empty text: nothing, not even the prefix");
    expect_ids(t, "", true, true, "1 2", "empty text: BOS and EOS");
    expect_ids(t, "a", true, true, "1 265 2", "the dummy prefix takes part in merges");
    expect_ids(t, " ", false, false, "259 259", "one space is two: prefix and text");
    expect_ids(t, "bab", false, false, "259 263 261", "of equal scores the leftmost merges first");
    expect_ids(t, "aba", false, false, "259 268", "a merged piece merges again");
    expect_ids(t, "aaa", false, false, "259 264 260", "the better score first, though it stands to the right");
    expect_ids(t, "ab", false, false, "271", "and with what stands to its left");
    expect_ids(t, "baa a", false, false, "259 263 274", "a pair that lost its left token to a merge is gone");
    expect_ids(t, "aab", false, false, "265 262", "of a piece that occurs twice, the lower id and its score");
    expect_ids(t, "😀aba", false, false, "259 273", "the longest piece there is");
    expect_ids(t, "😀\200", false, false, "259 272 131", "a code point ends after four bytes");
    expect_ids(t, "bb", false, false, "259 261 261", "a score of -1e10 never merges");
    expect_ids(t, "é", false, false, "259 266", "a code point that is a piece");
    expect_ids(t, "ü\n", false, false, "259 198 191 13", "other code points become bytes");
    expect_ids(t, "\303\251\251\377", false, false, "259 198 172 172 258", "so does invalid UTF-8");

    const struct {
        int32_t previous, id;
        const char *text;
    } pieces[] = {
        {259, 265, " a"}, {1, 265, "a"}, {2, 265, " a"}, {1, 260, "a"}, {1, 259, ""},        {0, 13, "\n"},
        {0, 258, "\377"}, {0, 3, ""},    {1, 68, "A"},   {1, 270, "A"}, {0, 270, " <0x41>"}, {0, 1, "\n<s>\n"},
    };
    int wrong = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        const char *got = mw_tokenizer_decode(t, pieces[i].previous, pieces[i].id);
        if ((!got || strcmp(got, pieces[i].text) != 0) && ++wrong)
            tap_note("token %d after %d", pieces[i].id, pieces[i].previous);
    }
    tap_ok(wrong == 0, "pieces: leading space after BOS, raw bytes in both cases of hex");
    tap_ok(!mw_tokenizer_decode(t, 1, -1) && !mw_tokenizer_decode(t, 1, VOCABULARY) &&
               !mw_tokenizer_decode(t, 1, INT32_MIN) && mw_tokenizer_decode(t, -5, VOCABULARY - 1),
           "an id outside of the vocabulary has no piece");
    tap_ok(mw_piece_printable("a") && mw_piece_printable("\n") && mw_piece_printable("~") &&
               mw_piece_printable("\001x") && mw_piece_printable("é") && !mw_piece_printable("\001") &&
               !mw_piece_printable("\177") && !mw_piece_printable("") && !mw_piece_printable(NULL),
           "which pieces are printed");
    int held_back = 0;
    for (int c = 1; c < 256; c++)
        held_back += !mw_piece_printable((char[]){(char)c, '\0'});
    tap_ok(held_back == 31 - 5 + 1 && mw_piece_printable("\200") && mw_piece_printable("\377"),
           "of single bytes only control characters of ASCII are held back");
}

/* The definition of the encoding, for texts of ' ', 'a' and 'b': scan all pairs, merge the best, start again. */
static const char *naive_ids(const char *text)
{
    static char line[1024];
    size_t ids[128], n = 0;
    ids[n++] = 0;
    for (; *text; text++)
        ids[n++] = *text == ' ' ? 0 : *text == 'a' ? 1 : 2;
    for (size_t at = 0; at < n;) {
        float best = -1e10f;
        size_t sum = 0;
        at = n;
        for (size_t i = 0; i + 1 < n; i++) {
            char joined[16];
            size_t id = 0;
            snprintf(joined, sizeof joined, "%s%s", extra[ids[i]].text, extra[ids[i + 1]].text);
            while (id < N_EXTRA && strcmp(extra[id].text, joined) != 0)
                id++;
            if (id < N_EXTRA && extra[id].score > best) {
                best = extra[id].score;
                sum = id;
                at = i;
            }
        }
        if (at < n) {
            ids[at] = sum;
            memmove(&ids[at + 1], &ids[at + 2], (--n - at - 1) * sizeof *ids);
        }
    }
    int to = 0;
    for (size_t i = 0; i < n; i++)
        to += snprintf(line + to, sizeof line - (size_t)to, i ? " %zu" : "%zu", ids[i] + FIRST_EXTRA);
    return line;
}

static void check_against_naive(const mw_tokenizer *t)
{
    int wrong = 0;
    for (int round = 0; round < 3000; round++) {
        char text[101];
        size_t length = 1 + next_random() % 100;
        for (size_t i = 0; i < length; i++)
            text[i] = "abab "[next_random() % 5];
        text[length] = '\0';
        const char *got = ids_of(t, text, false, false), *expected = naive_ids(text);
        if (strcmp(got, expected) != 0 && ++wrong == 1)
            tap_note("'%s': got %s, expected %s", text, got, expected);
    }
    tap_ok(wrong == 0, "3000 random texts: the same merges as a full scan");
}

/* A quadratic encoder would need hours. */
static void check_large_text(const mw_tokenizer *t)
{
    const size_t bytes = 1 << 20;
    char *text = malloc(bytes + 1);
    if (!text)
        return;
    for (size_t i = 0; i < bytes; i++)
        text[i] = i < bytes / 2 ? 'a' : "ab \377"[next_random() % 4];
    text[bytes] = '\0';
    clock_t start = clock();
    tap_ok(survives(t, text), "1 MiB of text comes back from its ids");
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    tap_ok(seconds < 30, "and in a time that suits it (%.2f s)", seconds);
    free(text);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        printf("Bail out! cannot make %s\n", folder);
        return 1;
    }
    snprintf(path, sizeof path, "%s/tokenizer.bin", folder);
    check_published(false, "tok512.bin", 512, 2892, 3060688931U);
    check_published(true, "tokenizer.bin", 32000, 1592, 34034783U);
    mw_tokenizer *t = open_made();
    if (t) {
        check_made(t);
        check_against_naive(t);
        check_large_text(t);
    }
    mw_tokenizer_close(t);
    unlink(path);
    rmdir(folder);
    return tap_done();
}
