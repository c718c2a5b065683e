/* A file written down as a text: words separated by spaces, each a kind and a value.
 *
 *   1:N 2:N 4:N 8:N   an integer of so many bytes, little-endian (N as C writes it; negative ones wrap)
 *   f:X d:X           a float of 4 or 8 bytes
 *   r:TEXT s:TEXT     the bytes of TEXT, without or with their number in front (8 bytes)
 *   z:N               N zeros
 *   a:N               zeros up to a multiple of N
 *
 * And macros for the parts of a GGUF file. */
#ifndef MW_TESTS_GGUF_IMAGE_H
#define MW_TESTS_GGUF_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD(tensors, pairs) "r:GGUF 4:3 8:" #tensors " 8:" #pairs " "
#define VALUE(key, type, value) "s:" #key " 4:" #type " " value " "
#define U32(key, value) VALUE(key, 4, "4:" #value)
#define TEXT(key, value) VALUE(key, 8, "s:" #value)
#define ARRAY(key, type, count, values) VALUE(key, 9, "4:" #type " 8:" #count " " values)
#define TENSOR(name, n_dims, dims, type, offset) "s:" name " 4:" #n_dims " " dims " 4:" #type " 8:" #offset " "
#define DATA(bytes) "a:32 z:" #bytes " "

/* The bytes of `text`, of which there are *bytes; freed by the caller. */
__attribute__((unused)) static unsigned char *image_make(const char *text, size_t *bytes)
{
    enum { ROOM = 1 << 22 };
    unsigned char *image = calloc(1, ROOM);
    size_t n = 0;
    for (const char *p = text; image && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
        const char kind = *p, *value = p + 2;
        const size_t length = strcspn(value, " ");
        const uint64_t number = value[0] == '-' ? (uint64_t)strtoll(value, NULL, 0) : strtoull(value, NULL, 0);
        const double real = strtod(value, NULL);
        const float single = (float)real;
        const uint64_t text_bytes = length;
        if (kind == 's')
            memcpy(image + n, &text_bytes, 8), n += 8;
        if (kind == 's' || kind == 'r')
            memcpy(image + n, value, length), n += length;
        else if (kind == 'f')
            memcpy(image + n, &single, 4), n += 4;
        else if (kind == 'd')
            memcpy(image + n, &real, 8), n += 8;
        else if (kind == 'z')
            n += number;
        else if (kind == 'a')
            n = (n + number - 1) / number * number;
        else if (kind > '0' && kind <= '8')
            memcpy(image + n, &number, (size_t)(kind - '0')), n += (size_t)(kind - '0');
        else if (kind != 's' && kind != 'r')
            abort(); /* the text is wrong */
    }
    *bytes = n;
    return image;
}

__attribute__((unused)) static bool image_put(const char *path, const unsigned char *image, size_t bytes)
{
    FILE *f = fopen(path, "wb");
    const bool ok = f && fwrite(image, 1, bytes, f) == bytes;
    return f && fclose(f) == 0 && ok;
}

/* Writes the file that `text` describes. */
__attribute__((unused)) static bool image_write(const char *path, const char *text)
{
    size_t bytes;
    unsigned char *image = image_make(text, &bytes);
    const bool ok = image && image_put(path, image, bytes);
    free(image);
    return ok;
}

#endif
