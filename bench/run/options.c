#include "bench/run/options.h"

#include "platform/cli.h"

#include <errno.h>

int mw_numbers_parse(const char *option, const char *list, uint64_t least, uint64_t most, mw_numbers *to, mw_error *err)
{
    char item[32];
    to->n = 0;
    while (mw_cli_item(&list, item, sizeof item)) {
        uint64_t number;
        int rc = mw_cli_integer(option, item, least, most, &number, err);
        if (!rc && to->n == MW_MAX_NUMBERS)
            rc = mw_fail(err, -EINVAL, "--%s: more than %d numbers", option, MW_MAX_NUMBERS);
        if (rc)
            return rc;
        to->of[to->n++] = (size_t)number;
    }
    return 0;
}
