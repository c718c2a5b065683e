/* Files of other programs in place of a model or a tokenizer: each is called what it is. */
#include "engine/checkpoint.h"
#include "engine/tokenizer.h"
#include "engine/tvl_model.h"
#include "tests/in_folder.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The beginning of a file, or all of it, and what is said of it. */
static const struct {
    const char *head;
    size_t bytes;
    const char *what, *advice;
    bool whole;
} files[] = {
#define HEAD(text) text, sizeof text - 1
    {HEAD("tjgg\3\0\0\0"), "llama.cpp", NULL, false},
    {HEAD("lmgg\0\1\0\0"), "llama.cpp", NULL, false},
    {HEAD("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 438381596\n"), "Git LFS pointer",
     "git lfs pull", true},
    {HEAD("<!DOCTYPE html>\n<html><head><title>Sign in</title>"), "a web page", "download it again", false},
    {HEAD("\n  <!doctype html>"), "a web page", "download it again", true},
    {HEAD("\xef\xbb\xbf<HTML>"), "a web page", "download it again", true},
    {HEAD("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"), "an XML text", "download it again", true},
    {HEAD("{\"error\":\"Repository not found\"}"), "a JSON text", NULL, true},
    {HEAD("{\n  \"version\": \"1.0\",\n  \"truncation\": null,"), "a JSON text", NULL, false},
    {HEAD("\x1f\x8b\x08\x08\0\0\0\0\0\3model.bin"), "gzip", "unpack", false},
    {HEAD("\xfd\x37zXZ\0\0\4"), "xz", "unpack", false},
    {HEAD("\x28\xb5\x2f\xfd\4\0"), "zstd", "unpack", false},
    {HEAD("BZh91AY&SY"), "bzip2", "unpack", false},
    {HEAD("7z\xbc\xaf\x27\x1c\0\4"), "7z", "unpack", false},
    {HEAD("PK\3\4\0\0\10\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20\0\0\0archive/data.pkl"), "a PyTorch file", NULL,
     false},
    {HEAD("PK\3\4\24\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\11\0\0\0model.bin"), "a zip archive", "unpack", false},
    {HEAD("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."), "a Python pickle", NULL,
     false},
    {HEAD("\x80\x04\x95\x10\0\0\0\0\0\0\0}"), "a Python pickle", NULL, false},
    {HEAD("\x40\x20\0\0\0\0\0\0{\"__metadata__\":{"), "a safetensors file", NULL, false},
    {HEAD("\x93NUMPY\1\0v\0"), "a NumPy array", NULL, false},
    {HEAD("\x89HDF\r\n\x1a\n"), "an HDF5 file", NULL, false},
    {HEAD("# Models\n\nNone are in here."), "a text", NULL, true},
    {HEAD("\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0"), "a SentencePiece model", NULL, false},
};

static bool put(const char *path, const char *head, size_t bytes, bool whole)
{
    static const char more[3000];
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(head, 1, bytes, f) == bytes && (whole || fwrite(more, 1, sizeof more, f) == sizeof more);
    return f && fclose(f) == 0 && ok;
}

/* Whether a line names the file, its kind and what to do about it: `advice`, or to give what is wanted. */
static bool says(const mw_error *err, const char *path, size_t i, const char *wanted)
{
    return strncmp(err->text, path, strlen(path)) == 0 && strstr(err->text, files[i].what) &&
           strstr(err->text, files[i].advice ? files[i].advice : wanted) && strstr(err->text, "; ");
}

static void check_kinds(void)
{
    const char *path = in_folder("file");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mw_error of_model = {""}, of_tvl = {""}, of_tokenizer = {""};
        mw_model m;
        mw_tokenizer *t;
        const bool made = put(path, files[i].head, files[i].bytes, files[i].whole);
        const int rc = mw_model_open(path, NULL, NULL, &m, &of_model);
        const int tvl_rc = mw_tvl_model_open(path, &m, &of_tvl);
        const int tokenizer_rc = mw_tokenizer_open(path, 512, &t, &of_tokenizer);
        if (!tap_ok(made && rc == -EINVAL && tvl_rc == -EINVAL && tokenizer_rc == -EINVAL &&
                        says(&of_model, path, i, "a llama2.c checkpoint") && says(&of_tvl, path, i, "a .tvl file") &&
                        (says(&of_tokenizer, path, i, "a tokenizer.bin") ||
                         strstr(of_tokenizer.text, "ends inside its metadata")), /* of a GGUF: read, not foreign */
                    "%s%s", files[i].what, files[i].whole ? ", nothing else" : ""))
            tap_note("%d %s | %d %s | %d %s", rc, of_model.text, tvl_rc, of_tvl.text, tokenizer_rc, of_tokenizer.text);
    }
    char tar[1024] = "model.bin";
    memcpy(tar + 257, "ustar", 6);
    mw_error err = {""};
    mw_model m;
    tap_ok(put(path, tar, sizeof tar, false) && mw_model_open(path, NULL, NULL, &m, &err) == -EINVAL &&
               strstr(err.text, "a tar archive"),
           "a tar archive: %s", err.text);
    *err.text = '\0'; /* one that can be read where a model is wanted */
    tap_ok(put(path, "GGUF\3\0\0\0", 8, false) && mw_tvl_model_open(path, &m, &err) == -EINVAL &&
               strstr(err.text, "is a GGUF file; give a .tvl file"),
           "a GGUF file: %s", err.text);
    unlink(path);
}

/* What is ours, or nobody's, is not taken for something else. */
static void check_others(void)
{
    const char *path = in_folder("file");
    static const struct {
        const char *head;
        size_t bytes;
        const char *name;
    } unknown[] = {{HEAD("hello"), "a few letters"},
                   {HEAD(""), "nothing"},
                   {HEAD("\x80"), "one byte"},
                   {HEAD("\0\0\0\0\0\0\0\0{\"\0"), "zeros"}};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        mw_error err = {""};
        mw_model m;
        const int rc = put(path, unknown[i].head, unknown[i].bytes, true) ? mw_checkpoint_open(path, &m, &err) : 0;
        tap_ok(rc == -EINVAL && strstr(err.text, "too few"), "%s: %s", unknown[i].name, err.text);
    }
    tiny t = tiny_make((mw_config){640, 64, 1, 4, 4, 64, 32, true}, 1); /* begins with 80 02 */
    mw_error err = {""};
    mw_model m;
    const int rc = tiny_write(&t, 0, path) ? mw_model_open(path, NULL, NULL, &m, &err) : -1;
    if (!rc)
        mw_model_close(&m);
    tap_ok(rc == 0 && truncate(path, 1000) == 0 && mw_model_open(path, NULL, NULL, &m, &err) == -EINVAL &&
               strstr(err.text, "header asks for"),
           "a checkpoint of width 640, whole and cut short: %s", err.text);
    tiny_free(&t);
    unlink(path);
}

int main(void)
{
    if (!tap_ok(mkdtemp(folder) != NULL, "a folder to work in"))
        return tap_done();
    check_kinds();
    check_others();
    tap_ok(rmdir(folder) == 0, "nothing is left");
    return tap_done();
}
