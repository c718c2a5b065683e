/* Writes JSON, indented, one member a line. */
#ifndef MW_BENCH_JSON_H
#define MW_BENCH_JSON_H

#include <stdbool.h>
#include <stdio.h>

typedef struct mw_json {
    FILE *to;
    int depth;
    bool first; /* nothing written yet at this depth */
    char closing[16];
} mw_json;

mw_json mw_json_open(FILE *to);
void mw_json_close(mw_json *json);

/* Opens an object or array; `key` is NULL inside an array and at the top. Closed by mw_json_end. */
void mw_json_object(mw_json *json, const char *key);
void mw_json_array(mw_json *json, const char *key);
void mw_json_end(mw_json *json);

/* A text; NULL becomes null. Bytes that are not UTF-8 are replaced. */
void mw_json_text(mw_json *json, const char *key, const char *value);
void mw_json_number(mw_json *json, const char *key, double value);

/* A number if the whole of `value` is one in JSON's sense, else a text. */
void mw_json_value(mw_json *json, const char *key, const char *value);

#endif
