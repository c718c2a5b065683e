/* tvlpack: makes, checks and describes .tvl files, and makes GGUF files. */
#include "engine/cache.h"
#include "engine/gguf.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "platform/cli.h"
#include "platform/program.h"
#include "platform/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"

typedef struct settings {
    bool verify, info, json, quiet, help, version;
    const char *against, *tokenizer;
    mw_dtype dtype; /* of new files */
} settings;

enum { DTYPE, TOKENIZER, VERIFY, AGAINST, INFO, JSON, QUIET, HELP, VERSION };

static const mw_cli_option options[] = {
    [DTYPE] = {"dtype", "NAME", "store matrices as f32, bf16, f16, q8_0 or q4_0 (f32)"},
    [TOKENIZER] = {"tokenizer", "PATH", "for OUTPUT.gguf: tokenizer.bin of the model"},
    [VERIFY] = {"verify", NULL, "read all of FILE.tvl and compare its checksums"},
    [AGAINST] = {"against", "CHECKPOINT", "with --verify: compare every weight with the original"},
    [INFO] = {"info", NULL, "describe FILE.tvl"},
    [JSON] = {"json", NULL, "with --info: for programs"},
    [QUIET] = {"quiet", NULL, "nothing on stderr but errors"},
    [HELP] = {"help", NULL, "this text"},
    [VERSION] = {"version", NULL, "version and commit"},
    {0},
};

static int set(void *to, int index, const char *value, mw_error *err)
{
    settings *s = to;
    if (index == DTYPE)
        return mw_dtype_named(value, &s->dtype)
                   ? 0
                   : mw_fail(err, -EINVAL, "--dtype: '%.32s' is unknown; choose f32, bf16, f16, q8_0 or q4_0", value);
    bool *const flags[] = {[VERIFY] = &s->verify, [INFO] = &s->info, [JSON] = &s->json,
                           [QUIET] = &s->quiet,   [HELP] = &s->help, [VERSION] = &s->version};
    if (index == AGAINST)
        s->against = value;
    else if (index == TOKENIZER)
        s->tokenizer = value;
    else
        *flags[index] = true;
    return 0;
}

/* The file name extension determines the format of the new file. */
static bool wants_gguf(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".gguf") == 0;
}

/* Names the matrices that cannot be stored as the dtype that was asked for. */
static void tell_exceptions(const mw_config *c, const settings *s)
{
    mw_tensor *table = s->quiet ? NULL : calloc(mw_tensor_count(c), sizeof *table);
    if (table)
        mw_tensor_table(c, table);
    for (size_t i = 0; table && i < mw_tensor_count(c); i++)
        if (!table[i].vector && mw_tensor_dtype(&table[i], s->dtype) != s->dtype)
            fprintf(stderr, "tvlpack: %s is stored as f16: its %u columns are no multiple of %u\n", table[i].name,
                    table[i].cols, mw_dtypes[s->dtype].block);
    free(table);
}

static int pack(const char *from, const char *path, const settings *s, mw_progress *progress, mw_error *err)
{
    mw_model m;
    char pieces[512];
    mw_config shape;
    if (mw_synthetic_shape(from) && !wants_gguf(path)) {
        int rc = mw_synthetic_config(mw_synthetic_shape(from), &shape, err);
        if (!rc)
            rc = mw_synthetic_write_tvl(&shape, MW_SYNTHETIC_SEED, s->dtype, path, mw_progress_bytes, progress, err);
        if (!rc)
            tell_exceptions(&shape, s);
        return rc;
    }
    int rc = s->tokenizer ? mw_cache_find(s->tokenizer, pieces, sizeof pieces, err) : 0;
    if (!rc)
        rc = mw_model_open(from, mw_progress_bytes, progress, &m, err);
    if (rc)
        return rc;
    rc = wants_gguf(path)
             ? mw_gguf_write(&m, s->dtype, s->tokenizer ? pieces : NULL, path, mw_progress_bytes, progress, err)
             : mw_tvl_model_write(&m, s->dtype, path, mw_progress_bytes, progress, err);
    mw_progress_clear(progress);
    if (!rc)
        tell_exceptions(&m.config, s);
    mw_model_close(&m);
    return rc;
}

/* What a panel of a tensor should be, and room to make it. */
typedef struct panel {
    char *packed, *wanted, *stored; /* as the file has it; as it should be; its rows as stored values */
    float *rows;                    /* of the original */
} panel;

/* The first block of a panel of `height` rows that differs. */
static int tell_difference(const mw_model *packed, const mw_model *original, const mw_tensor *t, size_t row,
                           size_t height, const panel *p, mw_error *err)
{
    const mw_dtype_info *d = &mw_dtypes[t->dtype];
    const mw_layout *layout = t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16;
    char got[MW_MOST_BLOCK_BYTES], wanted[MW_MOST_BLOCK_BYTES];
    for (size_t i = 0; i < height; i++)
        for (size_t b = 0; b < t->cols / d->block; b++) {
            layout->get(t->dtype, p->packed, got, i, b, 1, height, t->cols);
            layout->get(t->dtype, p->wanted, wanted, i, b, 1, height, t->cols);
            if (memcmp(got, wanted, d->block_bytes) != 0)
                return mw_fail(err, -EDOM, "%s: tensor %s, row %zu, column %zu is not what %s has; pack it again",
                               packed->file.path, t->name, row + i, b * d->block, original->file.path);
        }
    return mw_fail(err, -EDOM, "%s: tensor %s: the padding of the panel of row %zu is not zero; pack it again",
                   packed->file.path, t->name, row);
}

/* Compares tensor `i` of a packed model with the row-major original, panel by panel, bit for bit: the original's rows
 * are stored and packed again. */
static int compare_tensor(const mw_model *packed, const mw_model *original, size_t i, const panel *p, mw_error *err)
{
    const mw_tensor *t = &packed->tensors[i], *o = &original->tensors[i];
    const mw_layout *layout = t->vector ? &mw_layout_rowmajor : &mw_layout_tvl16;
    const size_t height = t->vector ? 1 : MW_ROW_SPLIT, cols = t->cols;
    const size_t bytes = (size_t)layout->bytes(t->dtype, height, cols);
    for (size_t row = 0; row < t->rows; row += height) {
        size_t n = t->rows - row < height ? t->rows - row : height;
        int rc = mw_file_read(&packed->file, t->offset + row / height * bytes, p->packed, bytes, err);
        if (!rc)
            rc = mw_file_read(&original->file, o->offset + (uint64_t)row * cols * sizeof(float), p->rows,
                              n * cols * sizeof(float), err);
        if (rc)
            return rc;
        mw_dtypes[t->dtype].of_floats(p->stored, p->rows, n * cols);
        memset(p->wanted, 0, bytes);
        mw_layout_pack(layout, t->dtype, p->wanted, p->stored, 0, n, height, cols);
        if (memcmp(p->packed, p->wanted, bytes) != 0)
            return tell_difference(packed, original, t, row, height, p, err);
    }
    return 0;
}

static int compare(const mw_model *packed, const char *against, mw_progress *progress, mw_error *err)
{
    mw_model original;
    int rc = mw_model_open(against, mw_progress_bytes, progress, &original, err);
    if (rc)
        return rc;
    size_t widest = 1;
    for (size_t i = 0; i < packed->n_tensors; i++)
        widest = packed->tensors[i].cols > widest ? packed->tensors[i].cols : widest;
    const size_t room = MW_ROW_SPLIT * (widest + 1) * sizeof(float); /* of a panel of any dtype */
    char *a = malloc(4 * room);
    const panel p = {a, a + room, a + 2 * room, (float *)(void *)(a + 3 * room)};
    if (original.layout->id != MW_LAYOUT_ROWMAJOR)
        rc = mw_fail(err, -EINVAL, "%s: is packed itself; give the checkpoint", against);
    else if (!mw_config_same(&original.config, &packed->config)) /* and with it every tensor's shape */
        rc = mw_fail(err, -EDOM, "%s: holds a different model from %s", packed->file.path, against);
    else if (!a)
        rc = mw_fail(err, -ENOMEM, "%s: no memory for a panel", packed->file.path);
    for (size_t i = 0; i < packed->n_tensors && !rc; i++) {
        rc = compare_tensor(packed, &original, i, &p, err);
        if (!rc && !mw_progress_bytes(progress, "comparing", packed->tensors[i].offset, packed->file.bytes))
            rc = mw_fail(err, -EINTR, "%s: interrupted", packed->file.path);
    }
    free(a);
    mw_model_close(&original);
    return rc;
}

/* The model and, for its checksums, the container that holds it. Closed by the caller, also after a failure. */
static int open_tvl(const char *path, mw_model *m, mw_tvl *tvl, mw_error *err)
{
    *tvl = (mw_tvl){0};
    int rc = mw_tvl_model_open(path, m, err);
    return rc ? rc : mw_tvl_read(&m->file, tvl, err);
}

static int verify(const char *path, const char *against, mw_progress *progress, mw_error *err)
{
    mw_model m;
    mw_tvl tvl;
    int rc = open_tvl(path, &m, &tvl, err);
    if (!rc)
        rc = mw_tvl_verify(&m.file, &tvl, mw_progress_bytes, progress, err);
    if (!rc && against)
        rc = compare(&m, against, progress, err);
    if (!rc)
        printf("%s: %zu tensors, all checksums match%s%s\n", path, tvl.n,
               against ? ", every weight equals that of " : "", against ? against : "");
    mw_tvl_free(&tvl);
    mw_model_close(&m);
    return rc;
}

/* That of most matrices: the classifier's. */
static const char *dtype_of(const mw_model *m)
{
    return mw_dtypes[m->tensors[mw_classifier_index(&m->config)].dtype].name;
}

static void print_info(const mw_model *m, const mw_tvl *t)
{
    const mw_config *c = &m->config;
    char text[MW_CONFIG_TEXT];
    printf("%s: %llu bytes, version %u, panels of %d rows, %s, weights %s\n", m->file.path,
           (unsigned long long)m->file.bytes, t->version, MW_ROW_SPLIT, dtype_of(m),
           t->all_finite ? "finite" : "not checked");
    printf("dim %u, hidden %u, %u layers, %u heads, %u kv heads,\n%u tokens, %u positions, %s classifier%s\n\n", c->dim,
           c->hidden_dim, c->n_layers, c->n_heads, c->n_kv_heads, c->vocab_size, c->seq_len,
           c->shared_classifier ? "shared" : "separate", mw_config_text(c, text));
    printf("%-24s %-5s %7s %7s %12s %11s %s\n", "tensor", "dtype", "rows", "cols", "offset", "bytes", "xxh3");
    for (size_t i = 0; i < t->n; i++) {
        const mw_tensor *x = &t->tensors[i];
        uint64_t bytes = 0;
        mw_tensor_bytes(x, m->layout, &bytes);
        printf("%-24s %-5s %7u %7u %12llu %11llu %08llx\n", x->name, mw_dtypes[x->dtype].name, x->rows, x->cols,
               (unsigned long long)x->offset, (unsigned long long)bytes, (unsigned long long)t->checksums[i] >> 32);
    }
}

static const char *yes_no(bool yes)
{
    return yes ? "true" : "false";
}

static void print_json(const mw_model *m, const mw_tvl *t)
{
    const mw_config *c = &m->config;
    printf("{\"version\": %u, \"bytes\": %llu, \"panel_rows\": %d, \"dtype\": \"%s\", \"all_finite\": %s,\n"
           " \"model\": {\"dim\": %u, \"hidden_dim\": %u, \"n_layers\": %u, \"n_heads\": %u, \"n_kv_heads\": %u, "
           "\"vocab_size\": %u, \"seq_len\": %u, \"shared_classifier\": %s, "
           "\"head_size\": %u, \"norm_eps\": %g, \"rope_base\": %g, \"rope_scale\": %g, \"rope_halves\": %s, "
           "\"rope_factors\": %s, \"qkv_bias\": %s, \"qk_norm\": %s},\n \"data_offset\": %llu,\n \"tensors\": [",
           t->version, (unsigned long long)m->file.bytes, MW_ROW_SPLIT, dtype_of(m), yes_no(t->all_finite), c->dim,
           c->hidden_dim, c->n_layers, c->n_heads, c->n_kv_heads, c->vocab_size, c->seq_len,
           yes_no(c->shared_classifier), mw_head_size(c), (double)mw_norm_eps(c), (double)mw_rope_base(c),
           (double)mw_rope_scale(c), yes_no(c->rope_halves), yes_no(c->rope_factors), yes_no(c->qkv_bias),
           yes_no(c->qk_norm), (unsigned long long)t->data_offset);
    for (size_t i = 0; i < t->n; i++) {
        const mw_tensor *x = &t->tensors[i]; /* names are those of the model: nothing in them needs escaping */
        uint64_t bytes = 0;
        mw_tensor_bytes(x, m->layout, &bytes);
        printf("%s\n  {\"name\": \"%s\", \"dtype\": \"%s\", \"rows\": %u, \"cols\": %u, \"layout\": \"%s\", "
               "\"offset\": %llu, \"bytes\": %llu, \"xxh3\": \"%016llx\"}",
               i ? "," : "", x->name, mw_dtypes[x->dtype].name, x->rows, x->cols, x->vector ? "vector" : "tvl",
               (unsigned long long)x->offset, (unsigned long long)bytes, (unsigned long long)t->checksums[i]);
    }
    printf("\n ]}\n");
}

static int info(const char *path, bool json, mw_error *err)
{
    mw_model m;
    mw_tvl tvl;
    int rc = open_tvl(path, &m, &tvl, err);
    if (!rc)
        (json ? print_json : print_info)(&m, &tvl);
    mw_tvl_free(&tvl);
    mw_model_close(&m);
    return rc;
}

static int run(const settings *s, char **operands, int n, mw_progress *progress, mw_error *err)
{
    if ((s->verify || s->info) && n != 1)
        return mw_fail(err, -EINVAL, "--%s takes one file; see --help", s->verify ? "verify" : "info");
    if (s->verify && s->info)
        return mw_fail(err, -EINVAL, "--verify and --info exclude each other; give one of them");
    if (s->against && !s->verify)
        return mw_fail(err, -EINVAL, "--against goes with --verify; see --help");
    if (s->json && !s->info)
        return mw_fail(err, -EINVAL, "--json goes with --info; see --help");
    if (s->dtype != MW_F32 && n != 2)
        return mw_fail(err, -EINVAL, "--dtype goes with a new file; see --help");
    if (s->tokenizer && (n != 2 || !wants_gguf(operands[1])))
        return mw_fail(err, -EINVAL, "--tokenizer goes with a new file NAME.gguf; .tvl files hold no vocabulary");
    if (s->verify)
        return verify(operands[0], s->against, progress, err);
    if (s->info)
        return info(operands[0], s->json, err);
    if (n != 2)
        return mw_fail(err, -EINVAL, "give a checkpoint and the name of the new file; see --help");
    return pack(operands[0], operands[1], s, progress, err);
}

/* Says what went wrong, if anything did, and returns the exit code. */
static int end(int rc, const mw_error *err)
{
    if (rc)
        fprintf(stderr, "tvlpack: %s\n", err->text);
    return rc == 0 ? 0 : rc == -EINTR ? 130 : rc == -EDOM ? 1 : 2;
}

int main(int argc, char **argv)
{
    settings s = {0};
    mw_error err;
    mw_program_start("tvlpack");
    int operands, rc = mw_cli_parse(argc, argv, options, set, &s, &operands, &err);
    if (!rc && (s.help || s.version)) {
        if (s.version)
            printf("tvlpack %s (%s)\n", MW_VERSION, MW_COMMIT);
        else
            printf("usage: tvlpack INPUT OUTPUT.tvl [--dtype=NAME]\n"
                   "       tvlpack INPUT OUTPUT.gguf [--dtype=NAME] [--tokenizer=PATH]\n"
                   "       tvlpack --verify FILE.tvl [--against=CHECKPOINT]\n"
                   "       tvlpack --info FILE.tvl [--json]\n\n"
                   "Packs a llama2.c checkpoint (version 0 or 1) or synthetic:SHAPE into a .tvl\n"
                   "file, writes its weights to a GGUF file (version 3) that llama.cpp loads,\n"
                   "or checks or describes a .tvl file. Without --tokenizer a GGUF file has a\n"
                   "made-up vocabulary: good for speed, not for text.\n\n");
        if (s.help)
            mw_cli_help(stdout, options);
        return end(mw_program_end(&err), &err);
    }
    mw_interrupt_catch();
    mw_progress progress = mw_progress_open(s.quiet);
    if (!rc)
        rc = run(&s, argv + operands, argc - operands, &progress, &err);
    mw_progress_clear(&progress);
    return end(rc ? rc : mw_program_end(&err), &err);
}
