/* A program that starts itself again, or another one: its end, its environment, its output, and who hears of an
 * interruption. */
#include "platform/child.h"
#include "platform/os.h"
#include "platform/program.h"
#include "platform/progress.h"
#include "tests/child.h"
#include "tests/tap.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

/* Tells the child what to do; no other variable may end up in its place. */
#define NAME "MEMWALL_TEST_CHILD"
enum { TIDY = 42 }; /* exit code of a child that was interrupted and could finish what it was at */

static bool caught(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
}

/* Waits until this process was told to end by `number`, or by any signal if that is 0. */
static void wait_for(int number)
{
    while (number ? !caught(number) : !mw_interrupted())
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

extern char **environ;

/* What the started program does: `task` is argv[1], `value` the variable. */
static int be_child(const char *name, const char *task, const char *value)
{
    alarm(20); /* a child that hangs has failed */
    if (strcmp(task, "exit") == 0)
        return atoi(value);
    if (strcmp(task, "environment") == 0) {
        int n = 0;
        for (char **e = environ; *e; e++)
            n += strncmp(*e, NAME "=", strlen(NAME) + 1) == 0;
        return n == 1 && getenv("HOME_OF_TEST") && strcmp(name, "another name") == 0 ? strcmp(value, "a=b c") : 3;
    }
    if (strcmp(task, "say") == 0) {
        puts("to stdout");
        fflush(stdout);
        fputs("to stderr\n", stderr);
        return 0;
    }
    if (strcmp(task, "speak") == 0) {
        fprintf(stderr, "%s, too", value);
        printf("%s", value);
        return 5;
    }
    if (strcmp(task, "die") == 0)
        raise(SIGKILL);
    mw_interrupt_catch();
    int number = atoi(value);
    if (strcmp(task, "parent") == 0) { /* somebody signals the parent alone */
        kill(getppid(), number);
        wait_for(0);
    } else if (strcmp(task, "group") == 0) { /* a terminal signals both; then the parent passes it on */
        raise(number);
        kill(getppid(), number);
        wait_for(number == SIGINT ? SIGTERM : SIGINT);
    } else if (strcmp(task, "wait") == 0) {
        wait_for(0);
    } else if (strcmp(task, "orphan") == 0) { /* value: where to report */
        kill(getppid(), SIGKILL);
        wait_for(0);
        return write(number, "t", 1) != 1;
    }
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL); /* tidying up; being told again would cut it short */
    return TIDY;
}

/* One run, in a process of its own because an interruption cannot be taken back. */
typedef struct run {
    const char *task, *value;
    void (*in_parent)(void), (*in_child)(void); /* after fork */
    bool before;                                /* interrupt before the start */
    bool command;                               /* `task` is one for the shell */
    char out[64];
    int rc, status;
    mw_error err;
} run;

static int command(const char *text, double limit_s, mw_child_end *end, mw_error *err)
{
    return mw_child_run(&(mw_child){.command = text, .streams = MW_CHILD_CAPTURED, .limit_s = limit_s}, end, err);
}

static void start(void *arg)
{
    run *r = arg;
    mw_interrupt_catch();
    pthread_atfork(NULL, r->in_parent, r->in_child);
    if (r->before)
        raise(SIGINT);
    if (r->command) {
        mw_child_end o;
        r->rc = command(r->task, 10, &o, &r->err);
        snprintf(r->out, sizeof r->out, "%s", o.out ? o.out : "");
        r->status = o.status;
        mw_child_end_free(&o);
        return;
    }
    char name[] = "another name", task[32];
    snprintf(task, sizeof task, "%s", r->task);
    mw_child_end end;
    r->rc =
        mw_child_run(&(mw_child){.argv = (char *[]){name, task, NULL}, .name = NAME, .value = r->value}, &end, &r->err);
    r->status = end.status;
}

static run *shared;

/* False if the middle process did not get to its end. */
static bool try(run r)
{
    r.rc = r.status = -1000;
    *shared = r;
    child c = run_child(start, shared);
    if (!survived(&c))
        tap_note("the starting process ended with status %d: %s", c.status, c.text);
    return survived(&c);
}

static void expect(const char *what, run r, int status)
{
    bool ran = try(r);
    tap_ok(ran && shared->rc == 0 && shared->status == status, "%s: code %d, status %d of %d", what, shared->rc,
           shared->status, status);
}

/* What a silent child says is in no file of ours; a shared one says it into ours. */
static void check_streams(void)
{
    static const struct {
        const char *what;
        mw_child_streams streams;
        const char *text;
    } all[] = {{"a child shares stdout and stderr", MW_CHILD_SHARED, "to stdout\nto stderr\n"},
               {"a silent child does not", MW_CHILD_SILENT, ""}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[] = "name", task[] = "say", text[64] = "";
        mw_child_end end;
        FILE *f = tmpfile();
        const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
        if (!tap_ok(f && out >= 0 && err >= 0, "a file for what is said"))
            return;
        dup2(fileno(f), STDOUT_FILENO);
        dup2(fileno(f), STDERR_FILENO);
        const int rc = mw_child_run(
            &(mw_child){.argv = (char *[]){name, task, NULL}, .name = NAME, .value = "1", .streams = all[i].streams},
            &end, NULL);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        close(out);
        close(err);
        rewind(f);
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        fclose(f);
        tap_ok(rc == 0 && end.status == 0 && !end.out && strcmp(text, all[i].text) == 0, "%s", all[i].what);
    }
}

/* What its status means, and what it said last. */
static void check_end(void)
{
    static const int codes[][2] = {{0, 0},        {1, -EDOM},    {2, -EINVAL},          {127, -EINVAL},
                                   {130, -EINTR}, {143, -EINTR}, {128 + SIGKILL, -EIO}, {128 + SIGSEGV, -EIO}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        tap_ok(mw_child_code(codes[i][0]) == codes[i][1], "status %d is code %d", codes[i][0], codes[i][1]);
    static const struct {
        char *out, *err;
        const char *words;
    } said[] = {{"out\n", "first\nlast\r\n \n", "last"},
                {"a\nout\n", " \n", "out"},
                {NULL, NULL, ""},
                {"", "\033[31m red", "?[31m red"},
                {"", "a line that is too long", "is too long"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char words[12];
        mw_child_last_words(&(mw_child_end){.out = said[i].out, .err = said[i].err}, words, sizeof words);
        tap_ok(strcmp(words, said[i].words) == 0, "last words: '%s'", words);
    }
    char path[64] = "";
    tap_ok(mw_child_find("sh", path, sizeof path) && strcmp(path + strlen(path) - 3, "/sh") == 0, "sh is %s", path);
    tap_ok(!mw_child_find("memwall-has-no-such-program", path, sizeof path) &&
               !mw_child_find("/nowhere/sh", path, 64) && !mw_child_find("sh", path, 4),
           "a program that is not there, or whose path has no room");
    mw_child_end end;
    char sh[] = "sh", c[] = "-c", script[] = "exit $1", nine[] = "9";
    int rc =
        mw_child_run(&(mw_child){.program = "/bin/sh", .argv = (char *[]){sh, c, script, sh, nine, NULL}}, &end, NULL);
    tap_ok(rc == 0 && end.status == 9, "another program: status %d", end.status);
}

static void interrupt_self(void)
{
    raise(SIGINT);
}

static void check_orphan(void)
{
#ifdef __linux__
    int ends[2];
    char number[16], got = 0;
    if (pipe(ends))
        return;
    snprintf(number, sizeof number, "%d", ends[1]);
    *shared = (run){.task = "orphan", .value = number};
    child c = run_child(start, shared);
    close(ends[1]);
    ssize_t n = read(ends[0], &got, 1);
    close(ends[0]);
    tap_ok(WIFSIGNALED(c.status) && n == 1 && got == 't', "a child whose parent is killed is told to end");
#else
    tap_skip("a child whose parent is killed is told to end", "this system cannot arrange that");
#endif
}

/* A command, how long it may take, and what is expected of it; NULL: not looked at. */
typedef struct heard {
    const char *what, *command;
    double limit_s;
    int status;
    bool late;
    const char *out, *err;
} heard;

static void check_command(const heard *h)
{
    mw_child_end o;
    mw_error err = {""};
    const uint64_t start = mw_clock_ns();
    int rc = command(h->command, h->limit_s, &o, &err);
    const double took = (double)(mw_clock_ns() - start) * 1e-9;
    bool good = rc == 0 && o.status == h->status && o.late == h->late && !o.flooded && took < h->limit_s + 8;
    good = good && (!h->out || strcmp(o.out, h->out) == 0) && (!h->err || strcmp(o.err, h->err) == 0);
    if (!tap_ok(good, "%s", h->what))
        tap_note("code %d (%s), status %d, late %d, flooded %d, %.1f s, '%.60s', '%.60s'", rc, err.text, o.status,
                 o.late, o.flooded, took, o.out ? o.out : "", o.err ? o.err : "");
    mw_child_end_free(&o);
}

static void check_commands(void)
{
    static const heard all[] = {
        {"a command: its end, stdout and stderr apart", "echo a; echo b >&2; echo c; exit 3", 20, 3, false, "a\nc\n",
         "b\n"},
        {"nothing on stdin", "cat; echo end", 20, 0, false, "end\n", ""},
        {"silence", "true", 20, 0, false, "", ""},
        {"a NUL in the output does not end it", "printf 'a\\0b'", 20, 0, false, "a b", ""},
        {"quotes and pipes are the shell's", "printf '%s' \"a  b\" | cat", 20, 0, false, "a  b", ""},
        {"a deadly signal", "kill -9 $$", 20, 128 + SIGKILL, false, "", ""},
        {"a file larger than the limit ends another program as it did before", "kill -XFSZ $$; echo never", 20,
         128 + SIGXFSZ, false, "", ""},
        {"a program that is not there", "/nowhere/nothing", 20, 127, false, "", NULL},
        {"time is up: SIGTERM", "echo begun; sleep 30; echo never", 0.3, 128 + SIGTERM, true, "begun\n", NULL},
        {"time is up: it may say something", "trap 'echo told; exit 9' TERM; sleep 30 & wait", 0.3, 9, true, "told\n",
         NULL},
        {"time is up: SIGKILL for who does not listen", "trap '' TERM; while :; do sleep 1; done", 0.3, 128 + SIGKILL,
         true, "", NULL},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        check_command(&all[i]);
    mw_child_end o;
    int rc = command("yes", 60, &o, NULL);
    tap_ok(rc == 0 && o.flooded && !o.late && o.status == 128 + SIGTERM && strlen(o.out) == MW_CHILD_MOST,
           "too much output ends a command");
    mw_child_end_free(&o);
    int ends[2];
    char byte;
    if (pipe(ends))
        return;
    rc = command("sleep 60 & echo left", 20, &o, NULL); /* the pipe's end stays open as long as it runs */
    close(ends[1]);
    struct pollfd end = {.fd = ends[0], .events = POLLIN};
    tap_ok(rc == 0 && o.status == 0 && poll(&end, 1, 5000) == 1 && read(ends[0], &byte, 1) == 0,
           "what it left running ends with it");
    close(ends[0]);
    mw_child_end_free(&o);
    char name[] = "another name", speak[] = "speak";
    rc = mw_child_run(&(mw_child){.argv = (char *[]){name, speak, NULL},
                                  .name = NAME,
                                  .value = "a word",
                                  .streams = MW_CHILD_CAPTURED,
                                  .limit_s = 20},
                      &o, NULL);
    tap_ok(rc == 0 && o.status == 5 && strcmp(o.out, "a word") == 0 && strcmp(o.err, "a word, too") == 0,
           "this program, heard");
    mw_child_end_free(&o);
    tap_ok(try((run){.task = "true", .command = true, .before = true}) && shared->rc == -EINTR,
           "who was interrupted starts no command: %s", shared->err.text);
    bool ran = try(
        (run){.task = "trap 'echo told; exit 9' TERM; kill -INT $PPID; sleep 15 & wait; echo over", .command = true});
    tap_ok(ran && shared->rc == 0 && shared->status == 9 && strcmp(shared->out, "told\n") == 0,
           "an interruption is passed on to a command: code %d, status %d", shared->rc, shared->status);
    setenv("TMPDIR", "/nowhere", 1);
    mw_error err = {""};
    rc = command("true", 20, &o, &err);
    tap_ok(rc == -ENOENT && strstr(err.text, "TMPDIR"), "no place for the output: %s", err.text);
    mw_child_end_free(&o);
    unsetenv("TMPDIR");
}

int main(int argc, char **argv)
{
    if (argc > 1 && getenv(NAME))
        return be_child(argv[0], argv[1], getenv(NAME));
    mw_program_start("test_child"); /* ignores SIGXFSZ itself */
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
    if (!tap_ok(shared != MAP_FAILED, "memory to share"))
        return tap_done();
    tap_ok(try((run){.task = "exit", .value = "0", .before = true}) && shared->rc == -EINTR,
           "who was interrupted starts nothing: %s", shared->err.text);
    bool emulated = mw_emulator() && try((run){.task = "exit", .value = "0"}) && shared->rc == -ENOEXEC;
    if (emulated) {
        tap_skip("programs that start themselves", "the emulator cannot start another program for this CPU");
        return tap_done();
    }
    setenv("HOME_OF_TEST", "1", 1);
    setenv(NAME, "from above", 1);
    expect("exit code", (run){.task = "exit", .value = "0"}, 0);
    expect("exit code", (run){.task = "exit", .value = "7"}, 7);
    expect("the variable replaces one of its name, the rest is kept, argv[0] as given",
           (run){.task = "environment", .value = "a=b c"}, 0);
    expect("deadly signal", (run){.task = "die", .value = ""}, 128 + SIGKILL);
    check_streams();
    static const struct {
        int number;
        const char *text, *name;
    } signals[] = {{SIGINT, "2", "SIGINT"}, {SIGTERM, "15", "SIGTERM"}};
    for (int i = 0; i < 2; i++) {
        tap_note("%s", signals[i].name);
        expect("the parent alone was told: the child is, too", (run){.task = "parent", .value = signals[i].text}, TIDY);
        expect("both were told: the child may tidy up", (run){.task = "group", .value = signals[i].text}, TIDY);
    }
    bool ran = try((run){.task = "wait", .value = "", .in_parent = interrupt_self});
    tap_ok(ran && shared->rc == 0 && (shared->status == TIDY || shared->status == 128 + SIGTERM),
           "a signal before the wait is not lost: code %d, status %d", shared->rc, shared->status);
    expect("a signal between fork and execve is not lost",
           (run){.task = "exit", .value = "0", .in_child = interrupt_self}, 128 + SIGINT);
    check_orphan();
    check_commands();
    check_end();
    static char long_value[4 << 20];
    memset(long_value, 'x', sizeof long_value - 1);
    tap_ok(try((run){.task = "exit", .value = long_value}) && shared->rc == -E2BIG && shared->err.text[0],
           "what cannot be started: %s", shared->err.text);
    return tap_done();
}
