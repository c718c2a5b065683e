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

/* Every element has a cell of its own below cells(), and the cells that are left are the padding. */
static bool bijective(const mw_layout *l, size_t rows, size_t cols)
{
    const size_t n = l->cells(rows, cols);
    unsigned char *seen = calloc(n, 1);
    bool ok = seen && n >= rows * cols;
    for (size_t i = 0; i < rows && ok; i++)
        for (size_t j = 0; j < cols && ok; j++) {
            size_t c = l->cell(i, j, rows, cols);
            ok = c < n && !seen[c];
            if (ok)
                seen[c] = 1;
        }
    free(seen);
    return ok;
}

/* Packs in odd blocks of rows into zeroed memory: rows come back, and what is no weight is still zero. */
static bool round_trip(const mw_layout *l, size_t rows, size_t cols)
{
    const size_t n = l->cells(rows, cols);
    float *w = calloc(n, sizeof *w), *src = malloc(rows * cols * sizeof *src), *row = malloc(cols * sizeof *row);
    bool ok = w && src && row;
    for (size_t i = 0; i < rows && ok; i++)
        for (size_t j = 0; j < cols; j++)
            src[i * cols + j] = weight(i, j, cols);
    for (size_t i = 0; i < rows && ok; i += 5)
        mw_layout_pack(l, MW_F32, w, src + i * cols, i, rows - i < 5 ? rows - i : 5, rows, cols);
    for (size_t i = 0; i < rows && ok; i++) {
        mw_layout_row(l, MW_F32, row, w, i, rows, cols);
        ok = memcmp(row, src + i * cols, cols * sizeof *row) == 0;
    }
    size_t zeros = 0;
    for (size_t i = 0; i < n && ok; i++)
        zeros += w[i] == 0;
    ok = ok && zeros == n - rows * cols;
    free(w);
    free(src);
    free(row);
    return ok;
}

/* Where a kernel starts for the rows from a split on: at i * ld elements of the layout's own step, see kernel.h. */
static bool starts_follow_ld(const mw_layout *l, size_t rows, size_t cols)
{
    const size_t ld = l->ld(rows, cols);
    bool ok = true;
    for (size_t i = 0; i < rows; i += MW_ROW_SPLIT) {
        size_t step = l->id == MW_LAYOUT_COLMAJOR ? i : l->id == MW_LAYOUT_AOS ? i * ld * 4 : i * ld;
        ok &= l->cell(i, 0, rows, cols) == step;
    }
    return ok && ld == (l->id == MW_LAYOUT_COLMAJOR ? rows : cols);
}

static void check_layout(const mw_layout *l)
{
    bool unique_cells = true, back = true, starts = true;
    for (int s = 0; s < SHAPES; s++) {
        unique_cells &= bijective(l, shapes[s][0], shapes[s][1]);
        back &= round_trip(l, shapes[s][0], shapes[s][1]);
        starts &= starts_follow_ld(l, shapes[s][0], shapes[s][1]);
    }
    tap_ok(unique_cells, "%s: every element has a cell of its own", l->name);
    tap_ok(back, "%s: rows come back, padding stays zero", l->name);
    tap_ok(starts, "%s: shares of the rows start where kernels expect them", l->name);
    tap_ok(l->description && mw_layout_of(l->id) == l && MW_ROW_SPLIT % l->panel_rows == 0,
           "%s: found by its id, panels fit the split between threads", l->name);
    tap_ok(l->cells(1ull << 31, 1ull << 26) >= 1ull << 57, "%s: sizes are counted in 64 bits", l->name);
}

static void check_formulas(void)
{
    bool tvl = true, cells = true;
    for (int s = 0; s < SHAPES; s++) {
        const size_t rows = shapes[s][0], cols = shapes[s][1];
        for (size_t p = 0; p * 16 < rows; p++)
            for (size_t j = 0; j < cols; j++)
                for (size_t r = 0; r < 16 && p * 16 + r < rows; r++)
                    tvl &= mw_layout_tvl16.cell(p * 16 + r, j, rows, cols) == (p * cols + j) * 16 + r;
        cells &= mw_layout_tvl16.cells(rows, cols) == (rows + 15) / 16 * 16 * cols &&
                 mw_layout_rowmajor.cells(rows, cols) == rows * cols &&
                 mw_layout_colmajor.cells(rows, cols) == rows * cols &&
                 mw_layout_aos.cells(rows, cols) == 4 * rows * cols;
    }
    tap_ok(tvl, "tvl[p][j][r] = W[16 p + r][j]");
    tap_ok(cells, "sizes: only tvl pads rows, aos quadruples");
    tap_ok(mw_layout_rowmajor.cell(3, 4, 10, 7) == 25 && mw_layout_colmajor.cell(3, 4, 10, 7) == 43 &&
               mw_layout_aos.cell(3, 4, 10, 7) == 100,
           "rowmajor, colmajor and aos by hand");
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
        bytes += (table[k].vector ? 7 : l->cells(table[k].rows, table[k].cols)) * sizeof(float);
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
