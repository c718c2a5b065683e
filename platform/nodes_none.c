#include "platform/nodes.h"

#include "platform/os.h"

size_t mw_pages_by_node(const void *start, size_t bytes, size_t pages[MW_MOST_NODES])
{
    (void)start, (void)bytes, (void)pages;
    return 0;
}

int mw_node_here(void)
{
    return MW_UNKNOWN;
}
