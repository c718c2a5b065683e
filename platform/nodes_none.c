#include "platform/nodes.h"

#include "platform/os.h"

#include <errno.h>

bool mw_nodes_of_pages(void *const *at, size_t n, int *node)
{
    (void)at, (void)n, (void)node;
    return false;
}

size_t mw_pages_by_node(const void *start, size_t bytes, size_t pages[MW_MOST_NODES])
{
    (void)start, (void)bytes, (void)pages;
    return 0;
}

int mw_node_here(void)
{
    return MW_UNKNOWN;
}

int mw_nodes_of_new_pages(int nodes[MW_MOST_NODES])
{
    nodes[0] = 0;
    return 1;
}

int mw_pages_place(void *start, size_t bytes, const int *nodes, int n)
{
    (void)start, (void)bytes, (void)nodes, (void)n;
    return -ENOTSUP;
}
