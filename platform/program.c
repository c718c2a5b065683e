#include "platform/program.h"

#include "platform/os.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

void mw_program_start(const char *name)
{
    mw_mapping_guard_program(name);
    signal(SIGXFSZ, SIG_IGN);
}

int mw_program_end(mw_error *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    const int code = errno ? -errno : -EIO;
    return mw_fail(err, code, "stdout cannot be written: %s", strerror(-code));
}
