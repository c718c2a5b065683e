/* Malformed .tvl files: each gets its message, none gets further. After most damages the header's checksum is put
 * right, so that the check after it is the one that has to speak. */
#include "engine/checkpoint.h"
#include "engine/tvl_model.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static char path[64];
static unsigned char *good; /* a valid file: the model below */
static size_t good_bytes, head_bytes;

/* 21 tensors; layers.0.att_norm is entry 0 at 2 MiB, layers.0.wq entry 1 (32 x 32, 4096 bytes), layers.1.w1 entry 15,
 * the classifier (70 x 32: 80 rows with padding) entry 19, the embedding entry 20 and last. */
static const mw_config config = {32, 48, 2, 4, 2, 70, 32, false};
enum { LAST = 20, DATA = 2 << 20, STEP = 16384 };
#define ENTRY(i, field) (4096 + 96 * (i) + (field))

/* Whether the header's checksum is put right after the damage; SEALED_2 and _3: of a file that says version 2, 3. */
enum { SEALED, BROKEN, SEALED_2, SEALED_3 };
enum { CUT = -1, GROW = -2, SWAP = -3, FILL = -4, DROP = -5, SHAPE = -6 };

/* `bytes` bytes at `at` become `value`, little-endian. CUT: the file gets `value` bytes, GROW: so many more. SWAP:
 * entries `bytes` and `value` change places. FILL: bytes [bytes, value) become '!'. DROP: the last tensor goes, the
 * sizes with it. SHAPE: entry `bytes` gets rows (low half of value) and columns, and their product, cut to 64 bits. */
static const struct {
    const char *name;
    long at, bytes;
    uint64_t value;
    int seal;
    const char *message;
} damages[] = {
    {"magic", 0, 1, 'm', SEALED, "not a .tvl file"},
    {"magic, end of line translated", 5, 2, 0x1a0a, SEALED, "not a .tvl file"},
    {"big-endian", 8, 4, 0x04030201, SEALED, "big-endian"},
    {"random mark", 8, 4, 0xdeadbeef, SEALED, "byte-order mark is deadbeef"},
    {"version 0", 12, 4, 0, SEALED, "version 0; the file is damaged"},
    {"version 4", 12, 4, 4, BROKEN, "version 4, this program reads 1 to 3; use a newer program"},
    {"version 3 without a need", 12, 4, 3, SEALED, "no number that needs version 3"},
    {"head size in version 1", 96, 4, 8, SEALED, "bytes of its header that must be zero"},
    {"unknown feature in version 1", 112, 4, 16, SEALED, "bytes of its header that must be zero"},
    {"odd head size of its own", 96, 4, 7, SEALED_3, "head size 7 is odd"},
    {"head size huge", 96, 4, UINT32_MAX, SEALED_3, "head_size is -1, expected 0 to 131072"},
    {"heads too wide together", 96, 4, 65536, SEALED_3, "4 heads of 65536 values are more than 131072"},
    {"head size of another model", 96, 4, 10, SEALED_3,
     "tensor 1 is layers.0.wq 32 x 32, its model has layers.0.wq 40"},
    {"epsilon not a number", 100, 4, 0x7fc00000, SEALED_3, "epsilon of its norms is nan"},
    {"epsilon negative", 100, 4, 0xb58637bd, SEALED_3, "epsilon of its norms is -1e-06"},
    {"rope base infinite", 104, 4, 0x7f800000, SEALED_3, "rope base is inf"},
    {"rope scale negative", 108, 4, 0xbf800000, SEALED_3, "rope scale is -1"},
    {"biases that are not there", 112, 4, 4, SEALED_3, "21 tensors, its model has 27"},
    {"norms of heads that are not there", 112, 4, 8, SEALED_3, "21 tensors, its model has 25"},
    {"rope factors that are not there", 112, 4, 2, SEALED_3, "21 tensors, its model has 22"},
    {"unknown feature", 112, 4, 16, SEALED_3, "features are 16, this program knows 0 to 15"},
    {"reserved byte after the features", 116, 1, 1, SEALED_3, "must be zero"},
    {"q4_0 in version 1", ENTRY(1, 40), 4, 2, SEALED, "layers.0.wq has element type 2, which version 1 does not have"},
    {"element type", 16, 4, 1, SEALED, "element type is 1, expected 0"},
    {"panels of 8 rows", 20, 4, 8, SEALED, "panel height is 8, expected 16"},
    {"unknown flag", 56, 4, 3, SEALED, "unknown flags is 2"},
    {"finite mark missing", 56, 4, 0, SEALED, "without a check of its weights"},
    {"0 tensors", 60, 4, 0, SEALED, "0 tensors, expected 1 to 65536"},
    {"65537 tensors", 60, 4, 65537, SEALED, "65537 tensors"},
    {"tensor count huge", 60, 4, UINT32_MAX, SEALED, "4294967295 tensors"},
    {"a table longer than the file", 60, 4, 65536, BROKEN, "ends inside its tensor table"},
    {"one tensor more", 60, 4, LAST + 2, SEALED, "tensor 21 has no proper name"},
    {"one tensor less", 60, 4, LAST, SEALED, "but its tensors end at"},
    {"one tensor less, sizes to match", DROP, 0, 0, SEALED, "20 tensors, its model has 21"},
    {"file size huge", 64, 8, UINT64_MAX, SEALED, "but its header says 18446744073709551615"},
    {"cut to 0", CUT, 0, 0, BROKEN, "ends inside its header"},
    {"cut to 1", CUT, 0, 1, BROKEN, "ends inside its header"},
    {"cut to 7", CUT, 0, 7, BROKEN, "ends inside its header"},
    {"cut to 8", CUT, 0, 8, BROKEN, "ends inside its header"},
    {"cut to 95", CUT, 0, 95, BROKEN, "ends inside its header"},
    {"cut to 4095", CUT, 0, 4095, BROKEN, "ends inside its header"},
    {"cut to 4096", CUT, 0, 4096, BROKEN, "ends inside its tensor table"},
    {"cut inside the table", CUT, 0, ENTRY(LAST, 95), BROKEN, "ends inside its tensor table"},
    {"cut after the table", CUT, 0, ENTRY(LAST, 96), BROKEN, "was it cut off"},
    {"cut at the data", CUT, 0, DATA, BROKEN, "was it cut off"},
    {"cut inside the data", CUT, 0, DATA + 5 * STEP + 77, BROKEN, "was it cut off"},
    {"one byte short", GROW, 0, UINT64_MAX, BROKEN, "was it cut off"},
    {"one byte long", GROW, 0, 1, BROKEN, "but its header says"},
    {"one step long, and says so", GROW, 0, STEP, SEALED, "but its tensors end at"},
    {"table offset", 72, 8, 8192, SEALED, "table offset is 8192, expected 4096"},
    {"data offset", 80, 8, DATA + 4096, SEALED, "data offset is 2101248, expected 2097152"},
    {"header checksum", 88, 8, 1, BROKEN, "checksum of its header"},
    {"table damaged", ENTRY(7, 36), 4, 33, BROKEN, "checksum of its header"},
    {"first reserved byte", 116, 1, 1, SEALED, "must be zero"},
    {"last reserved byte", 4095, 1, 128, SEALED, "must be zero"},
    {"first reserved byte of a tensor", ENTRY(3, 72), 1, 1, SEALED, "bytes of tensor layers.0.wv that must be zero"},
    {"last reserved byte of a tensor", ENTRY(LAST, 95), 1, 1, SEALED, "bytes of tensor embedding that must be zero"},
    {"name empty", ENTRY(2, 0), 1, 0, SEALED, "tensor 2 has no proper name"},
    {"name not terminated", FILL, ENTRY(2, 0), ENTRY(2, 32), SEALED, "tensor 2 has no proper name"},
    {"name too long", FILL, ENTRY(2, 0), ENTRY(2, 24), SEALED, "tensor 2 has no proper name"},
    {"bytes after the name", ENTRY(2, 31), 1, 'x', SEALED, "tensor 2 has no proper name"},
    {"name with a line end", ENTRY(2, 6), 1, '\n', SEALED, "tensor 2 has no proper name"},
    {"name with a bell and an escape", ENTRY(2, 0), 2, 0x1b07, SEALED, "tensor 2 has no proper name"},
    {"name beyond ASCII", ENTRY(2, 6), 1, 0x9f, SEALED, "tensor 2 has no proper name"},
    {"name of another", ENTRY(2, 10), 1, 'q', SEALED, "tensor 2 is layers.0.wq"},
    {"rows 0", ENTRY(1, 32), 4, 0, SEALED, "layers.0.wq is 0 x 32"},
    {"cols 0", ENTRY(1, 36), 4, 0, SEALED, "layers.0.wq is 32 x 0"},
    {"rows and cols huge", ENTRY(1, 32), 8, UINT64_MAX, SEALED, "of 4294967295 x 4294967295 has 4096 bytes"},
    {"a product of 2^64", SHAPE, 1, UINT64_C(0x8000000080000000), SEALED, "2147483648 x 2147483648 has 0 bytes"},
    {"a product just below 2^64", SHAPE, 1, UINT64_C(0x40000004fffffff0), SEALED, "ends beyond 2^64 bytes"},
    {"a tensor larger than the file", SHAPE, LAST, UINT64_C(32) << 32 | 4096, SEALED, "but its tensors end at"},
    {"rows that fit in the padding", ENTRY(19, 32), 4, 71, SEALED, "tensor 19 is classifier 71 x 32, its model has"},
    {"a vector of two rows", ENTRY(0, 32), 4, 2, SEALED, "layers.0.att_norm is 2 x 32"},
    {"a matrix for a vector", ENTRY(0, 44), 4, 1, SEALED, "of 1 x 32 has 128 bytes"},
    {"a vector for a matrix", ENTRY(1, 44), 4, 0, SEALED, "layers.0.wq is 32 x 32"},
    {"layout 2", ENTRY(1, 44), 4, 2, SEALED, "layers.0.wq has layout 2"},
    {"element type of a tensor", ENTRY(1, 40), 4, 1, SEALED, "layers.0.wq has element type 1"},
    {"offset of no page", ENTRY(1, 48), 8, DATA + STEP + 4096, SEALED, "is not aligned"},
    {"offset of the tensor before", ENTRY(1, 48), 8, DATA, SEALED, "layers.0.wq overlaps"},
    {"offset in the header", ENTRY(0, 48), 8, 0, SEALED, "layers.0.att_norm overlaps"},
    {"offset with a gap", ENTRY(1, 48), 8, DATA + 2 * STEP, SEALED, "is at 2129920, expected 2113536"},
    {"offset beyond the file", ENTRY(LAST, 48), 8, DATA + 999 * STEP, SEALED, "tensor embedding is at"},
    {"offset at the end of all numbers", ENTRY(1, 48), 8, UINT64_MAX - STEP + 1, SEALED, "layers.0.wq is at"},
    {"bytes without padding", ENTRY(19, 56), 8, 70 * 32 * 4, SEALED, "has 8960 bytes"},
    {"bytes huge", ENTRY(1, 56), 8, UINT64_MAX, SEALED, "has 18446744073709551615 bytes"},
    {"two tensors swapped", SWAP, 15, 16, SEALED, "layers.1.w3 is at"},
    {"dim 0", 24, 4, 0, SEALED, "dim is 0"},
    {"dim negative", 24, 4, (uint32_t)-32, SEALED, "dim is -32"},
    {"dim huge", 24, 4, 0x7fffffff, SEALED, "dim is 2147483647"},
    {"dim indivisible", 24, 4, 33, SEALED, "not a multiple of n_heads"},
    {"odd head size", 24, 4, 12, SEALED, "head size 3 is odd"},
    {"hidden 0", 28, 4, 0, SEALED, "hidden_dim is 0"},
    {"hidden of another model", 28, 4, 47, SEALED, "its model has layers.0.w1 47 x 32"},
    {"layers 0", 32, 4, 0, SEALED, "n_layers is 0"},
    {"layers huge", 32, 4, 1 << 20, SEALED, "n_layers is 1048576"},
    {"a layer more", 32, 4, 3, SEALED, "21 tensors, its model has 30"},
    {"heads 0", 36, 4, 0, SEALED, "n_heads is 0"},
    {"kv heads 0", 40, 4, 0, SEALED, "n_kv_heads is 0"},
    {"kv heads indivisible", 40, 4, 3, SEALED, "not a multiple of n_kv_heads"},
    {"vocabulary 0", 44, 4, 0, SEALED, "vocab_size is 0"},
    {"vocabulary negative", 44, 4, (uint32_t)-70, SEALED, "vocab_size is -70"},
    {"vocabulary in the padding", 44, 4, 80, SEALED, "its model has classifier 80 x 32"},
    {"positions 0", 48, 4, 0, SEALED, "seq_len is 0"},
    {"positions huge", 48, 4, UINT32_MAX >> 1, SEALED, "seq_len is 2147483647"},
    {"shared mark other", 52, 4, 1, SEALED, "21 tensors, its model has 20"},
    {"shared mark 2", 52, 4, 2, SEALED, "mark is 2, expected 0 or 1"},
    {"a dtype that nobody has", ENTRY(1, 40), 4, 99, SEALED_2, "layers.0.wq has element type 99, which this program"},
    {"a vector of f16", ENTRY(0, 40), 4, 1, SEALED_2, "layers.0.att_norm has element type 1, which a vector does not"},
    {"columns that are no blocks", ENTRY(8, 40), 4, 8, SEALED_2, "layers.0.w2 has 48 columns, no multiple of q8_0's"},
    {"the bytes of another dtype", ENTRY(1, 40), 4, 1, SEALED_2, "layers.0.wq of 32 x 32 has 4096 bytes"},
};

static void put(unsigned char *at, uint64_t value, long bytes)
{
    for (long i = 0; i < bytes; i++, value >>= 8)
        at[i] = (unsigned char)value;
}

static void seal(unsigned char *f)
{
    uint64_t n = f[60] | (uint64_t)f[61] << 8 | (uint64_t)f[62] << 16 | (uint64_t)f[63] << 24;
    put(f + 88, 0, 8);
    put(f + 88, XXH3_64bits(f, n <= 1000 ? 4096 + 96 * n : head_bytes), 8);
}

/* Applies damage `i` to a copy of the file; *bytes becomes its new size. */
static void damage(size_t i, unsigned char *f, size_t *bytes)
{
    const uint64_t value = damages[i].value;
    unsigned char entry[96];
    switch (damages[i].at) {
    case CUT: *bytes = (size_t)value; break;
    case GROW:
        *bytes += (size_t)value;
        if (damages[i].seal == SEALED)
            put(f + 64, *bytes, 8);
        break;
    case SWAP:
        memcpy(entry, f + ENTRY(damages[i].bytes, 0), 96);
        memcpy(f + ENTRY(damages[i].bytes, 0), f + ENTRY(value, 0), 96);
        memcpy(f + ENTRY(value, 0), entry, 96);
        break;
    case FILL: memset(f + damages[i].bytes, '!', value - (uint64_t)damages[i].bytes); break;
    case DROP: /* the embedding: 80 rows of 32 are one step */
        memset(f + ENTRY(LAST, 0), 0, 96);
        put(f + 60, LAST, 4);
        *bytes -= STEP;
        put(f + 64, *bytes, 8);
        break;
    case SHAPE:
        put(f + ENTRY(damages[i].bytes, 32), value, 8);
        put(f + ENTRY(damages[i].bytes, 56), ((value & UINT32_MAX) + 15) / 16 * 16 * (value >> 32) * 4, 8);
        break;
    default: put(f + damages[i].at, value, damages[i].bytes);
    }
    if (damages[i].seal == SEALED_3)
        put(f + 12, 3, 4);
    if (damages[i].seal == SEALED_2)
        put(f + 12, 2, 4);
    if (damages[i].seal != BROKEN)
        seal(f);
}

static bool write_file(const unsigned char *f, size_t bytes)
{
    FILE *to = fopen(path, "wb");
    bool ok = to && fwrite(f, 1, bytes, to) == bytes;
    return to && fclose(to) == 0 && ok;
}

static void test_damages(void)
{
    unsigned char *f = malloc(good_bytes + 2 * STEP);
    for (size_t i = 0; f && i < sizeof damages / sizeof damages[0]; i++) {
        mw_error err = {""};
        mw_model m;
        size_t bytes = good_bytes;
        memcpy(f, good, good_bytes);
        memset(f + good_bytes, 0, 2 * STEP);
        damage(i, f, &bytes);
        bool written = write_file(f, bytes);
        int rc = mw_tvl_model_open(path, &m, &err);
        if (!tap_ok(written && rc == -EINVAL && strstr(err.text, damages[i].message) && strstr(err.text, path) &&
                        m.file.fd < 0 && !m.tensors,
                    "%s: refused", damages[i].name))
            tap_note("%d, %s", rc, err.text);
        if (rc == 0)
            mw_model_close(&m);
    }
    free(f);
}

/* The parser by itself, with the head in memory of exactly its size, so that a sanitizer sees what is read beyond. */
static void test_parse(void)
{
    mw_tvl tvl;
    mw_error err = {""};
    size_t passed = 0;
    for (size_t n = 0; n < head_bytes; n++) {
        unsigned char *head = malloc(n ? n : 1);
        memcpy(head, good, n);
        passed += mw_tvl_parse(head, n, good_bytes, "head", &tvl, &err) != -EINVAL || tvl.tensors || !err.text[0];
        passed += mw_tvl_parse(head, n, n, "head", &tvl, NULL) != -EINVAL || tvl.tensors;
        free(head);
    }
    tap_ok(passed == 0, "a head cut anywhere is refused (%zu of %zu were not)", passed, 2 * head_bytes);
    unsigned char *head = malloc(head_bytes);
    memcpy(head, good, head_bytes);
    passed = 0;
    for (size_t bit = 0; bit < 8 * head_bytes; bit++) {
        head[bit / 8] ^= (unsigned char)(1 << bit % 8);
        passed += mw_tvl_parse(head, head_bytes, good_bytes, "head", &tvl, &err) != -EINVAL || tvl.tensors;
        head[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    tap_ok(passed == 0, "one wrong bit anywhere in a head is refused (%zu of %zu were not)", passed, 8 * head_bytes);
    tap_ok(mw_tvl_parse(head, head_bytes, good_bytes, "head", &tvl, &err) == 0 && tvl.n == LAST + 1 && tvl.all_finite,
           "the whole head is not");
    mw_tvl_free(&tvl);
    free(head);
}

static void refused(const char *name, int rc, const char *message)
{
    mw_error err = {""};
    mw_model m;
    int got = mw_tvl_model_open(path, &m, &err);
    tap_ok(got == rc && strstr(err.text, message) && strstr(err.text, path), "%s: %s", name, err.text);
    if (got == 0)
        mw_model_close(&m);
}

static void test_not_files(void)
{
    unlink(path);
    refused("a file that is not there", -ENOENT, "cannot be opened");
    if (tap_ok(mkfifo(path, 0600) == 0, "a FIFO can be made"))
        refused("a FIFO", -EINVAL, "not a regular file");
    unlink(path);
    if (tap_ok(mkdir(path, 0700) == 0, "a folder can be made"))
        refused("a folder", -EINVAL, "not a regular file");
    rmdir(path);
    if (symlink("/dev/zero", path) == 0)
        refused("a device", -EINVAL, "not a regular file");
    unlink(path);
    write_file(good, good_bytes);
    chmod(path, 0);
    if (geteuid() == 0)
        tap_skip("a file without permission", "root may read everything");
    else
        refused("a file without permission", -EACCES, "cannot be opened");
}

static bool make_good(void)
{
    char from[80];
    snprintf(from, sizeof from, "%s.bin", path);
    tiny t = tiny_make(config, 1);
    mw_model m;
    bool ok = tiny_write(&t, 0, from) && mw_checkpoint_open(from, &m, NULL) == 0;
    if (ok) {
        ok = mw_tvl_model_write(&m, MW_F32, path, NULL, NULL, NULL) == 0;
        mw_model_close(&m);
    }
    tiny_free(&t);
    unlink(from);
    FILE *f = ok ? fopen(path, "rb") : NULL;
    struct stat st;
    if (!f || fstat(fileno(f), &st) || !(good = malloc((size_t)st.st_size)))
        return false;
    good_bytes = fread(good, 1, (size_t)st.st_size, f);
    head_bytes = ENTRY(LAST + 1, 0);
    return fclose(f) == 0 && good_bytes == (size_t)st.st_size;
}

int main(void)
{
    snprintf(path, sizeof path, "/tmp/memwall-tvl-files-%ld", (long)getpid());
    if (tap_ok(make_good(), "a valid file to damage")) {
        test_damages();
        test_parse();
        test_not_files();
    }
    free(good);
    unlink(path);
    return tap_done();
}
