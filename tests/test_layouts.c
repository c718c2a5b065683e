/* Layouts: index functions, packing and back; and weights loaded from a file in both ways. */
#include "layouts/layout.h"
#include "layouts/weights.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint32_t shapes[][2] = {{1, 1},   {1, 7},   {15, 3}, {16, 1},   {16, 16}, {17, 5},
                                     {31, 33}, {32, 48}, {33, 2}, {48, 127}, {257, 31}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* The weight in row i and column j: different everywhere, never 0. */
static float weight(size_t i, size_t j, size_t cols)
{
    return (float)(1 + i * cols + j);
}

/* Columns of a shape that are whole blocks. */
static size_t whole(mw_dtype d, size_t cols)
{
    const size_t block = mw_dtypes[d].block;
    return (cols + block - 1) / block * block;
}

/* Bits of w[n] that are ones: the K formats are moved bit by bit. */
static size_t ones_of(const unsigned char *w, size_t n)
{
    size_t ones = 0;
    for (size_t i = 0; i < n; i++)
        ones += (size_t)__builtin_popcount(w[i]);
    return ones;
}

/* Every block has bytes of its own inside the matrix; those of a first block begin where a kernel starts. */
static bool bijective(const mw_layout *l, mw_dtype d, size_t rows, size_t cols)
{
    unsigned char ones[MW_MOST_BLOCK_BYTES];
    memset(ones, 0xff, sizeof ones);
    const size_t n = (size_t)l->bytes(d, rows, cols), block = mw_dtypes[d].block_bytes;
    unsigned char *w = calloc(n, 1);
    size_t sum = 0;
    bool ok = w && n >= rows * mw_dtype_bytes(d, cols);
    for (size_t i = 0; i < rows && ok; i++)
        for (size_t b = 0; b < cols / mw_dtypes[d].block && ok; b++) {
            const bool first = i % MW_ROW_SPLIT == 0 && b == 0;
            const size_t at = first ? (size_t)l->at(d, i, rows, cols) : 0;
            ok = !first || (at < n && !w[at]);
            l->put(d, w, ones, i, b, 1, rows, cols);
            sum += 8 * block;
            ok = ok && (!first || w[at]);
        }
    ok = ok && ones_of(w, n) == sum;
    free(w);
    return ok;
}

/* Packs in odd groups of rows into zeroed memory: rows come back, and what is no weight is still zero. */
static bool round_trip(const mw_layout *l, mw_dtype d, size_t rows, size_t cols)
{
    const size_t n = (size_t)l->bytes(d, rows, cols), row_bytes = (size_t)mw_dtype_bytes(d, cols);
    unsigned char *w = calloc(n, 1), *src = malloc(rows * row_bytes);
    float *row = malloc(cols * sizeof *row), *want = malloc(cols * sizeof *want);
    bool ok = w && src && row && want;
    for (size_t i = 0; i < rows * row_bytes && ok; i++) /* finite in every dtype, and no byte is zero */
        src[i] = (unsigned char)(1 + i * 7 % 59);
    for (size_t i = 0; i < rows && ok; i += 5)
        mw_layout_pack(l, d, w, src + i * row_bytes, i, rows - i < 5 ? rows - i : 5, rows, cols);
    for (size_t i = 0; i < rows && ok; i++) {
        mw_layout_row(l, d, row, w, i, rows, cols);
        mw_dtypes[d].to_floats(want, src + i * row_bytes, cols);
        ok = memcmp(row, want, cols * sizeof *row) == 0;
    }
    ok = ok && ones_of(w, n) == ones_of(src, rows * row_bytes);
    free(w);
    free(src);
    free(row);
    free(want);
    return ok;
}

static void check_layout(const mw_layout *l)
{
    for (int d = 0; d < (l->f32_only ? 1 : MW_DTYPE_COUNT); d++) {
        bool own = true, back = true;
        for (int s = 0; s < SHAPES; s++) {
            own &= bijective(l, (mw_dtype)d, shapes[s][0], whole((mw_dtype)d, shapes[s][1]));
            back &= round_trip(l, (mw_dtype)d, shapes[s][0], whole((mw_dtype)d, shapes[s][1]));
        }
        tap_ok(own, "%s, %s: every block has bytes of its own, where kernels expect them", l->name, mw_dtypes[d].name);
        tap_ok(back, "%s, %s: rows come back, padding stays zero", l->name, mw_dtypes[d].name);
        tap_ok(l->bytes((mw_dtype)d, 1ull << 31, 1ull << 26) >= 1ull << 55, "%s, %s: sizes are counted in 64 bits",
               l->name, mw_dtypes[d].name);
    }
    tap_ok(l->ld(33, 7) == (l->id == MW_LAYOUT_COLMAJOR ? 33 : 7), "%s: the stride of kernels", l->name);
    tap_ok(l->description && mw_layout_of(l->id) == l && MW_ROW_SPLIT % l->panel_rows == 0,
           "%s: found by its id, panels fit the split between threads", l->name);
}

/* Whether block `b` of row i is `bytes` bytes from `at` on, wherever the rest of it is. */
static bool begins_at(const mw_layout *l, mw_dtype d, size_t i, size_t b, size_t rows, size_t cols, size_t at,
                      size_t bytes)
{
    unsigned char block[MW_MOST_BLOCK_BYTES], w[20000] = {0};
    for (size_t k = 0; k < sizeof block; k++)
        block[k] = (unsigned char)(k + 1);
    l->put(d, w, block, i, b, 1, rows, cols);
    const size_t skip = mw_dtype_in_blocks(d) ? 2 : 0; /* codes first, then the scale */
    return memcmp(w + at, block + skip, bytes) == 0;
}

static void check_formulas(void)
{
    bool f32 = true, sizes = true;
    for (int s = 0; s < SHAPES; s++) {
        const size_t rows = shapes[s][0], cols = shapes[s][1], at = (rows - 1) / 16 * 16 * cols + (rows - 1) % 16;
        if (mw_layout_tvl16.bytes(MW_F32, rows, cols) <= 20000)
            f32 &= begins_at(&mw_layout_tvl16, MW_F32, rows - 1, cols - 1, rows, cols, 4 * (at + (cols - 1) * 16), 4);
        sizes &= mw_layout_tvl16.bytes(MW_F32, rows, cols) == (rows + 15) / 16 * 16 * cols * 4 &&
                 mw_layout_rowmajor.bytes(MW_F32, rows, cols) == rows * cols * 4 &&
                 mw_layout_colmajor.bytes(MW_F32, rows, cols) == rows * cols * 4 &&
                 mw_layout_aos.bytes(MW_F32, rows, cols) == 16 * rows * cols;
    }
    tap_ok(f32, "tvl, f32: tvl[p][j][r] = W[16 p + r][j]");
    tap_ok(sizes, "f32: only tvl pads rows, aos quadruples");
    tap_ok(begins_at(&mw_layout_rowmajor, MW_F32, 3, 4, 10, 7, 100, 4) &&
               begins_at(&mw_layout_colmajor, MW_F32, 3, 4, 10, 7, 172, 4) &&
               begins_at(&mw_layout_aos, MW_F32, 3, 4, 10, 7, 400, 4) &&
               begins_at(&mw_layout_rowmajor, MW_Q8_0, 1, 2, 4, 96, 34 * 5 + 2, 32) &&
               begins_at(&mw_layout_rowmajor, MW_Q4_0, 1, 2, 4, 96, 18 * 5 + 2, 16),
           "rowmajor, colmajor and aos by hand");
    tap_ok(mw_layout_tvl16.bytes(MW_BF16, 17, 6) == 2 * 3 * 64 && mw_layout_tvl16.bytes(MW_F16, 16, 7) == 4 * 64 &&
               mw_layout_tvl16.bytes(MW_Q8_0, 16, 64) == 17 * 64 && mw_layout_tvl16.bytes(MW_Q8_0, 16, 96) == 26 * 64 &&
               mw_layout_tvl16.bytes(MW_Q4_0, 32, 64) == 18 * 64 && mw_layout_tvl16.bytes(MW_Q4_0, 1, 32) == 5 * 64,
           "tvl: lines of a panel by hand");
    tap_ok(begins_at(&mw_layout_tvl16, MW_BF16, 18, 5, 32, 6, 3 * 64 + 2 * 64 + 2 * 4 + 2, 2) &&
               begins_at(&mw_layout_tvl16, MW_Q8_0, 19, 1, 32, 96, 26 * 64 + 8 * 64 + 3 * 4, 4) &&
               begins_at(&mw_layout_tvl16, MW_Q8_0, 3, 2, 32, 96, 17 * 64 + 3 * 4, 4) &&
               begins_at(&mw_layout_tvl16, MW_Q4_0, 5, 1, 16, 64, 4 * 64 + 5 * 4, 4),
           "tvl: codes by hand");
    unsigned char block[34] = {0xaa, 0xbb}, w[26 * 64] = {0};
    for (size_t b = 0; b < 3; b++)
        mw_layout_tvl16.put(MW_Q8_0, w, block, 3, b, 1, 16, 96);
    tap_ok(w[16 * 64 + 3 * 2] == 0xaa && w[16 * 64 + 32 + 3 * 2] == 0xaa && w[25 * 64 + 3 * 2 + 1] == 0xbb &&
               ones_of(w, sizeof w) == 3 * 10,
           "tvl: scales by hand");
    tap_ok(mw_layout_of(MW_LAYOUT_COUNT) == NULL, "an unknown id has no layout");
}

/* --- weights --- */

/* A file like a checkpoint: 28 bytes of header, then the tensors; the table runs in another order than the file. */
enum { HEADER = 28, TENSORS = 4 };
static mw_tensor table[TENSORS] = {
    {.name = "norm", .rows = 1, .cols = 7, .vector = true},
    {.name = "layers.0.wq", .rows = 33, .cols = 7},
    {.name = "layers.0.w2", .rows = 16, .cols = 31},
    {.name = "last", .rows = 5, .cols = 3},
};
static char path[] = "/tmp/memwall-layouts-XXXXXX";

/* Writes the file, with `bad` in the middle of tensor `spoilt` (-1: none) and `cut` bytes missing at its end. */
static bool write_file(int spoilt, float bad, size_t cut)
{
    static const int in_file[TENSORS] = {1, 0, 3, 2};
    static float all[2048];
    size_t n = 0;
    for (int k = 0; k < TENSORS; k++) {
        mw_tensor *t = &table[in_file[k]];
        t->offset = HEADER + n * sizeof(float);
        for (size_t i = 0; i < t->rows; i++)
            for (size_t j = 0; j < t->cols; j++)
                all[n++] = weight(i, j, t->cols) + 1000 * (float)in_file[k];
        if (in_file[k] == spoilt)
            all[n - t->cols * t->rows / 2] = bad;
    }
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    const char header[HEADER] = "header";
    bool ok = fwrite(header, HEADER, 1, f) == 1 && fwrite(all, n * sizeof *all - cut, 1, f) == 1;
    return fclose(f) == 0 && ok;
}

static bool tensors_right(const mw_weights *w)
{
    bool ok = w->n == TENSORS;
    float row[31];
    for (int k = 0; k < TENSORS && ok; k++) {
        const mw_matrix *m = &w->matrix[k];
        ok = m->rows == table[k].rows && m->cols == table[k].cols;
        for (size_t i = 0; i < m->rows && ok; i++) {
            mw_layout_row(table[k].vector ? &mw_layout_rowmajor : w->layout, MW_F32, row, m->data, i, m->rows, m->cols);
            for (size_t j = 0; j < m->cols; j++)
                ok &= row[j] == weight(i, j, m->cols) + 1000 * (float)k;
        }
    }
    return ok;
}

static void check_heap(const mw_file *file, const mw_layout *l)
{
    mw_weights *w;
    mw_error err;
    if (!tap_ok(mw_weights_open((mw_source){file, table, TENSORS, &mw_layout_rowmajor}, l, MW_LOAD_HEAP, &w, &err) == 0,
                "heap %s: loads", l->name)) {
        tap_note("%s", err.text);
        return;
    }
    bool aligned = true, forward = true;
    uint64_t bytes = 0;
    for (int k = 0; k < TENSORS; k++) {
        aligned &= (uintptr_t)w->matrix[k].data % 128 == 0;
        forward &= k == 0 || (const char *)w->matrix[k].data > (const char *)w->matrix[k - 1].data;
        bytes += table[k].vector ? 7 * sizeof(float) : l->bytes(MW_F32, table[k].rows, table[k].cols);
    }
    tap_ok(tensors_right(w), "heap %s: every weight is where it belongs", l->name);
    tap_ok(aligned, "heap %s: every tensor starts on a line", l->name);
    tap_ok(forward == l->forward_order, "heap %s: tensors in the order of the %s", l->name,
           l->forward_order ? "forward pass" : "file");
    tap_ok(w->bytes == bytes &&
               w->region_bytes ==
                   mw_weights_bytes((mw_source){file, table, TENSORS, &mw_layout_rowmajor}, l, MW_LOAD_HEAP) &&
               w->region_bytes >= bytes && w->region_bytes < bytes + TENSORS * 128,
           "heap %s: bytes are counted, with the padding of panels", l->name);
    mw_weights_close(w);
}

static void check_mmap(const mw_file *file)
{
    mw_weights *w;
    mw_error err;
    if (!tap_ok(mw_weights_open((mw_source){file, table, TENSORS, &mw_layout_rowmajor}, &mw_layout_rowmajor,
                                MW_LOAD_MMAP, &w, &err) == 0,
                "mmap: loads"))
        return;
    bool exact = true;
    for (int k = 0; k < TENSORS; k++)
        exact &= (const char *)w->matrix[k].data == (const char *)w->region + table[k].offset;
    tap_ok(exact && (uintptr_t)w->region % mw_page_bytes() == 0, "mmap: tensors stand at their offsets in the file");
    tap_ok((uintptr_t)w->matrix[1].data % 64 == HEADER, "mmap: the first one at byte 28 of a line");
    tap_ok(tensors_right(w), "mmap: every weight is where it belongs");
    tap_ok(w->region_bytes == file->bytes && w->bytes == file->bytes - HEADER &&
               mw_weights_bytes((mw_source){file, table, TENSORS, &mw_layout_rowmajor}, &mw_layout_rowmajor,
                                MW_LOAD_MMAP) == file->bytes,
           "mmap: bytes are counted");
    mw_weights_close(w);
    mw_weights_close(NULL);
    int rc = mw_weights_open((mw_source){file, table, TENSORS, &mw_layout_rowmajor}, &mw_layout_tvl16, MW_LOAD_MMAP, &w,
                             &err);
    tap_ok(rc == -ENOTSUP && !w && strstr(err.text, path) && strstr(err.text, "--load=heap"),
           "mmap tvl: a row-major file is refused: %s", err.text);
}

/* Opens what is in the file now with load heap: the return value, and the message in `err`. */
static int try_heap(const mw_layout *l, mw_error *err)
{
    mw_file file;
    mw_weights *w = NULL;
    int rc = mw_file_open(path, &file, err);
    if (rc)
        return rc;
    rc = mw_weights_open((mw_source){&file, table, TENSORS, &mw_layout_rowmajor}, l, MW_LOAD_HEAP, &w, err);
    mw_weights_close(w);
    mw_file_close(&file);
    return rc;
}

static void check_damage(const mw_layout *l)
{
    mw_error err;
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    for (int k = 0; k < 3; k++) {
        int rc = write_file(k, bad[k], 0) ? try_heap(l, &err) : 0;
        tap_ok(rc == -EINVAL && strstr(err.text, path) && strstr(err.text, table[k].name), "heap %s: %g in %s is found",
               l->name, (double)bad[k], table[k].name);
    }
    int rc = write_file(-1, 0, 6) ? try_heap(l, &err) : 0;
    tap_ok(rc == -EIO && strstr(err.text, path) && strstr(err.text, "cut off"), "heap %s: a short file is refused: %s",
           l->name, err.text);
}

int main(void)
{
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        check_layout(*l);
    check_formulas();
    int fd = mkstemp(path);
    mw_file file;
    mw_error err = {""};
    if (tap_ok(fd >= 0 && write_file(-1, 0, 0) && mw_file_open(path, &file, &err) == 0, "a small file of weights")) {
        for (const mw_layout *const *l = mw_layouts; *l; l++)
            check_heap(&file, *l);
        check_mmap(&file);
        mw_file_close(&file);
        for (const mw_layout *const *l = mw_layouts; *l; l++)
            check_damage(*l);
        mw_tensor huge = {.name = "huge", .rows = UINT32_MAX, .cols = UINT32_MAX};
        tap_ok(mw_weights_bytes((mw_source){&file, &huge, 1, &mw_layout_rowmajor}, &mw_layout_aos, MW_LOAD_HEAP) ==
                   UINT64_MAX,
               "sizes that overflow say so");
    }
    if (fd >= 0)
        close(fd);
    unlink(path);
    tap_ok(strcmp(mw_load_name(MW_LOAD_HEAP), "heap") == 0 && strcmp(mw_load_name(MW_LOAD_MMAP), "mmap") == 0,
           "load strategies have names");
    return tap_done();
}
