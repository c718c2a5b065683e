/* Configurations: which are refused, which are the same, and which tensors they have, in which order. */
#include "engine/config.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mw_config plain = {64, 96, 2, 8, 4, 70, 128, false};

static void test_refused(void)
{
    const struct {
        mw_config c;
        const char *message; /* NULL: accepted */
    } cases[] = {
        {plain, NULL},
        {{64, 96, 2, 8, 4, 70, 128, false, .head_size = 24}, NULL},
        {{100, 96, 2, 8, 4, 70, 128, false, .head_size = 24}, NULL},
        {{100, 96, 2, 8, 4, 70, 128, false}, "dim 100 is not a multiple of n_heads 8"},
        {{64, 96, 2, 8, 3, 70, 128, false}, "n_heads 8 is not a multiple of n_kv_heads 3"},
        {{64, 96, 2, 8, 4, 70, 128, false, .head_size = 7}, "head size 7 is odd"},
        {{64, 96, 2, 8, 4, 70, 128, false, .head_size = 1u << 31}, "head_size is -2147483648, expected 0 to 131072"},
        {{64, 96, 2, 8, 4, 70, 128, false, .head_size = 16386}, "8 heads of 16386 values are more than 131072"},
        {{64, 96, 2, 8, 4, 70, 128, false, .norm_eps = 1e-6f, .rope_base = 5e5f, .rope_scale = 8}, NULL},
        {{64, 96, 2, 8, 4, 70, 128, false, .norm_eps = -1e-6f}, "the epsilon of its norms is -1e-06"},
        {{64, 96, 2, 8, 4, 70, 128, false, .norm_eps = NAN}, "the epsilon of its norms is nan"},
        {{64, 96, 2, 8, 4, 70, 128, false, .norm_eps = 2}, "the epsilon of its norms is 2, expected 1e-12 to 1"},
        {{64, 96, 2, 8, 4, 70, 128, false, .rope_base = INFINITY}, "its rope base is inf"},
        {{64, 96, 2, 8, 4, 70, 128, false, .rope_base = 0.5f}, "its rope base is 0.5"},
        {{64, 96, 2, 8, 4, 70, 128, false, .rope_scale = -1}, "its rope scale is -1"},
        {{64, 96, 2, 8, 4, 70, 128, false, .rope_scale = 1e-30f}, "its rope scale is 1e-30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mw_error err = {""};
        const int rc = mw_config_check(&cases[i].c, "file", &err);
        tap_ok(cases[i].message ? rc == -EINVAL && strstr(err.text, cases[i].message) == err.text + strlen("file: ")
                                : rc == 0,
               "configuration %zu is %s: %s", i, cases[i].message ? "refused" : "accepted", err.text);
    }
}

static void test_same(void)
{
    mw_config spelled = plain, c;
    char text[MW_CONFIG_TEXT];
    spelled.head_size = 8;
    spelled.norm_eps = 1e-5f;
    spelled.rope_base = 10000;
    spelled.rope_scale = 1;
    const mw_config short_form = mw_config_plain(&spelled);
    tap_ok(mw_config_same(&plain, &spelled) && mw_config_is_llama2(&spelled) && !short_form.head_size &&
               short_form.norm_eps == 0 && short_form.rope_base == 0 && short_form.rope_scale == 0,
           "Llama 2's values are the same, spelled out or not");
    tap_ok(strcmp(mw_config_text(&spelled, text), "") == 0, "and there is nothing to say about them");
    c = plain;
    c.dim = 68; /* 8 heads of 8 are no longer all of it */
    c.head_size = 8;
    tap_ok(mw_config_plain(&c).head_size == 8 && !mw_config_is_llama2(&c), "a head size that does not follow is kept");
    bool differ = true, llama2 = false;
    for (int k = 0; k < 8; k++) {
        c = plain;
        c.head_size = k == 0 ? 10 : 0;
        c.norm_eps = k == 1 ? 1e-6f : 0;
        c.rope_base = k == 2 ? 5e5f : 0;
        c.rope_scale = k == 3 ? 4 : 0;
        c.rope_halves = k == 4;
        c.rope_factors = k == 5;
        c.qkv_bias = k == 6;
        c.qk_norm = k == 7;
        differ &= !mw_config_same(&c, &plain) && !mw_config_same(&plain, &c) && strlen(mw_config_text(&c, text)) > 5;
        llama2 |= mw_config_is_llama2(&c);
    }
    tap_ok(differ && !llama2, "each feature makes another configuration");
    c = (mw_config){64,           96,   2,    8,    4,   70, 128, false, 131072, 1.2345678e-12f, 1.2345678e11f,
                    1.2345678e5f, true, true, true, true};
    const size_t longest = strlen(mw_config_text(&c, text));
    tap_ok(longest > 100 && longest < MW_CONFIG_TEXT - 1, "the longest text fits: %s", text);
}

/* The table of every combination of optional tensors against a list that is written in another way. */
static void test_tables(void)
{
    enum { COMBINATIONS = 16, MOST = 2 * MW_LAYER_TENSORS + 4 };
    bool names = true, indices = true, shapes = true;
    for (int k = 0; k < COMBINATIONS; k++) {
        mw_config c = plain;
        c.shared_classifier = k & 1;
        c.qkv_bias = k & 2;
        c.qk_norm = k & 4;
        c.rope_factors = k & 8;
        c.head_size = 12; /* q_dim 96, kv_dim 48 */
        char wanted[1024] = "", got[1024] = "";
        for (int l = 0; l < 2; l++) {
            static const char *const of_layer[][2] = {
                {"att_norm 1x64", ""}, {"wq 96x64", ""}, {"wk 48x64", ""},     {"wv 48x64", ""},     {"bq 1x96", "b"},
                {"bk 1x48", "b"},      {"bv 1x48", "b"}, {"q_norm 1x12", "n"}, {"k_norm 1x12", "n"}, {"wo 64x96", ""},
                {"ffn_norm 1x64", ""}, {"w1 96x64", ""}, {"w3 96x64", ""},     {"w2 64x96", ""}};
            for (size_t i = 0; i < sizeof of_layer / sizeof *of_layer; i++)
                if ((*of_layer[i][1] != 'b' || c.qkv_bias) && (*of_layer[i][1] != 'n' || c.qk_norm))
                    snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "layers.%d.%s ", l,
                             of_layer[i][0]);
        }
        strcat(wanted, "final_norm 1x64 classifier 70x64 ");
        strcat(wanted, c.shared_classifier ? "" : "embedding 70x64 ");
        strcat(wanted, c.rope_factors ? "rope_factors 1x6 " : "");
        mw_tensor table[MOST + 1] = {{.name = ""}};
        mw_tensor_table(&c, table);
        for (size_t i = 0; i < mw_tensor_count(&c); i++) {
            snprintf(got + strlen(got), sizeof got - strlen(got), "%.23s %ux%u ", table[i].name, table[i].rows,
                     table[i].cols);
            shapes &= table[i].vector == (table[i].rows == 1);
        }
        names &= strcmp(got, wanted) == 0 && table[mw_tensor_count(&c)].name[0] == '\0';
        if (strcmp(got, wanted) != 0)
            tap_note("%s, wanted %s", got, wanted);
        indices &= strcmp(table[mw_layer_index(&c, 1, MW_W2)].name, "layers.1.w2") == 0 &&
                   strcmp(table[mw_layer_index(&c, 1, MW_WO)].name, "layers.1.wo") == 0 &&
                   strcmp(table[mw_final_norm_index(&c)].name, "final_norm") == 0 &&
                   (!c.qkv_bias || strcmp(table[mw_layer_index(&c, 1, MW_BV)].name, "layers.1.bv") == 0) &&
                   (!c.qk_norm || strcmp(table[mw_layer_index(&c, 1, MW_K_NORM)].name, "layers.1.k_norm") == 0) &&
                   (!c.rope_factors || strcmp(table[mw_rope_factors_index(&c)].name, "rope_factors") == 0);
    }
    tap_ok(names, "tensors of all %d combinations, in order", COMBINATIONS);
    tap_ok(shapes, "what has one row is a vector");
    tap_ok(indices, "and their indices");
}

int main(void)
{
    test_refused();
    test_same();
    test_tables();
    return tap_done();
}
