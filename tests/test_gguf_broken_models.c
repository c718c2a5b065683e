/* GGUF files that are sound containers and no models that can be read here, or whose model has a fault: the message
 * that each one gets. Every case is the same small model with one change. */
#include "engine/gguf_model.h"
#include "tests/gguf_image.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <unistd.h>

#define F32(key, value) VALUE(key, 6, "f:" #value)
#define DIM U32(llama.embedding_length, 4)
#define HIDDEN U32(llama.feed_forward_length, 8)
#define LAYERS U32(llama.block_count, 1)
#define HEADS U32(llama.attention.head_count, 2)
#define CONTEXT U32(llama.context_length, 16)
#define EPSILON F32(llama.attention.layer_norm_rms_epsilon, 1e-5)
#define ARCHITECTURE TEXT(general.architecture, llama)
#define KEYS ARCHITECTURE DIM HIDDEN LAYERS HEADS CONTEXT EPSILON
#define EMBEDDING TENSOR("token_embd.weight", 2, "8:4 8:6", 0, 0)
#define QUERY TENSOR("blk.0.attn_q.weight", 2, "8:4 8:4", 0, 512)
#define NORM TENSOR("blk.0.attn_norm.weight", 1, "8:4", 0, 1536)
#define DOWN TENSOR("blk.0.ffn_down.weight", 2, "8:8 8:4", 0, 2304)
#define TENSORS \
    EMBEDDING QUERY NORM DOWN TENSOR("output_norm.weight", 1, "8:4", 0, 256) \
        TENSOR("blk.0.attn_k.weight", 2, "8:4 8:4", 0, 768) TENSOR("blk.0.attn_v.weight", 2, "8:4 8:4", 0, 1024) \
            TENSOR("blk.0.attn_output.weight", 2, "8:4 8:4", 0, 1280) \
                TENSOR("blk.0.ffn_norm.weight", 1, "8:4", 0, 1792) \
                    TENSOR("blk.0.ffn_gate.weight", 2, "8:4 8:8", 0, 2048) \
                        TENSOR("blk.0.ffn_up.weight", 2, "8:4 8:8", 0, 2560)
enum { N_KEYS = 7, N_TENSORS = 11 };
static const char model[] = KEYS TENSORS;

/* In the model above `from` becomes `to`; with "" for either, something is left out or added. */
static const struct {
    const char *name, *from, *to, *message;
} cases[] = {
    {"no architecture", ARCHITECTURE, "", "has no key general.architecture"},
    {"an architecture that is a number", ARCHITECTURE, U32(general.architecture, 1),
     "architecture is a u32, expected a text"},
    {"gemma", ARCHITECTURE, TEXT(general.architecture, gemma3),
     "architecture gemma3; llama, qwen2 and qwen3 can be read"},
    {"phi", ARCHITECTURE, TEXT(general.architecture, phi3), "architecture phi3; llama, qwen2"},
    {"qwen3 of experts", ARCHITECTURE, TEXT(general.architecture, qwen3moe), "architecture qwen3moe; llama"},
    {"a name that begins like a known one", ARCHITECTURE, TEXT(general.architecture, llama4),
     "architecture llama4; llama"},
    {"an empty name", ARCHITECTURE, TEXT(general.architecture, ), "of architecture ; llama"},
    {"qwen2 with the keys of llama", ARCHITECTURE, TEXT(general.architecture, qwen2), "no key qwen2.embedding_length"},
    {"experts", "", U32(llama.expert_count, 8), "a mixture of 8 experts; only dense models"},
    {"experts as a text", "", TEXT(llama.expert_count, 8), "key llama.expert_count is a text, expected an integer"},
    {"a scale of attention", "", F32(llama.attention.scale, 0.1),
     "llama.attention.scale, a feature that is not supported"},
    {"a scale of logits", "", F32(llama.logit_scale, 8), "llama.logit_scale, a feature"},
    {"no width", DIM, "", "has no key llama.embedding_length"},
    {"no layers' number", LAYERS, "", "has no key llama.block_count"},
    {"no heads' number", HEADS, "", "has no key llama.attention.head_count"},
    {"no context length", CONTEXT, "", "has no key llama.context_length"},
    {"no epsilon", EPSILON, "", "has no key llama.attention.layer_norm_rms_epsilon"},
    {"an epsilon that is a text", EPSILON, TEXT(llama.attention.layer_norm_rms_epsilon, 1e-5),
     "is a text, expected an f32"},
    {"an epsilon that is no number", EPSILON, F32(llama.attention.layer_norm_rms_epsilon, nan),
     "expected a finite f32"},
    {"an epsilon of 2", EPSILON, F32(llama.attention.layer_norm_rms_epsilon, 2), "epsilon of its norms is 2"},
    {"a negative epsilon", EPSILON, F32(llama.attention.layer_norm_rms_epsilon, -1), "epsilon of its norms is -1"},
    {"width 0: 1bit-MONSTER issue 455", DIM, U32(llama.embedding_length, 0), "dim is 0"},
    {"width 2^32 - 1", DIM, U32(llama.embedding_length, -1), "dim is -1, expected 1 to"},
    {"a width as a text", DIM, TEXT(llama.embedding_length, 4),
     "llama.embedding_length is a text, expected an integer"},
    {"a width that is no integer", DIM, F32(llama.embedding_length, 4), "is an f32, expected an integer"},
    {"0 heads: 1bit-MONSTER issue 694", HEADS, U32(llama.attention.head_count, 0), "n_heads is 0"},
    {"heads per layer", HEADS, ARRAY(llama.attention.head_count, 4, 1, "4:2"), "is an array, each element a u32"},
    {"0 key heads", "", U32(llama.attention.head_count_kv, 0), "n_kv_heads is 0"},
    {"more key heads than heads", "", U32(llama.attention.head_count_kv, 4), "not a multiple of n_kv_heads 4"},
    {"an odd head", HEADS, U32(llama.attention.head_count, 4), "head size 1 is odd"},
    {"0 layers: llama.cpp PR 26946", LAYERS, U32(llama.block_count, 0), "n_layers is 0"},
    {"2^31 layers", LAYERS, U32(llama.block_count, 0x80000000), "n_layers is -2147483648"},
    {"4096 layers", LAYERS, U32(llama.block_count, 4096), "has 11 tensors, its model has 36866"},
    {"a layer more", LAYERS, U32(llama.block_count, 2), "has 11 tensors, its model has 20"},
    {"a hidden width that wraps", HIDDEN, VALUE(llama.feed_forward_length, 10, "8:0x100000008"),
     "is 4294967304, expected"},
    {"hidden width per layer", HIDDEN, ARRAY(llama.feed_forward_length, 4, 1, "4:8"),
     "is an array, each element a u32"},
    {"another hidden width", HIDDEN, U32(llama.feed_forward_length, 9), "has 4 x 8 values, its model has 4 x 9 there"},
    {"context length 0", CONTEXT, U32(llama.context_length, 0), "seq_len is 0"},
    {"a negative context length", CONTEXT, VALUE(llama.context_length, 5, "4:-1"),
     "llama.context_length is -1, expected 0"},
    {"another head size", "", U32(llama.attention.key_length, 4),
     "attn_q.weight has 4 x 4 values, its model has 4 x 8"},
    {"a head size of 2^31", "", U32(llama.attention.key_length, 0x80000000), "head_size is -2147483648"},
    {"value heads of another size", "", U32(llama.attention.value_length, 4),
     "its value heads have 4 values, its key heads 2"},
    {"half of a head rotated", "", U32(llama.rope.dimension_count, 1), "rotates 1 of the 2 values of a head"},
    {"rope base 0.5", "", F32(llama.rope.freq_base, 0.5), "its rope base is 0.5"},
    {"rope base infinite", "", F32(llama.rope.freq_base, inf), "key llama.rope.freq_base is inf"},
    {"YaRN", "", TEXT(llama.rope.scaling.type, yarn), "method yarn; none, linear and Llama 3's factors are supported"},
    {"a negative factor", "", F32(llama.rope.scaling.factor, -2), "its rope scale is -2"},
    {"a method that is a number", "", U32(llama.rope.scaling.type, 1), "scaling.type is a u32, expected a text"},

    {"no embedding", EMBEDDING, "", "has no tensor token_embd.weight; convert"},
    {"an embedding of another width", EMBEDDING, TENSOR("token_embd.weight", 2, "8:5 8:6", 0, 0),
     "token_embd.weight has 5 x 6 values, its model has 4 x 6 there"},
    {"no query matrix", QUERY, "", "has 10 tensors, its model has 11"},
    {"a query matrix of another name", QUERY, TENSOR("blk.0.attn_qkv.weight", 2, "8:4 8:4", 0, 512),
     "no tensor blk.0.attn_q.weight"},
    {"a matrix on its side", DOWN, TENSOR("blk.0.ffn_down.weight", 2, "8:4 8:8", 0, 2304),
     "has 4 x 8 values, its model has 8 x 4"},
    {"a matrix as a vector", QUERY, TENSOR("blk.0.attn_q.weight", 1, "8:16", 0, 512),
     "has 16 values, its model has 4 x 4 there"},
    {"a matrix of three dimensions", QUERY, TENSOR("blk.0.attn_q.weight", 3, "8:4 8:4 8:2", 0, 512),
     "has 4 x 4 x 2 values"},
    {"a wider norm", NORM, TENSOR("blk.0.attn_norm.weight", 1, "8:5", 0, 1536),
     "attn_norm.weight has 5 values, its model has 4 x 1"},
    {"a norm as f16", NORM, TENSOR("blk.0.attn_norm.weight", 1, "8:4", 1, 1536),
     "is f16; norms and biases must be f32 here"},
    {"a matrix of doubles", QUERY, TENSOR("blk.0.attn_q.weight", 2, "8:4 8:4", 28, 512),
     "is f64; these can be read here: f32, bf16"},
    {"a matrix of i8", QUERY, TENSOR("blk.0.attn_q.weight", 2, "8:4 8:4", 24, 512),
     "attn_q.weight is i8; these can be read"},
    {"a bias that llama lacks in part", "", TENSOR("blk.0.attn_q.bias", 1, "8:4", 0, 2816),
     "12 tensors, its model has 14"},
    {"a bias of the output", "", TENSOR("blk.0.attn_output.bias", 1, "8:4", 0, 2816),
     "blk.0.attn_output.bias is not one of a llama"},
    {"a norm of queries in llama", "", TENSOR("blk.0.attn_q_norm.weight", 1, "8:2", 0, 2816),
     "is not one of a llama model"},
    {"a tensor of a layer that is not", "", TENSOR("blk.1.attn_q.weight", 2, "8:4 8:4", 0, 2816),
     "blk.1.attn_q.weight is not one"},
    {"experts without their key", "", TENSOR("blk.0.ffn_gate_exps.weight", 3, "8:4 8:2 8:2", 0, 2816),
     "ffn_gate_exps.weight is not"},
    {"factors of the wrong number", "", TENSOR("rope_freqs.weight", 1, "8:2", 0, 2816),
     "rope_freqs.weight has 2 values, its model has 1"},
    {"an output head of another shape", "", TENSOR("output.weight", 2, "8:4 8:5", 0, 2816),
     "output.weight has 4 x 5 values"},
};

/* The file of the model with a change; freed by the caller. NULL if `from` is not in it. */
static char *changed(const char *from, const char *to)
{
    enum { ROOM = 1 << 14 };
    const char *at = *from                                            ? strstr(model, from)
                     : strstr(to, ".weight ") || strstr(to, ".bias ") ? model + strlen(model)
                                                                      : model;
    const bool tensor = strstr(*from ? from : to, ".weight ") || strstr(*from ? from : to, ".bias ");
    const int more = !*from - !*to;
    char *text = at ? malloc(ROOM) : NULL;
    if (text)
        snprintf(text, ROOM, "r:GGUF 4:3 8:%d 8:%d %.*s%s%s" DATA(4096), N_TENSORS + (tensor ? more : 0),
                 N_KEYS + (tensor ? 0 : more), (int)(at - model), model, to, at + strlen(from));
    return text;
}

static int open_changed(const char *from, const char *to, mw_model *m, mw_error *err)
{
    const char *path = in_folder("file.gguf");
    char *text = changed(from, to);
    const bool written = text && image_write(path, text);
    free(text);
    return written ? mw_gguf_model_open(path, m, err) : -EIO;
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    static const struct {
        const char *name, *from, *to;
    } fine[] = {
        {"the model itself", EPSILON, EPSILON},
        {"with a key that nobody needs", "", TEXT(general.license, mit)},
        {"with an output head", "", TENSOR("output.weight", 2, "8:4 8:6", 0, 2816)},
        {"with factors of rope", "", TENSOR("rope_freqs.weight", 1, "8:1", 0, 2816)},
        {"with linear scaling", "", F32(llama.rope.scaling.factor, 4)},
        {"with a matrix of three dimensions, the last one 1", QUERY,
         TENSOR("blk.0.attn_q.weight", 3, "8:4 8:4 8:1", 0, 512)},
    };
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        mw_model m;
        mw_error err = {""};
        tap_ok(open_changed(fine[i].from, fine[i].to, &m, &err) == 0, "opens: %s %s", fine[i].name, err.text);
        mw_model_close(&m);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mw_model m;
        mw_error err = {""};
        const int rc = open_changed(cases[i].from, cases[i].to, &m, &err);
        if (!tap_ok(rc == -EINVAL && m.file.fd < 0 && !m.tensors && strstr(err.text, cases[i].message) &&
                        strstr(err.text, "file.gguf: "),
                    "%s", cases[i].name))
            tap_note("%d: %s", rc, err.text);
    }
    unlink(in_folder("file.gguf"));
    rmdir(folder);
    return tap_done();
}
