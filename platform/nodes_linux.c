#include "platform/nodes.h"

#include "platform/os.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

bool mw_nodes_of_pages(void *const *at, size_t n, int *node)
{
    /* without nodes to move to it only reports where pages are */
    return n > 0 && syscall(SYS_move_pages, 0, (unsigned long)n, at, NULL, node, 0) == 0;
}

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
    if (!mw_nodes_of_pages(at, n, node))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (node[i] >= 0 && node[i] < MW_MOST_NODES) {
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

/* A set of nodes as the system takes it: room for more of them than any kernel is built for. */
enum { MASK_BITS = 1024, WORD_BITS = 8 * sizeof(unsigned long) };
typedef unsigned long mask[MASK_BITS / WORD_BITS];

static int list_nodes(const mask m, int nodes[MW_MOST_NODES])
{
    int n = 0;
    for (int i = 0; i < MW_MOST_NODES; i++)
        if (m[i / WORD_BITS] >> i % WORD_BITS & 1)
            nodes[n++] = i;
    return n;
}

int mw_nodes_of_new_pages(int nodes[MW_MOST_NODES])
{
    mask m = {0};
    int mode, n = 0;
    nodes[0] = 0;
    long rc = syscall(SYS_get_mempolicy, &mode, m, (unsigned long)MASK_BITS, NULL, 0UL);
    if (rc == 0)
        n = list_nodes(m, nodes);
    if (rc == 0 && n == 0) { /* no policy, or one without nodes */
        rc = syscall(SYS_get_mempolicy, NULL, m, (unsigned long)MASK_BITS, NULL, (unsigned long)MPOL_F_MEMS_ALLOWED);
        n = list_nodes(m, nodes);
    }
    return rc != 0 && errno != ENOSYS ? -errno : n > 0 ? n : 1;
}

int mw_pages_place(void *start, size_t bytes, const int *nodes, int n)
{
    mask m = {0};
    for (int i = 0; i < n; i++)
        m[nodes[i] / WORD_BITS] |= 1UL << nodes[i] % WORD_BITS;
    /* preferring no node is to take the one at hand */
    return syscall(SYS_mbind, start, (unsigned long)bytes, n > 1 ? MPOL_INTERLEAVE : MPOL_PREFERRED, n > 0 ? m : NULL,
                   (unsigned long)MASK_BITS, 0U)
               ? -errno
               : 0;
}
