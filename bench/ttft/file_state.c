#include "bench/ttft/file_state.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 3, BLOCK = 4 << 20 };

/* Share of the file that is in memory. The mapping that it takes to ask brings nothing in and is gone afterwards. */
static int resident(const mw_model *m, double *share, mw_error *err)
{
    const void *start;
    int rc = mw_file_map(&m->file, MW_MAP_PLAIN, &start, err);
    if (rc)
        return rc;
    int64_t bytes = mw_file_resident(start, (size_t)m->file.bytes);
    mw_file_unmap(start, m->file.bytes);
    *share = bytes == MW_UNKNOWN ? NAN : fmin(1, (double)bytes / (double)m->file.bytes);
    return 0;
}

int mw_state_reach(const mw_model *m, mw_load load, bool cold, mw_file_state_proof *proof, mw_error *err)
{
    mw_error why = {""};
    *proof = (mw_file_state_proof){.resident = NAN};
    for (int i = 0; i < TRIES && !proof->reached; i++) {
        int rc = cold ? mw_file_evict(&m->file, &why) : mw_weights_refill(mw_model_source(m), load, &why);
        if (rc && rc != -ENOTSUP)
            return mw_fail(err, rc, "%s", why.text);
        if (rc) {
            snprintf(proof->why, sizeof proof->why, "%.150s", why.text);
            return 0;
        }
        rc = resident(m, &proof->resident, err);
        if (rc)
            return rc;
        proof->reached = cold ? proof->resident < MW_COLD_MOST : proof->resident > MW_WARM_LEAST;
    }
    if (!proof->reached && isnan(proof->resident))
        snprintf(proof->why, sizeof proof->why, "this system does not say what of a file is in memory");
    else if (!proof->reached)
        snprintf(proof->why, sizeof proof->why, "%.1f %% of the file in memory, %s wanted", 100 * proof->resident,
                 cold ? "less than 1 %" : "more than 99 %");
    return 0;
}

int mw_state_read_file(const mw_model *m, bool direct, uint64_t *ns, mw_error *err)
{
    int flags = O_RDONLY | O_CLOEXEC;
#ifdef O_DIRECT
    flags |= direct ? O_DIRECT : 0;
#else
    if (direct)
        return mw_fail(err, -ENOTSUP, "%s: this system cannot read past its page cache", m->file.path);
#endif
    int rc = mw_file_evict(&m->file, err);
    if (rc)
        return rc;
    char *block = mw_pages_alloc(BLOCK);
    int fd = open(m->file.path, flags);
    if (!block || fd < 0) {
        rc = !block ? -ENOMEM : direct && errno == EINVAL ? -ENOTSUP : -errno;
        mw_fail(err, rc, "%s: cannot be read: %s", m->file.path, strerror(-rc));
    } else {
        ssize_t got;
        memset(block, 1, BLOCK); /* no page of it is to be faulted in on the clock */
        const uint64_t start = mw_clock_ns();
        while ((got = read(fd, block, BLOCK)) > 0)
            ;
        *ns = mw_clock_ns() - start;
        if (got < 0)
            rc = mw_fail(err, -EIO, "%s: cannot be read: %s", m->file.path, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    if (block)
        mw_pages_free(block, BLOCK);
    return rc;
}
