/* Input: the file (a tokenizer.bin or a GGUF), a text, and five bytes: the length of the text, the size of the
 * vocabulary (two bytes), which of BOS and EOS are asked for, and what fails. */
#include "engine/tokenizer.h"
#include "tests/fuzz/fuzz.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The tokens that the file holds, as far as its lengths can be followed: what a model that fits it would ask for. */
static uint32_t count_tokens(const uint8_t *file, size_t size)
{
    uint32_t n = 0;
    for (size_t at = 4; at < size && size - at >= 8; n++) {
        uint32_t length = file[at + 4] | (uint32_t)file[at + 5] << 8;
        if (length > size - at - 8)
            break;
        at += 8 + length;
    }
    return n;
}

static uint32_t choose_vocabulary(unsigned number, fuzz_input file)
{
    static const uint32_t borders[] = {0, 2, 3, 1 << 24, (1 << 24) + 1, INT32_MAX, 1u << 31, UINT32_MAX};
    if (number >> 15)
        return file.size < 4 ? 0 : count_tokens(file.data, file.size);
    return number >> 14 ? borders[number % 8] : number;
}

static void decode_all(const mw_tokenizer *t, const int32_t *ids, size_t n, uint32_t vocabulary, size_t longest)
{
    int32_t previous = MW_TOKEN_BOS;
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(ids[i] >= 0 && (uint32_t)ids[i] < vocabulary);
        const char *piece = mw_tokenizer_decode(t, previous, ids[i]);
        FUZZ_CHECK(piece && strlen(piece) < longest);
        mw_piece_printable(piece);
        previous = ids[i];
    }
    for (uint32_t id = 0; id < vocabulary; id++) {
        const char *piece = mw_tokenizer_decode(t, MW_TOKEN_EOS, (int32_t)id);
        FUZZ_CHECK(piece && strlen(piece) < longest);
    }
    FUZZ_CHECK(!mw_tokenizer_decode(t, 0, (int32_t)vocabulary));
    FUZZ_CHECK(!mw_tokenizer_decode(t, 0, -1) && !mw_tokenizer_decode(t, 0, INT_MIN));
    FUZZ_CHECK(!mw_piece_printable(NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), ends = fuzz_take(&in), high = fuzz_take(&in), low = fuzz_take(&in);
    size_t length = fuzz_take(&in);
    if (length > in.size)
        length = in.size;
    in.size -= length;
    char *text = malloc(length + 1); /* of its very size, so that a step beyond it is seen */
    FUZZ_CHECK(text);
    if (length > 0)
        memcpy(text, in.data + in.size, length);
    text[length] = '\0';

    const uint32_t vocabulary = choose_vocabulary(high << 8 | low, in);
    const char *path = fuzz_file(in.data, in.size, in.size);
    mw_error err = {""};
    mw_tokenizer *t = NULL;
    int32_t *ids = NULL;
    size_t n = 0;
    fuzz_begin(fail);
    const bool opened = fuzz_ok(mw_tokenizer_open(path, vocabulary, &t, &err), &err);
    FUZZ_CHECK(opened == (t != NULL));
    if (opened) {
        const bool encoded = fuzz_ok(mw_tokenizer_encode(t, text, length, ends & 1, ends & 2, &ids, &n, &err), &err);
        FUZZ_CHECK(encoded == (ids != NULL) && n <= 3 * (length + 1) + 2);
        FUZZ_CHECK(vocabulary == 0 || mw_tokenizer_size(t) == vocabulary);
        decode_all(t, ids, n, mw_tokenizer_size(t), in.size + 2);
    }
    free(ids);
    mw_tokenizer_close(t);
    fuzz_end();
    free(text);
    return 0;
}
