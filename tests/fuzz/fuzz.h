/* What the fuzz targets share: the file that holds an input, failures on demand, and what every call has to keep.
 *
 * An input is the file to parse and, after it, a few bytes that steer the run; the very last one says which of the
 * allocations, reads and mappings fails, and whether all later ones do too. So a file with these bytes appended is a
 * seed. */
#ifndef MW_TESTS_FUZZ_H
#define MW_TESTS_FUZZ_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The entry that libFuzzer and replay.c call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a line that names the property; the fuzzer then keeps the input. */
#define FUZZ_CHECK(property) ((property) ? (void)0 : fuzz_broken(#property, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *property, const char *file, int line);

typedef struct fuzz_input {
    const uint8_t *data;
    size_t size;
} fuzz_input;

/* Takes the last byte off an input; 0 when nothing is left. */
static inline uint8_t fuzz_take(fuzz_input *input)
{
    return input->size ? input->data[--input->size] : 0;
}

/* Path of the file that holds these bytes and then zeros (a hole) up to `size`, or that is cut there. One file, made
 * again by each call. */
const char *fuzz_file(const void *bytes, size_t n, uint64_t size);

/* Puts more bytes into it; what lies beyond its end is left out. */
void fuzz_file_put(const void *bytes, size_t n, uint64_t offset);

/* Between the two the code under test runs: the allocation, read or mapping of number `fail` fails (0: none does), with
 * FUZZ_LASTING all later ones as well. At the end nothing may be left mapped, allocated by pages, or open. */
enum { FUZZ_LASTING = 128 };
void fuzz_begin(unsigned fail);
void fuzz_end(void);

/* Judges what a call returned, `err` being what it left there: a failure has one printable line, and a call in which
 * something was made to fail must not claim success. Returns whether it succeeded; clears `err`. */
bool fuzz_ok(int rc, mw_error *err);

/* The part of fuzz_begin and fuzz_end that makes calls fail (fuzz_inject.c); whether one failed since this was last
 * asked; whether there was no failure in all the runs since this was last asked. */
void fuzz_inject_start(unsigned fail);
void fuzz_inject_end(void);
bool fuzz_inject_fired(void);
bool fuzz_inject_unused(void);

#endif
