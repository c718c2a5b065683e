#include "engine/gguf_names.h"

#include <stdio.h>

void mw_gguf_names(const mw_config *c, mw_gguf_name *names)
{
    static const char *const of_layer[MW_LAYER_TENSORS] = {
        [MW_ATT_NORM] = "attn_norm.weight",
        [MW_WQ] = "attn_q.weight",
        [MW_WK] = "attn_k.weight",
        [MW_WV] = "attn_v.weight",
        [MW_BQ] = "attn_q.bias",
        [MW_BK] = "attn_k.bias",
        [MW_BV] = "attn_v.bias",
        [MW_Q_NORM] = "attn_q_norm.weight",
        [MW_K_NORM] = "attn_k_norm.weight",
        [MW_WO] = "attn_output.weight",
        [MW_FFN_NORM] = "ffn_norm.weight",
        [MW_W1] = "ffn_gate.weight",
        [MW_W3] = "ffn_up.weight",
        [MW_W2] = "ffn_down.weight",
    };
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (mw_layer_tensor k = 0; k < MW_LAYER_TENSORS; k++)
            if (mw_layer_has(c, k))
                snprintf(names[mw_layer_index(c, l, k)].text, sizeof *names, "blk.%u.%s", l, of_layer[k]);
    snprintf(names[mw_final_norm_index(c)].text, sizeof *names, "output_norm.weight");
    snprintf(names[mw_classifier_index(c)].text, sizeof *names, "output.weight");
    snprintf(names[mw_embedding_index(c)].text, sizeof *names, "token_embd.weight");
    if (c->rope_factors)
        snprintf(names[mw_rope_factors_index(c)].text, sizeof *names, "rope_freqs.weight");
}
