/* Files of other programs, which people give where a model or a tokenizer is wanted. */
#ifndef MW_PLATFORM_FOREIGN_H
#define MW_PLATFORM_FOREIGN_H

#include "platform/os.h"

/* To be called where a reader has refused `file` with `code`: if the file begins like one of another kind (GGUF, a Git
 * LFS pointer, a web page, an archive, PyTorch, safetensors and the like), the line in `err` becomes one that says so
 * and what to do; `wanted` names what to give instead. Code 0, a file that cannot be read and an unknown one change
 * nothing. Returns `code`. */
int mw_foreign_explain(const mw_file *file, const char *wanted, int code, mw_error *err);

#endif
