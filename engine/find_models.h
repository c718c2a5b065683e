/* GGUF files where people have them: the working folder, and the caches of llama.cpp, Hugging Face, LM Studio and
 * Ollama. */
#ifndef MW_ENGINE_FIND_MODELS_H
#define MW_ENGINE_FIND_MODELS_H

#include <stddef.h>
#include <stdint.h>

typedef struct mw_found_model {
    char path[512];
    uint64_t bytes, device, inode;
} mw_found_model;

/* Fills found[most] with files that start as GGUF files do, each once, however many names it has; what lies nearest
 * comes first. Folders are followed five levels down. Returns how many there are, at most `most`. Nothing that cannot
 * be read is an error. */
enum { MW_MOST_FOUND = 32 };
size_t mw_find_models(mw_found_model found[MW_MOST_FOUND]);

#endif
