/* Reading tables that may be damaged, and comparing two runs. */
#include "bench/compare/compare.h"
#include "bench/tables/csv_read.h"
#include "bench/tables/metrics.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char folder[] = "/tmp/memwall-compare-XXXXXX";

/* folder/name, in one of a few static buffers. */
static const char *in_folder(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

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

/* --- reading ---------------------------------------------------------------------------------------------------------
 */

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
        {"text after a quote", "token_id,latency_us\n1,\"2\"3\n", "line 2: text behind a closing"},
        {"bare CR", "token_id,latency_us\n1,2\r3,4\n", "line 2: a carriage return"},
        {"CR at the end", "token_id,latency_us\n1,2\r", "line 2: a carriage return"},
        {"missing column", "token_id,latency\n1,2\n", "no column latency_us"},
        {"column twice", "token_id,latency_us,token_id\n1,2,3\n", "column token_id stands there twice"},
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

/* --- metrics ---------------------------------------------------------------------------------------------------------
 */

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
    const mw_metric_info *m = mw_metric_find("itl_p99_us"), *s = mw_metric_find("slow_tokens"),
                         *r = mw_metric_find("machine_roof_gbs");
    tap_ok(m->better == MW_LESS_IS_BETTER && m->positive && s->better == MW_LESS_IS_BETTER && !s->positive &&
               r->better == MW_NEITHER && r->positive,
           "directions and scales");
}

/* --- comparing -------------------------------------------------------------------------------------------------------
 */

/* A run to be written: facts, and rows added one by one. */
typedef struct run {
    mw_csv t;
    const char *cpu, *arch, *model, *dtype, *page_bytes, *provenance, *host, *os, *schema;
} run;

static run new_run(void)
{
    return (run){mw_csv_results(), "Some CPU", "aarch64", "m.bin", "f32", "4096", "measured", "h1", "Linux 6", "1"};
}

/* One value; `rep` 0 is a summary row. */
static void add(run *r, const char *metric, const char *variant, int threads, int rep, const char *value)
{
    mw_csv *t = &r->t;
    mw_csv_add(t, NULL);
    mw_csv_set(t, MW_RESULTS_run_id, "run");
    mw_csv_set(t, MW_RESULTS_host, "%s", r->host);
    mw_csv_set(t, MW_RESULTS_cpu, "%s", r->cpu);
    mw_csv_set(t, MW_RESULTS_arch, "%s", r->arch);
    mw_csv_set(t, MW_RESULTS_os, "%s", r->os);
    mw_csv_set(t, MW_RESULTS_page_bytes, "%s", r->page_bytes);
    mw_csv_set(t, MW_RESULTS_model, "%s", r->model);
    mw_csv_set(t, MW_RESULTS_dtype, "%s", r->dtype);
    mw_csv_set(t, MW_RESULTS_schema, "%s", r->schema);
    mw_csv_set(t, MW_RESULTS_suite, "decode");
    mw_csv_set(t, MW_RESULTS_phase, "steady");
    mw_csv_set(t, MW_RESULTS_metric, "%s", metric);
    mw_csv_set(t, MW_RESULTS_provenance, "%s", *value ? r->provenance : "unavailable");
    if (*variant)
        mw_csv_set(t, MW_RESULTS_variant, "%s", variant);
    else
        mw_csv_set(t, MW_RESULTS_kernel, "a_kernel");
    if (*value)
        mw_csv_set(t, MW_RESULTS_value, "%s", value);
    if (rep)
        mw_csv_set(t, MW_RESULTS_rep, "%d", rep);
    mw_csv_set(t, MW_RESULTS_threads, "%d", threads);
}

/* Processes 1, 2, ... of one figure. */
static void add_all(run *r, const char *metric, const char *variant, const char *const *values)
{
    for (int i = 0; values[i]; i++)
        add(r, metric, variant, 1, i + 1, values[i]);
}

static const char *save(run *r, const char *name)
{
    const char *path = in_folder(name);
    FILE *f = fopen(path, "w");
    if (!f || mw_csv_write(&r->t, f, NULL) || fclose(f)) {
        printf("Bail out! %s cannot be written\n", path);
        exit(1);
    }
    mw_csv_free(&r->t);
    return path;
}

static char output[1 << 16];

static int compare(const char *old_path, const char *new_path, bool force, mw_format format, mw_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    *err = (mw_error){""};
    const int rc = mw_compare(old_path, new_path, force, format, f, err);
    fclose(f);
    snprintf(output, sizeof output, "%s", text);
    free(text);
    return rc;
}

/* Whether one line of the output, or one paragraph, holds all of these. */
static bool line_with(const char *a, const char *b, const char *c)
{
    static char copy[sizeof output]; /* too large for some stacks */
    char *state, *line, *to = copy;
    for (const char *from = output; *from; from++)
        if (strncmp(from, "\n    ", 5) == 0) { /* goes on with what the line before began */
            *to++ = ' ';
            from += 4;
        } else {
            *to++ = *from;
        }
    *to = '\0';
    for (line = strtok_r(copy, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
        if (strstr(line, a) && strstr(line, b) && strstr(line, c))
            return true;
    return false;
}

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void check_verdicts(void)
{
    run a = new_run(), b = new_run();
    /* logs: old 100 and 100 e^+-0.01, new 110 likewise: 10 % +-, far above the noise */
    add_all(&a, "tokens_per_s", "quick", VALUES("99.004983", "100", "101.005017"));
    add_all(&b, "tokens_per_s", "quick", VALUES("108.905482", "110", "111.105518"));
    add_all(&a, "itl_us", "lazy", VALUES("99.004983", "100", "101.005017"));
    add_all(&b, "itl_us", "lazy", VALUES("108.905482", "110", "111.105518"));
    add_all(&a, "roof_fraction", "same", VALUES("0.80", "0.82", "0.81"));
    add_all(&b, "roof_fraction", "same", VALUES("0.81", "0.83", "0.80"));
    add_all(&a, "slow_tokens", "calm", VALUES("0", "1", "0"));
    add_all(&b, "slow_tokens", "calm", VALUES("30", "31", "30"));
    add_all(&a, "roof_gbs", "quick", VALUES("30", "30.1", "29.9"));
    add_all(&b, "roof_gbs", "quick", VALUES("50", "50.1", "49.9"));
    add_all(&a, "cycles", "quick", VALUES("1", "2"));
    add_all(&b, "cycles", "quick", VALUES("1", "2"));
    add(&a, "tokens_per_s", "lonely", 1, 1, "50");
    add(&b, "tokens_per_s", "lonely", 1, 1, "100");
    add(&b, "tokens_per_s", "lonely", 1, 2, "100");
    add(&a, "tokens_per_s", "lonely", 16, 0, "40"); /* only summaries */
    add(&b, "tokens_per_s", "lonely", 16, 0, "50");
    add(&a, "tokens_per_s", "lonely", 2, 0, "40"); /* the processes count, not the summary */
    add(&a, "tokens_per_s", "lonely", 2, 1, "80");
    add(&b, "tokens_per_s", "lonely", 2, 1, "80");
    add(&a, "latency_ns", "", 1, 1, "80");
    add(&b, "latency_ns", "", 1, 1, "80");
    add(&a, "tokens_per_s", "gone", 1, 1, "80");
    add(&b, "tokens_per_s", "come", 1, 1, "80");
    add(&b, "tokens_per_s", "come", 2, 1, "80");
    add(&a, "tokens_per_s", "unavailable", 1, 1, "");
    add(&b, "tokens_per_s", "unavailable", 1, 1, "80");
    add(&a, "of_the_future", "quick", 1, 1, "80");
    add(&b, "of_the_future", "quick", 1, 1, "much");
    const char *old_path = save(&a, "old.csv"), *new_path = save(&b, "new.csv");
    mw_error err;
    const int rc = compare(old_path, new_path, false, MW_FORMAT_CSV, &err);
    tap_ok(rc == -EDOM && strcmp(err.text, "2 of 4 comparisons came out slower") == 0, "told: %s", err.text);
    /* Welch: half = t(0.975, 4) 0.01 sqrt(2 / 3) = 2.776445 * 0.008164966 = 0.02266938 in logs */
    tap_ok(line_with("decode,steady,quick,1,tokens_per_s,,100,110,1/s,10,7.534399", ",12.52213", ",%,3,3,faster"),
           "more tokens/s: faster");
    tap_ok(line_with("decode,steady,lazy,1,itl_us,,100,110,us,10,7.534399", ",12.52213", ",%,3,3,slower"),
           "more us: slower");
    tap_ok(line_with(",same,1,roof_fraction,", ",%,3,3,", "no evidence"), "much the same: no evidence");
    /* what can be 0: 30 more, standard deviations 0.57735, half = 2.776445 * 0.4714045 */
    tap_ok(line_with(",calm,1,slow_tokens,,0.3333333,30.33333,1,30,28.69117,31.30883", ",1,3,3,", "slower"),
           "differences where there are no ratios");
    tap_ok(line_with(",quick,1,roof_gbs,,", ",%,3,3,", "") && !strstr(output, "roof_gbs,,30,50,GB/s,66.66667,-,-") &&
               !line_with(",roof_gbs,", "faster", "") && !line_with(",roof_gbs,", "slower", ""),
           "roofs have no verdict");
    tap_ok(line_with(",lonely,1,tokens_per_s,,50,100,1/s,100,,,%,1,2,no evidence", "", ""),
           "one process on a side: no interval, no evidence");
    tap_ok(line_with(",lonely,16,tokens_per_s,,40,50,1/s,25,,,%,0,0,no evidence", "", ""), "summaries alone");
    tap_ok(line_with(",lonely,2,tokens_per_s,,80,80,1/s,0,,,%,1,1,no evidence", "", ""), "processes before summaries");
    tap_ok(line_with(",a_kernel,1,latency_ns,", "", ""), "without a variant, the kernel");
    tap_ok(!strstr(output, "cycles") && !strstr(output, "gone") && !strstr(output, "come") &&
               !strstr(output, "unavailable") && !strstr(output, "future"),
           "what has no direction, no partner, no value or no meaning is left out");

    tap_ok(compare(old_path, new_path, false, MW_FORMAT_TABLE, &err) == -EDOM, "table");
    const char *first = strstr(output, "roof_fraction:"), *second = strstr(output, "tokens_per_s:"),
               *third = strstr(output, "\nroof_gbs:");
    tap_ok(first && second && third && first < second && second < third, "headline metrics come first");
    const char *two = strstr(output, "lonely                            2 "), *many = strstr(output, "  16 ");
    tap_ok(two && many && two < many, "thread counts in order");
    tap_ok(line_with("quick", "+10.0", "+7.5 .. +12.5") && line_with("+10.0", "faster", "") &&
               line_with("lonely", " - ", "no evidence"),
           "a row of the table");
    tap_ok(line_with("4 comparisons judged: if nothing had changed, about 0.2 of them", "", ""),
           "how many were judged");
    tap_ok(line_with("Not compared: 1 figures that only the old run has, 3 that only the new one has", "", ""),
           "how many were alone");
    tap_ok(strstr(output, "machine itself"),
           "a roof over the weights that changed is named, though nobody measured the machine's");
    bool narrow = true;
    for (const char *p = output; *p;) {
        const size_t length = strcspn(p, "\n");
        narrow &= length <= 80 || memcmp(p, "Not compared", 12) == 0 || strncmp(p, "4 comparisons", 13) == 0;
        p += length + (p[length] == '\n');
    }
    tap_ok(narrow, "80 columns");
    tap_ok(
        compare(old_path, new_path, false, MW_FORMAT_MD, &err) == -EDOM &&
            line_with("| tokens_per_s | decode | steady |  | quick | 1 | 100 | 110 | +10.0 % | +7.5 .. +12.5 | 3, 3 |",
                      "faster", ""),
        "Markdown");
    tap_ok(compare(old_path, new_path, false, MW_FORMAT_JSON, &err) == -EDOM && line_with("\"judged\": 4", "", "") &&
               line_with("\"false_alarms_expected\": 0.2", "", "") && line_with("\"machine_moved\": \"yes\"", "", "") &&
               strstr(output, "\"verdict\": \"slower\"") && strstr(output, "\"ci_low\": null"),
           "JSON");
    tap_ok(compare(new_path, new_path, false, MW_FORMAT_TABLE, &err) == 0 && !strstr(output, "faster   ") &&
               !line_with("%", " slower", "..") && strstr(output, "judged") && !strstr(output, "machine itself"),
           "a run compared with itself: %s", err.text);

    FILE *full = fopen("/dev/full", "w");
    if (full) {
        tap_ok(mw_compare(old_path, new_path, false, MW_FORMAT_TABLE, full, &err) == -EIO, "a full disk: %s", err.text);
        fclose(full);
    } else {
        tap_skip("a full disk", "no /dev/full here");
    }
}

static void check_processes(void)
{
    /* What a process says several times is one value: logs of 90 and 110 count as their mean. */
    run a = new_run(), b = new_run();
    for (int rep = 1; rep <= 2; rep++) {
        add(&a, "tokens_per_s", "v", 1, rep, "90");
        add(&a, "tokens_per_s", "v", 1, rep, "110");
        add(&b, "tokens_per_s", "v", 1, rep, "105");
    }
    mw_error err;
    tap_ok(compare(save(&a, "a.csv"), save(&b, "b.csv"), false, MW_FORMAT_CSV, &err) == 0 &&
               strstr(output, ",%,2,2,faster"),
           "the process is the cluster");
}

static void check_machine(void)
{
    run a = new_run(), b = new_run();
    add_all(&a, "machine_roof_gbs", "machine", VALUES("30", "30.1", "29.9"));
    add_all(&b, "machine_roof_gbs", "machine", VALUES("50", "50.1", "49.9"));
    add_all(&a, "roof_fraction", "v", VALUES("0.8", "0.81"));
    add_all(&b, "roof_fraction", "v", VALUES("0.8", "0.81"));
    const char *old_path = save(&a, "old.csv"), *new_path = save(&b, "new.csv");
    mw_error err;
    tap_ok(compare(old_path, new_path, false, MW_FORMAT_TABLE, &err) == 0 &&
               line_with("The machine itself changed", "absolute figures moved", "speedup compares within"),
           "a machine that changed is named");
    tap_ok(compare(old_path, new_path, false, MW_FORMAT_JSON, &err) == 0 &&
               strstr(output, "\"machine_moved\": \"yes\""),
           "in JSON too");
    a = new_run(), b = new_run();
    add(&a, "tokens_per_s", "v", 1, 1, "80");
    add(&b, "tokens_per_s", "v", 1, 1, "80");
    tap_ok(compare(save(&a, "old.csv"), save(&b, "new.csv"), false, MW_FORMAT_TABLE, &err) == 0 &&
               strstr(output, "Nothing could be judged"),
           "one process each: nothing judged");
}

static void check_refusals(void)
{
    mw_error err;
    const char *names[] = {"cpu", "arch", "model", "dtype", "page_bytes", "provenance"};
    for (size_t i = 0; i < COUNT(names); i++) {
        run a = new_run(), b = new_run();
        const char **fields[] = {&b.cpu, &b.arch, &b.model, &b.dtype, &b.page_bytes, &b.provenance};
        const char *was = *fields[i];
        *fields[i] = i == 5 ? "emulated" : "another";
        const char *now = *fields[i];
        add_all(&a, "tokens_per_s", "v", VALUES("80", "81"));
        add_all(&b, "tokens_per_s", "v", VALUES("80", "81"));
        const char *old_path = save(&a, "old.csv"), *new_path = save(&b, "new.csv");
        const int rc = compare(old_path, new_path, false, MW_FORMAT_TABLE, &err);
        const char *end = strstr(err.text, "; --force compares anyway");
        tap_ok(rc == -EXDEV && strncmp(err.text, names[i], strlen(names[i])) == 0 && strstr(err.text, was) &&
                   strstr(err.text, now) && end && strlen(end) == 25 && !*output,
               "refused: %s", err.text);
        tap_ok(compare(old_path, new_path, true, MW_FORMAT_TABLE, &err) == 0 &&
                   line_with(names[i], was, "compared all the same"),
               "unless forced");
        tap_ok((strstr(output, "EMULATED") != NULL) == (i == 5), "emulated timings are named");
    }
    run a = new_run(), b = new_run();
    b.host = "h2";
    b.os = "Linux 7";
    add(&a, "tokens_per_s", "v", 1, 1, "80");
    add(&b, "tokens_per_s", "v", 1, 1, "80");
    tap_ok(compare(save(&a, "old.csv"), save(&b, "new.csv"), false, MW_FORMAT_TABLE, &err) == 0 &&
               line_with("host differs", "h1", "h2") && line_with("os differs", "Linux 6", "Linux 7"),
           "another host and system are noted");
    a = new_run(), b = new_run();
    b.schema = "2";
    add(&a, "tokens_per_s", "v", 1, 1, "80");
    add(&b, "tokens_per_s", "v", 1, 1, "80");
    tap_ok(compare(save(&a, "old.csv"), save(&b, "new.csv"), true, MW_FORMAT_TABLE, &err) == -EXDEV &&
               strncmp(err.text, "schema", 6) == 0 && !strstr(err.text, "--force"),
           "another schema, even forced: %s", err.text);
    a = new_run(), b = new_run();
    add(&a, "tokens_per_s", "v", 1, 1, "80");
    add(&b, "tokens_per_s", "v", 1, 1, "80");
    b.cpu = "another";
    add(&b, "tokens_per_s", "v", 1, 2, "80");
    tap_ok(compare(save(&a, "old.csv"), save(&b, "new.csv"), true, MW_FORMAT_TABLE, &err) == -EINVAL &&
               strstr(err.text, "more than one cpu") && strstr(err.text, "new.csv"),
           "a mixed file, even forced: %s", err.text);
}

static void check_damaged(void)
{
    mw_error err;
    run a = new_run();
    add(&a, "tokens_per_s", "v", 1, 1, "80");
    add(&a, "major_faults", "v", 1, 1, "0");
    char good[256];
    snprintf(good, sizeof good, "%s", save(&a, "good.csv"));
    const char *values[] = {"fast", "80x", "nan", "1e999", "0", "-3"};
    for (size_t i = 0; i < COUNT(values); i++) {
        run b = new_run();
        add(&b, "major_faults", "v", 1, 1, "0");
        add(&b, "tokens_per_s", "v", 1, 1, values[i]);
        tap_ok(compare(good, save(&b, "bad.csv"), false, MW_FORMAT_TABLE, &err) == -EINVAL &&
                   strstr(err.text, "bad.csv: row 2:") && strstr(err.text, values[i]),
               "refused: %s", err.text);
    }
    run b = new_run();
    tap_ok(compare(save(&b, "empty.csv"), good, false, MW_FORMAT_TABLE, &err) == -EINVAL &&
               strstr(err.text, "empty.csv: holds no results"),
           "no rows: %s", err.text);
    b = new_run();
    add(&b, "tokens_per_s", "w", 1, 1, "80");
    tap_ok(compare(good, save(&b, "other.csv"), false, MW_FORMAT_TABLE, &err) == -EINVAL &&
               strstr(err.text, "no figure in common"),
           "nothing in common: %s", err.text);
    b = new_run();
    add(&b, "tokens_per_s", "v\033[31m", 1, 1, "80");
    const char *coloured = save(&b, "coloured.csv");
    tap_ok(compare(coloured, coloured, false, MW_FORMAT_TABLE, &err) == 0 && strstr(output, "v?[31m"),
           "names do not command the terminal");
    tap_ok(compare(good, in_folder("missing"), false, MW_FORMAT_TABLE, &err) == -ENOENT && strstr(err.text, "missing"),
           "a missing file: %s", err.text);
    /* folders stand for the results.csv in them */
    tap_ok(compare(folder, good, false, MW_FORMAT_TABLE, &err) == -ENOENT && strstr(err.text, "results.csv"),
           "a folder without results: %s", err.text);
    run c = new_run();
    add(&c, "tokens_per_s", "v", 1, 1, "80");
    save(&c, "results.csv");
    tap_ok(compare(folder, good, false, MW_FORMAT_TABLE, &err) == 0 && line_with("v", "+0.0", "no evidence"),
           "a folder with results");
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
    check_verdicts();
    check_processes();
    check_machine();
    check_refusals();
    check_damaged();
    static const char *const made[] = {"good.csv",  "header.csv", "again.csv",    "bad.csv",    "secret.csv",
                                       "big.csv",   "old.csv",    "new.csv",      "a.csv",      "b.csv",
                                       "empty.csv", "other.csv",  "coloured.csv", "results.csv"};
    for (size_t i = 0; i < COUNT(made); i++)
        unlink(in_folder(made[i]));
    tap_ok(rmdir(folder) == 0, "nothing is left behind");
    return tap_done();
}
