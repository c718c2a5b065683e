/* Which NUMA node memory lies on, which one a thread runs on, and where new pages come from, as Linux tells and is told
 * (move_pages(2), getcpu(2), mbind(2)). */
#ifndef MW_PLATFORM_NODES_H
#define MW_PLATFORM_NODES_H

#include <stdbool.h>
#include <stddef.h>

enum { MW_MOST_NODES = 64, MW_PAGE_SAMPLES = 1024 };

/* Fills node[n] with the node of the page that each address lies on; below 0 where that is not told, as for a page that
 * is not mapped yet. False if the system tells of none. */
bool mw_nodes_of_pages(void *const *at, size_t n, int *node);

/* Adds to pages[] how many of the pages of [start, start + bytes) lie on each node: of all of them, or of
 * MW_PAGE_SAMPLES at even distances. A page that is not mapped yet counts for none, as does one on a node beyond the
 * last. Returns how many were counted: 0 where the system does not tell. */
size_t mw_pages_by_node(const void *start, size_t bytes, size_t pages[MW_MOST_NODES]);

/* The node of the CPU that the calling thread runs on; MW_UNKNOWN where the system does not tell. */
int mw_node_here(void);

/* Fills nodes[] with the nodes that new pages of the calling thread may come from, in ascending order: those of its
 * policy, or without one all that this process may use. Returns how many; 1, node 0, on a system without nodes.
 * -errno if the system keeps it secret, as containers do (-EPERM). */
int mw_nodes_of_new_pages(int nodes[MW_MOST_NODES]);

/* Decides where the pages of [start, start + bytes) come from; `start` is on a page, and none of them has been touched.
 * With n = 1 from nodes[0] as long as it has room; with more from nodes[n] in turn; with n = 0 from the node of the
 * thread that touches a page first, as long as it has room. -errno if the system refuses; -ENOTSUP without nodes. */
int mw_pages_place(void *start, size_t bytes, const int *nodes, int n);

#endif
