/* bench --machine-file=FILE: measures this machine and writes what suite `predict` needs to know of it. */
#ifndef MW_BENCH_NEW_MACHINE_FILE_H
#define MW_BENCH_NEW_MACHINE_FILE_H

#include "bench/cli/command.h"

/* Writes command->machine_file, or stdout for "-" (results/machines/README.md). -EEXIST if the file is there already;
 * -ENOTSUP under an emulator; or what went wrong. */
int mw_new_machine_file(mw_command *command, int argc, char **argv, mw_error *err);

#endif
