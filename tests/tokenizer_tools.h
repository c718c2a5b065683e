/* Tokenizer files made by the tests, and ids as text. */
#ifndef MW_TESTS_TOKENIZER_TOOLS_H
#define MW_TESTS_TOKENIZER_TOOLS_H

#include "engine/tokenizer.h"
#include "tests/tap.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/memwall-tokenizer-XXXXXX";
static char path[64]; /* of the tokenizer file under test */

/* A tokenizer file in the making. */
static unsigned char image[8192];
static size_t image_bytes;

static void put_u32(size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        image[at + (size_t)i] = (unsigned char)(value >> 8 * i);
}

static void put_token(const char *text, float score)
{
    uint32_t bits, length = (uint32_t)strlen(text);
    memcpy(&bits, &score, sizeof bits);
    put_u32(image_bytes, bits);
    put_u32(image_bytes + 4, length);
    memcpy(image + image_bytes + 8, text, length);
    image_bytes += 8 + length;
}

static void save(size_t bytes)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(image, 1, bytes, file) != bytes || fclose(file)) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

/* "id id id" of `text`, or the error message; owned by this function. */
static const char *ids_of(const mw_tokenizer *t, const char *text, bool bos, bool eos)
{
    static char line[1024];
    int32_t *ids;
    size_t n;
    mw_error err;
    if (mw_tokenizer_encode(t, text, strlen(text), bos, eos, &ids, &n, &err)) {
        snprintf(line, sizeof line, "%.1000s", err.text);
        return line;
    }
    int at = 0;
    line[0] = '\0';
    for (size_t i = 0; i < n && at < 1000; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, i ? " %d" : "%d", ids[i]);
    free(ids);
    return line;
}

static void expect_ids(const mw_tokenizer *t, const char *text, bool bos, bool eos, const char *ids, const char *name)
{
    const char *got = ids_of(t, text, bos, eos);
    if (!tap_ok(strcmp(got, ids) == 0, "%s", name))
        tap_note("got '%s', expected '%s'", got, ids);
}

#endif
