/* Checkpoint loading: every malformed file gets its message, none gets further; the synthetic models are deterministic.
 */
#include "engine/checkpoint.h"
#include "engine/synthetic.h"
#include "tests/tap.h"
#include "tests/tiny_model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64];

/* A change to a valid file, and what the message has to say. Version 0 or 1 of a model of dim 32, hidden 48, 2 layers,
 * 4 heads, 2 kv heads, 64 tokens, 32 positions. `at` is the byte offset of an int32 that becomes `value`; at -1
 * nothing; the file is then cut or lengthened by `grow` bytes. */
static const struct {
    const char *name;
    int version, at;
    int32_t value;
    long grow;
    const char *message;
} damages[] = {
    {"v0 dim 0", 0, 0, 0, 0, "dim is 0"},
    {"v0 dim negative", 0, 0, -32, 0, "dim is -32"},
    {"v0 dim huge", 0, 0, 0x7fffffff, 0, "dim is 2147483647"},
    {"v0 dim not a multiple of heads", 0, 0, 33, 0, "not a multiple of n_heads"},
    {"v0 odd head size", 0, 0, 12, 0, "head size 3 is odd"},
    {"v0 hidden 0", 0, 4, 0, 0, "hidden_dim is 0"},
    {"v0 hidden huge", 0, 4, 0x40000000, 0, "hidden_dim is"},
    {"v0 hidden other", 0, 4, 49, 0, "header asks for"},
    {"v0 layers 0", 0, 8, 0, 0, "n_layers is 0"},
    {"v0 layers negative", 0, 8, -1, 0, "n_layers is -1"},
    {"v0 layers huge", 0, 8, 1 << 20, 0, "n_layers is"},
    {"v0 one layer more", 0, 8, 3, 0, "header asks for"},
    {"v0 heads 0", 0, 12, 0, 0, "n_heads is 0"},
    {"v0 heads INT_MIN", 0, 12, INT32_MIN, 0, "n_heads is -2147483648"},
    {"v0 kv heads 0", 0, 16, 0, 0, "n_kv_heads is 0"},
    {"v0 kv heads 3", 0, 16, 3, 0, "not a multiple of n_kv_heads"},
    {"v0 kv heads above heads", 0, 16, 8, 0, "not a multiple of n_kv_heads"},
    {"v0 vocabulary 0", 0, 20, 0, 0, "vocab_size is 0"},
    {"v0 vocabulary INT_MIN", 0, 20, INT32_MIN, 0, "vocab_size is -2147483648"},
    {"v0 vocabulary of the other kind", 0, 20, -64, 0, "header asks for"},
    {"v0 vocabulary huge", 0, 20, 0x7fffffff, 0, "vocab_size is"},
    {"v0 positions 0", 0, 24, 0, 0, "seq_len is 0"},
    {"v0 positions huge", 0, 24, 0x7fffffff, 0, "seq_len is"},
    {"v0 one byte short", 0, -1, 0, -1, "header asks for"},
    {"v0 one byte long", 0, -1, 0, 1, "header asks for"},
    {"v0 only a header", 0, -1, 0, -1000000, "header asks for"},
    {"v1 version 2", 1, 4, 2, 0, "checkpoint version 2"},
    {"v1 version negative", 1, 4, -1, 0, "checkpoint version -1"},
    {"v1 dim 0", 1, 8, 0, 0, "dim is 0"},
    {"v1 vocabulary negative", 1, 28, -64, 0, "vocab_size is -64"},
    {"v1 shared mark 7", 1, 36, 7, 0, "shared-classifier mark is 7"},
    {"v1 shared mark other", 1, 36, 0, 0, "header asks for"},
    {"v1 one byte short", 1, -1, 0, -1, "header asks for"},
    {"v1 one byte long", 1, -1, 0, 1, "header asks for"},
    {"v1 cut inside its header", 1, -1, 0, -2000000, "ends inside its header"},
};

static void damage(size_t i)
{
    FILE *f = fopen(path, "r+b");
    if (!f)
        return;
    if (damages[i].at >= 0) {
        fseek(f, damages[i].at, SEEK_SET);
        fwrite(&damages[i].value, 4, 1, f);
    }
    fseek(f, 0, SEEK_END);
    long bytes = ftell(f), wanted = bytes + damages[i].grow;
    if (damages[i].grow < 0 && wanted < 0)
        wanted = damages[i].version == 1 ? 100 : 28;
    if (ftruncate(fileno(f), wanted))
        tap_note("cannot change the size");
    fclose(f);
}

static void test_damages(void)
{
    tiny t = tiny_make((mw_config){32, 48, 2, 4, 2, 64, 32, true}, 1);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        mw_error err = {""};
        mw_model m;
        bool fine = tiny_write(&t, damages[i].version, path) && mw_checkpoint_open(path, &m, &err) == 0;
        if (fine)
            mw_model_close(&m);
        damage(i);
        int rc = mw_checkpoint_open(path, &m, &err);
        if (!tap_ok(fine && rc == -EINVAL && strstr(err.text, damages[i].message) && strstr(err.text, path),
                    "%s: refused", damages[i].name))
            tap_note("%d, %s", rc, err.text);
        if (rc == 0)
            mw_model_close(&m);
    }
    tiny_free(&t);
}

static void test_not_files(void)
{
    mw_error err = {""};
    mw_model m;
    tap_ok(mw_checkpoint_open("/nonexistent/model.bin", &m, &err) == -ENOENT && strstr(err.text, "cannot be opened"),
           "a file that is not there: %s", err.text);
    tap_ok(mw_checkpoint_open("/tmp", &m, &err) == -EINVAL && strstr(err.text, "not a regular file"), "a folder: %s",
           err.text);
    tap_ok(mw_checkpoint_open("/dev/zero", &m, &err) == -EINVAL && strstr(err.text, "not a regular file"),
           "a device: %s", err.text);
    FILE *f = fopen(path, "wb");
    if (f)
        fclose(f);
    tap_ok(mw_checkpoint_open(path, &m, &err) == -EINVAL && strstr(err.text, "too few"), "an empty file: %s", err.text);
    unlink(path);
    if (tap_ok(mkfifo(path, 0600) == 0, "a FIFO can be made"))
        tap_ok(mw_checkpoint_open(path, &m, &err) == -EINVAL && strstr(err.text, "not a regular file"), "a FIFO: %s",
               err.text);
    unlink(path);
    if (geteuid() == 0) {
        tap_skip("a file without permission", "root may read everything");
        return;
    }
    f = fopen(path, "wb");
    if (f)
        fclose(f);
    chmod(path, 0);
    tap_ok(mw_checkpoint_open(path, &m, &err) == -EACCES, "a file without permission: %s", err.text);
    unlink(path);
}

static void test_not_finite(void)
{
    const float values[] = {INFINITY, -INFINITY, NAN};
    tiny t = tiny_make((mw_config){32, 48, 2, 4, 2, 64, 32, true}, 1);
    for (int i = 0; i < 3; i++) {
        mw_error err = {""};
        mw_model m;
        mw_weights *w = NULL;
        t.w3[48 * 32 + 5] = values[i];
        bool opened = tiny_write(&t, 0, path) && mw_checkpoint_open(path, &m, &err) == 0;
        int rc = opened ? mw_weights_open(mw_model_source(&m), &mw_layout_tvl16, MW_LOAD_HEAP, &w, &err) : 0;
        tap_ok(rc == -EINVAL && strstr(err.text, "layers.1.w3") && strstr(err.text, path), "%f among the weights: %s",
               (double)values[i], err.text);
        if (opened)
            mw_model_close(&m);
    }
    tiny_free(&t);
}

/* A file may have any name, while tables are UTF-8. */
static void test_name(const char *name, const char *wanted, const char *what)
{
    char folder[80], file[400];
    mw_error err = {""};
    mw_model m = {.name = ""};
    tiny t = tiny_make((mw_config){32, 48, 2, 4, 2, 64, 32, true}, 1);
    snprintf(folder, sizeof folder, "%s-names", path);
    snprintf(file, sizeof file, "%s/%s", folder, name);
    mkdir(folder, 0700);
    if (!tiny_write(&t, 0, file)) { /* macOS takes no such bytes */
        tap_skip(what, "this file system has no such names");
    } else {
        if (mw_model_open(file, NULL, NULL, &m, &err) == 0)
            mw_model_close(&m);
        tap_ok(strcmp(m.name, wanted) == 0, "%s: %s%s", what, m.name, err.text);
    }
    unlink(file);
    rmdir(folder);
    tiny_free(&t);
}

static void test_names(void)
{
    char name[3 * 80 + 1] = "", wanted[3 * 42 + 1] = ""; /* of 127 bytes */
    for (size_t i = 0; i + 3 < sizeof name; i += 3)
        memcpy(name + i, "\u65e5", 4);
    for (size_t i = 0; i + 3 < sizeof wanted; i += 3)
        memcpy(wanted + i, "\u65e5", 4);
    test_name("a b.bin", "a b.bin", "the name of a model is that of its file");
    test_name(name, wanted, "a long one is cut at a whole letter");
    test_name("\xff\xfe\n.bin", "???.bin", "bytes that are no text are replaced");
}

static bool stop_at_once(void *to, const char *what, uint64_t done, uint64_t total)
{
    (void)to;
    (void)what;
    (void)done;
    (void)total;
    return false;
}

static void test_synthetic(void)
{
    mw_error err = {""};
    mw_model m;
    mw_weights *w = NULL;
    mw_config c;
    tap_ok(mw_synthetic_config("stories110M", &c, &err) == 0 && mw_checkpoint_v0_bytes(&c) == 438381596,
           "synthetic stories110M has the size of the real file");
    tap_ok(mw_synthetic_config("stories111M", &c, &err) == -ENOENT && strstr(err.text, "stories110M"),
           "an unknown shape lists the known ones: %s", err.text);
    mw_synthetic_config("stories260K", &c, &err);
    unlink(path);
    tap_ok(mw_synthetic_write(&c, 1, path, stop_at_once, NULL, &err) == -EINTR && access(path, F_OK) != 0,
           "interrupted: %s", err.text);
    if (!tap_ok(mw_synthetic_write(&c, 1, path, NULL, NULL, &err) == 0 && mw_checkpoint_open(path, &m, &err) == 0 &&
                    mw_weights_open(mw_model_source(&m), &mw_layout_rowmajor, MW_LOAD_HEAP, &w, &err) == 0,
                "a synthetic model opens %s", err.text))
        return;
    uint64_t hash = 14695981039346656037ull, tiny_values = 0, n = 0; /* FNV-1a over the weights */
    double square = 0;
    for (size_t i = 0; i < w->n; i++)
        for (size_t j = 0; j < (size_t)w->matrix[i].rows * w->matrix[i].cols; j++) {
            float x = ((const float *)w->matrix[i].data)[j];
            uint32_t bits;
            memcpy(&bits, &x, sizeof bits);
            hash = (hash ^ bits) * 1099511628211ull;
            tiny_values += x != 0 && fabsf(x) < 0x1p-60f;
            square += m.tensors[i].vector ? 0 : (double)x * x * w->matrix[i].cols;
            n += !m.tensors[i].vector;
        }
    tap_ok(tiny_values == 0, "its weights are far from denormal");
    tap_ok(fabs(square / (double)n - 1) < 0.02, "its weights have deviation 1 / sqrt(cols) (%.4f)",
           sqrt(square / (double)n));
    tap_ok(hash == 0xfb62d484229880b0ull, "the same bits on every machine (%llx)", (unsigned long long)hash);
    tap_ok(((const float *)w->matrix[0].data)[5] == 1.0f, "norm weights are 1");
    mw_weights_close(w);
    mw_model_close(&m);
    unlink(path);
}

int main(void)
{
    snprintf(path, sizeof path, "/tmp/memwall-checkpoint-%ld", (long)getpid());
    test_damages();
    test_not_files();
    test_not_finite();
    test_names();
    test_synthetic();
    unlink(path);
    return tap_done();
}
