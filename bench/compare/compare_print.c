/* Prints a comparison as text, Markdown, CSV or JSON. */
#include "bench/compare/compare.h"
#include "bench/tables/to_json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const mw_column columns[] = {{"metric", -1, .wide = true},
                                    {"suite", -1, .wide = true},
                                    {"phase", -1, .wide = true},
                                    {"param", -1, .wide = true},
                                    {"variant", -33},
                                    {"thr", 3},
                                    {"old", 1, .wide = true},
                                    {"new", 1, .wide = true},
                                    {"change", 8},
                                    {"95 % interval", 20},
                                    {"processes", 1, .wide = true},
                                    {"verdict", -1},
                                    {0}};

/* What rows of a block have in common. */
enum { COMMON = 4 };
static const size_t common[COMMON] = {MW_COMPARE_metric, MW_COMPARE_suite, MW_COMPARE_phase, MW_COMPARE_param};

/* Per cent to a tenth while that makes sense; differences to four digits. */
static const char *number(const mw_cell *row, size_t column, char to[24])
{
    const double value = mw_cell_value(&row[column]);
    const bool per_cent = strcmp(row[MW_COMPARE_change_unit].text, "%") == 0;
    snprintf(to, 24, per_cent && fabs(value) < 1e4 ? "%+.1f" : "%+.4g", value);
    return to;
}

static const char *text(const mw_cell *row, size_t column)
{
    return row[column].kind == MW_CELL_TEXT ? row[column].text : "";
}

/* In text a block of rows has a heading of what they have in common. */
static void print_heading(mw_page *p, const mw_cell *row)
{
    const char *param = text(row, MW_COMPARE_param), *unit = text(row, MW_COMPARE_change_unit);
    fprintf(p->to, "%s: %s, %s%s%s (%s%s)\n", text(row, MW_COMPARE_metric), text(row, MW_COMPARE_suite),
            text(row, MW_COMPARE_phase), *param ? ", " : "", param,
            strcmp(unit, "%") == 0 ? "change in " : "difference", strcmp(unit, "1") == 0 ? "" : unit);
}

static bool same_block(const mw_cell *a, const mw_cell *b)
{
    for (int i = 0; i < COMMON; i++)
        if (strcmp(text(a, common[i]), text(b, common[i])) != 0)
            return false;
    return true;
}

static void print_row(mw_page *p, const mw_cell *row)
{
    char low[24], high[24], threads[MW_CELL_TEXT_BYTES];
    const char *unit = text(row, MW_COMPARE_change_unit);
    for (int i = 0; i < COMMON; i++)
        mw_page_cell(p, "%s", text(row, common[i]));
    mw_page_cell(p, "%s%s", p->markdown ? "" : "  ", text(row, MW_COMPARE_variant));
    mw_page_cell(p, "%s", mw_cell_text(&row[MW_COMPARE_threads], threads));
    mw_page_cell(p, "%.5g", row[MW_COMPARE_old].number);
    mw_page_cell(p, "%.5g", row[MW_COMPARE_new].number);
    const bool shows_unit = p->markdown && strcmp(unit, "1") != 0;
    mw_page_cell(p, "%s%s%s", number(row, MW_COMPARE_change, low), shows_unit ? " " : "", shows_unit ? unit : "");
    mw_page_cell(p, row[MW_COMPARE_ci_low].kind == MW_CELL_EMPTY ? "-" : "%s .. %s",
                 number(row, MW_COMPARE_ci_low, low), number(row, MW_COMPARE_ci_high, high));
    mw_page_cell(p, "%.0f, %.0f", row[MW_COMPARE_n_old].number, row[MW_COMPARE_n_new].number);
    mw_page_cell(p, "%s", text(row, MW_COMPARE_verdict));
}

static void print_page(const mw_comparison *c, mw_format format, FILE *to)
{
    mw_page p = mw_page_on(to, format, NULL);
    mw_page_open(&p, columns);
    for (size_t i = 0; i < c->table.n_rows; i++) {
        const mw_cell *row = mw_csv_cells(&c->table, i);
        if (!p.markdown && (i == 0 || !same_block(row - c->table.n_columns, row)))
            print_heading(&p, row);
        print_row(&p, row);
    }
    putc('\n', to);
    for (int i = 0; i < c->n_notes; i++)
        mw_page_item(&p, "%s", c->notes[i]);
}

static int print_json(const mw_comparison *c, FILE *to, mw_error *err)
{
    json_t *all = json_object(), *notes = json_array();
    int lost = 0;
    for (int i = 0; i < c->n_notes; i++)
        lost |= json_array_append_new(notes, mw_to_json_text(c->notes[i]));
    lost |= json_object_set_new(all, "judged", mw_to_json_number((double)c->judged));
    lost |= json_object_set_new(all, "false_alarms_expected", mw_to_json_number(0.05 * (double)c->judged));
    lost |= json_object_set_new(all, "machine_moved", mw_to_json_text(c->machine_moved ? "yes" : "no"));
    lost |= json_object_set_new(all, "notes", notes);
    lost |= json_object_set_new(all, "comparisons", mw_to_json_table(&c->table));
    return mw_to_json_write(mw_to_json_whole(all, lost), c->table.file, to, err);
}

int mw_compare_print(const mw_comparison *c, mw_format format, FILE *to, mw_error *err)
{
    int rc = 0;
    if (format == MW_FORMAT_CSV)
        rc = mw_csv_write(&c->table, to, err);
    else if (format == MW_FORMAT_JSON)
        rc = print_json(c, to, err);
    else
        print_page(c, format, to);
    if (!rc && (fflush(to) || ferror(to)))
        rc = mw_fail(err, -EIO, "the comparison cannot be written: is the disk full?");
    return rc;
}
