/* Reads tables that a run wrote. Files are hostile until checked. */
#ifndef MW_BENCH_CSV_READ_H
#define MW_BENCH_CSV_READ_H

#include "bench/tables/csv.h"

/* Appends the rows of the file at `path` to `csv`, matching columns by the names in its header: unknown ones are passed
 * over, and a missing one is -EINVAL with a message naming it. RFC 4180, also with '\n' line ends, and strictly: every
 * row as long as the header, no quotes inside unquoted cells, no NUL bytes. Empty cells become NULL. Every message
 * names the file and, where one is at fault, the line; none repeats what stands in the file. Caps: 1 GiB (-EFBIG), 1
 * MiB a cell, 1,024 columns. On failure `csv` may have got some rows; it is freed as ever. */
int mw_csv_read(const char *path, mw_csv *csv, mw_error *err);

#endif
