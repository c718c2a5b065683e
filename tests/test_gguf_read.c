/* The GGUF reader: what it gives out of a good file, and that it refuses one that is cut off anywhere. */
#include "layouts/gguf.h"
#include "tests/gguf_image.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

#define GOOD_PAIRS \
    TEXT(general.architecture, llama) \
    U32(general.alignment, 64) \
    VALUE(of.u8, 0, "1:200") \
    VALUE(of.i8, 1, "1:-5") \
    VALUE(of.u16, 2, "2:60000") \
    VALUE(of.i16, 3, "2:-300") \
    VALUE(of.i32, 5, "4:-70000") VALUE(of.f32, 6, "f:0.5") VALUE(of.yes, 7, "1:1") VALUE(of.no, 7, "1:0") \
        VALUE(of.u64, 10, "8:4294967295") VALUE(of.large, 10, "8:0xffffffffffffffff") VALUE(of.i64, 11, "8:-1") \
            VALUE(of.f64, 12, "d:0.25") VALUE(of.infinity, 6, "f:inf") VALUE(of.wide, 12, "d:1e300") \
                VALUE(of.nothing, 8, "s:") ARRAY(all.texts, 8, 3, "s:one s: s:three") \
                    ARRAY(all.ints, 5, 2, "4:-7 4:9") ARRAY(all.bytes, 0, 2, "1:7 1:255") \
                        ARRAY(all.floats, 6, 2, "f:1.5 f:nan") ARRAY(all.doubles, 12, 1, "d:2.5") \
                            ARRAY(all.bools, 7, 2, "1:0 1:1") ARRAY(all.none, 8, 0, "") \
                                ARRAY(all.wide, 10, 2, "8:3 8:0xffffffffffffffff")
#define GOOD \
    HEAD(3, 25) \
    GOOD_PAIRS TENSOR("b", 1, "8:5", 0, 64) TENSOR("a", 2, "8:64 8:3", 8, 128) \
        TENSOR("c", 4, "8:256 8:1 8:2 8:1", 14, 0x200) "a:64 z:512 z:420"

static mw_gguf *open_image(const char *text, mw_error *err, int *rc)
{
    mw_file file;
    mw_gguf *g = NULL;
    *rc = image_write(in_folder("file.gguf"), text) ? mw_file_open(in_folder("file.gguf"), &file, err) : -EIO;
    if (!*rc) {
        *rc = mw_gguf_open(&file, &g, err);
        mw_file_close(&file); /* what has been opened stays usable */
    }
    return g;
}

static void test_numbers(const mw_gguf *g)
{
    static const struct {
        const char *key;
        int found;
        uint32_t value;
        const char *message;
    } cases[] = {
        {"of.u8", 1, 200, ""},
        {"of.u16", 1, 60000, ""},
        {"general.alignment", 1, 64, ""},
        {"of.u64", 1, UINT32_MAX, ""},
        {"of.absent", 0, 77, ""},
        {"of.u", 0, 77, ""},
        {"of.u888", 0, 77, ""},
        {"of.i8", -EINVAL, 77, "key of.i8 is -5, expected 0 to 4294967295"},
        {"of.i64", -EINVAL, 77, "key of.i64 is -1, expected"},
        {"of.large", -EINVAL, 77, "key of.large is 9223372036854775807, expected"},
        {"of.f32", -EINVAL, 77, "key of.f32 is an f32, expected an integer"},
        {"of.yes", -EINVAL, 77, "key of.yes is a bool, expected an integer"},
        {"general.architecture", -EINVAL, 77, "key general.architecture is a text, expected an integer"},
        {"all.ints", -EINVAL, 77, "key all.ints is an array, each element an i32, expected an integer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t value = 77;
        mw_error err = {""};
        const int rc = mw_gguf_u32(g, cases[i].key, &value, &err);
        if (!tap_ok(rc == cases[i].found && value == cases[i].value && strstr(err.text, cases[i].message), "u32 of %s",
                    cases[i].key))
            tap_note("%d, %u, %s", rc, value, err.text);
    }
}

static void test_other_values(const mw_gguf *g)
{
    float f = -1;
    bool b = false;
    mw_gguf_text text = {0};
    mw_error err = {""};
    tap_ok(mw_gguf_f32(g, "of.f32", &f, &err) == 1 && f == 0.5f, "f32");
    tap_ok(mw_gguf_f32(g, "of.f64", &f, &err) == 1 && f == 0.25f, "f64 as f32");
    tap_ok(mw_gguf_f32(g, "of.absent", &f, &err) == 0 && f == 0.25f, "an absent f32 leaves the default");
    tap_ok(mw_gguf_f32(g, "of.infinity", &f, &err) == -EINVAL && strstr(err.text, "is inf, expected a finite f32"),
           "infinity is refused");
    tap_ok(mw_gguf_f32(g, "of.wide", &f, &err) == -EINVAL && strstr(err.text, "1e+300"),
           "an f64 beyond f32 is refused");
    tap_ok(mw_gguf_f32(g, "of.u8", &f, &err) == -EINVAL && strstr(err.text, "is a u8, expected an f32"),
           "a u8 is no f32");
    tap_ok(mw_gguf_bool(g, "of.yes", &b, &err) == 1 && b, "true");
    tap_ok(mw_gguf_bool(g, "of.no", &b, &err) == 1 && !b, "false");
    tap_ok(mw_gguf_bool(g, "of.u8", &b, &err) == -EINVAL && strstr(err.text, "expected a bool"), "a u8 is no bool");
    tap_ok(mw_gguf_get_text(g, "general.architecture", &text, &err) == 1 && mw_gguf_is(text, "llama"), "text");
    tap_ok(!mw_gguf_is(text, "llam") && !mw_gguf_is(text, "llama2"), "texts are compared whole");
    tap_ok(mw_gguf_get_text(g, "of.nothing", &text, &err) == 1 && text.bytes == 0, "an empty text");
    tap_ok(mw_gguf_get_text(g, "all.texts", &text, &err) == -EINVAL &&
               strstr(err.text, "is an array, each element a text, expected a text"),
           "an array is no text");
    tap_ok(mw_gguf_has(g, "of.nothing") && !mw_gguf_has(g, "of.absent"), "keys that are there and not");
}

static void test_arrays(const mw_gguf *g)
{
    mw_gguf_array a = {0};
    mw_gguf_text text[4];
    mw_error err = {""};
    tap_ok(mw_gguf_get_array(g, "all.texts", MW_GGUF_TEXTS, &a, &err) == 1 && a.count == 3, "array of texts");
    bool ok = true;
    for (int i = 0; i < 3; i++)
        ok = ok && mw_gguf_next_text(&a, &text[i]);
    tap_ok(ok && mw_gguf_is(text[0], "one") && mw_gguf_is(text[1], "") && mw_gguf_is(text[2], "three"), "its texts");
    tap_ok(!mw_gguf_next_text(&a, &text[3]), "and its end");
    tap_ok(mw_gguf_get_array(g, "all.none", MW_GGUF_TEXTS, &a, &err) == 1 && !a.count && !mw_gguf_next_text(&a, text),
           "an empty array");
    tap_ok(mw_gguf_get_array(g, "all.ints", MW_GGUF_INTS, &a, &err) == 1 && a.count == 2 &&
               mw_gguf_int_at(&a, 0) == -7 && mw_gguf_int_at(&a, 1) == 9,
           "array of i32");
    tap_ok(mw_gguf_get_array(g, "all.bytes", MW_GGUF_INTS, &a, &err) == 1 && mw_gguf_int_at(&a, 1) == 255,
           "array of u8: PR 26690 of llama.cpp read such ones as i32");
    tap_ok(mw_gguf_get_array(g, "all.wide", MW_GGUF_INTS, &a, &err) == 1 && mw_gguf_int_at(&a, 0) == 3 &&
               mw_gguf_int_at(&a, 1) == INT64_MAX,
           "array of u64");
    tap_ok(mw_gguf_get_array(g, "all.floats", MW_GGUF_FLOATS, &a, &err) == 1 && mw_gguf_float_at(&a, 0) == 1.5f &&
               isnan(mw_gguf_float_at(&a, 1)),
           "array of f32");
    tap_ok(mw_gguf_get_array(g, "all.doubles", MW_GGUF_FLOATS, &a, &err) == 1 && mw_gguf_float_at(&a, 0) == 2.5f,
           "array of f64");
    tap_ok(mw_gguf_get_array(g, "all.bools", MW_GGUF_BOOLS, &a, &err) == 1 && !mw_gguf_bool_at(&a, 0) &&
               mw_gguf_bool_at(&a, 1),
           "array of bools");
    a.count = 99;
    tap_ok(mw_gguf_get_array(g, "all.absent", MW_GGUF_TEXTS, &a, &err) == 0 && a.count == 99, "no array");
    tap_ok(mw_gguf_get_array(g, "all.bytes", MW_GGUF_FLOATS, &a, &err) == -EINVAL &&
               strstr(err.text, "key all.bytes is an array, each element a u8, expected an array of f32"),
           "bytes for floats: issue 24888 of llama.cpp");
    tap_ok(mw_gguf_get_array(g, "of.u8", MW_GGUF_INTS, &a, &err) == -EINVAL &&
               strstr(err.text, "key of.u8 is a u8, expected an array of integers"),
           "a single value for an array");
    tap_ok(mw_gguf_get_array(g, "all.texts", MW_GGUF_INTS, &a, &err) == -EINVAL, "texts for integers");
}

static void test_tensors(const mw_gguf *g)
{
    const mw_gguf_tensor *a = mw_gguf_tensor_named(g, "a"), *b = mw_gguf_tensor_named(g, "b"),
                         *c = mw_gguf_tensor_named(g, "c");
    tap_ok(g->version == 3 && g->alignment == 64 && g->n_tensors == 3 && g->n_pairs == 25, "numbers of the file");
    tap_ok(a && a->n_dims == 2 && a->dims[0] == 64 && a->dims[1] == 3 && a->type == 8 && a->bytes == 3 * 2 * 34,
           "a matrix of q8_0");
    tap_ok(b && b->n_dims == 1 && b->dims[0] == 5 && b->type == 0 && b->bytes == 20, "a vector of f32");
    tap_ok(c && c->n_dims == 4 && c->bytes == 420, "four dimensions of q6_K");
    tap_ok(a && b && c && b->offset % 64 == 0 && a->offset == b->offset + 64 && c->offset + c->bytes == g->bytes,
           "their places in the file");
    tap_ok(!mw_gguf_tensor_named(g, "d") && !mw_gguf_tensor_named(g, ""), "no such tensor");
    const mw_gguf_tensor_type *q4 = mw_gguf_tensor_type_of(12);
    tap_ok(q4 && !strcmp(q4->name, "q4_K") && q4->block == 256 && q4->block_bytes == 144, "type q4_K");
    tap_ok(!mw_gguf_tensor_type_of(4) && !mw_gguf_tensor_type_of(33) && !mw_gguf_tensor_type_of(UINT32_MAX),
           "no such type");
}

/* Cut anywhere, no file opens, but for the one that lacks nothing. */
static void test_cut(void)
{
    size_t bytes, refused = 0;
    unsigned char *image = image_make(GOOD, &bytes);
    const char *path = in_folder("file.gguf");
    const bool written = image_put(path, image, bytes);
    for (size_t n = bytes; written && n-- > 0;) {
        mw_error err = {""};
        mw_file file;
        mw_gguf *g = NULL;
        if (truncate(path, (off_t)n) == 0 && mw_file_open(path, &file, &err) == 0) {
            refused += mw_gguf_open(&file, &g, &err) == -EINVAL && !g &&
                       strstr(err.text, n < 4 ? "not a GGUF file" : "was it cut off");
            mw_gguf_close(g);
            mw_file_close(&file);
        }
    }
    tap_ok(written && refused == bytes, "cut after any of its %zu bytes: %zu are refused", bytes, refused);
    free(image);
}

/* A tensor of 4 GiB, most of them a hole in the file, and a vocabulary of 300,000 texts. */
static void test_large(void)
{
    enum { TEXTS = 300000, TEXT_BYTES = 8 + 6, MOST = 1 << 20 };
    static const char head[] = HEAD(1, 1) "s:some.texts 4:9 4:8 8:300000 ";
    static const char table[] = TENSOR("large", 2, "8:1024 8:1048576", 0, 0);
    const char *path = in_folder("file.gguf");
    size_t head_bytes, table_bytes;
    unsigned char *start = image_make(head, &head_bytes), *end = image_make(table, &table_bytes);
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(start, 1, head_bytes, f) == head_bytes;
    for (int i = 0; i < TEXTS && ok; i++)
        ok = fwrite("\6\0\0\0\0\0\0\0letter", 1, TEXT_BYTES, f) == TEXT_BYTES;
    ok = ok && fwrite(end, 1, table_bytes, f) == table_bytes;
    ok = f && fclose(f) == 0 && ok;
    const off_t data = ((off_t)head_bytes + TEXTS * TEXT_BYTES + (off_t)table_bytes + 31) / 32 * 32;
    if (ok && truncate(path, data + ((off_t)4 << 30))) {
        tap_skip("a file of 4 GiB", "the file system has no room for its hole");
    } else {
        mw_error err = {""};
        mw_file file;
        mw_gguf *g = NULL;
        const int rc = ok ? mw_file_open(path, &file, &err) : -EIO;
        const int64_t before = mw_memory_resident();
        ok = rc == 0 && mw_gguf_open(&file, &g, &err) == 0;
        const int64_t more = before == MW_UNKNOWN ? 0 : mw_memory_resident() - before - TEXTS * TEXT_BYTES;
        tap_ok(ok && g->tensors[0].bytes == (uint64_t)4 << 30, "a file of 4 GiB opens %s", err.text);
        if (mw_emulator())
            tap_skip("without a copy", "the emulator's own memory is counted with it");
        else
            tap_ok(more < MOST, "without a copy: no more than its metadata, and %lld KiB", (long long)more / 1024);
        mw_gguf_close(g);
        mw_file_close(&file);
    }
    free(start);
    free(end);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    mw_error err = {""};
    int rc;
    mw_gguf *g = open_image(GOOD, &err, &rc);
    if (tap_ok(rc == 0 && g, "a good file opens %s", err.text)) {
        test_tensors(g);
        test_numbers(g);
        test_other_values(g);
        test_arrays(g);
    }
    mw_gguf_close(g);
    g = open_image("r:GGUF 4:2 8:0 8:0", &err, &rc);
    tap_ok(rc == 0 && g && g->version == 2 && g->alignment == 32 && g->n_tensors == 0, "version 2, empty");
    mw_gguf_close(g);
    g = open_image(HEAD(0, 1) VALUE(split.count, 2, "2:1"), &err, &rc);
    tap_ok(rc == 0 && g, "a split model of one part");
    mw_gguf_close(g);
    test_cut();
    test_large();
    unlink(in_folder("file.gguf"));
    rmdir(folder);
    return tap_done();
}
