#include "platform/error.h"

#include "platform/text.h"

#include <stdarg.h>
#include <stdio.h>

int mw_fail(mw_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    char whole[2 * sizeof err->text]; /* so that it is mw_text_copy that cuts */
    va_list args;
    va_start(args, format);
    vsnprintf(whole, sizeof whole, format, args);
    va_end(args);
    mw_text_copy(err->text, sizeof err->text, whole);
    return code;
}
