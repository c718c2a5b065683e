/* tvlpack: makes, checks and describes .tvl files, and makes GGUF files. */
#include "engine/cache.h"
#include "engine/gguf.h"
#include "engine/offer_models.h"
#include "engine/synthetic.h"
#include "engine/tvl_model.h"
#include "engine/tvlpack_parts.h"
#include "engine/variant.h"
#include "platform/cli_complete.h"
#include "platform/cli_page.h"
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
    bool typed;     /* a dtype was asked for */
    mw_dtype dtype; /* of new files */
} settings;

enum { DTYPE, TOKENIZER, VERIFY, AGAINST, INFO, JSON, QUIET, HELP, VERSION };

static const mw_cli_option options[] = {
    [DTYPE] = {"dtype", "NAME", "f32 (default), bf16, f16, q8_0, q4_0, q4_K, q5_K, q6_K", mw_offer_dtypes},
    [TOKENIZER] = {"tokenizer", "PATH", "for OUTPUT.gguf: tokenizer.bin of the model", mw_cli_offer_files},
    [VERIFY] = {"verify", NULL, "read all of FILE.tvl and compare its checksums"},
    [AGAINST] = {"against", "MODEL", "with --verify: compare every weight with the original", mw_offer_models},
    [INFO] = {"info", NULL, "describe MODEL: its tensors and what a token reads"},
    [JSON] = {"json", NULL, "with --info: for programs"},
    [QUIET] = {"quiet", NULL, "nothing on stderr but errors"},
    [HELP] = {"help", NULL, "this text"},
    [VERSION] = {"version", NULL, "version and commit"},
    {0},
};

static const char *const usage[] = {"INPUT OUTPUT.tvl [--dtype=NAME]",
                                    "INPUT OUTPUT.gguf [--dtype=NAME] [--tokenizer=PATH]",
                                    "--verify FILE.tvl [--against=MODEL]", "--info MODEL [--json]", NULL};
static const mw_cli_list lists[] = {{"environment", mw_cli_environment}, {0}};
static const mw_cli_page page = {
    .name = "tvlpack",
    .command = "memwall pack",
    .summary = "make, check and describe .tvl files, and make GGUF files",
    .usage = usage,
    .text = "Packs a model (a llama2.c checkpoint, a GGUF file, synthetic:SHAPE or synthetic:SHAPE@RECIPE, such as "
            "synthetic:llama-3.2-1b@q4_k_m) into a .tvl file, writes a checkpoint to a GGUF file (version 3) that "
            "llama.cpp loads, checks a .tvl file or describes a model. Weights below f32 keep their dtypes. Without "
            "--tokenizer a GGUF file has a made-up vocabulary: enough to measure speed, not for text.",
    .options = options,
    .lists = lists,
    .codes = "0 success; 1 a file fails --verify; 2 usage, bad input, I/O; 130 interrupted.",
    .operands = mw_offer_models,
    .see = "memwall(1), memwall-bench(1), memwall-generate(1)",
};

static int set(void *to, int index, const char *value, mw_error *err)
{
    settings *s = to;
    s->typed |= index == DTYPE;
    if (index == DTYPE)
        return mw_variant_dtype(value, &s->dtype, err);
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
    for (size_t i = 0; table && i < mw_tensor_count(c); i++) {
        const mw_dtype dtype = mw_tensor_dtype(&table[i], s->dtype);
        if (!table[i].vector && dtype != s->dtype)
            fprintf(stderr, "tvlpack: %s is stored as %s: its %u columns are no multiple of %u\n", table[i].name,
                    mw_dtypes[dtype].name, table[i].cols, mw_dtypes[s->dtype].block);
    }
    free(table);
}

static int pack(const char *from, const char *path, const settings *s, mw_progress *progress, mw_error *err)
{
    mw_model m;
    char pieces[512];
    mw_synthetic made = {0};
    int rc = mw_synthetic_shape(from) ? mw_synthetic_parse(mw_synthetic_shape(from), &made, err) : 0;
    if (rc)
        return rc;
    if (made.recipe && (s->dtype != MW_F32 || s->tokenizer))
        return mw_fail(err, -EINVAL, "%s: its recipe sets the dtypes, and its vocabulary is made up; leave out --%s",
                       from, s->tokenizer ? "tokenizer" : "dtype");
    if (made.recipe)
        return mw_synthetic_write_recipe(&made, MW_SYNTHETIC_SEED, !wants_gguf(path), path, mw_progress_bytes, progress,
                                         err);
    if (made.shape && !made.recipe && !wants_gguf(path)) {
        rc = mw_synthetic_write_tvl(&made.config, MW_SYNTHETIC_SEED, s->dtype, path, mw_progress_bytes, progress, err);
        if (!rc)
            tell_exceptions(&made.config, s);
        return rc;
    }
    rc = s->tokenizer ? mw_cache_find(s->tokenizer, pieces, sizeof pieces, err) : 0;
    if (!rc)
        rc = mw_model_open(from, mw_progress_bytes, progress, &m, err);
    if (rc)
        return rc;
    const mw_dtype dtype = s->typed ? s->dtype : m.dtype; /* weights below f32 stay as they are */
    rc = wants_gguf(path)
             ? mw_gguf_write(&m, dtype, s->tokenizer ? pieces : NULL, path, mw_progress_bytes, progress, err)
             : mw_tvl_model_write(&m, dtype, path, mw_progress_bytes, progress, err);
    mw_progress_clear(progress);
    if (!rc && m.dtype == MW_F32)
        tell_exceptions(&m.config, s);
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
    if (s->typed && n != 2)
        return mw_fail(err, -EINVAL, "--dtype goes with a new file; see --help");
    if (s->tokenizer && (n != 2 || !wants_gguf(operands[1])))
        return mw_fail(err, -EINVAL, "--tokenizer goes with a new file NAME.gguf; .tvl files hold no vocabulary");
    if (s->verify)
        return mw_pack_verify(operands[0], s->against, progress, err);
    if (s->info)
        return mw_pack_info(operands[0], s->json, progress, err);
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
    if (mw_cli_page_serve(&page, argc, argv))
        return end(mw_program_end(&err), &err);
    int operands, rc = mw_cli_parse(argc, argv, options, set, &s, &operands, &err);
    if (!rc && (s.help || s.version)) {
        if (s.version)
            printf("tvlpack %s (%s)\n", MW_VERSION, MW_COMMIT);
        else
            mw_cli_page_help(stdout, &page, argv[0]);
        return end(mw_program_end(&err), &err);
    }
    mw_interrupt_catch();
    mw_progress progress = mw_progress_open(s.quiet);
    if (!rc)
        rc = run(&s, argv + operands, argc - operands, &progress, &err);
    mw_progress_clear(&progress);
    return end(rc ? rc : mw_program_end(&err), &err);
}
