#include "bench/run/job.h"

#include "bench/run/outside.h"
#include "bench/run/output.h"
#include "kernels/probe.h"
#include "platform/os.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- as text --- */

typedef enum type { TEXT, NUMBER, COUNT, LIST } type; /* const char *, int, uint64_t, mw_job_list */

enum { REPETITION = 1 << MW_JOB_REPETITION, PART = 1 << MW_JOB_PART, ALL = ~0 };

static const struct field {
    const char *key;
    type type;
    size_t offset;
    int needed_by;          /* kinds of job */
    json_int_t least, most; /* of numbers */
} fields[] = {
    {"kind", NUMBER, offsetof(mw_job, kind), ALL, MW_JOB_REPETITION, MW_JOB_SUITE}, /* the first one: see read_fields */
    {"suite", TEXT, offsetof(mw_job, suite), ALL, 0, 0},
    {"folder", TEXT, offsetof(mw_job, folder), ALL, 0, 0},
    {"rep", NUMBER, offsetof(mw_job, rep), REPETITION, 1, INT_MAX},
    {"of", NUMBER, offsetof(mw_job, of), REPETITION, 1, INT_MAX},
    {"kernels", TEXT, offsetof(mw_job, kernels), 0, 0, 0},
    {"reads", TEXT, offsetof(mw_job, reads), 0, 0, 0},
    {"model", TEXT, offsetof(mw_job, model), PART, 0, 0},
    {"variant", TEXT, offsetof(mw_job, variant), PART, 0, 0},
    {"threads", NUMBER, offsetof(mw_job, threads), PART, 1, MW_MAX_CPUS},
    {"cpus", LIST, offsetof(mw_job, cpus), 0, 0, MW_MAX_CPUS - 1},
    {"prompt", LIST, offsetof(mw_job, prompt), 0, 0, INT_MAX},
    {"prompt_tokens", COUNT, offsetof(mw_job, prompt_tokens), 0, 1, MW_MAX_SEQ_LEN},
    {"tokens", COUNT, offsetof(mw_job, tokens), 0, 1, MW_MAX_SEQ_LEN},
    {"single", NUMBER, offsetof(mw_job, single), 0, 1, 1},
    {"clock_ns", COUNT, offsetof(mw_job, clock_ns), ALL, 1, INT64_MAX},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* A text as a string of JSON, where every byte is a character: paths need not be UTF-8. */
static json_t *wide(const char *text)
{
    char *string = malloc(2 * strlen(text) + 1), *to = string;
    for (const char *c = text; string && *c; c++) {
        const unsigned byte = (unsigned char)*c;
        if (byte >= 0x80)
            *to++ = (char)(0xc0 | byte >> 6);
        *to++ = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    json_t *value = string ? json_stringn(string, (size_t)(to - string)) : NULL;
    free(string);
    return value;
}

/* Back, in the place of the string, which gets shorter; NULL if it is empty or no string that `wide` makes. */
static const char *narrow(json_t *value)
{
    char *const text = (char *)(uintptr_t)json_string_value(value), *to = text;
    for (const char *c = text; c && *c; c++) {
        const unsigned byte = (unsigned char)*c;
        if (byte >= 0xc4)
            return NULL;
        *to++ = (char)(byte < 0x80 ? byte : (byte & 3) << 6 | (*++c & 0x3f));
    }
    if (text)
        *to = '\0';
    return text && *text ? text : NULL;
}

/* The value of a field; NULL if the job says nothing there. */
static json_t *value_of(const mw_job *job, const struct field *f)
{
    const void *at = (const char *)job + f->offset;
    const char *const *text = at;
    const mw_job_list *list = at;
    json_t *array;
    switch (f->type) {
    case TEXT: return *text && **text ? wide(*text) : NULL;
    case NUMBER: return *(const int *)at ? json_integer(*(const int *)at) : NULL;
    case COUNT: return *(const uint64_t *)at ? json_integer((json_int_t) * (const uint64_t *)at) : NULL;
    case LIST:
        array = list->n ? json_array() : NULL;
        for (size_t i = 0; i < list->n; i++)
            json_array_append_new(array, json_integer(list->at[i]));
        return array;
    }
    return NULL;
}

char *mw_job_text(const mw_job *job)
{
    json_t *object = json_object();
    for (int i = 0; i < FIELDS; i++)
        json_object_set_new(object, fields[i].key, value_of(job, &fields[i]));
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(object);
    return text;
}

int mw_job_refuse(mw_error *err)
{
    return mw_fail(err, -EINVAL, MW_JOB_VARIABLE " is set, but not by this program; unset it");
}

static bool in_range(const json_t *value, const struct field *f)
{
    return json_is_integer(value) && json_integer_value(value) >= f->least && json_integer_value(value) <= f->most;
}

static bool read_list(const json_t *value, const struct field *f, mw_job_list *list)
{
    const size_t n = json_array_size(value);
    int *numbers = n > 0 ? malloc(n * sizeof *numbers) : NULL;
    *list = (mw_job_list){numbers, 0}; /* mw_job_free has it, whatever comes */
    while (numbers && list->n < n && in_range(json_array_get(value, list->n), f)) {
        numbers[list->n] = (int)json_integer_value(json_array_get(value, list->n));
        list->n++;
    }
    return n > 0 && list->n == n;
}

static bool read_field(mw_job *job, const struct field *f, json_t *value)
{
    void *to = (char *)job + f->offset;
    switch (f->type) {
    case TEXT: return (*(const char **)to = narrow(value)) != NULL;
    case NUMBER: *(int *)to = (int)json_integer_value(value); return in_range(value, f);
    case COUNT: *(uint64_t *)to = (uint64_t)json_integer_value(value); return in_range(value, f);
    case LIST: return read_list(value, f, to);
    }
    return false;
}

/* Whether every field is one of ours, nothing is missing, and the shortlists are some. */
static bool read_fields(mw_job *job, json_t *object)
{
    bool good = true;
    size_t found = 0;
    for (int i = 0; i < FIELDS && good; i++) {
        json_t *value = json_object_get(object, fields[i].key);
        found += value != NULL;
        good = value ? read_field(job, &fields[i], value) : !(fields[i].needed_by & 1 << job->kind);
    }
    const size_t n = job->reads ? strlen(job->reads) : 0;
    for (size_t i = 0; i < n; i++)
        good &= job->reads[i] >= MW_FIRST_READ && job->reads[i] < MW_FIRST_READ + (int)mw_reads();
    return good && found == json_object_size(object) && n <= MW_MAX_READS && n % MW_SHORTLIST == 0;
}

int mw_job_parse(const char *text, mw_job *job, mw_error *err)
{
    json_error_t why;
    *job = (mw_job){.json = json_loads(text, JSON_REJECT_DUPLICATES, &why)};
    if (!job->json && json_error_code(&why) == json_error_out_of_memory)
        return mw_fail(err, -ENOMEM, "no memory for " MW_JOB_VARIABLE);
    if (job->json && read_fields(job, job->json))
        return 0;
    mw_job_free(job);
    return mw_job_refuse(err);
}

void mw_job_free(mw_job *job)
{
    if (job->json) {
        free((void *)(uintptr_t)job->cpus.at);
        free((void *)(uintptr_t)job->prompt.at);
    }
    json_decref(job->json);
    *job = (mw_job){0};
}

int mw_job_of_environment(mw_job *job, mw_error *err)
{
    const char *text = getenv(MW_JOB_VARIABLE);
    *job = (mw_job){0};
    if (!text)
        return 0;
    int rc = mw_job_parse(text, job, err);
    unsetenv(MW_JOB_VARIABLE);
    return rc;
}

/* --- what it leaves --- */

int mw_job_leave(const mw_job *job, const char *name, const char *line, mw_error *err)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", job->folder, name);
    FILE *f = fopen(path, "w");
    bool good = f && fputs(line, f) >= 0;
    good &= f && fclose(f) == 0;
    return good ? 0 : mw_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
}

bool mw_job_take(const mw_job_end *end, const char *name, char *to, size_t size)
{
    char path[1200];
    snprintf(path, sizeof path, "%s/%s", end->folder, name);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    if (!fgets(to, (int)size, f))
        to[0] = '\0';
    fclose(f);
    return true;
}

/* --- starting one --- */

/* Why it failed, in its own words if it has any. */
static void say_why(mw_job_end *end, bool shared)
{
    const int status = end->child.status;
    if (status == 0)
        return;
    end->said = mw_job_take(end, MW_JOB_ERROR, end->why, sizeof end->why) && end->why[0];
    end->told = end->said && shared;
    if (!end->said && status > 128)
        snprintf(end->why, sizeof end->why, "it was ended by signal %d", status - 128);
    else if (!end->said)
        snprintf(end->why, sizeof end->why, "it ended with exit code %d and said nothing", status);
}

int mw_job_start(const mw_job *job, char *const argv[], mw_child_streams streams, double limit_s, mw_job_end *end,
                 mw_error *err)
{
    const char *tmp = getenv("TMPDIR");
    mw_job whole = *job;
    *end = (mw_job_end){.child = {.status = -1}};
    const int n = snprintf(end->folder, sizeof end->folder, "%s/memwall-job-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    errno = ENAMETOOLONG;
    if ((size_t)n >= sizeof end->folder || !mkdtemp(end->folder)) {
        end->folder[0] = '\0';
        return mw_fail(err, -errno, "no folder for the output of a process: %s; set TMPDIR", strerror(errno));
    }
    whole.folder = end->folder;
    whole.kernels = job->kind == MW_JOB_SUITE ? NULL : mw_outside_list(); /* a suite looks at its own command line */
    whole.clock_ns = 0;
    char *text = mw_job_text(&whole);
    const size_t n_text = text ? strlen(text) : 0, size = n_text + 40;
    char *value = text ? malloc(size) : NULL;
    int rc = value ? 0 : mw_fail(err, -ENOMEM, "no memory for a job");
    if (!rc) {
        /* as late as can be: making the text of a long prompt is no part of the start of a process */
        snprintf(value, size, "%.*s,\"clock_ns\":%llu}", (int)n_text - 1, text, (unsigned long long)mw_clock_ns());
        rc = mw_child_run(
            &(mw_child){.argv = argv, .name = MW_JOB_VARIABLE, .value = value, .streams = streams, .limit_s = limit_s},
            &end->child, err);
    }
    free(text);
    free(value);
    if (rc)
        return rc;
    say_why(end, streams == MW_CHILD_SHARED);
    const bool ended = end->child.late || end->child.flooded; /* by this process, which was not interrupted */
    if (!mw_interrupted() && (end->child.status != 128 + SIGINT || ended))
        return 0;
    return mw_fail(err, -EINTR, "%s", end->said ? end->why : "interrupted");
}

void mw_job_end_free(mw_job_end *end)
{
    if (end->folder[0])
        mw_output_remove(end->folder);
    mw_child_end_free(&end->child);
}

int mw_job_result(const mw_job_end *end, const char *what, mw_error *err)
{
    const int rc = mw_child_code(end->child.status);
    if (rc && end->said)
        mw_fail(err, rc, "%s", end->why);
    else if (rc)
        mw_fail(err, rc, "%s: %s", what, end->why);
    return rc;
}
