#include "platform/foreign.h"

#include <string.h>
#include <strings.h>

enum { HEAD = 512, LEAST_TEXT = 16 };

typedef struct kind {
    const char *what, *advice; /* or GIVE_WANTED */
} kind;

#define GIVE_WANTED NULL
#define UNPACK "unpack it and give the file that was in it"

/* What a file begins with at a byte. */
static const struct {
    const char *magic;
    size_t bytes, at;
    kind kind;
} magics[] = {
#define MAGIC(text) text, sizeof text - 1
    {MAGIC("GGUF"), 0, {"a GGUF file", GIVE_WANTED}},
    {MAGIC("lmgg"), 0, {"an old llama.cpp file (GGML)", GIVE_WANTED}},
    {MAGIC("fmgg"), 0, {"an old llama.cpp file (GGMF)", GIVE_WANTED}},
    {MAGIC("tjgg"), 0, {"an old llama.cpp file (GGJT)", GIVE_WANTED}},
    {MAGIC("version https://git-lfs.github.com/spec/"),
     0,
     {"a Git LFS pointer, not the file itself", "run 'git lfs pull' where it was cloned, or download the file"}},
    {MAGIC("\x1f\x8b"), 0, {"compressed with gzip", UNPACK}},
    {MAGIC("\xfd\x37zXZ"), 0, {"compressed with xz", UNPACK}},
    {MAGIC("\x28\xb5\x2f\xfd"), 0, {"compressed with zstd", UNPACK}},
    {MAGIC("BZh"), 0, {"compressed with bzip2", UNPACK}},
    {MAGIC("7z\xbc\xaf\x27\x1c"), 0, {"a 7z archive", UNPACK}},
    {MAGIC("ustar"), 257, {"a tar archive", UNPACK}},
    {MAGIC("\x89HDF\r\n"), 0, {"an HDF5 file", GIVE_WANTED}},
    {MAGIC("\x93NUMPY"), 0, {"a NumPy array", GIVE_WANTED}},
    {MAGIC("\x0a\x0e\x0a\x05<unk>"), 0, {"a SentencePiece model", GIVE_WANTED}},
};

static const kind pytorch = {"a PyTorch file", GIVE_WANTED}, zip = {"a zip archive", UNPACK},
                  pickle = {"a Python pickle, as PyTorch writes them", GIVE_WANTED},
                  safetensors = {"a safetensors file", GIVE_WANTED},
                  page = {"a web page, not the file behind it", "download it again, by the address of the file itself"},
                  xml = {"an XML text, as servers send in place of a file", "download it again"},
                  json = {"a JSON text", GIVE_WANTED}, plain = {"a text", GIVE_WANTED};

static bool holds(const char *head, size_t n, const char *word)
{
    return memmem(head, n, word, strlen(word)) != NULL;
}

/* Text as opposed to numbers: the first bytes are no control characters. */
static bool is_text(const char *head, size_t n)
{
    for (size_t i = 0; i < n && i < LEAST_TEXT; i++)
        if ((unsigned char)head[i] < ' ' && !memchr("\t\n\r", head[i], 3))
            return false;
    return n > 0;
}

static const kind *kind_of(const char *head, size_t n)
{
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (n >= magics[i].at + magics[i].bytes && !memcmp(head + magics[i].at, magics[i].magic, magics[i].bytes))
            return &magics[i].kind;
    if (n >= 4 && memcmp(head, "PK\3\4", 4) == 0) /* PyTorch's since version 1.6 */
        return holds(head, n, "data.pkl") ? &pytorch : &zip;
    /* PyTorch's before: its protocol and an opcode, where the width of a model ends with zeros. */
    if (n > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5 && (unsigned char)head[2] > 2)
        return &pickle;
    if (n > 9 && (head[0] || head[1]) && memcmp(head + 5, "\0\0\0{", 4) == 0 &&
        strchr("\" }", head[9])) /* eight bytes of length, and JSON */
        return &safetensors;
    if (!is_text(head, n))
        return NULL;
    const char *text = head + strspn(head, " \t\r\n\xef\xbb\xbf"); /* blanks and a byte-order mark */
    if (strncasecmp(text, "<?xml", 5) == 0)
        return &xml;
    return *text == '<' ? &page : *text == '{' ? &json : n >= LEAST_TEXT ? &plain : NULL;
}

int mw_foreign_explain(const mw_file *file, const char *wanted, int code, mw_error *err)
{
    char head[HEAD + 1] = "";
    const size_t n = file->bytes < HEAD ? (size_t)file->bytes : HEAD;
    if (!code || mw_file_read(file, 0, head, n, NULL))
        return code;
    const kind *k = kind_of(head, n);
    if (!k)
        return code;
    return k->advice ? mw_fail(err, code, "%s: is %s; %s", file->path, k->what, k->advice)
                     : mw_fail(err, code, "%s: is %s; give %s", file->path, k->what, wanted);
}
