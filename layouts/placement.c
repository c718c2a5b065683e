/* Memory for weights on chosen NUMA nodes. See weights_parts.h. */
#include "layouts/weights_parts.h"

#include "platform/checked.h"

#include <errno.h>
#include <string.h>

static const char *const names[MW_PLACEMENT_COUNT] = {
    [MW_PLACE_DEFAULT] = "default",
    [MW_PLACE_FIRST_TOUCH] = "first-touch",
    [MW_PLACE_INTERLEAVED] = "interleaved",
    [MW_PLACE_REPLICATED] = "replicated",
};

const char *mw_placement_name(mw_placement placement)
{
    return names[placement];
}

int mw_placement_check(mw_placement placement, mw_load load, mw_error *err)
{
    if (placement == MW_PLACE_DEFAULT || !mw_load_maps(load))
        return 0;
    return mw_fail(err, -EINVAL,
                   "pages of a mapped file stay where the system has them; placement %s needs --load=heap or heap-huge",
                   names[placement]);
}

int mw_placement_copies(mw_placement placement)
{
    int nodes[MW_MOST_NODES], n = placement == MW_PLACE_REPLICATED ? mw_nodes_of_new_pages(nodes) : 1;
    return n > 0 ? n : 1;
}

static int no_choice(int rc, const mw_source *s, mw_error *err)
{
    return mw_fail(err, rc,
                   "%s: this process may not choose NUMA nodes (%s); leave out --placement, or give its container "
                   "the capability SYS_NICE",
                   s->file->path, strerror(-rc));
}

static int take_block(bool huge, size_t bytes, const mw_weights *w, const mw_source *s, char **block, mw_error *err)
{
    errno = ENOMEM;
    *block = bytes > SIZE_MAX / 2 ? NULL : huge ? mw_pages_alloc_huge(bytes) : mw_pages_alloc(bytes);
    if (!*block && errno == ENOTSUP)
        return mw_fail(err, -ENOTSUP, "%s: this system has no way to request huge pages; use --load=heap",
                       s->file->path);
    return *block ? 0
                  : mw_fail(err, -ENOMEM, "%s: no memory for %llu MiB of weights in layout %s; choose a smaller model",
                            s->file->path, (unsigned long long)(bytes >> 20), w->layout->name);
}

int mw_weights_alloc(mw_weights *w, mw_placement placement, bool huge, const mw_source *s, mw_error *err)
{
    const size_t bytes = w->region_bytes > SIZE_MAX ? SIZE_MAX : (size_t)w->region_bytes;
    int nodes[MW_MOST_NODES], n = placement == MW_PLACE_DEFAULT ? 1 : mw_nodes_of_new_pages(nodes), rc = 0;
    if (n < 0)
        return no_choice(n, s, err);
    const int copies = placement == MW_PLACE_REPLICATED ? n : 1;
    for (int i = 0; i < copies && !rc; i++) {
        char *block;
        rc = take_block(huge, bytes, w, s, &block, err);
        if (rc)
            return rc;
        w->copy[i] = block;
        w->copy_node[i] = n > 1 ? nodes[i] : MW_UNKNOWN;
        w->n_copies = i + 1;
        w->region = w->copy[0];
        if (n == 1) /* one node is no choice */
            return 0;
        rc = copies > 1 ? mw_pages_place(block, bytes, &nodes[i], 1)
                        : mw_pages_place(block, bytes, nodes, placement == MW_PLACE_FIRST_TOUCH ? 0 : n);
    }
    return rc ? no_choice(rc, s, err) : 0;
}

/* Linux takes a page from another node without a word if the node is full. */
static int check_copy(const mw_weights *w, int i, const mw_source *s, mw_error *err)
{
    size_t pages[MW_MOST_NODES] = {0};
    const size_t all = mw_pages_by_node(w->copy[i], (size_t)w->region_bytes, pages);
    const size_t there = pages[w->copy_node[i]];
    if (there >= all - all / 20)
        return 0;
    return mw_fail(err, -ENOMEM,
                   "%s: NUMA node %d has room for %.0f %% of its copy of the weights (%llu MiB); use "
                   "--placement=interleaved",
                   s->file->path, w->copy_node[i], 100.0 * (double)there / (double)all,
                   (unsigned long long)(w->region_bytes >> 20));
}

int mw_weights_repeat(mw_weights *w, const mw_source *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < w->n_copies && w->n_copies > 1 && !rc; i++) {
        if (i > 0)
            memcpy((char *)(uintptr_t)w->copy[i], w->region, (size_t)w->region_bytes);
        rc = check_copy(w, i, s, err);
    }
    return rc;
}

void mw_weights_free(mw_weights *w)
{
    for (int i = 0; i < w->n_copies; i++)
        mw_pages_free((void *)(uintptr_t)w->copy[i], (size_t)w->region_bytes);
}
