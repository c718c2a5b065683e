#include "bench/merge/merge_parts.h"

#include "bench/run/output.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_temporary(const char *set, char to[MW_MERGE_PATH], mw_error *err)
{
    if (mkdtemp(strcpy(to, mw_merge_in(set, ".memwall-XXXXXX", (char[MW_MERGE_PATH]){0}))) && chmod(to, 0755) == 0)
        return 0;
    return mw_fail(err, -errno, "%s: cannot be written: %s", set, strerror(errno));
}

static int put_in_place(const char *temporary, const char *to, mw_error *err)
{
    char parent[MW_MERGE_PATH];
    snprintf(parent, sizeof parent, "%s", to);
    *strrchr(parent, '/') = '\0';
    int rc = mw_make_folders(parent, err);
    if (!rc && rename(temporary, to))
        rc = mw_fail(err, -errno, "%s: cannot be put in place: %s", to, strerror(errno));
    return rc;
}

int mw_merge_batch_end(mw_merge_batch *b, int failed, mw_error *err)
{
    int done = 0;
    for (int i = 0; i < b->n && !failed; i++)
        failed = mw_merge_sync(b->copies[i].temporary, err);
    for (; done < b->n && !failed; done += !failed)
        failed = put_in_place(b->copies[done].temporary, b->copies[done].to, err);
    for (int i = done; i < b->n; i++)
        mw_output_remove(b->copies[i].temporary);
    b->n = 0;
    return failed;
}

int mw_merge_batch_add(mw_merge_batch *b, const char *from, const char *to, bool *fatal, mw_error *err)
{
    *fatal = true;
    int rc = b->n == MW_MERGE_BATCH ? mw_merge_batch_end(b, 0, err) : 0;
    if (!rc)
        rc = make_temporary(b->set, b->copies[b->n].temporary, err);
    if (rc)
        return rc;
    snprintf(b->copies[b->n].to, MW_MERGE_PATH, "%s", to);
    rc = mw_merge_copy(from, b->copies[b->n].temporary, fatal, err);
    if (rc)
        mw_output_remove(b->copies[b->n].temporary);
    b->n += !rc;
    return rc;
}

const char *mw_merge_batch_find(const mw_merge_batch *b, const char *to)
{
    for (int i = 0; i < b->n; i++)
        if (strcmp(b->copies[i].to, to) == 0)
            return b->copies[i].temporary;
    return NULL;
}
