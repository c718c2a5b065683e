#include "engine/checkpoint.h"

#include "platform/checked.h"
#include "platform/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Said of files of other kinds. */
#define WANTED "a llama2.c checkpoint (its export.py makes them), a GGUF file or a .tvl file"

enum { V1_HEADER = 256, V1_MAGIC = 0x616b3432 };

/* Pseudo kinds in the order tables below. */
enum { FINAL_NORM = MW_LAYER_TENSORS, EMBEDDING, CLASSIFIER, UNUSED_ANGLES, END };

static const int v0_order[] = {EMBEDDING, MW_ATT_NORM, MW_WQ, MW_WK,      MW_WV,         MW_WO,      MW_FFN_NORM,
                               MW_W1,     MW_W2,       MW_W3, FINAL_NORM, UNUSED_ANGLES, CLASSIFIER, END};
static const int v1_order[] = {MW_ATT_NORM, MW_FFN_NORM, FINAL_NORM, EMBEDDING, MW_WQ,      MW_WK, MW_WV,
                               MW_WO,       MW_W1,       MW_W2,      MW_W3,     CLASSIFIER, END};

static bool add_tensor(mw_tensor *t, uint64_t *at)
{
    uint64_t bytes;
    t->offset = *at;
    return mw_tensor_bytes(t, &mw_layout_rowmajor, &bytes) && mw_add_u64(*at, bytes, at);
}

/* Lays the tensors out from `at` on in a given order. Returns the offset after the last one, UINT64_MAX on overflow.
 */
static uint64_t place(const mw_config *c, const int *order, uint64_t at, mw_tensor *table)
{
    bool ok = true;
    for (; *order != END && ok; order++) {
        switch (*order) {
        case FINAL_NORM: ok = add_tensor(&table[mw_final_norm_index(c)], &at); break;
        case EMBEDDING: ok = add_tensor(&table[mw_embedding_index(c)], &at); break;
        case CLASSIFIER: ok = c->shared_classifier || add_tensor(&table[mw_classifier_index(c)], &at); break;
        case UNUSED_ANGLES: /* two tables of cosines and sines that newer readers compute themselves */
            ok = mw_add_u64(at, 2 * (uint64_t)c->seq_len * (mw_head_size(c) / 2) * sizeof(float), &at);
            break;
        default:
            for (uint32_t l = 0; l < c->n_layers && ok; l++)
                ok = add_tensor(&table[mw_layer_index(c, l, (mw_layer_tensor)*order)], &at);
        }
    }
    return ok ? at : UINT64_MAX;
}

void mw_checkpoint_v0_offsets(const mw_config *c, mw_tensor *table)
{
    place(c, v0_order, MW_V0_HEADER, table);
}

uint64_t mw_checkpoint_v0_bytes(const mw_config *c)
{
    mw_tensor *table = calloc(mw_tensor_count(c), sizeof *table);
    if (!table)
        return UINT64_MAX;
    mw_tensor_table(c, table);
    uint64_t bytes = place(c, v0_order, MW_V0_HEADER, table);
    free(table);
    return bytes;
}

/* Files are little-endian whatever this machine is. */
static int32_t get_i32(const unsigned char *p)
{
    return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

static void put_i32(unsigned char *p, int32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)((uint32_t)value >> 8 * i);
}

void mw_checkpoint_v0_header(const mw_config *c, unsigned char header[MW_V0_HEADER])
{
    int32_t vocab = c->shared_classifier ? (int32_t)c->vocab_size : -(int32_t)c->vocab_size;
    const int32_t fields[7] = {(int32_t)c->dim,     (int32_t)c->hidden_dim, (int32_t)c->n_layers,
                               (int32_t)c->n_heads, (int32_t)c->n_kv_heads, vocab,
                               (int32_t)c->seq_len};
    for (int i = 0; i < 7; i++)
        put_i32(header + 4 * i, fields[i]);
}

/* The seven numbers that both versions share. Negative numbers become huge ones and fail the check against the caps. */
static mw_config get_config(const unsigned char *p)
{
    return (mw_config){.dim = (uint32_t)get_i32(p),
                       .hidden_dim = (uint32_t)get_i32(p + 4),
                       .n_layers = (uint32_t)get_i32(p + 8),
                       .n_heads = (uint32_t)get_i32(p + 12),
                       .n_kv_heads = (uint32_t)get_i32(p + 16),
                       .vocab_size = (uint32_t)get_i32(p + 20),
                       .seq_len = (uint32_t)get_i32(p + 24)};
}

static int read_header(mw_model *m, uint64_t *header_bytes, const int **order, mw_error *err)
{
    unsigned char h[V1_HEADER];
    mw_config *c = &m->config;
    if (m->file.bytes < MW_V0_HEADER)
        return mw_fail(err, -EINVAL, "%s: %llu bytes are too few for a model; give a llama2.c checkpoint", m->file.path,
                       (unsigned long long)m->file.bytes);
    int rc = mw_file_read(&m->file, 0, h, MW_V0_HEADER, err);
    if (rc)
        return rc;
    if (get_i32(h) != V1_MAGIC) {
        *c = get_config(h);
        int32_t vocab = (int32_t)c->vocab_size;
        c->shared_classifier = vocab > 0;
        c->vocab_size = vocab < 0 ? 0u - (uint32_t)vocab : (uint32_t)vocab;
        m->format = "llama2.c v0";
        *header_bytes = MW_V0_HEADER;
        *order = v0_order;
        return 0;
    }
    if (m->file.bytes < V1_HEADER)
        return mw_fail(err, -EINVAL, "%s: ends inside its header; was it cut off?", m->file.path);
    rc = mw_file_read(&m->file, 0, h, V1_HEADER, err);
    if (rc)
        return rc;
    if (get_i32(h + 4) != 1)
        return mw_fail(err, -EINVAL,
                       "%s: checkpoint version %d; only version 0 and 1 (f32) can be read, export it again",
                       m->file.path, get_i32(h + 4));
    *c = get_config(h + 8);
    if (h[36] > 1)
        return mw_fail(err, -EINVAL, "%s: its shared-classifier mark is %d, expected 0 or 1; is it damaged?",
                       m->file.path, h[36]);
    c->shared_classifier = h[36] == 1;
    m->format = "llama2.c v1";
    *header_bytes = V1_HEADER;
    *order = v1_order;
    return 0;
}

static int open_checked(mw_model *m, mw_error *err)
{
    uint64_t header_bytes;
    const int *order;
    int rc = read_header(m, &header_bytes, &order, err);
    if (!rc)
        rc = mw_config_check(&m->config, m->file.path, err);
    if (rc)
        return rc;
    m->n_tensors = mw_tensor_count(&m->config);
    m->tensors = calloc(m->n_tensors, sizeof *m->tensors);
    if (!m->tensors)
        return mw_fail(err, -ENOMEM, "%s: no memory for its tensor table", m->file.path);
    mw_tensor_table(&m->config, m->tensors);
    uint64_t bytes = place(&m->config, order, header_bytes, m->tensors);
    if (bytes != m->file.bytes)
        return mw_fail(err, -EINVAL,
                       "%s: %llu bytes, but its header asks for %llu; was it cut off, or is it not a checkpoint?",
                       m->file.path, (unsigned long long)m->file.bytes, (unsigned long long)bytes);
    return 0;
}

int mw_checkpoint_open(const char *path, mw_model *m, mw_error *err)
{
    *m = (mw_model){.file = {.fd = -1}, .layout = &mw_layout_rowmajor};
    int rc = mw_file_open(path, &m->file, err);
    if (!rc)
        rc = mw_foreign_explain(&m->file, WANTED, open_checked(m, err), err);
    if (rc)
        mw_model_close(m);
    return rc;
}
