/* JSON as we write it: what jansson makes of texts, numbers and cells of ours, and that it reads them again. */
#include "bench/tables/to_json.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What is written of a value, to be freed by the caller. */
static char *written(json_t *value)
{
    char *text = NULL;
    size_t size;
    mw_error err;
    FILE *f = open_memstream(&text, &size);
    const int rc = f ? mw_to_json_write(value, "a test", f, &err) : -ENOMEM;
    if (!f || fclose(f) || rc) {
        printf("Bail out! nothing can be written\n");
        exit(1);
    }
    return text;
}

static void gives(const char *what, json_t *value, const char *want)
{
    char *got = written(json_pack("[o]", value));
    char whole[256];
    snprintf(whole, sizeof whole, "[\n  %s\n]\n", want);
    tap_ok(strcmp(got, whole) == 0, "%s: %s", what, want);
    if (strcmp(got, whole) != 0)
        tap_note("%s", got);
    free(got);
}

static void check_texts(void)
{
    static const struct {
        const char *text, *written;
    } texts[] = {
        {"", "\"\""},
        {"a \"b\" \\ /", "\"a \\\"b\\\" \\\\ /\""},
        {"\t\r\n\x01\x1b", "\"\\t\\r\\n\\u0001\\u001B\""},
        {"caf\xc3\xa9 \xe2\x82\xac", "\"caf\\u00E9 \\u20AC\""},
        {"\xf0\x9f\x8d\xb0", "\"\\uD83C\\uDF70\""},
        {"\xff", "\"\\uFFFD\""},
        {"a\xc3", "\"a\\uFFFD\""},                                      /* cut */
        {"\xe2\x82z\xa9", "\"\\uFFFD\\uFFFDz\\uFFFD\""},                /* cut, and a byte that continues nothing */
        {"\xc0\xaf", "\"\\uFFFD\\uFFFD\""},                             /* longer than it need be */
        {"\xed\xa0\x80 \xc3\xa9", "\"\\uFFFD\\uFFFD\\uFFFD \\u00E9\""}, /* half of a surrogate pair */
        {"\xf4\x90\x80\x80", "\"\\uFFFD\\uFFFD\\uFFFD\\uFFFD\""},       /* beyond Unicode */
    };
    for (size_t i = 0; i < COUNT(texts); i++)
        gives("text", mw_to_json_text(texts[i].text), texts[i].written);
    gives("no text", mw_to_json_text(NULL), "null");
    /* every byte alone and between letters: what is written is read again */
    bool read = true;
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = {'a', (char)byte, 'b', (char)byte, '\0'};
        char *line = written(json_pack("[o]", mw_to_json_text(text)));
        json_t *again = json_loads(line, 0, NULL);
        const char *got = json_string_value(json_array_get(again, 0));
        read &= got && (byte < 0x80 ? strcmp(got, text) == 0
                                    : strcmp(got, "a\xef\xbf\xbd"
                                                  "b\xef\xbf\xbd") == 0);
        for (const char *c = line; *c; c++)
            read &= (unsigned char)*c < 0x80;
        json_decref(again);
        free(line);
    }
    tap_ok(read, "every byte: written in ASCII, read again");
}

static void check_numbers(void)
{
    static const struct {
        double number;
        const char *written;
    } numbers[] = {
        {0, "0"},
        {-3, "-3"},
        {4096, "4096"},
        {1e15, "1000000000000000"},
        {9007199254740992.0, "9007199254740992"},
        {1e300, "1e300"},
        {0.2, "0.2"},
        {1e-7, "1e-7"},
        {1.0 / 3, "0.3333333333"},
        {-123456.7890123, "-123456.789"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
    };
    for (size_t i = 0; i < COUNT(numbers); i++)
        gives("number", mw_to_json_number(numbers[i].number), numbers[i].written);
}

static void check_cells(void)
{
    static const struct {
        const char *cell, *written;
    } cells[] = {
        {NULL, "null"},
        {"", "\"\""},
        {"7", "7"},
        {"-7", "-7"},
        {"61.5", "61.5"},
        {"1e+08", "100000000"},
        {"5.0", "5"},
        {"9223372036854775807", "9223372036854775807"},
        {"18446744073709551615", "1.844674407e19"},
        {"0x10", "\"0x10\""},
        {"007", "\"007\""},
        {"-01", "\"-01\""},
        {"1.", "\"1.\""},
        {".5", "\".5\""},
        {"+5", "\"+5\""},
        {"1e999", "\"1e999\""},
        {"nan", "\"nan\""},
        {"5 ", "\"5 \""},
        {" 5", "\" 5\""},
        {"1,2", "\"1,2\""},
        {"-", "\"-\""},
        {"e", "\"e\""},
        {"true", "\"true\""},
        {"[1]", "\"[1]\""},
        {"41f14c4d58f1", "\"41f14c4d58f1\""},
    };
    for (size_t i = 0; i < COUNT(cells); i++)
        gives("cell", mw_to_json_cell(cells[i].cell), cells[i].written);
    mw_csv t = mw_csv_artifact();
    mw_error err;
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    mw_csv_add(&t, NULL);
    mw_csv_set(&t, MW_ARTIFACT_latency_us, "16230.25");
    mw_csv_add(&t, NULL);
    mw_csv_set(&t, MW_ARTIFACT_token_id, "a\"\xff");
    const bool ok = f && mw_csv_write_json(&t, f, &err) == 0 && fclose(f) == 0;
    tap_ok(ok && strcmp(text, "[\n  {\n    \"token_id\": null,\n    \"latency_us\": 16230.25\n  },\n"
                              "  {\n    \"token_id\": \"a\\\"\\uFFFD\",\n    \"latency_us\": null\n  }\n]\n") == 0,
           "a table: columns in their order");
    free(text);
    f = fopen("/dev/full", "w");
    if (f) {
        setvbuf(f, NULL, _IONBF, 0);
        tap_ok(mw_csv_write_json(&t, f, &err) == -EIO, "a full disk: %s", err.text);
        fclose(f);
    } else {
        tap_skip("a full disk", "no /dev/full here");
    }
    t.out_of_memory = true;
    f = fopen("/dev/null", "w");
    tap_ok(f && mw_csv_write_json(&t, f, &err) == -ENOMEM, "rows that were lost: %s", err.text);
    tap_ok(f && mw_to_json_write(NULL, "a test", f, &err) == -ENOMEM, "a value that was lost: %s", err.text);
    if (f)
        fclose(f);
    mw_csv_free(&t);
}

int main(void)
{
    check_texts();
    check_numbers();
    check_cells();
    return tap_done();
}
