/* A comparison of many machines in long form, as CSV or JSON: a row for each value, and one for each comparison. The
 * rows of one figure after the other: all of them may be too many for memory. */
#include "bench/compare/many.h"
#include "bench/tables/to_json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* clang-format off */
#define MANY_COLUMNS(X) \
    X(metric) X(suite) X(model) X(dtype) X(variant) X(threads) X(param) X(provenance) X(machine) X(against) X(host) \
    X(cpu) X(arch) X(run_id) X(runs) X(commit) X(value) X(unit) X(ci_low) X(ci_high) X(n) X(n_against) X(p) X(p_holm) \
    X(verdict)
/* clang-format on */
#define MANY_COLUMN(name) MANY_##name,
#define MANY_NAME(name) #name,
enum { MANY_COLUMNS(MANY_COLUMN) MANY_COUNT };

static mw_cell text(const char *words)
{
    return mw_text(words && *words ? words : NULL);
}

/* What a row says about its figure and its entrant; the caller adds the rest. */
static void describe(const mw_many *m, const mw_place *p, char letters[16], mw_cell row[MANY_COUNT])
{
    const mw_figure *f = m->figures[p->figure];
    const mw_entrant *e = &m->entrants[p->entrant];
    memset(row, 0, MANY_COUNT * sizeof *row);
    row[MANY_metric] = mw_text(f->metric->name);
    row[MANY_suite] = text(f->suite);
    row[MANY_model] = text(f->model);
    row[MANY_dtype] = text(f->dtype);
    row[MANY_variant] = text(f->variant);
    row[MANY_threads] = f->threads ? mw_whole(f->threads) : (mw_cell){MW_CELL_EMPTY};
    row[MANY_param] = text(f->param);
    row[MANY_provenance] = mw_text(f->emulated ? "emulated" : "measured");
    row[MANY_machine] = mw_text(mw_many_letters(p->entrant, letters));
    row[MANY_host] = text(e->host);
    row[MANY_cpu] = text(e->cpu);
    row[MANY_arch] = text(e->arch);
    row[MANY_run_id] = text(e->run_id);
    row[MANY_runs] = mw_whole((int64_t)e->runs);
    row[MANY_commit] = text(e->commits);
    row[MANY_n] = mw_whole((int64_t)p->n);
}

static void add_value(const mw_many *m, const mw_place *p, mw_csv *t)
{
    mw_cell row[MANY_COUNT];
    char letters[16];
    describe(m, p, letters, row);
    row[MANY_value] = mw_real(exp(p->mean));
    row[MANY_unit] = mw_text(m->figures[p->figure]->metric->unit);
    row[MANY_ci_low] = mw_real(exp(p->low));
    row[MANY_ci_high] = mw_real(exp(p->high));
    mw_csv_append(t, row);
}

static void add_pair(const mw_many *m, const mw_pair *pair, mw_csv *t)
{
    const mw_place *a = &m->places[pair->a], *b = &m->places[pair->b];
    const mw_many_ratio ratio = mw_many_ratio_of(m, pair);
    mw_cell row[MANY_COUNT];
    char letters[16], against[16];
    describe(m, b, letters, row);
    row[MANY_against] = mw_text(mw_many_letters(a->entrant, against));
    row[MANY_value] = mw_real(ratio.value);
    row[MANY_unit] = mw_text("1");
    row[MANY_ci_low] = mw_real(ratio.low);
    row[MANY_ci_high] = mw_real(ratio.high);
    row[MANY_n_against] = mw_whole((int64_t)a->n);
    row[MANY_p] = mw_real(pair->p);
    row[MANY_p_holm] = mw_real(pair->p_holm);
    row[MANY_verdict] = mw_text(ratio.verdict);
    mw_csv_append(t, row);
}

/* --- JSON: an object, whose array of rows is written row by row --- */

enum { COMPACT = JSON_ENSURE_ASCII | JSON_REAL_PRECISION(10) };

static int lost_json(FILE *to, mw_error *err)
{
    return ferror(to) ? mw_fail(err, -EIO, "the comparison cannot be written: is the disk full?")
                      : mw_fail(err, -ENOMEM, "no memory for the JSON of the comparison");
}

static int write_members(const mw_many *m, FILE *to, mw_error *err)
{
    char notes[MW_MANY_NOTES][400];
    const int n = mw_many_notes(m, notes);
    json_t *list = json_array();
    int lost = 0;
    for (int i = 0; i < n; i++)
        lost |= json_array_append_new(list, mw_to_json_text(notes[i]));
    fprintf(to, "{\n  \"columns_are\": \"%s\",\n  \"tested\": %zu,\n  \"beyond_chance\": %zu,\n  \"notes\": ",
            m->by_run ? "runs" : "machines", m->n_pairs, m->different);
    lost |= !list || json_dumpf(list, to, COMPACT);
    json_decref(list);
    return lost ? lost_json(to, err) : 0;
}

static int write_rows(const mw_csv *t, mw_format format, bool first, FILE *to, mw_error *err)
{
    if (format == MW_FORMAT_CSV)
        return first ? mw_csv_write(t, to, err) : mw_csv_write_rows(t, to, err);
    json_t *rows = mw_to_json_table(t);
    int lost = !rows || t->out_of_memory;
    for (size_t i = 0; i < json_array_size(rows) && !lost; i++) {
        fputs(first && i == 0 ? ",\n  \"rows\": [\n    " : ",\n    ", to);
        lost = json_dumpf(json_array_get(rows, i), to, COMPACT);
    }
    json_decref(rows);
    return lost ? lost_json(to, err) : 0;
}

int mw_many_rows(const mw_many *m, mw_format format, FILE *to, mw_error *err)
{
    static const char *const columns[] = {MANY_COLUMNS(MANY_NAME)};
    int rc = format == MW_FORMAT_JSON ? write_members(m, to, err) : 0;
    size_t pair = 0;
    for (size_t i = 0; i < m->n_places && !rc;) {
        mw_csv t = {.file = "the comparison", .columns = columns, .n_columns = MANY_COUNT};
        const bool first = i == 0;
        const uint32_t figure = m->places[i].figure;
        for (; i < m->n_places && m->places[i].figure == figure; i++)
            add_value(m, &m->places[i], &t);
        for (; pair < m->n_pairs && m->places[m->pairs[pair].a].figure == figure; pair++)
            add_pair(m, &m->pairs[pair], &t);
        rc = write_rows(&t, format, first, to, err);
        mw_csv_free(&t);
    }
    if (!rc && format == MW_FORMAT_JSON)
        fputs("\n  ]\n}\n", to);
    return rc;
}
