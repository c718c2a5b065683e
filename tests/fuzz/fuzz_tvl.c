/* Input: the first 116 bytes of a header (the rest of its page is zeros), the tensor table, weights, and four bytes: a
 * number, what is repaired (below), a choice of loads and kernels, and what fails.
 *
 * A fuzzer does not guess a checksum, nor where the tensors of a changed table have to stand. So these are put right
 * unless the input asks to be left as it is. */
#include "engine/tvl_model.h"
#include "layouts/tvl_format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_model.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    OWN_TABLE = 1,     /* else: the table is the one that the configuration asks for, if there is one */
    OWN_PLACES = 2,    /* else: offsets and sizes follow from the shapes */
    OWN_CHECKSUM = 4,  /* else: that of the header is right */
    OWN_SUMS = 8,      /* else: those of the tensors are right */
    OWN_BYTES = 16,    /* else: the file is as long as the header says */
    DIRTY_HEADER = 32, /* a byte that must be zero is not */
    MOST_TABLE = 256,  /* tensors that are put right */
    SMALL = 4 << 20,
    LARGE = 64 << 20
};

typedef struct image {
    unsigned char *head; /* header page and table, then some room */
    size_t bytes;        /* of both */
    uint64_t tensors, told;
    const uint8_t *weights;
    size_t n_weights;
} image;

static unsigned char head_room[MW_TVL_PAGE + MOST_TABLE * MW_TVL_ENTRY];

/* Replaces the table if the numbers of the header form a model that is small enough. */
static void make_table(image *im)
{
    static mw_tensor table[MOST_TABLE];
    uint32_t w[MW_TVL_MODEL_WORDS];
    for (size_t i = 0; i < MW_TVL_MODEL_WORDS; i++)
        w[i] = mw_tvl_get32(im->head + mw_tvl_at_word(i));
    const mw_config c = {w[0],
                         w[1],
                         w[2],
                         w[3],
                         w[4],
                         w[5],
                         w[6],
                         w[7] == 1,
                         .head_size = w[8],
                         .rope_factors = w[12] & 2,
                         .qkv_bias = w[12] & 4,
                         .qk_norm = w[12] & 8}; /* what decides about tensors */
    if (mw_config_check(&c, "", NULL) || mw_tensor_count(&c) > MOST_TABLE)
        return;
    mw_tensor_table(&c, table);
    im->tensors = mw_tensor_count(&c);
    for (size_t i = 0; i < im->tensors; i++) {
        unsigned char *e = im->head + MW_TVL_PAGE + i * MW_TVL_ENTRY;
        memset(e, 0, MW_TVL_ENTRY);
        memcpy(e, table[i].name, strlen(table[i].name));
        mw_tvl_put32(e + MW_TVL_IN_ROWS, table[i].rows);
        mw_tvl_put32(e + MW_TVL_IN_COLS, table[i].cols);
        mw_tvl_put32(e + MW_TVL_IN_LAYOUT, !table[i].vector);
    }
    mw_tvl_put32(im->head + MW_TVL_AT_COUNT, (uint32_t)im->tensors);
    im->bytes = MW_TVL_PAGE + im->tensors * MW_TVL_ENTRY;
}

/* Unpacks the input. A table that is shorter than the header says stays so. */
static image unpack(fuzz_input in)
{
    image im = {.head = head_room, .bytes = MW_TVL_PAGE};
    memset(head_room, 0, sizeof head_room);
    const size_t header = in.size < MW_TVL_HEADER_END ? in.size : MW_TVL_HEADER_END;
    if (header > 0)
        memcpy(im.head, in.data, header);
    im.tensors = mw_tvl_get32(im.head + MW_TVL_AT_COUNT);
    if (im.tensors > MOST_TABLE)
        im.tensors = MOST_TABLE;
    size_t table = im.tensors * MW_TVL_ENTRY;
    if (table > in.size - header)
        table = in.size - header;
    if (table > 0)
        memcpy(im.head + MW_TVL_PAGE, in.data + header, table);
    im.bytes += table;
    im.weights = in.data + header + table;
    im.n_weights = in.size - header - table;
    return im;
}

/* Offsets, sizes and the size of the file, as the shapes want them. Shapes whose size overflows keep theirs. */
static void place_tensors(image *im)
{
    uint64_t at = mw_tvl_data_start(im->tensors), bytes;
    mw_tvl_put64(im->head + MW_TVL_AT_TABLE, MW_TVL_PAGE);
    mw_tvl_put64(im->head + MW_TVL_AT_DATA, at);
    for (size_t i = 0; MW_TVL_PAGE + (i + 1) * MW_TVL_ENTRY <= im->bytes; i++) {
        unsigned char *e = im->head + MW_TVL_PAGE + i * MW_TVL_ENTRY;
        mw_tvl_put64(e + MW_TVL_IN_OFFSET, at);
        mw_tensor t = {.rows = mw_tvl_get32(e + MW_TVL_IN_ROWS),
                       .cols = mw_tvl_get32(e + MW_TVL_IN_COLS),
                       .vector = mw_tvl_get32(e + MW_TVL_IN_LAYOUT) == 0};
        mw_dtype_of_id(mw_tvl_get32(e + MW_TVL_IN_DTYPE), &t.dtype); /* f32 if there is none */
        if (!mw_tvl_data_bytes(&t, &bytes))
            continue;
        mw_tvl_put64(e + MW_TVL_IN_BYTES, bytes);
        if (!mw_add_u64(at, bytes, &at) || !mw_align_u64(at, MW_TVL_TENSOR_ALIGN, &at))
            at = UINT64_MAX - MW_TVL_TENSOR_ALIGN + 1;
    }
    mw_tvl_put64(im->head + MW_TVL_AT_FILE_BYTES, at);
}

/* The checksums of the tensors, over the weights that the input brings and zeros after them. */
static void sum_tensors(image *im)
{
    static unsigned char data[SMALL];
    const uint64_t start = mw_tvl_get64(im->head + MW_TVL_AT_DATA);
    const size_t n = im->n_weights < SMALL ? im->n_weights : SMALL;
    if (n > 0)
        memcpy(data, im->weights, n);
    for (size_t i = 0; MW_TVL_PAGE + (i + 1) * MW_TVL_ENTRY <= im->bytes; i++) {
        unsigned char *e = im->head + MW_TVL_PAGE + i * MW_TVL_ENTRY;
        const uint64_t at = mw_tvl_get64(e + MW_TVL_IN_OFFSET) - start, bytes = mw_tvl_get64(e + MW_TVL_IN_BYTES);
        if (at <= SMALL && bytes <= SMALL - at)
            mw_tvl_put64(e + MW_TVL_IN_CHECKSUM, XXH3_64bits(data + at, (size_t)bytes));
    }
    memset(data, 0, n);
}

static void repair(image *im, unsigned mode, unsigned number)
{
    if (!(mode & OWN_TABLE))
        make_table(im);
    if (!(mode & OWN_PLACES))
        place_tensors(im);
    if (!(mode & OWN_SUMS))
        sum_tensors(im);
    if (mode & DIRTY_HEADER)
        im->head[MW_TVL_HEADER_END + number * 15] = 1;
    if (!(mode & OWN_CHECKSUM)) {
        mw_tvl_put64(im->head + MW_TVL_AT_CHECKSUM, 0);
        mw_tvl_put64(im->head + MW_TVL_AT_CHECKSUM, XXH3_64bits(im->head, im->bytes));
    }
    im->told = mw_tvl_get64(im->head + MW_TVL_AT_FILE_BYTES);
}

/* The parser alone, over bytes that end where it is told. */
static void parse(const unsigned char *head, size_t bytes, uint64_t file_bytes, unsigned fail)
{
    unsigned char *copy = malloc(bytes ? bytes : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, head, bytes);
    mw_error err = {""};
    mw_tvl tvl;
    fuzz_inject_start(fail);
    if (fuzz_ok(mw_tvl_parse(copy, bytes, file_bytes, "input", &tvl, &err), &err)) {
        uint64_t at = tvl.data_offset, size = 0;
        FUZZ_CHECK(at >= MW_TVL_PAGE + tvl.n * MW_TVL_ENTRY && tvl.n > 0);
        for (size_t i = 0; i < tvl.n; i++) {
            const mw_tensor *t = &tvl.tensors[i];
            FUZZ_CHECK(strnlen(t->name, sizeof t->name) < sizeof t->name && t->offset >= at);
            FUZZ_CHECK(t->offset % MW_TVL_TENSOR_ALIGN == 0);
            size = (t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16)->bytes(t->dtype, t->rows, t->cols);
            FUZZ_CHECK(mw_add_u64(t->offset, size, &at));
            FUZZ_CHECK(at <= file_bytes);
        }
    } else {
        FUZZ_CHECK(!tvl.tensors && !tvl.checksums);
    }
    mw_tvl_free(&tvl);
    fuzz_inject_end();
    free(copy);
}

static void read_and_verify(const char *path)
{
    mw_error err = {""};
    mw_file file;
    mw_tvl tvl;
    if (!fuzz_ok(mw_file_open(path, &file, &err), &err))
        return;
    if (fuzz_ok(mw_tvl_read(&file, &tvl, &err), &err) && file.bytes <= SMALL)
        fuzz_ok(mw_tvl_verify(&file, &tvl, NULL, NULL, &err), &err);
    mw_tvl_free(&tvl);
    mw_file_close(&file);
}

static void open_model(const char *path, unsigned pick)
{
    mw_error err = {""};
    mw_model m;
    if (!fuzz_ok(mw_tvl_model_open(path, &m, &err), &err))
        return;
    fuzz_use_model(&m, pick);
    mw_model_close(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), pick = fuzz_take(&in), mode = fuzz_take(&in), number = fuzz_take(&in);
    image im = unpack(in);
    repair(&im, mode, number);

    parse(im.head, im.bytes, im.told, fail);
    parse(im.head, im.bytes * number / 256, im.told, 0);
    parse(im.head, im.bytes, im.told + number - 128, 0);
    if (im.told > LARGE)
        return 0;
    const uint64_t file_bytes = mode & OWN_BYTES ? im.told * number / 128 : im.told;
    const char *path = fuzz_file(im.head, im.bytes, file_bytes);
    fuzz_file_put(im.weights, im.n_weights, mw_tvl_get64(im.head + MW_TVL_AT_DATA));
    fuzz_begin(fail);
    open_model(path, pick);
    fuzz_end();
    fuzz_begin(fail);
    read_and_verify(path);
    fuzz_end();
    return 0;
}
