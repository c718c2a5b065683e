/* Reading tables that may be damaged, and the list of metrics. */
#include "bench/tables/csv.h"
#include "bench/tables/rows.h"
#include "tests/csv_texts.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *make(const char *name, const char *text, size_t n)
{
    const char *path = in_folder(name);
    FILE *f = fopen(path, "wb");
    const bool written = f && fwrite(text, 1, n, f) == n;
    if (f && fclose(f) == 0 && written)
        return path;
    printf("Bail out! %s cannot be written\n", path);
    exit(1);
}

/* --- reading --- */

static bool cell_is(const mw_csv *t, size_t row, size_t column, const char *want)
{
    const char *got = mw_csv_row(t, row)[column];
    return want ? got && strcmp(got, want) == 0 : !got;
}

static void check_good_files(void)
{
    static const char quoted[] = "latency_us,more,token_id\n"
                                 "\"a \"\"b\"\", c\",x,1\r\n"
                                 "\"two\nlines\r\n\",,2\n"
                                 ",\"\",\"\"\n"
                                 "\xc3\xa9,x,last"; /* no line end */
    mw_csv t = mw_csv_artifact();
    mw_error err = {""};
    if (tap_ok(mw_csv_read(make("good.csv", quoted, sizeof quoted - 1), &t, &err) == 0 && t.n_rows == 4, "read: %s",
               err.text)) {
        tap_ok(cell_is(&t, 0, MW_ARTIFACT_latency_us, "a \"b\", c") && cell_is(&t, 0, MW_ARTIFACT_token_id, "1"),
               "columns are found by name; quotes, commas, CRLF");
        tap_ok(cell_is(&t, 1, MW_ARTIFACT_latency_us, "two\nlines\r\n"), "line ends inside quotes stay");
        tap_ok(cell_is(&t, 2, MW_ARTIFACT_latency_us, NULL) && cell_is(&t, 2, MW_ARTIFACT_token_id, NULL),
               "empty cells");
        tap_ok(cell_is(&t, 3, MW_ARTIFACT_latency_us, "\xc3\xa9") && cell_is(&t, 3, MW_ARTIFACT_token_id, "last"),
               "a last line without an end");
    }
    static const char header[] = "token_id,latency_us\n";
    tap_ok(mw_csv_read(make("header.csv", header, sizeof header - 1), &t, &err) == 0 && t.n_rows == 4,
           "a header alone adds nothing");
    tap_ok(mw_csv_read(make("header.csv", header, sizeof header - 2), &t, &err) == 0 && t.n_rows == 4,
           "even without a line end");
    /* what is written is read again */
    char *copy = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&copy, &size);
    const bool written = f && mw_csv_write(&t, f, &err) == 0 && fclose(f) == 0;
    mw_csv again = mw_csv_artifact();
    bool same = written && mw_csv_read(make("again.csv", copy, size), &again, &err) == 0 && again.n_rows == t.n_rows;
    for (size_t i = 0; same && i < t.n_rows; i++)
        for (size_t c = 0; c < t.n_columns; c++)
            same &= cell_is(&again, i, c, mw_csv_row(&t, i)[c]);
    tap_ok(same, "written and read again: the same");
    free(copy);
    mw_csv_free(&again);
    mw_csv_free(&t);
}

static void refused(const char *what, const char *path, int code, const char *says)
{
    mw_csv t = mw_csv_artifact();
    mw_error err = {""};
    const int rc = mw_csv_read(path, &t, &err);
    tap_ok(rc == code && strstr(err.text, says) && strstr(err.text, path), "%s: %s", what, err.text);
    mw_csv_free(&t);
}

static void check_bad_files(void)
{
    const struct {
        const char *what, *text, *says;
    } bad[] = {
        {"open quote", "token_id,latency_us\n1,2\n3,\"4\n5,6\n", "line 3: a quoted cell that never ends"},
        {"open quote at the very end", "token_id,latency_us\n1,\"", "line 2: a quoted cell that never ends"},
        {"open quote after a pair", "token_id,latency_us\n1,\"2\"\"", "never ends"},
        {"few cells", "token_id,latency_us\n1,2\n\n3\n", "line 3: 1 cells where the header has 2"},
        {"many cells", "token_id,latency_us\n\"a\nb\",2\n1,2,3\n", "line 4: 3 cells"},
        {"cut row", "token_id,latency_us\n1,2\n3", "line 3: 1 cells"},
        {"bare quote", "token_id,latency_us\n1,2\"\n", "line 2: a quotation mark inside"},
        {"text after a quote", "token_id,latency_us\n1,\"2\"3\n", "line 2: text after a closing"},
        {"bare CR", "token_id,latency_us\n1,2\r3,4\n", "line 2: a carriage return"},
        {"CR at the end", "token_id,latency_us\n1,2\r", "line 2: a carriage return"},
        {"missing column", "token_id,latency\n1,2\n", "no column latency_us"},
        {"column twice", "token_id,latency_us,token_id\n1,2,3\n", "column token_id occurs twice"},
        {"blank header", "\n1,2\n", "no column token_id"},
        {"empty file", "", "is empty"},
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        refused(bad[i].what, make("bad.csv", bad[i].text, strlen(bad[i].text)), -EINVAL, bad[i].says);
    static const char nul[] = "token_id,latency_us\n1,2\0\n", quoted_nul[] = "token_id,latency_us\n1,\"\0\"\n";
    refused("NUL", make("bad.csv", nul, sizeof nul - 1), -EINVAL, "line 2: a NUL byte");
    refused("NUL in quotes", make("bad.csv", quoted_nul, sizeof quoted_nul - 1), -EINVAL, "line 2: a NUL byte");
    refused("folder", folder, -EINVAL, "not a regular file");
    refused("missing file", in_folder("missing"), -ENOENT, "cannot be opened");
    const char *path = make("secret.csv", "x", 1);
    if (chmod(path, 0) == 0 && access(path, R_OK) != 0)
        refused("unreadable file", path, -EACCES, "cannot be opened");
    else
        tap_skip("unreadable file", "this user may read everything");

    enum { CAP = 1 << 20 };
    static char big[CAP + 64];
    const int head = snprintf(big, sizeof big, "token_id,latency_us\n1,");
    memset(big + head, 'x', CAP + 1);
    mw_csv t = mw_csv_artifact();
    mw_error err;
    tap_ok(mw_csv_read(make("big.csv", big, (size_t)head + CAP), &t, &err) == 0, "a cell of 1 MiB");
    mw_csv_free(&t);
    refused("one byte more", make("big.csv", big, (size_t)head + CAP + 1), -EINVAL,
            "line 2: a cell of more than 1 MiB");
    memset(big, ',', 2000);
    refused("2,001 columns", make("big.csv", big, 2000), -EINVAL, "more than 1024 columns");
    path = make("huge.csv", "token_id,latency_us\n", 20);
    if (truncate(path, ((off_t)1 << 30) + 1) == 0)
        refused("1 GiB and a byte", path, -EFBIG, "more than 1 GiB");
    else
        tap_skip("1 GiB and a byte", "no such file can be made here");
    unlink(path);
}

/* --- metrics --- */

static void check_metrics(void)
{
    size_t n = 0;
    bool found = true, once = true;
    for (; mw_metrics[n].name; n++) {
        found &= mw_metric_find(mw_metrics[n].name) == &mw_metrics[n] && mw_metrics[n].unit[0] != '\0';
        for (size_t i = 0; i < n; i++)
            once &= strcmp(mw_metrics[i].name, mw_metrics[n].name) != 0;
    }
    tap_ok(n > 40 && found && once, "%zu metrics, each once", n);
    tap_ok(!mw_metric_find("") && !mw_metric_find("tokens"), "unknown names");
    tap_ok(strcmp(mw_metrics[0].name, "roof_fraction") == 0 && strcmp(mw_metrics[1].name, "tokens_per_s") == 0,
           "headline metrics first");
    const mw_metric *m = mw_metric_find("itl_p99_us"), *s = mw_metric_find("slow_tokens"),
                    *r = mw_metric_find("machine_roof_gbs");
    tap_ok(m->better == MW_LESS_IS_BETTER && m->positive && s->better == MW_LESS_IS_BETTER && !s->positive &&
               r->better == MW_NEITHER && r->positive,
           "directions and scales");
}

int main(void)
{
    if (!mkdtemp(folder)) {
        printf("Bail out! no temporary folder\n");
        return 1;
    }
    check_good_files();
    check_bad_files();
    check_metrics();
    static const char *const made[] = {"good.csv", "header.csv", "again.csv", "bad.csv", "secret.csv", "big.csv"};
    for (size_t i = 0; i < COUNT(made); i++)
        unlink(in_folder(made[i]));
    tap_ok(rmdir(folder) == 0, "nothing is left behind");
    return tap_done();
}
