/* The tables that a run writes, and reads again. Header, rows and tests read the lists of columns below. */
#ifndef MW_BENCH_CSV_H
#define MW_BENCH_CSV_H

#include "platform/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Version of these tables, in the column `schema`; results/SCHEMA.md describes it. */
#define MW_SCHEMA "2"

/* clang-format off */
/* results.csv: long form, one row a number. */
#define MW_RESULTS_COLUMNS(X) \
    X(run_id) X(utc) X(host) X(cpu) X(arch) X(os) X(page_bytes) X(line_bytes) X(model) X(dtype) X(variant) X(kernel) \
    X(layout) X(load) X(isa) X(threads) X(suite) X(phase) X(metric) X(unit) X(value) X(ci_low) X(ci_high) X(n) \
    X(provenance) X(note) X(schema) X(commit) X(rep) X(param)

/* tokens.csv: one row a decoded token. */
#define MW_TOKENS_COLUMNS(X) \
    X(run_id) X(variant) X(kernel) X(load) X(threads) X(rep) X(block) X(phase) X(token_id) X(position) X(latency_us) \
    X(roof_gbs) X(events)

/* roof.csv: one row a roof sweep; variant `machine` is the machine roof. */
#define MW_ROOF_COLUMNS(X) X(run_id) X(variant) X(threads) X(rep) X(block) X(roof_gbs)

/* blocks.csv: one row a block of tokens, and what happened to it. */
#define MW_BLOCKS_COLUMNS(X) \
    X(run_id) X(variant) X(threads) X(rep) X(block) X(tokens) X(tokens_us) X(bytes) X(sweeps) X(roof_gbs) X(steal_us) \
    X(cpu_pressure_us) X(memory_pressure_us) X(cycles) X(instructions) X(stalled_cycles) X(cache_refills) \
    X(l1d_refills) X(tlb_refills) X(page_faults) X(switches) X(migrations)

/* clu.csv: one row an operand and cache level of a kernel over a matrix. */
#define MW_CLU_COLUMNS(X) \
    X(run_id) X(variant) X(kernel) X(layout) X(phase) X(rows) X(cols) X(offset) X(line_bytes) X(region) X(level) \
    X(cache_bytes) X(ways) X(fills) X(used_bytes) X(clu) X(refills) X(loads) X(load_bytes) X(stores) X(store_bytes) \
    X(split_loads) X(needed_bytes) X(lines) X(visits) X(pages_4k) X(pages_16k) X(pages_2m) X(longest_run)

/* ttft.csv: one row a sample and phase of it (bench/ttft/sample.h). */
#define MW_TTFT_COLUMNS(X) \
    X(run_id) X(variant) X(kernel) X(layout) X(load) X(threads) X(state) X(prompt) X(feeding) X(rep) X(sample) \
    X(counted) X(phase) X(ms) X(minor_faults) X(major_faults) X(read_bytes) X(rss_mib) X(pss_mib) X(resident) \
    X(huge_mib) X(note)

/* claims.csv: one row a claim of the paper. */
#define MW_CLAIMS_COLUMNS(X) \
    X(run_id) X(id) X(where) X(title) X(claim) X(paper_value) X(paper_unit) X(artifact) X(measure) X(value) X(unit) \
    X(ci_low) X(ci_high) X(n) X(provenance) X(arch) X(model) X(verdict) X(rule) X(command) X(note) \
    X(predicted) X(predicted_low) X(predicted_high) X(predicted_by) X(predicted_note)

/* findings.csv: one row a finding about a variant. */
#define MW_FINDINGS_COLUMNS(X) \
    X(run_id) X(variant) X(threads) X(rank) X(finding) X(harm) X(size) X(what) X(evidence) X(advice)

/* index.csv of a set: one row a run (bench/merge/merge.h). */
#define MW_INDEX_COLUMNS(X) \
    X(run_id) X(host) X(cpu) X(arch) X(suites) X(models) X(dtypes) X(variants) X(threads) X(provenance) X(version) \
    X(commit) X(schema) X(utc) X(rows) X(bytes) X(folder)

/* benchmark_results.csv: the file format of the paper's artifact. */
#define MW_ARTIFACT_COLUMNS(X) X(token_id) X(latency_us)
/* clang-format on */

#define MW_COLUMN_RESULTS(name) MW_RESULTS_##name,
#define MW_COLUMN_TOKENS(name) MW_TOKENS_##name,
#define MW_COLUMN_ARTIFACT(name) MW_ARTIFACT_##name,
#define MW_COLUMN_ROOF(name) MW_ROOF_##name,
#define MW_COLUMN_BLOCKS(name) MW_BLOCKS_##name,
#define MW_COLUMN_CLU(name) MW_CLU_##name,
#define MW_COLUMN_TTFT(name) MW_TTFT_##name,
#define MW_COLUMN_CLAIMS(name) MW_CLAIMS_##name,
#define MW_COLUMN_FINDINGS(name) MW_FINDINGS_##name,
#define MW_COLUMN_INDEX(name) MW_INDEX_##name,
enum { MW_RESULTS_COLUMNS(MW_COLUMN_RESULTS) MW_RESULTS_COUNT };
enum { MW_TOKENS_COLUMNS(MW_COLUMN_TOKENS) MW_TOKENS_COUNT };
enum { MW_ARTIFACT_COLUMNS(MW_COLUMN_ARTIFACT) MW_ARTIFACT_COUNT };
enum { MW_ROOF_COLUMNS(MW_COLUMN_ROOF) MW_ROOF_COUNT };
enum { MW_BLOCKS_COLUMNS(MW_COLUMN_BLOCKS) MW_BLOCKS_COUNT };
enum { MW_CLU_COLUMNS(MW_COLUMN_CLU) MW_CLU_COUNT };
enum { MW_TTFT_COLUMNS(MW_COLUMN_TTFT) MW_TTFT_COUNT };
enum { MW_CLAIMS_COLUMNS(MW_COLUMN_CLAIMS) MW_CLAIMS_COUNT };
enum { MW_FINDINGS_COLUMNS(MW_COLUMN_FINDINGS) MW_FINDINGS_COUNT };
enum { MW_INDEX_COLUMNS(MW_COLUMN_INDEX) MW_INDEX_COUNT };

/* A cell: empty, a text, or a number with the digits that it is written with. */
typedef struct mw_cell {
    enum { MW_CELL_EMPTY, MW_CELL_TEXT, MW_CELL_NUMBER } kind;
    int digits;       /* after the point; -1: seven significant ones */
    const char *text; /* owned by the table that holds the cell */
    double number;
} mw_cell;

/* Cells for mw_csv_append. NULL, a number that is not finite and MW_UNKNOWN make an empty cell. */
mw_cell mw_text(const char *text);
mw_cell mw_real(double number);              /* seven significant digits */
mw_cell mw_fixed(double number, int digits); /* so many digits after the point */
mw_cell mw_whole(int64_t number);

/* The number in a cell, also if the cell is a text that is a number from end to end; NAN otherwise. */
double mw_cell_value(const mw_cell *cell);

/* The text of a cell, "" of an empty one: its own, or a number written into to[32]. */
enum { MW_CELL_TEXT_BYTES = 32 };
const char *mw_cell_text(const mw_cell *cell, char to[MW_CELL_TEXT_BYTES]);

/* A table in memory. */
typedef struct mw_csv {
    const char *file; /* name of its file in the result folder */
    const char *const *columns;
    size_t n_columns, n_rows, room;
    mw_cell *cells;
    bool out_of_memory; /* some cell was lost; writing then fails */
} mw_csv;

/* Empty tables of each kind. */
mw_csv mw_csv_results(void);
mw_csv mw_csv_tokens(void);
mw_csv mw_csv_artifact(void);
mw_csv mw_csv_roof(void);
mw_csv mw_csv_blocks(void);
mw_csv mw_csv_clu(void);
mw_csv mw_csv_ttft(void);
mw_csv mw_csv_claims(void);
mw_csv mw_csv_findings(void);
mw_csv mw_csv_index(void);
void mw_csv_free(mw_csv *csv);

/* Appends a row of n_columns cells, which are copied. A designated initializer names the columns that are not empty:
 * mw_csv_append(t, (mw_cell[MW_ROOF_COUNT]){[MW_ROOF_variant] = mw_text(name), ...}). */
void mw_csv_append(mw_csv *csv, const mw_cell *row);

/* Row `i`: n_columns cells. The pointer is valid until a row is added. */
const mw_cell *mw_csv_cells(const mw_csv *csv, size_t i);

/* Puts a copy of `cell` into row `i`. */
void mw_csv_replace(mw_csv *csv, size_t i, size_t column, mw_cell cell);

/* The numbers of a column in the rows that have these texts, or (NULL) these numbers, in these columns, into x[n_rows];
 * the keys end with column 0, and number 0 stands for an empty cell. Returns how many; empty cells are left out. */
typedef struct mw_key {
    size_t column;
    const char *text;
    int number;
} mw_key;
size_t mw_csv_numbers(const mw_csv *csv, size_t column, const mw_key *keys, double *x);

/* Writes header and rows: RFC 4180 quoting, '\n' line ends. -ENOMEM if cells were lost, -EIO if `to` fails. */
int mw_csv_write(const mw_csv *csv, FILE *to, mw_error *err);
int mw_csv_write_rows(const mw_csv *csv, FILE *to, mw_error *err); /* only the rows */

/* --- reading: files are hostile until checked --- */

/* Appends the rows of the file at `path` to `csv`, matching columns by the names in its header: unknown ones are passed
 * over, and a missing one is -EINVAL with a message naming it. RFC 4180, also with '\n' line ends, and strictly: every
 * row as long as the header, no quotes inside unquoted cells, no NUL bytes. Empty cells become NULL. Every message
 * names the file and, where one is at fault, the line; none repeats what stands in the file. Caps: 1 GiB (-EFBIG), 1
 * MiB a cell, 1,024 columns. On failure `csv` may have got some rows; it is freed as ever. */
int mw_csv_read(const char *path, mw_csv *csv, mw_error *err);

/* Appends the rows of results.csv to `results`; `path` is that file or the result folder with it. With a `command`,
 * command[size] becomes the command line of the run, without the folder of its program; "" if the folder does not have
 * it. What was read is made printable (mw_text_copy). Returns what mw_csv_read returns, or -ENAMETOOLONG. */
int mw_folder_read(const char *path, mw_csv *results, char *command, size_t size, mw_error *err);

#endif
