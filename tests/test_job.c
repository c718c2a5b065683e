/* Jobs as text: every field there and back, texts of any byte, and refusals; and what a job leaves. */
#include "bench/run/job.h"
#include "engine/model.h"
#include "platform/os.h"
#include "platform/topology.h"
#include "tests/tap.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_list(mw_job_list a, mw_job_list b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.at, b.at, a.n * sizeof *a.at) == 0);
}

static bool same(const mw_job *a, const mw_job *b)
{
    return a->kind == b->kind && same_text(a->suite, b->suite) && same_text(a->folder, b->folder) && a->rep == b->rep &&
           a->of == b->of && same_text(a->kernels, b->kernels) &&
           same_text(a->reads, b->reads) && same_text(a->model, b->model) &&
           same_text(a->variant, b->variant) && a->threads == b->threads && same_list(a->cpus, b->cpus) &&
           same_list(a->prompt, b->prompt) && a->prompt_tokens == b->prompt_tokens && a->tokens == b->tokens &&
           a->single == b->single && a->clock_ns == b->clock_ns;
}

/* Whether a job survives, in ASCII. */
static bool survives(const mw_job *job)
{
    mw_job back;
    mw_error err = {""};
    char *text = mw_job_text(job);
    bool good = text && mw_job_parse(text, &back, &err) == 0;
    for (const char *c = text; c && *c; c++)
        good &= (signed char)*c >= ' '; /* ASCII */
    if (good) {
        good = same(job, &back);
        mw_job_free(&back);
    }
    if (!good)
        tap_note("%s: %s", text ? text : "no text", err.text);
    free(text);
    return good;
}

static void check_round_trip(void)
{
    static char any[256];
    static int many[MW_MAX_CPUS];
    for (int i = 0; i < 255; i++)
        any[i] = (char)(i + 1);
    for (int i = 0; i < MW_MAX_CPUS; i++)
        many[i] = MW_MAX_CPUS - 1 - i;
    const int prompt[] = {1, 0, INT_MAX, 29871};
    const mw_job full = {.kind = MW_JOB_PART,
                         .suite = any,
                         .folder = any,
                         .rep = INT_MAX,
                         .of = INT_MAX,
                         .kernels = any,
                         .reads = "abcabc",
                         .model = any,
                         .variant = any,
                         .threads = MW_MAX_CPUS,
                         .cpus = {many, MW_MAX_CPUS},
                         .prompt = {prompt, 4},
                         .prompt_tokens = MW_MAX_SEQ_LEN,
                         .tokens = MW_MAX_SEQ_LEN,
                         .single = 1,
                         .clock_ns = INT64_MAX};
    const int zero = 0;
    tap_ok(survives(&full), "every field at its end, every byte but NUL in every text");
    tap_ok(survives(&(mw_job){.kind = MW_JOB_PART,
                              .suite = "s",
                              .folder = "/",
                              .model = "\"",
                              .variant = "\\u0041 \"b\": c\n",
                              .threads = 1,
                              .cpus = {&zero, 1},
                              .clock_ns = 1}),
           "what a part needs, and what looks like another field");
    tap_ok(
        survives(&(mw_job){.kind = MW_JOB_REPETITION, .suite = "s", .folder = "f", .rep = 1, .of = 1, .clock_ns = 1}),
        "what a repetition needs");
    tap_ok(survives(&(mw_job){.kind = MW_JOB_SUITE, .suite = "s", .folder = "f", .clock_ns = 1}), "what a suite needs");
    bool good = true;
    for (int i = 1; i < 256; i++)
        good &= survives(&(mw_job){.kind = MW_JOB_SUITE,
                                   .suite = (char[]){(char)i, 0},
                                   .folder = (char[]){'\\', (char)i, ' ', 0},
                                   .clock_ns = 1});
    tap_ok(good, "every byte by itself, and behind a backslash");
}

static void check_refusals(void)
{
#define START(kind) "{\"kind\": " #kind ", \"suite\": \"s\", \"folder\": \"f\""
#define REPETITION START(1) ", \"rep\": 1, \"of\": 2, \"clock_ns\": 1}"
#define PART START(2) ", \"model\": \"m\", \"variant\": \"v\", \"threads\": 1, \"clock_ns\": 1}"
#define WITH(fields) START(3) ", \"clock_ns\": 1, " fields "}"
#define SUITE START(3) ", \"clock_ns\": 1}"
    static const char *const good[] = {SUITE, REPETITION, PART,
                                       "{\"clock_ns\":7,\"folder\":\"f\",\"kind\":3,\"suite\":\"\\u0073\\/\"}",
                                       WITH("\"model\": \"\\u00ff\"")};
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "[]",
        "{}",
        "null",
        "1/3:abc::folder",
        "kind=suite suite=s folder=f clock=1",
        START(0) ", \"clock_ns\": 1}",
        START(4) ", \"clock_ns\": 1}",
        START(33) ", \"clock_ns\": 1}",
        START(-1) ", \"clock_ns\": 1}",
        START(4294967299) ", \"clock_ns\": 1}",
        START("3") ", \"clock_ns\": 1}",
        START(null) ", \"clock_ns\": 1}",
        "{\"suite\": \"s\", \"folder\": \"f\", \"clock_ns\": 1}",
        "{\"kind\": 3, \"folder\": \"f\", \"clock_ns\": 1}",
        "{\"kind\": 3, \"suite\": \"s\", \"clock_ns\": 1}",
        "{\"kind\": 3, \"suite\": \"\", \"folder\": \"f\", \"clock_ns\": 1}",
        START(3) "}",
        START(3) ", \"clock_ns\": 0}",
        START(3) ", \"clock_ns\": 1x}",
        START(3) ", \"clock_ns\": \"1\"}",
        START(3) ", \"clock_ns\": -1}",
        START(3) ", \"clock_ns\": 99999999999999999999}",
        START(1) ", \"of\": 2, \"clock_ns\": 1}",
        START(1) ", \"rep\": 0, \"of\": 2, \"clock_ns\": 1}",
        START(1) ", \"rep\": 1, \"clock_ns\": 1}",
        START(2) ", \"variant\": \"v\", \"threads\": 1, \"clock_ns\": 1}",
        START(2) ", \"model\": \"m\", \"threads\": 1, \"clock_ns\": 1}",
        START(2) ", \"model\": \"m\", \"variant\": \"v\", \"clock_ns\": 1}",
        SUITE "x",
        "x" SUITE,
        SUITE SUITE,
        "[" SUITE "]",
        WITH(""),
        WITH("\"suite\": \"s\""),
        WITH("\"kind\": 2"),
        WITH("\"rep\": 1, \"rep\": 1"),
        WITH("\"unknown\": 1"),
        WITH("\"Suite\": \"s\""),
        WITH("\"\": 1"),
        WITH("\"model\""),
        WITH("\"model\": 1"),
        WITH("\"model\": null"),
        WITH("\"model\": \"\\u00\""),
        WITH("\"model\": \"\\u00zz\""),
        WITH("\"model\": \"a\\u0000b\""),
        WITH("\"model\": \"\\u0100\""),
        WITH("\"model\": \"\\u20ac\""),
        WITH("\"model\": \"\xff\""),
        WITH("\"threads\": 1025"),
        WITH("\"threads\": 1.5"),
        WITH("\"threads\": true"),
        WITH("\"cpus\": []"),
        WITH("\"cpus\": 1"),
        WITH("\"cpus\": [1,]"),
        WITH("\"cpus\": [1, null, 2]"),
        WITH("\"cpus\": [1024]"),
        WITH("\"cpus\": [-1]"),
        WITH("\"cpus\": \"1;2\""),
        WITH("\"prompt\": [4294967297]"),
        WITH("\"tokens\": 4194305"),
        WITH("\"single\": 2"),
        WITH("\"reads\": \"ab\""),
        WITH("\"reads\": \"ab\\u007f\""),
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        mw_job job;
        tap_ok(mw_job_parse(good[i], &job, NULL) == 0, "taken: %s", good[i]);
        mw_job_free(&job);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mw_job job;
        mw_error err = {""};
        const int rc = mw_job_parse(bad[i], &job, &err);
        tap_ok(rc == -EINVAL && job.kind == 0 && !job.json && strstr(err.text, "MEMWALL_JOB") &&
                   strstr(err.text, "unset it"),
               "refused: %s", bad[i]);
    }
}

static void check_environment(void)
{
    mw_job job;
    unsetenv(MW_JOB_VARIABLE);
    tap_ok(mw_job_of_environment(&job, NULL) == 0 && job.kind == 0, "no job");
    mw_job_free(&job);
    setenv(MW_JOB_VARIABLE, REPETITION, 1);
    tap_ok(mw_job_of_environment(&job, NULL) == 0 && job.kind == MW_JOB_REPETITION && job.of == 2 &&
               !getenv(MW_JOB_VARIABLE),
           "a job, of which others hear nothing");
    mw_job_free(&job);
    setenv(MW_JOB_VARIABLE, "2/3:abc::folder", 1);
    tap_ok(mw_job_of_environment(&job, NULL) == -EINVAL && job.kind == 0, "another program's variable");
    mw_job_free(&job);
    unsetenv(MW_JOB_VARIABLE);
}

/* What the process of a job does here; `task` is argv[1]. */
static int be_job(const mw_job *job, const char *task)
{
    if (strcmp(task, "die") == 0)
        abort();
    if (strcmp(task, "silent") == 0)
        return 2;
    if (mw_job_leave(job, MW_JOB_READS, "abc", NULL) || mw_job_leave(job, MW_JOB_ERROR, "why it failed", NULL))
        return 3;
    return strcmp(job->suite, "it's a suite") == 0 && job->clock_ns > 1 ? atoi(task) : 4;
}

static void check_start(char *program)
{
    static const struct {
        char *task;
        int code;
        const char *text;
        bool said;
    } all[] = {{"0", 0, "", false},
               {"1", -EDOM, "why it failed", true},
               {"2", -EINVAL, "why it failed", true},
               {"silent", -EINVAL, "the job: it ended with exit code 2 and said nothing", false},
               {"die", -EIO, "the job: it was ended by signal 6", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int shared = 0; shared < 2; shared++) {
            mw_job_end end;
            mw_error err = {""};
            char reads[8] = "-";
            char *const argv[] = {program, all[i].task, NULL};
            int rc = mw_job_start(&(mw_job){.kind = MW_JOB_SUITE, .suite = "it's a suite"}, argv,
                                  shared ? MW_CHILD_SHARED : MW_CHILD_SILENT, 0, &end, &err);
            const bool took = mw_job_take(&end, MW_JOB_READS, reads, sizeof reads);
            const int code = rc ? rc : mw_job_result(&end, "the job", &err);
            mw_job_end_free(&end);
            bool good = rc == 0 && code == all[i].code && strcmp(err.text, all[i].text) == 0 && end.said == all[i].said;
            good &= end.told == (shared && all[i].said) && strcmp(reads, took ? "abc" : "-") == 0;
            good &= took == (all[i].said || code == 0) && access(end.folder, F_OK) != 0;
            if (!tap_ok(good, "a job, task %s, %s", all[i].task, shared ? "shared" : "silent"))
                tap_note("code %d, %d: %s, reads %s", rc, code, err.text, reads);
        }
    mw_job_end end;
    mw_error err = {""};
    setenv("TMPDIR", "/nowhere", 1);
    int rc = mw_job_start(&(mw_job){.kind = MW_JOB_SUITE, .suite = "s"}, (char *[]){program, NULL}, MW_CHILD_SILENT, 0,
                          &end, &err);
    mw_job_end_free(&end);
    tap_ok(rc == -ENOENT && strstr(err.text, "TMPDIR"), "no place for its folder: %s", err.text);
    unsetenv("TMPDIR");
}

int main(int argc, char **argv)
{
    mw_job job;
    if (argc > 1 && mw_job_of_environment(&job, NULL) == 0 && job.kind) {
        const int code = be_job(&job, argv[1]);
        mw_job_free(&job);
        return code;
    }
    check_round_trip();
    check_refusals();
    check_environment();
    if (mw_emulator())
        tap_skip("starting jobs", "the emulator cannot start another program for this CPU");
    else
        check_start(argv[0]);
    return tap_done();
}
