/* Small vocabularies, as GGUF files: one of type llama and one of type gpt2, which is used with several pre-tokenizers.
 * Pieces and merges were learnt from tests/tokenizer/text; a few were added by hand to get ties, words that are tokens
 * though no merges lead to them, and pieces of characters that are no tokens. */
#ifndef MW_TESTS_TOKENIZER_MADE_H
#define MW_TESTS_TOKENIZER_MADE_H

#include "tests/gguf_image.h"

#include <stdarg.h>

static const char *const made_merges[] = {
    "Ġ Ġ",       "Ġ â",       "9 9",       "ð Ł",       "= =",
    "a a",       "- -",       "i n",       "a b",       "0 0",
    "t h",       ". .",       "â Ģ",       "Ã ©",       "l l",
    "99 99",     "Ġ '",       "th e",      "ĠĠ ĠĠ",     "Ġ Â",
    "ðŁ ĺ",      "á ĥ",       "Ġ Å",       "e r",       "ab ab",
    "aa aa",     "a t",       "== ==",     "-- --",     "Ġ <",
    "Ġ (",       "å Ń",       "r e",       "Ġ Ã",       "Ġ s",
    "ðŁĺ Ģ",     "åŃ Ĺ",      "o r",       "2 3",       "ĠÅ ¿",
    "à ¸",       "Â ł",       "s t",       "r a",       "e n",
    ".. .",      "Ġ c",       "Ġ a",       "æ ¼",       "æ¼ ¢",
    "Ġâ Ī",      "Ġ b",       "ï ½",       "ã ģ",       "à ¦",
    "à ¤",       "Â ²",       "u s",       "l i",       "in g",
    "c e",       "9999 9999", "Ġ t",       "Ġ n",       "ï ¼",
    "à ¨",       "Ø §",       "p a",       "o n",       "l e",
    "i d",       "5 6",       "1 23",      ") :",       "Ġâ Ķ",
    "Ġâ Ģ",      "Ġ ðŁ",      "Ġ Ä",       "Ġ w",       "Ġ ==",
    "âĢ į",      "â ĺ",       "á ł",       "á ŀ",       "à º",
    "à ®",       "Ù ħ",       "Ð º",       "u r",       "h e",
    "en t",      "abab abab", "aaaa aaaa", "==== ====", "56 7",
    "---- ----", "Ġ \\",      "Ġ *",       "ð Ŀ",       "ï ¸",
    "ï¸ ı",      "â Ļ",       "á Ģ",       "à ´",       "à ¥",
    "Ù Ħ",       "Ù ¡",       "Ð ĸ",       "Ð °",       "ll o",
    "l a",       "c a",       "a m",       "ĸ ģ",       "ĠĠ Ġ",
    "Ġs at",     "Ġ Ð",       "Ġ {",       "Ġ re",      "Ġ i",
    "Ġ I",       "Ġ \"",      "ĉ Ġ",       "ä ¸",       "ã Ĥ",
    "ã Ģ",       "âĢį ðŁ",    "â Ķ",       "á µ",       "à ½",
    "à ª",       "Ñ Ī",       "Ã ¶",       "v e",       "s e",
    "r i",       "or d",      "k e",       "he llo",    "e x",
    "e s",       "d o",       "a n",       "> >",       "1 00",
    "1 0",       "( )",       "ĠĠĠĠ ĠĠĠĠ", "Ġâ ī",      "Ġâ Ĥ",
    "Ġre t",     "Ġret ur",   "Ġretur n",  "Ġc at",     "Ġ ï",
    "Ġ the",     "Ġ o",       "Ġ hello",   "Ġ f",       "Ġ [",
    "Ġ W",       "Ġ S",       "Ġ A",       "Ġ =",       "Ġ -",
    "ĉ ĉ",       "ðŁĺĢ '",    "ð ł",       "â ł",       "á º",
    "à¦ ¾",      "à ¹",       "à ²",       "Ù İ",       "w ord",
    "t ra",      "s s",       "q u",       "pa ce",     "n d",
    "i r",       "i l",       "i f",       "d e",       "b in",
    "a r",       "S T",       "R E",       "O M",       "99999999 99999999",
    "8 9",       "5 5",       "4 567",     "00 0",      "! !",
    "ľ ×",       "İ ī",       "Ġâ ĸ",      "Ġâ Ĩ",      "ĠÃ ħ",
    "Ġ Ø",       "Ġ Ñ",       "Ġ Î",       "Ġ Ç",       "Ġ y",
    "Ġ p",       "Ġ j",       "Ġ L",       "Ġ K",       "č Ġ",
    "ðŁ İī",     "ðŁ ĩ",      "ðĿ Ł",      "ï ¿",       "ãĢ Ģ",
    "âĢįðŁ ĳ",   "â ĸģ",      "â Ĥ",       "áĥ Ŀ",      "áĥ Ĳ",
    "' s",       "' S",       "1 2",       "12 3",      "Ċ Ċ",
    "Ġ Ċ",       "Č Ċ",       "Ċ Ġ",       "Ġ 1",       ") Ċ",
    "! Ċ",       "1 1",       "99 9",      "ĠĠ 1",      "Ġ1 2",
    "Å ¿",       "' Å¿",
};

static const char *const made_characters[] = {
    "▁",  "a", "e", "t", "i", "r", "l",  "n", "s", "o", ".", "=", "d",  "b", "0", "9",  "'", "-",
    "1",  "c", "h", "2", "u", "g", "p",  "(", "3", "x", ",", ">", ":",  "<", ")", "5",  "m", "4",
    "w",  "v", "/", "f", "é", "E", "_",  "k", "I", "{", "!", "S", "}",  "y", "[", "\\", "T", "7",
    "\"", ";", "A", "ſ", "]", "😀", "字", "?", "6", "L", "²", "*", "漢", "O", "z", "R",  "M", "N",
};

/* clang-format off */
static const char *const made_pieces[] = {
    "▁▁", "99", "==", "aa", "--", "in", "ab", "00", "th",
    "▁1", "..", "▁▁▁▁", "▁'", "ll", "9999", "▁a", "the", "▁<",
    "▁(", "er", "abab", "aaaa", "at", "====", "----", "▁t", "▁s",
    "re", "or", "23", "▁ſ", "▁b", "st", "ra", "en", "...",
    "▁c", "▁I", "▁n", "us", "li", "ing", "ce", "99999999", "▁▁▁",
    "▁w", "pa", "on", "le", "id", "56", "):", "'ll", "▁{",
    "▁x", "▁h", "▁\\", "▁2", "ur", "ent", "ell", "abababab", "aaaaaaaa",
    "_x", "========", "567", "--------", "▁d", "▁==", "▁4", "▁0", "▁*",
    "漢字", "世界", "こん", "▁\"", "<s", "'s",
};
/* clang-format on */

#define MADE_COUNT(array) (sizeof(array) / sizeof *(array))

/* The text of gguf_image.h of a file in the making. */
static char made_text[1 << 16];
static size_t made_length;

__attribute__((format(printf, 1, 2))) static void made_add(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    made_length += (size_t)vsnprintf(made_text + made_length, sizeof made_text - made_length, format, list);
    va_end(list);
}

/* Writes a file of these pairs, which the words in `pairs` describe; their number comes first. */
static bool made_write(const char *path, int n, const char *pairs)
{
    char *whole = malloc(strlen(pairs) + 64);
    if (!whole)
        return false;
    sprintf(whole, "r:GGUF 4:3 8:0 8:%d %s", n, pairs);
    const bool ok = image_write(path, whole);
    free(whole);
    return ok;
}

enum { MADE_TOOL = 2, MADE_TOOLS = 3 }; /* user-defined tokens: one twice in a row is a token of its own */

/* Type llama: <unk>, BOS, two user-defined tokens, EOS, 256 bytes, characters, pieces. `more` are further pairs. */
__attribute__((unused)) static bool made_llama(const char *path, int n_more, const char *more)
{
    static const char *const first[] = {"<unk>", "<s>", "<tool>", "<tool><tool>", "</s>"};
    static const int types[] = {2, 3, 4, 4, 3};
    enum { FIRST = MADE_COUNT(first), BYTES = 256 };
    const int n = FIRST + BYTES + MADE_COUNT(made_characters) + MADE_COUNT(made_pieces);
    made_length = 0;
    made_add("%s s:general.architecture 4:8 s:llama s:tokenizer.ggml.model 4:8 s:llama ", more);
    made_add("s:tokenizer.ggml.bos_token_id 4:4 4:1 s:tokenizer.ggml.eos_token_id 4:4 4:4 ");
    made_add("s:tokenizer.ggml.tokens 4:9 4:8 8:%d ", n);
    for (int i = 0; i < FIRST; i++)
        made_add("s:%s ", first[i]);
    for (int i = 0; i < BYTES; i++)
        made_add("s:<0x%02X> ", (unsigned)i);
    for (size_t i = 0; i < MADE_COUNT(made_characters); i++)
        made_add("s:%s ", made_characters[i]);
    for (size_t i = 0; i < MADE_COUNT(made_pieces); i++)
        made_add("s:%s ", made_pieces[i]);
    made_add("s:tokenizer.ggml.scores 4:9 4:6 8:%d z:%d ", n, 4 * (FIRST + BYTES));
    for (size_t i = 0; i < MADE_COUNT(made_characters); i++)
        made_add("f:-1000 ");
    for (size_t i = 0; i < MADE_COUNT(made_pieces); i++)
        made_add("f:-%zu ", i / 2); /* pairs of equal scores */
    made_add("s:tokenizer.ggml.token_type 4:9 4:5 8:%d ", n);
    for (int i = 0; i < n; i++)
        made_add("4:%d ", i < FIRST ? types[i] : i < FIRST + BYTES ? 6 : 1);
    return made_write(path, 7 + n_more, made_text);
}

/* Byte `i` in the byte-level alphabet. */
static const char *made_byte(int i)
{
    static char text[3];
    const bool own = (i > ' ' && i < 0x7f) || (i > 0xa0 && i != 0xad);
    const int point = own ? i : i <= ' ' ? 0x100 + i : i == 0xad ? 0x143 : 0x100 + i - 0x7f + '!';
    snprintf(text, sizeof text, point < 0x80 ? "%c" : "%c%c", point < 0x80 ? point : 0xc0 | point >> 6,
             0x80 | (point & 0x3f));
    return text;
}

static void made_join(size_t i, char text[64])
{
    const char *gap = strchr(made_merges[i], ' ');
    snprintf(text, 64, "%.*s%s", (int)(gap - made_merges[i]), made_merges[i], gap + 1);
}

/* Whether merge `i` makes a token that no earlier one makes; its text. */
static bool made_result(size_t i, char text[64])
{
    char other[64];
    made_join(i, text);
    for (size_t k = 0; k < i; k++) {
        made_join(k, other);
        if (strcmp(text, other) == 0)
            return false;
    }
    return true;
}

/* Type gpt2: 256 bytes, the results of the merges, two words that no merges lead to, a token outside of the alphabet,
 * two user-defined ones, and one that begins and ends texts. */
__attribute__((unused)) static bool made_gpt2(const char *path, const char *pre, int n_more, const char *more)
{
    static const char *const last[] = {"Ġwhole", "<｜odd｜>", "Ġworld", "<tool>", "<tool><tool>", "<|end|>"};
    static const int types[] = {1, 1, 1, 4, 4, 3};
    enum { LAST = MADE_COUNT(last), BYTES = 256 };
    char text[64];
    int n = BYTES + LAST;
    for (size_t i = 0; i < MADE_COUNT(made_merges); i++)
        n += made_result(i, text);
    made_length = 0;
    made_add("%s s:general.architecture 4:8 s:llama s:tokenizer.ggml.model 4:8 s:gpt2 ", more);
    made_add("s:tokenizer.ggml.pre 4:8 s:%s s:tokenizer.ggml.bos_token_id 4:4 4:%d ", pre, n - 1);
    made_add("s:tokenizer.ggml.eos_token_id 4:4 4:%d s:tokenizer.ggml.tokens 4:9 4:8 8:%d ", n - 1, n);
    for (int i = 0; i < BYTES; i++)
        made_add("s:%s ", made_byte(i));
    for (size_t i = 0; i < MADE_COUNT(made_merges); i++)
        if (made_result(i, text))
            made_add("s:%s ", text);
    for (int i = 0; i < LAST; i++)
        made_add("s:%s ", last[i]);
    made_add("s:tokenizer.ggml.token_type 4:9 4:5 8:%d ", n);
    for (int i = 0; i < n; i++)
        made_add("4:%d ", i < n - LAST ? 1 : types[i - (n - LAST)]);
    made_add("s:tokenizer.ggml.merges 4:9 4:8 8:%zu ", MADE_COUNT(made_merges));
    for (size_t i = 0; i < MADE_COUNT(made_merges); i++) {
        const char *gap = strchr(made_merges[i], ' ');
        made_add("8:%zu r:%.*s 1:32 r:%s ", strlen(made_merges[i]), (int)(gap - made_merges[i]), made_merges[i],
                 gap + 1);
    }
    return made_write(path, 8 + n_more, made_text);
}

#endif
