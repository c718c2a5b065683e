#include "bench/compare/compare.h"

#include "bench/compare/compare_parts.h"
#include "bench/tables/folder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void mw_compare_note(mw_comparison *c, const char *format, ...)
{
    if (c->n_notes == sizeof c->notes / sizeof c->notes[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(c->notes[c->n_notes++], sizeof c->notes[0], format, args);
    va_end(args);
}

/* --- reading --- */

/* Rows of suites that measure no whole variant get the name of what they measure. */
static void name_variants(mw_csv *csv)
{
    char name[256];
    for (size_t i = 0; i < csv->n_rows; i++) {
        char *const *row = mw_csv_row(csv, i);
        const char *kernel = row[MW_RESULTS_kernel], *layout = row[MW_RESULTS_layout], *load = row[MW_RESULTS_load];
        if (row[MW_RESULTS_variant] || !(kernel || layout || load))
            continue;
        snprintf(name, sizeof name, "%s%s%s%s%s", kernel ? kernel : "-", layout || load ? "/" : "",
                 layout ? layout : "", load ? "/" : "", load ? load : "");
        mw_csv_put(csv, i, MW_RESULTS_variant, name);
    }
}

static int read_side(const char *path, mw_csv *csv, mw_error *err)
{
    const int rc = mw_folder_read(path, csv, NULL, 0, err);
    if (rc)
        return rc;
    if (csv->n_rows == 0)
        return mw_fail(err, -EINVAL, "%s: holds no results, only the names of the columns", path);
    name_variants(csv);
    return csv->out_of_memory ? mw_fail(err, -ENOMEM, "%s: no memory for its rows", path) : 0;
}

/* --- what has to be alike --- */

enum { NEVER, FORCED, NOTED };

/* What a difference in a column means: it is refused, refused unless forced, or only told. */
static const struct {
    const char *name;
    size_t column;
    int if_different;
} facts[] = {
    {"schema", MW_RESULTS_schema, NEVER},
    {"cpu", MW_RESULTS_cpu, FORCED},
    {"arch", MW_RESULTS_arch, FORCED},
    {"model", MW_RESULTS_model, FORCED},
    {"dtype", MW_RESULTS_dtype, FORCED},
    {"page_bytes", MW_RESULTS_page_bytes, FORCED},
    {"host", MW_RESULTS_host, NOTED},
    {"os", MW_RESULTS_os, NOTED},
    {"provenance", MW_RESULTS_provenance, FORCED},
};

/* Of the kinds of provenance two are about timings; the others have nothing to do with where a run took place. */
static bool tells(size_t column, const char *cell)
{
    return cell && (column != MW_RESULTS_provenance || strcmp(cell, "measured") == 0 || strcmp(cell, "emulated") == 0);
}

/* The one value of a column; "" if all of its cells are empty. */
static int fact_of(const mw_comparison *c, int side, const char *name, size_t column, const char **value, mw_error *err)
{
    const mw_csv *csv = &c->table[side];
    *value = "";
    for (size_t i = 0; i < csv->n_rows; i++) {
        const char *cell = mw_csv_row(csv, i)[column];
        if (!tells(column, cell) || strcmp(cell, *value) == 0)
            continue;
        if (**value)
            return mw_fail(err, -EINVAL, "%.200s: has rows of more than one %s ('%.80s', '%.80s'); give it one run",
                           c->path[side], name, *value, cell);
        *value = cell;
    }
    return 0;
}

static int check_facts(mw_comparison *c, bool force, mw_error *err)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value[MW_SIDES] = {"", ""};
        for (int side = 0; side < MW_SIDES; side++) {
            int rc = fact_of(c, side, facts[i].name, facts[i].column, &value[side], err);
            if (rc)
                return rc;
        }
        if (facts[i].column == MW_RESULTS_provenance &&
            (strcmp(value[MW_OLD], "emulated") == 0 || strcmp(value[MW_NEW], "emulated") == 0))
            mw_compare_note(c, "EMULATED: these are no timings of a real CPU.");
        if (strcmp(value[MW_OLD], value[MW_NEW]) == 0)
            continue;
        if (facts[i].if_different == NEVER)
            return mw_fail(err, -EXDEV, "%s differs: '%.80s' before, '%.80s' now; such tables cannot be compared",
                           facts[i].name, value[MW_OLD], value[MW_NEW]);
        if (facts[i].if_different == FORCED && !force)
            return mw_fail(err, -EXDEV, "%s differs: '%.80s' before, '%.80s' now; --force compares anyway",
                           facts[i].name, value[MW_OLD], value[MW_NEW]);
        mw_compare_note(c, "%s differs: '%.80s' before, '%.80s' now%s.", facts[i].name, value[MW_OLD], value[MW_NEW],
                        facts[i].if_different == FORCED ? "; compared all the same" : "");
    }
    return 0;
}

/* --- all together --- */

static void add_sentences(mw_comparison *c)
{
    if (c->machine_moved)
        mw_compare_note(
            c, "The machine itself changed (machine_roof_gbs or roof_gbs): where memory is the limit, absolute "
               "figures moved with it; where it is not, shares of the roof did. speedup compares within "
               "a run.");
    if (c->alone[MW_OLD] + c->alone[MW_NEW] > 0)
        mw_compare_note(c, "Not compared: %zu figures that only the old run has, %zu that only the new one has.",
                        c->alone[MW_OLD], c->alone[MW_NEW]);
    if (c->judged > 0)
        mw_compare_note(c,
                        "%zu comparisons judged: if nothing had changed, about %.1f of them would still be called "
                        "faster or slower (5 %%).",
                        c->judged, 0.05 * (double)c->judged);
    else
        mw_compare_note(c, "Nothing could be judged: an interval takes at least 2 processes on each side (--reps).");
}

int mw_compare(const char *old_path, const char *new_path, bool force, mw_format format, FILE *to, mw_error *err)
{
    mw_comparison c = {.table = {mw_csv_results(), mw_csv_results()}, .path = {old_path, new_path}};
    int rc = read_side(old_path, &c.table[MW_OLD], err);
    if (!rc)
        rc = read_side(new_path, &c.table[MW_NEW], err);
    if (!rc)
        rc = check_facts(&c, force, err);
    if (!rc)
        rc = mw_compare_series(&c, err);
    if (!rc) {
        add_sentences(&c);
        rc = mw_compare_print(&c, format, to, err);
    }
    if (!rc && c.slower > 0)
        rc = mw_fail(err, -EDOM, "%zu of %zu comparisons came out slower", c.slower, c.judged);
    free(c.changes);
    mw_csv_free(&c.table[MW_OLD]);
    mw_csv_free(&c.table[MW_NEW]);
    return rc;
}
