/* The PyTorch peer: starting it and talking to it. */
#include "bench/torch/torch.h"
#include "bench/run/texts.h"
#include "platform/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds to import torch and read a model; to decode one token. */
static const double START_S = 300, TOKEN_S = 60;

int mw_torch_open(const mw_model *model, uint64_t positions, int threads, mw_coprocess **out, char version[128],
                  mw_error *err)
{
    static char *const pythons[] = {"python3", "/usr/bin/python3"};
    char n_positions[24], n_threads[24], line[256], path[512];
    *out = NULL;
    if (strcmp(model->format, "llama2.c v0") != 0)
        return mw_fail(err, -ENOTSUP, "%s: the PyTorch peer reads llama2.c checkpoints of version 0 only", model->name);
    snprintf(n_positions, sizeof n_positions, "%llu", (unsigned long long)positions);
    snprintf(n_threads, sizeof n_threads, "%d", threads);
    snprintf(path, sizeof path, "%s", model->file.path);
    for (size_t i = 0; i < sizeof pythons / sizeof pythons[0]; i++) {
        char *argv[] = {pythons[i], "-c", (char *)mw_torch_decode_py, path, n_positions, n_threads, NULL};
        mw_coprocess *peer;
        if (mw_coprocess_open(argv, &peer, err))
            continue;
        if (mw_coprocess_line(peer, line, sizeof line, START_S) && sscanf(line, "ready %127[^\n]", version) == 1) {
            *out = peer;
            return 0;
        }
        mw_coprocess_close(peer);
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
    }
    return mw_fail(err, -ENOTSUP, "no python3 here has torch (Debian: apt-get install python3-torch)");
}

int mw_torch_decode(mw_coprocess *peer, size_t n, int32_t *ids, double *latency_us, mw_error *err)
{
    char line[256];
    snprintf(line, sizeof line, "%zu", n);
    bool good = mw_coprocess_tell(peer, line);
    if (good && n == 0)
        good = mw_coprocess_line(peer, line, sizeof line, TOKEN_S) && strcmp(line, "again") == 0;
    for (size_t i = 0; i < n && good; i++) {
        double us;
        int id;
        good = mw_coprocess_line(peer, line, sizeof line, TOKEN_S) && sscanf(line, "%d %lf", &id, &us) == 2 && us > 0;
        if (good && ids)
            ids[i] = id;
        if (good && latency_us)
            latency_us[i] = us;
    }
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    return good ? 0 : mw_fail(err, -EIO, "the PyTorch peer ended early, or says what nobody asked");
}
