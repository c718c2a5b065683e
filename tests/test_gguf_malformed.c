/* Malformed GGUF files and the message that each one gets. Cases named after a report are faults of other readers. */
#include "layouts/gguf.h"
#include "tests/gguf_image.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <unistd.h>

static const struct {
    const char *name, *image, *message;
} cases[] = {
    {"nothing", "", "not a GGUF file"},
    {"three bytes", "r:GGU", "not a GGUF file"},
    {"the magic alone", "r:GGUF", "ends inside its header"},
    {"a byte too few for a header", "r:GGUF 4:3 8:0 z:7", "ends inside its header"},
    {"another magic", "r:GGUG 4:3 8:0 8:0", "not a GGUF file"},
    {"version 0", "r:GGUF 4:0 8:0 8:0", "version 0, this program reads 2 and 3"},
    {"version 1", "r:GGUF 4:1 4:0 4:0 8:0", "version 1; convert the model again"},
    {"version 4", "r:GGUF 4:4 8:0 8:0", "version 4, this program reads 2 and 3"},
    {"big-endian", "r:GGUF 4:0x03000000 8:0x0100000000000000 8:0", "big-endian"},

    /* counts: ggml PR 1516, candle issue 3533, ollama issue 17042 */
    {"2^63 tensors", HEAD(0x8000000000000000, 0), "9223372036854775808 tensors, the limit is 65536"},
    {"2^63 keys", HEAD(0, 0x8000000000000000), "9223372036854775808 keys, the limit is 65536"},
    {"2^64 - 1 tensors", HEAD(-1, 0), "18446744073709551615 tensors"},
    {"tensors whose table wraps", HEAD(0x0ba2e8ba2e8ba2e9, 0), "tensors, the limit is 65536"},
    {"keys whose table wraps", HEAD(0, 0x0555555555555556), "keys, the limit is 65536"},
    {"more tensors than the file can hold", HEAD(65536, 0) "z:1000", "ends inside its metadata"},
    {"more keys than the file can hold", HEAD(0, 65536) "z:1000", "ends inside its metadata"},
    {"a key that is not there", HEAD(0, 1), "ends inside its metadata"},
    {"a tensor that is not there", HEAD(1, 0), "ends inside its metadata"},

    /* keys */
    {"llama.cpp PR 24263: a key without a name", HEAD(0, 1) "8:0 4:4 4:7 z:20", "the key of number 0 has 0 bytes"},
    {"a key of 2^64 - 1 bytes", HEAD(0, 1) "8:-1 z:40", "the key of number 0 has 18446744073709551615"},
    {"a key of 65536 bytes", HEAD(0, 1) "8:65536 z:70000", "has 65536 bytes, expected 1 to 65535"},
    {"a key beyond the end", HEAD(0, 1) "8:100 z:40", "ends inside the key"},
    {"a key without a type", HEAD(0, 1) "8:8 r:abcdefgh 1:1", "ends inside its metadata"},
    {"a key without a value", HEAD(0, 1) "s:abcdefgh 4:4 2:1", "ends inside a value of its metadata"},
    {"a u64 cut short", HEAD(0, 1) "s:abcdefgh 4:10 4:1", "ends inside a value of its metadata"},
    {"an unknown type", HEAD(0, 1) VALUE(some.key, 13, "8:0"), "key some.key has values of the unknown type 13"},
    {"a type of 2^32 - 1", HEAD(0, 1) VALUE(some.key, -1, "8:0"), "unknown type 4294967295"},
    {"a bool of 2", HEAD(0, 1) VALUE(some.key, 7, "1:2"), "key some.key holds a bool of 2"},
    {"a bool of 255 in an array", HEAD(0, 1) ARRAY(some.key, 7, 2, "1:1 1:255"), "holds a bool of 255"},
    {"the same key twice", HEAD(0, 2) U32(some.key, 1) U32(some.key, 1), "key some.key is there twice"},
    {"the same key twice, of two types", HEAD(0, 3) U32(a.b, 1) U32(c.d, 2) TEXT(a.b, x), "key a.b is there twice"},
    {"a key with control characters", HEAD(0, 1) "8:4 4:0x0a1b0761 4:99 z:9",
     "key a??? has values of the unknown type"},

    /* texts */
    {"a text of 2^64 - 1 bytes", HEAD(0, 1) VALUE(some.key, 8, "8:-1 z:40"),
     "key some.key holds a text of 18446744073709551615 bytes, the limit is 16777216"},
    {"a text of 1 GiB", HEAD(0, 1) VALUE(some.key, 8, "8:0x40000000 z:40"), "holds a text of 1073741824 bytes"},
    {"a text beyond the end", HEAD(0, 1) VALUE(some.key, 8, "8:41 z:40"), "ends inside a text of its metadata"},
    {"a text without its length", HEAD(0, 1) VALUE(some.key, 8, "4:0"), "ends inside a value of its metadata"},

    /* arrays */
    {"an array whose bytes wrap", HEAD(0, 1) ARRAY(some.key, 4, 0x4000000000000001, "z:40"),
     "key some.key is an array of 4611686018427387905 elements, the limit is 16777216"},
    {"llama.cpp PR 27188: an array of 2^63 elements", HEAD(0, 1) ARRAY(some.key, 0, 0x8000000000000000, ""),
     "array of 9223372036854775808 elements"},
    {"an array beyond the end", HEAD(0, 1) ARRAY(some.key, 5, 11, "z:43"), "ends inside an array of its metadata"},
    {"an array of more texts than bytes", HEAD(0, 1) ARRAY(some.key, 8, 16777216, "z:43"), "ends inside an array"},
    {"a text of an array beyond the end", HEAD(0, 1) ARRAY(some.key, 8, 2, "s:ab 8:9 z:8"), "ends inside a text"},
    {"a text of an array of 2^64 - 1 bytes", HEAD(0, 1) ARRAY(some.key, 8, 2, "s:ab 8:-1 z:8"),
     "holds a text of 184467"},
    {"an array without its count", HEAD(0, 1) VALUE(some.key, 9, "4:4 4:0"), "ends inside an array of its metadata"},
    {"an array without its type", HEAD(0, 1) VALUE(some.key, 9, "2:4"), "ends inside its metadata"},
    {"an array of an unknown type", HEAD(0, 1) ARRAY(some.key, 13, 1, "8:0"), "unknown type 13"},
    {"an array of arrays", HEAD(0, 1) ARRAY(some.key, 9, 1, "4:4 8:0"), "key some.key is an array of arrays"},
    {"arrays in arrays, 2^62 each", HEAD(0, 1) ARRAY(some.key, 9, 0x4000000000000000, "4:9 8:0x4000000000000000"),
     "is an array of arrays"},

    /* alignment: gguf-tools issue 27, ggml PR 1516, sparkinfer issue 24 */
    {"alignment 0", HEAD(0, 1) U32(general.alignment, 0),
     "its alignment is 0, expected a power of two from 8 to 1048576"},
    {"alignment 4", HEAD(0, 1) U32(general.alignment, 4), "its alignment is 4, expected"},
    {"alignment 48", HEAD(0, 1) U32(general.alignment, 48), "its alignment is 48, expected"},
    {"alignment 2^31", HEAD(0, 1) U32(general.alignment, 0x80000000), "its alignment is 2147483648, expected"},
    {"alignment 2^32 - 1", HEAD(0, 1) U32(general.alignment, -1), "its alignment is 4294967295, expected"},
    {"alignment negative", HEAD(0, 1) VALUE(general.alignment, 5, "4:-32"), "key general.alignment is -32, expected 0"},
    {"llama.cpp PR 25596: alignment a text", HEAD(0, 1) TEXT(general.alignment, 32), "is a text, expected an integer"},
    {"alignment a float", HEAD(0, 1) VALUE(general.alignment, 6, "f:32"), "is an f32, expected an integer"},
    {"alignment an array", HEAD(0, 1) ARRAY(general.alignment, 4, 1, "4:32"), "is an array, each element a u32"},

    /* parts */
    {"a part of a split model", HEAD(0, 1) VALUE(split.count, 2, "2:3"), "one of 3 parts of a split model; merge them"},
    {"a split of a wrong type", HEAD(0, 1) TEXT(split.count, 3), "key split.count is a text, expected an integer"},

    /* tensors */
    {"a tensor without a name", HEAD(1, 0) "8:0 4:1 8:4 4:0 8:0 " DATA(16), "of the tensor of number 0 has 0 bytes"},
    {"a name of 65 bytes", HEAD(1, 0) "8:65 z:65 4:1 8:4 4:0 8:0", "has 65 bytes, expected 1 to 64"},
    {"a name of 2^64 - 1 bytes", HEAD(1, 0) "8:-1 z:40", "has 18446744073709551615 bytes"},
    {"a name beyond the end", HEAD(1, 0) "8:60 z:40", "ends inside the name of the tensor"},
    {"a table cut before the dimensions", HEAD(1, 0) "8:24 z:24 2:1", "ends inside its table of tensors"},
    {"a table cut inside the dimensions", HEAD(1, 0) "8:16 z:16 4:2 8:4 z:12", "ends inside its table of tensors"},
    {"no dimension", HEAD(1, 0) TENSOR("t", 0, "", 0, 0) DATA(99), "tensor t has 0 dimensions, expected 1 to 4"},
    {"ggml PR 709: five dimensions", HEAD(1, 0) TENSOR("t", 5, "8:1 8:1 8:1 8:1 8:1", 0, 0) DATA(4),
     "t has 5 dimensions"},
    {"gguf-tools issue 25: 2^32 - 1 dimensions", HEAD(1, 0) TENSOR("t", -1, "8:1", 0, 0) DATA(4),
     "4294967295 dimensions"},
    {"llama.cpp PR 24263: a dimension of 0", HEAD(1, 0) TENSOR("t", 2, "8:4 8:0", 0, 0) DATA(4),
     "dimension 1 of tensor t is 0"},
    {"a first dimension of 0", HEAD(1, 0) TENSOR("t", 1, "8:0", 0, 0) DATA(4), "dimension 0 of tensor t is 0"},
    {"a dimension of 2^64 - 1", HEAD(1, 0) TENSOR("t", 1, "8:-1", 0, 0) DATA(4), "tensor t has more than 2^64 bytes"},
    {"CVE-2026-33298: a product of dimensions of 2^64",
     HEAD(1, 0) TENSOR("t", 2, "8:0x100000000 8:0x100000000", 24, 0) DATA(4), "tensor t has more than 2^64 bytes"},
    {"gguf-rs issue 15: (2^64 - 1) x 2", HEAD(1, 0) TENSOR("t", 4, "8:-1 8:2 8:1 8:1", 0, 0) DATA(4),
     "more than 2^64 bytes"},
    {"llama.cpp PR 18674: bytes of 2^64 of f32", HEAD(1, 0) TENSOR("t", 2, "8:1152 8:0x40000000001", 0, 0) DATA(64),
     "do not hold tensor t"},
    {"bytes that wrap to 16", HEAD(1, 0) TENSOR("t", 2, "8:4 8:0x1000000000000001", 0, 0) DATA(16),
     "more than 2^64 bytes"},
    {"bytes that wrap in the fourth dimension",
     HEAD(1, 0) TENSOR("t", 4, "8:65536 8:65536 8:65536 8:65536", 1, 0) DATA(4), "more than 2^64 bytes"},
    {"CVE-2025-53630: sizes whose sum wraps",
     HEAD(2, 0) TENSOR("t", 1, "8:0x3ffffffffffffff0", 0, 0) TENSOR("u", 1, "8:64", 0, 0xffffffffffffffc0) DATA(256),
     "do not hold tensor t"},
    {"CVE-2026-27940: a size that wraps with its head",
     HEAD(1, 0) TENSOR("t", 1, "8:0x3fffffffffffffff", 0, 0) DATA(64), "do not hold tensor t"},
    {"ollama PR 16183: 2^32 x 2^32 of f32", HEAD(1, 0) TENSOR("t", 2, "8:0x100000000 8:0x100000000", 0, 0) DATA(4),
     "more than 2^64 bytes"},
    {"an unknown type", HEAD(1, 0) TENSOR("t", 1, "8:4", 99, 0) DATA(16), "tensor t is of the unknown type 99"},
    {"a withdrawn type", HEAD(1, 0) TENSOR("t", 1, "8:32", 4, 0) DATA(16), "tensor t is of the unknown type 4"},
    {"a negative type", HEAD(1, 0) TENSOR("t", 1, "8:4", -1, 0) DATA(16), "unknown type 4294967295"},
    {"openvino PR 37421: rows that are no whole blocks", HEAD(1, 0) TENSOR("t", 2, "8:8 8:64", 14, 0) DATA(420),
     "tensor t has rows of 8 values, no multiple of the 256 of a block of q6_K"},
    {"rows of 33 values of q8_0", HEAD(1, 0) TENSOR("t", 2, "8:33 8:32", 8, 0) DATA(2000), "no multiple of the 32"},
    {"an offset that is not aligned", HEAD(1, 0) TENSOR("t", 1, "8:4", 0, 16) DATA(64),
     "at 16 of the data, no multiple of 32"},
    {"an offset not aligned by the file's own measure",
     HEAD(1, 1) U32(general.alignment, 128) TENSOR("t", 1, "8:4", 0, 64) "a:128 z:256", "no multiple of 128"},
    {"an offset at the end of all numbers", HEAD(1, 0) TENSOR("t", 1, "8:4", 0, 0xffffffffffffffe0) DATA(64),
     "do not hold"},
    {"sparkinfer issue 25: an offset beyond the end", HEAD(1, 0) TENSOR("t", 1, "8:4", 0, 64) DATA(64),
     "do not hold tensor t"},
    {"data cut by a byte", HEAD(1, 0) TENSOR("t", 1, "8:16", 0, 0) DATA(63), "do not hold tensor t"},
    {"CVE-2026-7482: a tensor larger than the file", HEAD(1, 0) TENSOR("t", 2, "8:4096 8:4096", 1, 0) DATA(64),
     "do not hold"},
    {"no data at all", HEAD(1, 0) TENSOR("t", 1, "8:1", 0, 0), "do not hold tensor t"},
    {"two tensors at the same place", HEAD(2, 0) TENSOR("t", 1, "8:8", 0, 0) TENSOR("u", 1, "8:8", 0, 0) DATA(64),
     "share bytes"},
    {"a tensor inside another", HEAD(2, 0) TENSOR("t", 1, "8:32", 0, 0) TENSOR("u", 1, "8:8", 0, 64) DATA(128),
     "tensors t and u share bytes"},
    {"the same name twice", HEAD(2, 0) TENSOR("t", 1, "8:8", 0, 0) TENSOR("t", 1, "8:8", 0, 32) DATA(64),
     "tensor t is there twice"},
};

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mw_error err = {""};
        mw_file file = {.fd = -1};
        mw_gguf *g = NULL;
        int rc = image_write(in_folder("file.gguf"), cases[i].image) ? mw_file_open(in_folder("file.gguf"), &file, &err)
                                                                     : -EIO;
        if (!rc)
            rc = mw_gguf_open(&file, &g, &err);
        if (!tap_ok(rc == -EINVAL && !g && strstr(err.text, cases[i].message) && strstr(err.text, "file.gguf: "), "%s",
                    cases[i].name))
            tap_note("%d: %s", rc, err.text);
        mw_gguf_close(g);
        mw_file_close(&file);
    }
    unlink(in_folder("file.gguf"));
    rmdir(folder);
    return tap_done();
}
