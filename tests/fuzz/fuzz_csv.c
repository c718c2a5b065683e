/* Input: the file and two bytes: which table it is read as (with 4 added: as both sides of a comparison, with 128 as
 * three runs of one, the other bits say in which format), and what fails. */
#include "bench/compare/compare.h"
#include "bench/tables/csv.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Names from the file may be in any language; all else has to be printable, as fuzz_ok demands. */
static bool ok(int rc, mw_error *err)
{
    for (char *p = err->text; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return fuzz_ok(rc, err);
}

static mw_csv choose_table(unsigned pick)
{
    return pick % 4 == 0 ? mw_csv_artifact() : pick % 4 == 1 ? mw_csv_tokens() : mw_csv_results();
}

/* What was read, written out and read again is the same. */
static void read_again(const mw_csv *t, unsigned pick)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    FUZZ_CHECK(f && mw_csv_write(t, f, NULL) == 0 && fclose(f) == 0);
    mw_csv again = choose_table(pick);
    FUZZ_CHECK(mw_csv_read(fuzz_file(text, size, size), &again, NULL) == 0);
    FUZZ_CHECK(again.n_rows == t->n_rows);
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
        const mw_cell *a = &t->cells[i], *b = &again.cells[i];
        FUZZ_CHECK(a->kind == b->kind && (a->kind == MW_CELL_EMPTY || (*a->text && strcmp(a->text, b->text) == 0)));
    }
    mw_csv_free(&again);
    free(text);
}

/* A run cannot be slower than itself. */
static void compare_with_itself(const char *path, unsigned pick, unsigned fail)
{
    static FILE *nowhere;
    mw_error err = {""};
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    FUZZ_CHECK(nowhere);
    fuzz_begin((pick >> 4 & 3) == MW_FORMAT_JSON ? 0 : fail); /* jansson drops values that it has no memory for */
    const mw_format format = (mw_format)(pick >> 4 & 3);
    char *runs[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)path, (char *)(uintptr_t)path};
    const int rc = pick & 128 ? mw_compare_many(runs, 3, format, nowhere, &err)
                              : mw_compare(path, path, pick & 8, format, nowhere, &err);
    FUZZ_CHECK(rc != -EDOM && rc != -EXDEV);
    ok(rc, &err);
    fuzz_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), pick = fuzz_take(&in);
    const char *path = fuzz_file(in.data, in.size, in.size);
    if (pick & 4) {
        compare_with_itself(path, pick, fail);
        return 0;
    }
    mw_error err = {""};
    mw_csv t = choose_table(pick);
    fuzz_begin(fail);
    const bool read = ok(mw_csv_read(path, &t, &err), &err);
    FUZZ_CHECK(!read || !t.out_of_memory);
    fuzz_end();
    if (read)
        read_again(&t, pick);
    mw_csv_free(&t);
    return 0;
}
