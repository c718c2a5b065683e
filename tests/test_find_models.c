/* GGUF files where people have them, in a made-up home. */
#include "engine/find_models.h"
#include "platform/error.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];

/* A file below the home, with folders as needed. */
static bool put(const char *path, const char *content)
{
    char full[512], folder[512];
    mw_error err;
    snprintf(full, sizeof full, "%s/%s", home, path);
    snprintf(folder, sizeof folder, "%s", full);
    *strrchr(folder, '/') = '\0';
    if (mw_make_folders(folder, &err))
        return false;
    FILE *f = fopen(full, "wb");
    return f && fputs(content, f) >= 0 && fclose(f) == 0;
}

static bool found_in(const mw_found_model *found, size_t n, const char *part)
{
    for (size_t i = 0; i < n; i++)
        if (strstr(found[i].path, part))
            return true;
    return false;
}

static void test_places(void)
{
    static const struct {
        const char *what, *path;
    } places[] = {
        {"the working folder", "work/a.gguf"},
        {"llama.cpp", ".cache/llama.cpp/b.gguf"},
        {"Hugging Face", ".cache/huggingface/hub/models--x--y/snapshots/0123/c.gguf"},
        {"LM Studio", ".lmstudio/models/x/y/d.gguf"},
        {"LM Studio, before", ".cache/lm-studio/models/x/y/e.gguf"},
        {"Ollama", ".ollama/models/blobs/sha256-0123"},
    };
    enum { PLACES = sizeof places / sizeof *places };
    static mw_found_model found[MW_MOST_FOUND];
    for (int i = 0; i < PLACES; i++)
        tap_ok(put(places[i].path, "GGUF and more"), "a file of %s", places[i].what);
    put("work/small.gguf", "GGU");
    put("work/other.gguf", "something else");
    put("work/a.txt", "GGUF and more");
    put(".ollama/models/blobs/sha256-4567", "{\"a\": \"manifest, not a model\"}");
    put("work/below/f.gguf", "GGUF and more");
    const size_t n = mw_find_models(found);
    tap_ok(n == PLACES, "all of them and nothing else: %zu", n);
    for (int i = 0; i < PLACES; i++)
        tap_ok(found_in(found, n, strrchr(places[i].path, '/')), "found: %s", places[i].what);
    tap_ok(n > 0 && strcmp(found[0].path, "./a.gguf") == 0 && found[0].bytes == 13, "the nearest first: %s",
           n > 0 ? found[0].path : "none");
}

static void test_names(void)
{
    static mw_found_model found[MW_MOST_FOUND];
    const size_t before = mw_find_models(found);
    tap_ok(link("a.gguf", "again.gguf") == 0 && symlink("a.gguf", "link.gguf") == 0 && symlink(".", "loop") == 0,
           "a file of three names, and a loop");
    tap_ok(mw_find_models(found) == before, "counts once");
    setenv("LLAMA_CACHE", "/nonexistent", 1);
    tap_ok(mw_find_models(found) == before - 1, "a variable that moves a cache");
    setenv("LLAMA_CACHE", "", 1);
    tap_ok(mw_find_models(found) == before, "an empty one does not");
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "work/many%d.gguf", i);
        put(name, "GGUF and more");
    }
    tap_ok(mw_find_models(found) == MW_MOST_FOUND, "more than are wanted");
}

int main(void)
{
    static const char *const variables[] = {"LLAMA_CACHE", "XDG_CACHE_HOME", "HF_HUB_CACHE", "HF_HOME",
                                            "OLLAMA_MODELS"};
    char work[128], command[128];
    snprintf(home, sizeof home, "/tmp/memwall-find-XXXXXX");
    if (!mkdtemp(home))
        return 1;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    setenv("HOME", home, 1);
    snprintf(work, sizeof work, "%s/work", home);
    mkdir(work, 0700);
    if (chdir(work))
        return 1;
    test_places();
    test_names();
    snprintf(command, sizeof command, "rm -r %s", home);
    tap_ok(chdir("/") == 0 && system(command) == 0, "nothing else is left");
    return tap_done();
}
