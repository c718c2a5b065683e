/* What suites `micro` and `roof` show. All of it comes from results.csv, where the phase of a row is the name of its
 * benchmark: parts of it say in which table, line and column a number stands. */
#include "bench/micro/micro.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* When a GEMV counts as memory-bound. */
static const double NEAR_ROOF = 0.8, FASTER_IN_CACHE = 1.25;

enum { LABEL = 48, TEXT_COLUMNS = 6, MOST_COLUMNS = 24 };

/* Some benchmarks, and how they are shown. */
typedef struct section {
    const char *begins, *metric; /* which rows: how the phase begins */
    const char *roles;           /* of the parts of the phase: see `place` */
    const char *heading, *title; /* of the table and its first column */
    int digits;
    const char *roof, *fraction; /* metrics of the column `dram`, NULL: none */
} section;

typedef struct cell {
    mw_row row;
    char table[LABEL], line[LABEL], column[LABEL];
} cell;

/* --- names of benchmarks --- */

/* Adds "threads:2" as "2 threads", "256-bit_4_streams" with spaces and as a column as "read 4"; what else there is as
 * it is. */
static void add_label(char label[LABEL], const char *part, bool column)
{
    const size_t used = strlen(label);
    unsigned n;
    char *to = label + used + (used > 0);
    if (used > 0)
        label[used] = ' ';
    const size_t room = LABEL - (size_t)(to - label);
    if (sscanf(part, "threads:%u", &n) == 1)
        snprintf(to, room, column ? "thr. %u" : n == 1 ? "%u thread" : "%u threads", n);
    else if (column && sscanf(part, "read_%*u-bit_%u", &n) == 1)
        snprintf(to, room, "read %u", n);
    else
        snprintf(to, room, "%s", part);
    for (char *c = strstr(part, "_stream") ? to : to + strlen(to); *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

/* Takes the name of a benchmark apart: each part is of the table, line or column that `roles` says ('T', 'L', 'C'), or
 * of none. The last role is that of the last part; if there are more parts, the one before it counts for these. */
static void place(const char *roles, cell *c)
{
    char name[128], *rest = name;
    snprintf(name, sizeof name, "%s", c->row.phase);
    for (size_t last = strlen(roles) - 1, i = 0; rest; i++) {
        const char *part = strsep(&rest, "/");
        const char role = roles[!rest ? last : i < last ? i : last - 1];
        char *label = role == 'T' ? c->table : role == 'L' ? c->line : role == 'C' ? c->column : NULL;
        if (label)
            add_label(label, part, role == 'C');
    }
    char bits[8];
    const size_t n = strlen(c->line);
    if (mw_param_copy(c->row.param, "bits", bits, sizeof bits))
        snprintf(c->line + n, LABEL - n, ", %s bits", bits);
}

/* --- tables --- */

/* (most - least) / median of the repetitions, in per cent. */
static double spread_of(const mw_row *row)
{
    const char *at = strstr(row->note, "spread=");
    return at ? 100 * strtod(at + strlen("spread="), NULL) : NAN;
}

/* The first one of the cells in a table and, unless NULL, line and column; the empty one at their end if there is none.
 */
static const cell *find(const cell *c, const char *table, const char *line, const char *column)
{
    while (c->row.metric && (strcmp(c->table, table) != 0 || (line && strcmp(c->line, line) != 0) ||
                             (column && strcmp(c->column, column) != 0)))
        c++;
    return c;
}

/* Another metric of the same benchmark. */
static double value_of(const mw_page *page, const mw_row *row, const char *metric)
{
    mw_filter f = mw_rows_like(row, metric);
    f.phase = row->phase;
    return mw_rows_value(page->results, &f);
}

/* The columns of a table, all that benchmarks name; returns how many cells a line has before the roof. */
static int set_columns(const section *s, const cell *cells, const char *table, mw_column columns[MOST_COLUMNS + 6])
{
    int used = 1;
    for (const cell *c = cells; c->row.metric && used <= MOST_COLUMNS; c++)
        if (strcmp(c->table, table) == 0 && find(cells, table, NULL, c->column) == c) {
            columns[used] = (mw_column){c->column, 8, .wide = used > TEXT_COLUMNS};
            used++;
        }
    const int room = 73 - 9 * (used <= TEXT_COLUMNS ? used - 1 : TEXT_COLUMNS), width = s->roof ? 20 : 28;
    columns[0] = (mw_column){s->title, room < width ? -room : -width, .show = MW_SHOW_VARIANT};
    int more = used;
    if (s->roof) {
        columns[more++] = (mw_column){"roof", 6};
        columns[more++] = (mw_column){"fraction", 8};
    }
    columns[more++] = (mw_column){"spread", 6};
    if (used > 2 && s->roof)
        columns[more] = (mw_column){"bound", 0, .show = MW_SHOW_MADE};
    return used;
}

/* A line for each line that benchmarks name, a column for each column, and the widest spread of the line. */
static void print_table(mw_page *page, const section *s, const cell *cells, const char *table)
{
    mw_column columns[MOST_COLUMNS + 6] = {{.title = NULL}};
    const int used = set_columns(s, cells, table, columns);
    mw_page_open(page, columns);
    for (const cell *c = cells; c->row.metric; c++) {
        double widest = NAN;
        if (strcmp(c->table, table) != 0 || find(cells, table, c->line, NULL) != c)
            continue; /* of another table, or printed */
        mw_page_cell(page, "%s", *c->line ? c->line : "empty function");
        for (int k = 1; k < used; k++) {
            const mw_row *row = &find(cells, table, c->line, columns[k].title)->row;
            mw_page_number(page, row->value, s->digits);
            widest = fmax(widest, spread_of(row)); /* the other one if one is NAN */
        }
        const mw_row *read = &find(cells, table, c->line, "dram")->row;
        const double cached = find(cells, table, c->line, "cache")->row.value;
        const double fraction = s->roof ? value_of(page, read, s->fraction) : NAN;
        if (s->roof) {
            mw_page_number(page, value_of(page, read, s->roof), 1);
            mw_page_number(page, fraction, 2);
        }
        mw_page_cell(page, isfinite(widest) ? "%.0f %%" : "-", widest);
        if (s->roof && used > 2)
            mw_page_cell(page, "%s",
                         !isfinite(fraction) || !isfinite(cached)                           ? ""
                         : fraction >= NEAR_ROOF && cached >= FASTER_IN_CACHE * read->value ? "memory-bound"
                                                                                            : "not memory-bound");
    }
}

static void print_section(mw_page *page, const section *s)
{
    size_t rows, n = 0;
    mw_row *all = mw_rows_sorted(page->results, &(mw_filter){.metric = s->metric}, MW_AS_RECORDED, &rows);
    cell *cells = calloc(rows + 1, sizeof *cells);
    for (size_t i = 0; cells && i < rows; i++)
        if (strncmp(all[i].phase, s->begins, strlen(s->begins)) == 0) {
            cells[n].row = all[i];
            place(s->roles, &cells[n++]);
        }
    if (cells)
        cells[n].row = (mw_row){.phase = "", .param = "", .note = "", .value = NAN};
    for (const cell *c = cells; c && c->row.metric; c++)
        if (find(cells, c->table, NULL, NULL) == c) {
            mw_page_heading(page, *c->table ? "%s: %s" : "%s", s->heading, c->table);
            print_table(page, s, cells, c->table);
        }
    free(all);
    free(cells);
}

void mw_micro_report(const mw_session *s, mw_page *page)
{
    static const section sections[] = {
        {"ladder/", "bandwidth_gbs", "-CLT", "Bandwidth by array size, GB/s as STREAM counts", "array", .digits = 1},
        {"latency/", "latency_ns", "-CCL", "Latency of a load, ns", "block", .digits = 1},
        {"fork/", "fork_join_us", "-C", "Fork and join of all threads, us", "back to back", .digits = 3},
        {"gemv/", "bandwidth_gbs", "-LTC", "GEMV, one thread, GB/s", "kernel", 1, "roof_gbs", "roof_fraction"},
        {"gemv/", "misaligned_ratio", "-LTC-", "GEMV: rate with weights at byte 28 of a line / on a line", "kernel",
         .digits = 3},
        {"peak/", "peak_gflops", "-LC", "Fused multiply-adds on registers, GFLOP/s", "instructions", .digits = 1},
        {"gemm/", "gflops", "-LTC", "GEMM of a full batch of a prompt, one thread, GFLOP/s", "kernel", 1, "peak_gflops",
         "peak_fraction"},
        {"roof/", "roof_gbs", "-CLT", "Reading as many bytes as the model's weights, GB/s", "read", .digits = 1}};
    (void)s;
    if (mw_gb_displays())
        return;
    mw_page_text(page, "Medians over repetitions. spread: (most - least) / median, the widest of its line.");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(page, &sections[i]);
    if (mw_rows_count(page->results, &(mw_filter){.metric = "roof_fraction"}) > 0)
        mw_page_text(page,
                     "GEMV: fraction is the rate at which weights are read from memory / that of plain reads of the "
                     "same pages right after (roof). memory-bound: at least %.2f, and %.2f times as fast in cache.",
                     NEAR_ROOF, FASTER_IN_CACHE);
    if (mw_rows_count(page->results, &(mw_filter){.metric = "peak_fraction"}) > 0)
        mw_page_text(page, "GEMM: weights come from memory; fraction is the rate / the FMA peak of the kernel's "
                           "instructions right after (roof).");
}
