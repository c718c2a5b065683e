/* Which NUMA node memory lies on, and which one a thread runs on, as Linux tells (move_pages(2), getcpu(2)). */
#ifndef MW_PLATFORM_NODES_H
#define MW_PLATFORM_NODES_H

#include <stddef.h>

enum { MW_MOST_NODES = 64, MW_PAGE_SAMPLES = 1024 };

/* Adds to pages[] how many of the pages of [start, start + bytes) lie on each node: of all of them, or of
 * MW_PAGE_SAMPLES at even distances. A page that is not mapped yet counts for none, as does one on a node beyond the
 * last. Returns how many were counted: 0 where the system does not tell. */
size_t mw_pages_by_node(const void *start, size_t bytes, size_t pages[MW_MOST_NODES]);

/* The node of the CPU that the calling thread runs on; MW_UNKNOWN where the system does not tell. */
int mw_node_here(void);

#endif
