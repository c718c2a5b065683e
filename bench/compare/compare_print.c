/* A comparison as a table, Markdown, CSV or JSON. */
#include "bench/compare/compare_parts.h"
#include "bench/tables/to_json.h"
#include "platform/cli.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *cell(const mw_change *c, size_t column)
{
    return c->row[column] ? c->row[column] : "";
}

static const char *change_unit(const mw_change *c)
{
    return c->metric->positive ? "%" : c->metric->unit;
}

/* Per cent to a tenth while that makes sense; differences to four digits. */
static void write_number(char to[24], const mw_change *c, double value)
{
    snprintf(to, 24, c->metric->positive && fabs(value) < 1e4 ? "%+.1f" : "%+.4g", value);
}

static void write_change(char to[24], const mw_change *c)
{
    write_number(to, c, c->change);
}

static void write_interval(char to[56], const mw_change *c)
{
    char low[24], high[24];
    write_number(low, c, c->ci.low);
    write_number(high, c, c->ci.high);
    snprintf(to, 56, isnan(c->ci.low) ? "-" : "%s .. %s", low, high);
}

/* --- table, 80 columns --- */

static bool same_block(const mw_change *a, const mw_change *b)
{
    return a->metric == b->metric && strcmp(cell(a, MW_RESULTS_suite), cell(b, MW_RESULTS_suite)) == 0 &&
           strcmp(cell(a, MW_RESULTS_phase), cell(b, MW_RESULTS_phase)) == 0 &&
           strcmp(cell(a, MW_RESULTS_param), cell(b, MW_RESULTS_param)) == 0;
}

static void print_heading(const mw_change *c, FILE *to)
{
    const char *param = cell(c, MW_RESULTS_param), *unit = change_unit(c);
    fprintf(to, "%s: %s, %s%s%s", c->metric->name, cell(c, MW_RESULTS_suite), cell(c, MW_RESULTS_phase),
            *param ? ", " : "", param);
    fprintf(to, " (%s%s)\n", c->metric->positive ? "change in " : "difference",
            c->metric->positive      ? unit
            : strcmp(unit, "1") == 0 ? ""
                                     : unit);
}

static void print_table(const mw_comparison *c, FILE *to)
{
    enum { NAME = 31 };
    fprintf(to, "  %-*s %3s %8s %20s  %s\n", NAME, "variant", "thr", "change", "95 % interval", "verdict");
    for (size_t i = 0; i < c->n_changes; i++) {
        const mw_change *x = &c->changes[i];
        char change[24], interval[56];
        if (i == 0 || !same_block(x - 1, x))
            print_heading(x, to);
        write_change(change, x);
        write_interval(interval, x);
        const char *name = cell(x, MW_RESULTS_variant);
        if (strlen(name) > NAME) { /* on a line of its own */
            fprintf(to, "  %s\n", name);
            name = "";
        }
        fprintf(to, "  %-*s %3s %8s %20s  %s\n", NAME, name, cell(x, MW_RESULTS_threads), change, interval,
                x->verdict ? x->verdict : "");
    }
    fputs("\n", to);
    for (int i = 0; i < c->n_notes; i++)
        mw_cli_paragraph(to, c->notes[i]);
}

static void print_markdown(const mw_comparison *c, FILE *to)
{
    fputs("| metric | suite | phase | param | variant | threads | old | new | change | 95 % interval | processes | "
          "verdict "
          "|\n|---|---|---|---|---|--:|--:|--:|--:|--:|--:|---|\n",
          to);
    for (size_t i = 0; i < c->n_changes; i++) {
        const mw_change *x = &c->changes[i];
        char change[24], interval[56];
        write_change(change, x);
        write_interval(interval, x);
        fprintf(to, "| %s | %s | %s | %s | %s | %s | %.5g | %.5g | %s%s%s | %s | %zu, %zu | %s |\n", x->metric->name,
                cell(x, MW_RESULTS_suite), cell(x, MW_RESULTS_phase), cell(x, MW_RESULTS_param),
                cell(x, MW_RESULTS_variant), cell(x, MW_RESULTS_threads), x->value[MW_OLD], x->value[MW_NEW], change,
                strcmp(change_unit(x), "1") == 0 ? "" : " ", strcmp(change_unit(x), "1") == 0 ? "" : change_unit(x),
                interval, x->n[MW_OLD], x->n[MW_NEW], x->verdict ? x->verdict : "");
    }
    fputs("\n", to);
    for (int i = 0; i < c->n_notes; i++)
        fprintf(to, "- %s\n", c->notes[i]);
}

/* --- for programs --- */

/* clang-format off */
#define COMPARE_COLUMNS(X) \
    X(suite) X(phase) X(variant) X(threads) X(metric) X(param) X(old) X(new) X(unit) X(change) X(ci_low) X(ci_high) \
    X(change_unit) X(n_old) X(n_new) X(verdict)
/* clang-format on */
#define NAME_OF(name) #name,
#define NUMBER_OF(name) COLUMN_##name,
static const char *const columns[] = {COMPARE_COLUMNS(NAME_OF)};
enum { COMPARE_COLUMNS(NUMBER_OF) COLUMN_COUNT };

static void set_number(mw_csv *t, size_t column, double value)
{
    if (isfinite(value))
        mw_csv_set(t, column, "%.7g", value);
}

static void set_name(mw_csv *t, size_t column, const mw_change *x, size_t from)
{
    if (x->row[from])
        mw_csv_set(t, column, "%s", x->row[from]);
}

static mw_csv as_csv(const mw_comparison *c)
{
    mw_csv t = {.file = "the comparison", .columns = columns, .n_columns = COLUMN_COUNT};
    for (size_t i = 0; i < c->n_changes; i++) {
        const mw_change *x = &c->changes[i];
        mw_csv_add(&t, NULL);
        set_name(&t, COLUMN_suite, x, MW_RESULTS_suite);
        set_name(&t, COLUMN_phase, x, MW_RESULTS_phase);
        set_name(&t, COLUMN_variant, x, MW_RESULTS_variant);
        set_name(&t, COLUMN_threads, x, MW_RESULTS_threads);
        set_name(&t, COLUMN_param, x, MW_RESULTS_param);
        mw_csv_set(&t, COLUMN_metric, "%s", x->metric->name);
        set_number(&t, COLUMN_old, x->value[MW_OLD]);
        set_number(&t, COLUMN_new, x->value[MW_NEW]);
        mw_csv_set(&t, COLUMN_unit, "%s", x->metric->unit);
        set_number(&t, COLUMN_change, x->change);
        set_number(&t, COLUMN_ci_low, x->ci.low);
        set_number(&t, COLUMN_ci_high, x->ci.high);
        mw_csv_set(&t, COLUMN_change_unit, "%s", change_unit(x));
        mw_csv_set(&t, COLUMN_n_old, "%zu", x->n[MW_OLD]);
        mw_csv_set(&t, COLUMN_n_new, "%zu", x->n[MW_NEW]);
        if (x->verdict)
            mw_csv_set(&t, COLUMN_verdict, "%s", x->verdict);
    }
    return t;
}

static int print_json(const mw_comparison *c, const mw_csv *t, FILE *to, mw_error *err)
{
    json_t *all = json_object(), *notes = json_array();
    int lost = 0;
    for (int i = 0; i < c->n_notes; i++)
        lost |= json_array_append_new(notes, mw_to_json_text(c->notes[i]));
    lost |= json_object_set_new(all, "judged", mw_to_json_number((double)c->judged));
    lost |= json_object_set_new(all, "false_alarms_expected", mw_to_json_number(0.05 * (double)c->judged));
    lost |= json_object_set_new(all, "machine_moved", mw_to_json_text(c->machine_moved ? "yes" : "no"));
    lost |= json_object_set_new(all, "notes", notes);
    lost |= json_object_set_new(all, "comparisons", mw_to_json_table(t));
    return mw_to_json_write(mw_to_json_whole(all, lost), t->file, to, err);
}

int mw_compare_print(const mw_comparison *c, mw_format format, FILE *to, mw_error *err)
{
    int rc = 0;
    if (format == MW_FORMAT_TABLE) {
        print_table(c, to);
    } else if (format == MW_FORMAT_MD) {
        print_markdown(c, to);
    } else {
        mw_csv t = as_csv(c);
        if (t.out_of_memory)
            rc = mw_fail(err, -ENOMEM, "no memory for the table of the comparison");
        else if (format == MW_FORMAT_JSON)
            rc = print_json(c, &t, to, err);
        else
            rc = mw_csv_write(&t, to, err);
        mw_csv_free(&t);
    }
    if (!rc && (fflush(to) || ferror(to)))
        rc = mw_fail(err, -EIO, "the comparison cannot be written: is the disk full?");
    return rc;
}
