#include "bench/cli/new_kernel.h"

#include "kernels/exports.h"
#include "kernels/ops.h"
#include "platform/program.h"
#include "platform/quote.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The texts mw_start_... are C between lines "//? WORDS": what follows is for these dtypes and layouts, where no word
 * of a kind means all of them. "@NAME@" and the like are filled in. */
enum { NAME = 40 };

typedef struct start {
    mw_dtype dtype;
    const mw_layout *layout;
    const char *file; /* without its folder */
    char name[NAME + 1];
} start;

/* Whether text[n] has the word, between blanks. */
static bool has(const char *text, size_t n, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(text + i, word, length) == 0 && (i == 0 || text[i - 1] == ' ') &&
            (i + length == n || text[i + length] == ' '))
            return true;
    return false;
}

/* Whether what follows "//? WORDS" is wanted. */
static bool wanted(const start *s, const char *words, size_t n)
{
    bool of_dtypes = false, of_layouts = false;
    for (int d = 0; d < MW_DTYPE_COUNT; d++)
        of_dtypes |= has(words, n, mw_dtypes[d].name);
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        of_layouts |= has(words, n, (*l)->name);
    return (!of_dtypes || has(words, n, mw_dtypes[s->dtype].name)) && (!of_layouts || has(words, n, s->layout->name));
}

static void put_upper(const char *text, FILE *to)
{
    for (; *text; text++)
        fputc(strchr("_", *text) ? *text : toupper((unsigned char)*text), to);
}

/* Writes one line, with values in the place of "@...@". */
static void put_line(const start *s, const char *line, size_t n, FILE *to)
{
    static const char *const layouts[] = {"ROWMAJOR", "TVL16", "COLMAJOR", "AOS"}; /* in the order of mw_layout_id */
    const mw_dtype_info *dtype = &mw_dtypes[s->dtype];
    for (const char *at; n > 0 && (at = memchr(line, '@', n)) != NULL;) {
        const char *end = memchr(at + 1, '@', n - (size_t)(at + 1 - line));
        fwrite(line, 1, (size_t)(at - line), to);
        if (strncmp(at, "@NAME@", 6) == 0)
            fputs(s->name, to);
        else if (strncmp(at, "@FILE@", 6) == 0)
            fputs(s->file, to);
        else if (strncmp(at, "@dtype@", 7) == 0)
            fputs(dtype->name, to);
        else if (strncmp(at, "@DTYPE@", 7) == 0)
            put_upper(dtype->name, to);
        else if (strncmp(at, "@layout@", 8) == 0)
            fputs(s->layout->name, to);
        else if (strncmp(at, "@LAYOUT@", 8) == 0)
            fputs(layouts[s->layout->id], to);
        else if (strncmp(at, "@ALIGN@", 7) == 0)
            fprintf(to, "%d", s->layout->id == MW_LAYOUT_TVL16 ? 64 : s->dtype == MW_F32 ? 4 : 2);
        else
            fprintf(to, "%u", dtype->block);
        n -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    fwrite(line, 1, n, to);
}

static void put_text(const start *s, const char *text, FILE *to)
{
    bool on = true;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        if (strncmp(text, "//?", 3) == 0)
            on = wanted(s, text + 3, (size_t)(end - text - 3));
        else if (on)
            put_line(s, text, (size_t)(end + 1 - text), to);
    }
}

/* --- the command --- */

/* The name of the kernel: that of the file, with underlines in the place of what a name cannot have. */
static int make_name(start *s, const char *path, mw_error *err)
{
    const char *slash = strrchr(path, '/');
    s->file = slash ? slash + 1 : path;
    const size_t n = strlen(s->file);
    if (n < 3 || strcmp(s->file + n - 2, ".c") != 0)
        return mw_fail(err, -EINVAL, "--new-kernel=%.64s: the name of the file has to end with .c", path);
    if (n - 2 > NAME || strpbrk(s->file, "*@\t\n"))
        return mw_fail(err, -EINVAL, "--new-kernel=%.64s: at most %d letters, digits and underlines before .c", path,
                       NAME);
    for (size_t i = 0; i < n - 2; i++)
        s->name[i] = (char)(isalnum((unsigned char)s->file[i]) ? s->file[i] : '_');
    if (mw_kernel_name_taken(s->name, s->dtype))
        return mw_fail(err, -EEXIST, "--new-kernel=%.64s: the name '%s' is taken for %s; choose another file name",
                       path, s->name, mw_dtypes[s->dtype].name);
    return 0;
}

static int find_layout(start *s, const char *name, mw_error *err)
{
    for (const mw_layout *const *l = mw_layouts; *l; l++)
        if (strcmp((*l)->name, name) == 0)
            s->layout = *l;
    if (s->layout && !(s->layout->f32_only && s->dtype != MW_F32))
        return 0;
    return mw_fail(err, -EINVAL, "--new-kernel: there is no layout '%.32s' for %s; choose %s", name,
                   mw_dtypes[s->dtype].name, s->dtype == MW_F32 ? "rowmajor, tvl, colmajor or aos" : "rowmajor or tvl");
}

static int write_file(const start *s, const char *path, mw_error *err)
{
    FILE *f = fopen(path, "wx");
    if (!f && errno == EEXIST)
        return mw_fail(err, -EEXIST, "%s: is there already; choose another name", path);
    if (!f)
        return mw_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
    put_text(s, mw_start_values, f);
    if (mw_dtype_in_blocks(s->dtype))
        put_text(s, mw_start_blocks, f);
    put_text(s, mw_start_end, f);
    const bool good = !ferror(f);
    if (fclose(f) == 0 && good)
        return 0;
    const int code = errno ? -errno : -EIO;
    unlink(path);
    return mw_fail(err, code, "%s: cannot be written: %s", path, strerror(-code));
}

int mw_new_kernel(const mw_command *c, const char *program, mw_error *err)
{
    const mw_options *o = &c->options;
    start s = {.dtype = o->n_dtypes ? o->dtypes[0] : MW_F32};
    if (c->op && strcmp(c->op, mw_op_name(MW_OP_GEMV)) != 0)
        return mw_fail(err, -EINVAL, "--op=%.32s: only gemv kernels can come from outside", c->op);
    if (o->n_dtypes > 1)
        return mw_fail(err, -EINVAL, "--new-kernel: a kernel has one dtype; give --dtype one");
    int rc = find_layout(&s, o->layout ? o->layout : "rowmajor", err);
    if (!rc)
        rc = make_name(&s, c->new_kernel, err);
    if (!rc)
        rc = write_file(&s, c->new_kernel, err);
    if (rc)
        return rc;
    printf("%s --kernel=%s", program, strchr(c->new_kernel, '/') ? "" : "./");
    mw_quote(stdout, c->new_kernel);
    printf(" --kernel=auto --dtype=%s --layout=%s\n", mw_dtypes[s.dtype].name, s.layout->name);
    return mw_program_end(err);
}
