#include "bench/why/why_peers.h"

#include "bench/run/job.h"
#include "bench/run/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "llama-bench";

bool mw_why_find_peer(char *to, size_t size)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        const size_t n = strcspn(path, ":");
        char file[1024];
        snprintf(file, sizeof file, "%.*s/%s", (int)n, path, program);
        if (n > 0 && access(file, X_OK) == 0) {
            snprintf(to, size, "llama.cpp:%s -m {gguf} -p 0 -n {tokens} -t {threads} -o json", program);
            return true;
        }
        path += n + (path[n] == ':');
    }
    return false;
}

int mw_why_run_peers(mw_session *s, const char *variants, int threads, mw_error *err)
{
    enum { MOST = 16 };
    static char words[MOST][1024];
    const mw_options *o = s->options;
    const mw_why_options *own = o->own;
    char *argv[MOST + 1] = {s->argv[0]};
    int n = 1;
#define WORD(...) (snprintf(words[n], sizeof *words, __VA_ARGS__), argv[n] = words[n], n++)
    WORD("--suite=peers");
    WORD("--model=%s", o->model);
    WORD("--variant=%s", variants);
    WORD("--threads=%d", threads);
    WORD("--tokens=%llu", (unsigned long long)o->tokens);
    WORD("--reps=%llu", (unsigned long long)(o->reps > 3 ? 3 : o->reps)); /* rounds: each starts fresh processes */
    for (int i = 0; i < own->n_peers; i++)
        WORD("--peer=%s", own->peers[i]);
    WORD("--quiet");
#undef WORD
    mw_job_end end;
    mw_progress_say(&s->progress, "peers");
    const int rc = mw_job_take_suite(s, "peers", argv, 0, &end, err);
    mw_progress_clear(&s->progress);
    if (!rc && *end.why)
        mw_session_warn(s, "the peers were left out: %.300s", end.why);
    mw_job_end_free(&end);
    return rc;
}
