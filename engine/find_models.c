#include "engine/find_models.h"

#include "platform/error.h"
#include "platform/os.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LEVELS = 5 };

typedef struct search {
    mw_found_model *found;
    size_t n;
} search;

static bool has_ending(const char *name, const char *ending)
{
    const size_t n = strlen(name), e = strlen(ending);
    return n > e && strcmp(name + n - e, ending) == 0;
}

/* Ollama calls its files sha256-... and what they hold does not show. */
static bool may_be_model(const char *name)
{
    return has_ending(name, ".gguf") || strncmp(name, "sha256-", 7) == 0;
}

static void take(search *s, const char *path)
{
    mw_file file;
    mw_file_state state;
    mw_error err;
    char magic[4];
    if (s->n == MW_MOST_FOUND || strlen(path) >= sizeof s->found->path || mw_file_open(path, &file, &err))
        return;
    bool good = file.bytes > sizeof magic && !mw_file_look(&file, &state, &err) &&
                !mw_file_read(&file, 0, magic, sizeof magic, &err) && memcmp(magic, "GGUF", sizeof magic) == 0;
    for (size_t i = 0; good && i < s->n; i++)
        good = !(s->found[i].device == state.device && s->found[i].inode == state.inode);
    if (good) {
        mw_found_model *m = &s->found[s->n++];
        *m = (mw_found_model){.bytes = file.bytes, .device = state.device, .inode = state.inode};
        snprintf(m->path, sizeof m->path, "%s", path);
    }
    mw_file_close(&file);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Entries that begin with a dot are left out; a snapshot of Hugging Face's is a link to a file, which counts. */
static void look_in(search *s, const char *folder, int levels)
{
    struct dirent **entries;
    const int n = scandir(folder, &entries, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char path[1024];
        struct stat st;
        const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
        if (name[0] != '.' && length < (int)sizeof path && stat(path, &st) == 0) {
            if (S_ISREG(st.st_mode) && may_be_model(name))
                take(s, path);
            else if (S_ISDIR(st.st_mode) && levels > 1)
                look_in(s, path, levels - 1);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

/* A folder below the first of these variables that is set; the last one is always HOME. */
typedef struct place {
    const char *variable, *below;
} place;

static void look_at(search *s, const place *places, size_t n)
{
    char folder[1024];
    for (size_t i = 0; i < n; i++) {
        const char *start = getenv(places[i].variable);
        if (!start || !*start)
            continue;
        if (snprintf(folder, sizeof folder, "%s%s", start, places[i].below) < (int)sizeof folder)
            look_in(s, folder, LEVELS);
        return;
    }
}

size_t mw_find_models(mw_found_model found[MW_MOST_FOUND])
{
    static const place llama_cpp[] = {
        {"LLAMA_CACHE", ""}, {"XDG_CACHE_HOME", "/llama.cpp"}, {"HOME", "/.cache/llama.cpp"}};
    static const place llama_cpp_mac[] = {{"HOME", "/Library/Caches/llama.cpp"}};
    static const place hugging_face[] = {{"HF_HUB_CACHE", ""},
                                         {"HF_HOME", "/hub"},
                                         {"XDG_CACHE_HOME", "/huggingface/hub"},
                                         {"HOME", "/.cache/huggingface/hub"}};
    static const place lm_studio[] = {{"HOME", "/.lmstudio/models"}};
    static const place lm_studio_before[] = {{"HOME", "/.cache/lm-studio/models"}};
    static const place ollama[] = {{"OLLAMA_MODELS", "/blobs"}, {"HOME", "/.ollama/models/blobs"}};
    search s = {found, 0};
    look_in(&s, ".", 1);
    look_at(&s, llama_cpp, sizeof llama_cpp / sizeof *llama_cpp);
    look_at(&s, llama_cpp_mac, 1);
    look_at(&s, hugging_face, sizeof hugging_face / sizeof *hugging_face);
    look_at(&s, lm_studio, 1);
    look_at(&s, lm_studio_before, 1);
    look_at(&s, ollama, sizeof ollama / sizeof *ollama);
    return s.n;
}
