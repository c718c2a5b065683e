#include "bench/compare/compare.h"

#include "bench/compare/compare_parts.h"
#include "bench/tables/folder.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void add_note(mw_comparison *c, const char *format, ...)
{
    if (c->n_notes == sizeof c->notes / sizeof c->notes[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(c->notes[c->n_notes++], sizeof c->notes[0], format, args);
    va_end(args);
}

/* A cell of a file that was read, where all cells are texts. */
static const char *text(const mw_csv *csv, size_t row, size_t column)
{
    const mw_cell *cell = &mw_csv_cells(csv, row)[column];
    return cell->kind == MW_CELL_TEXT ? cell->text : "";
}

/* Rows of suites that measure no whole variant get the name of what they measure. */
static void name_variants(mw_csv *csv)
{
    char name[256];
    for (size_t i = 0; i < csv->n_rows; i++) {
        const char *kernel = text(csv, i, MW_RESULTS_kernel), *layout = text(csv, i, MW_RESULTS_layout),
                   *load = text(csv, i, MW_RESULTS_load);
        if (*text(csv, i, MW_RESULTS_variant) || !(*kernel || *layout || *load))
            continue;
        snprintf(name, sizeof name, "%s%s%s%s%s", *kernel ? kernel : "-", *layout || *load ? "/" : "", layout,
                 *load ? "/" : "", load);
        mw_csv_replace(csv, i, MW_RESULTS_variant, mw_text(name));
    }
}

static int read_side(const char *path, mw_csv *csv, mw_error *err)
{
    int rc = mw_folder_read(path, csv, NULL, 0, err);
    if (rc)
        return rc;
    if (csv->n_rows == 0)
        return mw_fail(err, -EINVAL, "%s: holds no results, only the names of the columns", path);
    name_variants(csv);
    return csv->out_of_memory ? mw_fail(err, -ENOMEM, "%s: no memory for its rows", path) : 0;
}

/* --- what has to be alike --- */

/* What a difference in a column means: it is refused, refused unless forced, or only told. */
static const struct {
    size_t column;
    enum { NEVER, FORCED, NOTED } if_different;
} facts[] = {{MW_RESULTS_schema, NEVER}, {MW_RESULTS_cpu, FORCED},   {MW_RESULTS_arch, FORCED},
             {MW_RESULTS_model, FORCED}, {MW_RESULTS_dtype, FORCED}, {MW_RESULTS_page_bytes, FORCED},
             {MW_RESULTS_host, NOTED},   {MW_RESULTS_os, NOTED},     {MW_RESULTS_provenance, FORCED}};

/* Of the kinds of provenance two are about timings; the others have nothing to do with where a run took place. */
static bool tells(size_t column, const char *cell)
{
    return *cell && (column != MW_RESULTS_provenance || strcmp(cell, "measured") == 0 || strcmp(cell, "emulated") == 0);
}

/* The one value of a column; "" if all of its cells are empty. */
static int fact_of(const mw_comparison *c, int side, size_t column, const char **value, mw_error *err)
{
    *value = "";
    for (size_t i = 0; i < c->run[side].n_rows; i++) {
        const char *cell = text(&c->run[side], i, column);
        if (!tells(column, cell) || strcmp(cell, *value) == 0)
            continue;
        if (**value)
            return mw_fail(err, -EINVAL, "%.200s: has rows of more than one %s ('%.80s', '%.80s'); give it one run",
                           c->path[side], c->run[side].columns[column], *value, cell);
        *value = cell;
    }
    return 0;
}

static int check_facts(mw_comparison *c, bool force, mw_error *err)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *name = c->run[MW_OLD].columns[facts[i].column], *old, *new;
        int rc = fact_of(c, MW_OLD, facts[i].column, &old, err);
        if (!rc)
            rc = fact_of(c, MW_NEW, facts[i].column, &new, err);
        if (rc)
            return rc;
        if (strcmp(old, "emulated") == 0 || strcmp(new, "emulated") == 0)
            add_note(c, "EMULATED: these are no timings of a real CPU.");
        if (strcmp(old, new) == 0)
            continue;
        if (facts[i].if_different == NEVER || (facts[i].if_different == FORCED && !force))
            return mw_fail(err, -EXDEV, "%s differs: '%.80s' before, '%.80s' now; %s", name, old, new,
                           facts[i].if_different == NEVER ? "such tables cannot be compared"
                                                          : "--force compares anyway");
        add_note(c, "%s differs: '%.80s' before, '%.80s' now%s.", name, old, new,
                 facts[i].if_different == FORCED ? "; compared all the same" : "");
    }
    return 0;
}

/* --- all together --- */

static void add_notes(mw_comparison *c)
{
    if (c->machine_moved)
        add_note(c, "The machine itself changed (machine_roof_gbs or roof_gbs): where memory is the limit, absolute "
                    "figures moved with it; elsewhere, shares of the roof did. speedup compares within a run.");
    if (c->alone[MW_OLD] + c->alone[MW_NEW] > 0)
        add_note(c, "Not compared: %zu figures that only the old run has, %zu that only the new one has.",
                 c->alone[MW_OLD], c->alone[MW_NEW]);
    if (c->judged > 0)
        add_note(c,
                 "%zu comparisons judged: if nothing had changed, about %.1f of them would still be called faster, "
                 "slower, better or worse (5 %%).",
                 c->judged, 0.05 * (double)c->judged);
    else
        add_note(c, "Nothing could be judged: an interval takes at least 2 processes on each side (--reps).");
}

int mw_compare(const char *old_path, const char *new_path, bool force, mw_format format, FILE *to, mw_error *err)
{
#define NAME(name) #name,
    static const char *const columns[] = {MW_COMPARE_COLUMNS(NAME)};
    mw_comparison c = {.path = {old_path, new_path},
                       .run = {mw_csv_results(), mw_csv_results()},
                       .table = {.file = "the comparison", .columns = columns, .n_columns = MW_COMPARE_COUNT}};
    int rc = read_side(old_path, &c.run[MW_OLD], err);
    if (!rc)
        rc = read_side(new_path, &c.run[MW_NEW], err);
    if (!rc)
        rc = check_facts(&c, force, err);
    if (!rc)
        rc = mw_compare_series(&c, err);
    if (!rc) {
        add_notes(&c);
        rc = mw_compare_print(&c, format, to, err);
    }
    if (!rc && c.worse > 0)
        rc = mw_fail(err, -EDOM, "%zu of %zu comparisons came out slower or worse", c.worse, c.judged);
    mw_csv_free(&c.run[MW_OLD]);
    mw_csv_free(&c.run[MW_NEW]);
    mw_csv_free(&c.table);
    return rc;
}
