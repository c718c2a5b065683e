/* Comparing two runs. */
#include "bench/compare/compare.h"
#include "bench/tables/csv.h"
#include "tests/csv_texts.h"
#include "tests/in_folder.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

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
    tap_ok(rc == -EDOM && strcmp(err.text, "2 of 4 comparisons came out slower or worse") == 0, "told: %s", err.text);
    /* Welch: half = t(0.975, 4) 0.01 sqrt(2 / 3) = 2.776445 * 0.008164966 = 0.02266938 in logs */
    tap_ok(line_with("decode,steady,quick,1,tokens_per_s,,100,110,1/s,10,7.534399", ",12.52213", ",%,3,3,faster"),
           "more tokens/s: faster");
    tap_ok(line_with("decode,steady,lazy,1,itl_us,,100,110,us,10,7.534399", ",12.52213", ",%,3,3,slower"),
           "more us: slower");
    tap_ok(line_with(",same,1,roof_fraction,", ",%,3,3,", "no evidence"), "much the same: no evidence");
    /* what can be 0: 30 more, standard deviations 0.57735, half = 2.776445 * 0.4714045 */
    tap_ok(line_with(",calm,1,slow_tokens,,0.3333333,30.33333,1,30,28.69117,31.30883", ",1,3,3,", "worse"),
           "differences where there are no ratios");
    tap_ok(line_with(",quick,1,roof_gbs,,", ",%,3,3,", "") && !strstr(output, "roof_gbs,,30,50,GB/s,66.66667,-,-") &&
               line_with(",roof_gbs,", ",3,3,", "") && !line_with(",roof_gbs,", ",3,3,faster", "") &&
               !line_with(",roof_gbs,", ",3,3,slower", "") && !line_with(",roof_gbs,", ",3,3,better", ""),
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

/* Only rates and times are faster or slower. */
static void check_words(void)
{
    static const struct {
        const char *metric, *more, *less;
    } words[] = {{"tokens_per_s", "faster", "slower"}, {"itl_us", "slower", "faster"},
                 {"ready_ms", "slower", "faster"},     {"bandwidth_gbs", "faster", "slower"},
                 {"gflops", "faster", "slower"},       {"perplexity", "worse", "better"},
                 {"clu_l1", "better", "worse"},        {"rss_mib", "worse", "better"},
                 {"roof_fraction", "better", "worse"}, {"slow_tokens", "worse", "better"}};
    run a = new_run(), b = new_run();
    for (size_t i = 0; i < COUNT(words); i++) {
        add_all(&a, words[i].metric, "more", VALUES("1", "1.01"));
        add_all(&b, words[i].metric, "more", VALUES("2", "2.02"));
        add_all(&a, words[i].metric, "less", VALUES("2", "2.02"));
        add_all(&b, words[i].metric, "less", VALUES("1", "1.01"));
    }
    mw_error err;
    tap_ok(compare(save(&a, "old.csv"), save(&b, "new.csv"), false, MW_FORMAT_CSV, &err) == -EDOM, "%s", err.text);
    for (size_t i = 0; i < COUNT(words); i++) {
        char more[64], less[64], more_end[16], less_end[16];
        snprintf(more, sizeof more, ",more,1,%s,", words[i].metric);
        snprintf(less, sizeof less, ",less,1,%s,", words[i].metric);
        snprintf(more_end, sizeof more_end, ",2,2,%s", words[i].more);
        snprintf(less_end, sizeof less_end, ",2,2,%s", words[i].less);
        tap_ok(line_with(more, more_end, "") && line_with(less, less_end, ""), "%s: more is %s, less is %s",
               words[i].metric, words[i].more, words[i].less);
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
    add(&b, "tokens_per_s", "v\033[31m\xc2\x9b\xc3\xa9", 1, 1, "80");
    const char *coloured = save(&b, "coloured.csv");
    tap_ok(compare(coloured, coloured, false, MW_FORMAT_TABLE, &err) == 0 && strstr(output, "v?[31m?\xc3\xa9 "),
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
    check_verdicts();
    check_words();
    check_processes();
    check_machine();
    check_refusals();
    check_damaged();
    static const char *const made[] = {"good.csv", "bad.csv",   "old.csv",   "new.csv",      "a.csv",
                                       "b.csv",    "empty.csv", "other.csv", "coloured.csv", "results.csv"};
    for (size_t i = 0; i < COUNT(made); i++)
        unlink(in_folder(made[i]));
    tap_ok(rmdir(folder) == 0, "nothing is left behind");
    return tap_done();
}
