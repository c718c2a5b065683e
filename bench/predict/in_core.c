#include "bench/predict/in_core.h"

#include "platform/place.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* clang-format off */
#define COLUMNS(X) X(dtype) X(kernel) X(compiler) X(core) X(cols) X(cycles_per_line) X(binds) X(window_90) \
    X(window_110) X(width_120) X(fma_less) X(no_latency)
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

/* Which lines of the table: those of a kernel on a core. */
typedef struct subject {
    const char *core, *dtype, *kernel, *compiler;
} subject;

/* The line about the rows whose length is closest to `cols`, among lengths from `from` to `to`. NULL without one. */
static const mw_cell *closest(const mw_csv *t, const subject *of, double cols, double from, double to)
{
    const mw_cell *found = NULL;
    for (size_t i = 0; i < t->n_rows; i++) {
        const mw_cell *row = mw_csv_cells(t, i);
        const double length = mw_cell_value(&row[C_cols]);
        if (is(row, C_core, of->core) && is(row, C_dtype, of->dtype) && is(row, C_kernel, of->kernel) &&
            row[C_compiler].kind == MW_CELL_TEXT && strstr(row[C_compiler].text, of->compiler) && length > 0 &&
            length >= from && length <= to &&
            (!found || fabs(length - cols) < fabs(mw_cell_value(&found[C_cols]) - cols)))
            found = row;
    }
    return found;
}

/* The lines about the lengths on both sides of `cols`, or the two closest on the side that has some; twice the same if
 * there is one. */
static bool find_ends(const mw_csv *t, const subject *of, double cols, const mw_cell *ends[2])
{
    ends[0] = closest(t, of, cols, 0, cols);
    ends[1] = closest(t, of, cols, nextafter(cols, INFINITY), INFINITY);
    if (!ends[0] && ends[1]) {
        ends[0] = ends[1];
        ends[1] = closest(t, of, cols, nextafter(mw_cell_value(&ends[0][C_cols]), INFINITY), INFINITY);
    } else if (!ends[1] && ends[0]) {
        ends[1] = ends[0];
        ends[0] = closest(t, of, cols, 0, nextafter(mw_cell_value(&ends[1][C_cols]), 0));
    }
    ends[0] = ends[0] ? ends[0] : ends[1];
    ends[1] = ends[1] ? ends[1] : ends[0];
    return ends[0];
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
    static const int columns[MW_CORE_CHANGES] = {C_cycles_per_line, C_window_90, C_window_110,
                                                 C_width_120,       C_fma_less,  C_no_latency};
    const mw_cell *ends[2];
    if (!find_ends(t, &(subject){core, dtype, kernel, compiler}, cols, ends) &&
        !find_ends(t, &(subject){core, dtype, kernel, "gcc"}, cols, ends))
        return false;
    for (int c = 0; c < MW_CORE_CHANGES; c++)
        cost->cycles[c] = at(ends, columns[c], cols);
    const mw_cell *near =
        ends[fabs(log(cols / mw_cell_value(&ends[1][C_cols]))) < fabs(log(cols / mw_cell_value(&ends[0][C_cols])))];
    cost->binds = near[C_binds].kind == MW_CELL_TEXT ? near[C_binds].text : "core";
    return cost->cycles[MW_CORE_AS_IT_IS] > 0;
}
