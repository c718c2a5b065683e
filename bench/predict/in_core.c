#include "bench/predict/in_core.h"

#include "platform/place.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* clang-format off */
#define COLUMNS(X) X(dtype) X(kernel) X(compiler) X(core) X(cols) X(cycles_per_line) X(binds) X(window_90) \
    X(window_110) X(width_120) X(fma_less)
#define NAME(name) #name,
#define INDEX(name) C_##name,
/* clang-format on */
static const char *const names[] = {COLUMNS(NAME)};
enum { COLUMNS(INDEX) C_COUNT };

mw_csv mw_in_core_table(void)
{
    return (mw_csv){.file = "window.csv", .columns = names, .n_columns = C_COUNT};
}

int mw_in_core_read(mw_csv *table, mw_error *err)
{
    char path[PATH_MAX];
    glob_t found;
    *table = mw_in_core_table();
    int rc = mw_place_find(MW_SHARE, MW_SOURCES, "results/static-cost/window.csv", path, sizeof path, err);
    if (rc)
        return rc;
    strcpy(strrchr(path, '.'), "*.csv");
    if (glob(path, 0, NULL, &found))
        return mw_fail(err, -ENOENT, "%s: cannot be listed", path);
    for (size_t i = 0; i < found.gl_pathc && !rc; i++)
        rc = mw_csv_read(found.gl_pathv[i], table, err);
    globfree(&found);
    return rc;
}

static bool is(const mw_cell *row, int column, const char *text)
{
    return row[column].kind == MW_CELL_TEXT && strcmp(row[column].text, text) == 0;
}

/* The two rows of a kernel with the shortest and the longest rows of its matrix. */
static bool find_ends(const mw_csv *t, const char *core, const char *dtype, const char *kernel, const char *compiler,
                      const mw_cell *ends[2])
{
    ends[0] = ends[1] = NULL;
    for (size_t i = 0; i < t->n_rows; i++) {
        const mw_cell *row = mw_csv_cells(t, i);
        if (!is(row, C_core, core) || !is(row, C_dtype, dtype) || !is(row, C_kernel, kernel) ||
            row[C_compiler].kind != MW_CELL_TEXT || !strstr(row[C_compiler].text, compiler) ||
            !(mw_cell_value(&row[C_cols]) > 0))
            continue;
        if (!ends[0] || mw_cell_value(&row[C_cols]) < mw_cell_value(&ends[0][C_cols]))
            ends[0] = row;
        if (!ends[1] || mw_cell_value(&row[C_cols]) > mw_cell_value(&ends[1][C_cols]))
            ends[1] = row;
    }
    return ends[0] && ends[1];
}

/* Cycles per line are a + b / cols: a of a line, b of a row. */
static double at(const mw_cell *const ends[2], int column, double cols)
{
    const double short_cols = mw_cell_value(&ends[0][C_cols]), long_cols = mw_cell_value(&ends[1][C_cols]);
    const double s = mw_cell_value(&ends[0][column]), l = mw_cell_value(&ends[1][column]);
    if (short_cols == long_cols)
        return s;
    const double b = (s - l) / (1 / short_cols - 1 / long_cols), a = l - b / long_cols, c = a + b / cols;
    return isnan(c) ? NAN : fmax(c, fmin(s, l) / 2); /* far outside the two, no line is for nothing */
}

bool mw_in_core_find(const mw_csv *t, const char *core, const char *dtype, const char *kernel, const char *compiler,
                     double cols, mw_in_core *cost)
{
    static const int columns[MW_CORE_CHANGES] = {C_cycles_per_line, C_window_90, C_window_110, C_width_120, C_fma_less};
    const mw_cell *ends[2];
    if (!find_ends(t, core, dtype, kernel, compiler, ends) && !find_ends(t, core, dtype, kernel, "gcc", ends))
        return false;
    for (int c = 0; c < MW_CORE_CHANGES; c++)
        cost->cycles[c] = at(ends, columns[c], cols);
    const mw_cell *near =
        ends[fabs(log(cols / mw_cell_value(&ends[1][C_cols]))) < fabs(log(cols / mw_cell_value(&ends[0][C_cols])))];
    cost->binds = near[C_binds].kind == MW_CELL_TEXT ? near[C_binds].text : "core";
    return cost->cycles[MW_CORE_AS_IT_IS] > 0;
}
