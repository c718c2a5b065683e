/* Our texts, numbers and tables as values of jansson. A value is NULL where there was no memory for it; jansson refuses
 * to put NULL into an object or array, so a loss is seen. */
#ifndef MW_BENCH_TO_JSON_H
#define MW_BENCH_TO_JSON_H

#include "bench/tables/csv.h"
#include "platform/error.h"

#include <jansson.h>
#include <stdio.h>

/* A text; NULL becomes null. Every byte that is not UTF-8 is replaced by U+FFFD. */
json_t *mw_to_json_text(const char *text);

/* A number, an integer if it is whole; null if it is not finite. */
json_t *mw_to_json_number(double value);

/* A cell of a table: a number if the whole of it is one in JSON's sense ("0x10" and "007" are not), else a text. */
json_t *mw_to_json_cell(const char *cell);

/* An array with an object for each row. */
json_t *mw_to_json_table(const mw_csv *csv);

/* Writes a table as a JSON array of objects. -ENOMEM if cells were lost, -EIO if `to` fails. */
int mw_csv_write_json(const mw_csv *csv, FILE *to, mw_error *err);

/* `value` itself, or NULL, the value being released, where `lost` is not 0: some part of it got lost. */
json_t *mw_to_json_whole(json_t *value, int lost);

/* Writes a value and releases it: in ASCII, indented by two, numbers with up to 10 digits. -ENOMEM for NULL, -EIO if
 * the stream fails; `what` stands in the error. */
int mw_to_json_write(json_t *value, const char *what, FILE *to, mw_error *err);

#endif
