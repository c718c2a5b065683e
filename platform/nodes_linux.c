#include "platform/nodes.h"

#include "platform/os.h"

#include <sys/syscall.h>
#include <unistd.h>

size_t mw_pages_by_node(const void *start, size_t bytes, size_t pages[MW_MOST_NODES])
{
    void *at[MW_PAGE_SAMPLES];
    int node[MW_PAGE_SAMPLES];
    const size_t page = mw_page_bytes();
    const uintptr_t first = (uintptr_t)start / page * page;
    const size_t all = bytes > 0 ? ((uintptr_t)start + bytes - 1 - first) / page + 1 : 0;
    const size_t n = all < MW_PAGE_SAMPLES ? all : MW_PAGE_SAMPLES;
    size_t counted = 0;
    for (size_t i = 0; i < n; i++)
        at[i] = (void *)(first + all * i / n * page);
    /* without nodes to move to it only reports where pages are */
    if (n == 0 || syscall(SYS_move_pages, 0, (unsigned long)n, at, NULL, node, 0) != 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (node[i] >= 0 && node[i] < MW_MOST_NODES) { /* below 0: why it is not told, of this page */
            pages[node[i]]++;
            counted++;
        }
    return counted;
}

int mw_node_here(void)
{
    unsigned cpu, node;
    return syscall(SYS_getcpu, &cpu, &node, NULL) == 0 ? (int)node : MW_UNKNOWN;
}
