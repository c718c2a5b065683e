/* What must end a program is tried in a child process. */
#ifndef MW_TESTS_CHILD_H
#define MW_TESTS_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a child ended and what it wrote to stderr. A sanitizer turns a deadly signal into an exit of its own and a report
 * on stderr, so a child that survived is one that says so. */
typedef struct child {
    int status;
    char text[4096];
} child;

static child run_child(void (*fn)(void *), void *arg)
{
    child c = {.status = -1};
    int ends[2];
    if (pipe(ends))
        return c;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        alarm(20); /* a child that hangs has failed */
        fn(arg);
        ssize_t ignored = write(STDERR_FILENO, "survived", 8);
        (void)ignored;
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; n < sizeof c.text - 1 && (got = read(ends[0], c.text + n, sizeof c.text - 1 - n)) > 0;)
        n += (size_t)got;
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, &c.status, 0);
    return c;
}

__attribute__((unused)) static bool died(const child *c)
{
    return c->status != -1 && !strstr(c->text, "survived") && !(WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0);
}

__attribute__((unused)) static bool survived(const child *c)
{
    return WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0 && strcmp(c->text, "survived") == 0;
}

/* Reads one byte. */
__attribute__((unused)) static void touch(void *at)
{
    (void)*(volatile char *)at;
}

#endif
