#include "bench/predict/published.h"

#include "engine/variant.h"
#include "platform/place.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* clang-format off */
#define COLUMNS(X) X(machine) X(program) X(kernel) X(loop) X(compiler) X(model) X(dtype) X(threads) \
    X(tokens_per_s) X(fitted) X(listed) X(source)
#define NAME(name) #name,
#define INDEX(name) C_##name,
/* clang-format on */
static const char *const names[] = {COLUMNS(NAME)};
enum { COLUMNS(INDEX) C_COUNT };

static const char *text(const mw_cell *row, int column)
{
    return row[column].kind == MW_CELL_TEXT ? row[column].text : "";
}

static const char *const loops[MW_LOOP_COUNT] = {"same", "similar", "other"};

/* MW_LOOP_COUNT if it is none of them. */
static mw_loop loop_of(const mw_cell *row)
{
    mw_loop loop = 0;
    while (loop < MW_LOOP_COUNT && strcmp(text(row, C_loop), loops[loop]) != 0)
        loop++;
    return loop;
}

static bool is_count(double x)
{
    return x >= 1 && x <= 4096 && x == floor(x);
}

static int check(const char *path, const mw_cell *row, size_t line, mw_error *err)
{
    const char *const needed[] = {text(row, C_machine), text(row, C_program), text(row, C_kernel),
                                  text(row, C_compiler), text(row, C_source)};
    mw_synthetic synthetic;
    mw_dtype dtype;
    mw_error why;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!*needed[i])
            return mw_fail(err, -EINVAL, "%s: line %zu: an empty machine, program, kernel, compiler or source", path,
                           line);
    if (mw_synthetic_parse(text(row, C_model), &synthetic, &why) || mw_variant_dtype(text(row, C_dtype), &dtype, &why))
        return mw_fail(err, -EINVAL, "%s: line %zu: %s", path, line, why.text);
    if (loop_of(row) == MW_LOOP_COUNT)
        return mw_fail(err, -EINVAL, "%s: line %zu: loop '%.20s' is none of same, similar and other", path, line,
                       text(row, C_loop));
    const double rate = mw_cell_value(&row[C_tokens_per_s]);
    if (!is_count(mw_cell_value(&row[C_threads])) || !(rate > 0 && rate < 1e9))
        return mw_fail(err, -EINVAL, "%s: line %zu: threads or tokens_per_s is no positive number", path, line);
    return 0;
}

int mw_published_read(const char *path, mw_csv *table, mw_error *err)
{
    char found[PATH_MAX];
    *table = (mw_csv){.file = "published.csv", .columns = names, .n_columns = C_COUNT};
    int rc = path ? 0 : mw_place_find(MW_SHARE, MW_SOURCES, "results/machines/published.csv", found, sizeof found, err);
    if (!rc)
        rc = mw_csv_read(path ? path : found, table, err);
    for (size_t i = 0; i < table->n_rows && !rc; i++)
        rc = check(path ? path : found, mw_csv_cells(table, i), i + 2, err);
    return rc;
}

mw_published mw_published_at(const mw_csv *table, size_t i)
{
    const mw_cell *row = mw_csv_cells(table, i);
    mw_published p = {
        .machine = text(row, C_machine),
        .program = text(row, C_program),
        .source = text(row, C_source),
        .kernel = text(row, C_kernel),
        .loop = loop_of(row),
        .compiler = text(row, C_compiler),
        .model = text(row, C_model),
        .threads = (int)mw_cell_value(&row[C_threads]),
        .tokens_per_s = mw_cell_value(&row[C_tokens_per_s]),
        .listed = strcmp(text(row, C_listed), "yes") == 0,
        .fitted = strcmp(text(row, C_fitted), "yes") == 0,
    };
    mw_variant_dtype(text(row, C_dtype), &p.dtype, NULL);
    return p;
}
