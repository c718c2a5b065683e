/* Nodes of pages: as far as this system tells, each page that was touched lies on one. */
#include "platform/nodes.h"
#include "platform/os.h"
#include "tests/tap.h"

#include <string.h>

static size_t sum(const size_t pages[MW_MOST_NODES])
{
    size_t all = 0;
    for (int i = 0; i < MW_MOST_NODES; i++)
        all += pages[i];
    return all;
}

int main(void)
{
    const size_t page = mw_page_bytes(), many = 3 * (size_t)MW_PAGE_SAMPLES;
    size_t few[MW_MOST_NODES] = {0}, lots[MW_MOST_NODES] = {0}, none[MW_MOST_NODES] = {0};
    char *memory = mw_pages_alloc(many * page);
    if (!tap_ok(memory != NULL, "memory"))
        return tap_done();
    memset(memory, 1, many * page);
    const size_t counted = mw_pages_by_node(memory, 5 * page, few);
    const int here = mw_node_here();
    if (counted == 0) {
        tap_skip("nodes of pages", "this system does not tell them");
    } else {
        tap_ok(counted == 5 && sum(few) == 5, "five pages");
        tap_ok(mw_pages_by_node(memory, many * page, lots) == MW_PAGE_SAMPLES && sum(lots) == MW_PAGE_SAMPLES,
               "many pages: a sample of them");
        size_t odd[MW_MOST_NODES] = {0};
        tap_ok(mw_pages_by_node(memory + page - 1, 2, odd) == 2, "two bytes on two pages");
        char *untouched = mw_pages_alloc(4 * page);
        tap_ok(untouched && mw_pages_by_node(untouched, 4 * page, none) == 0 && sum(none) == 0,
               "pages that were never touched lie nowhere");
        mw_pages_free(untouched, 4 * page);
    }
    tap_ok(mw_pages_by_node(memory, 0, none) == 0, "no bytes");
    if (here == MW_UNKNOWN)
        tap_skip("the node of this thread", "this system does not tell it");
    else
        tap_ok(here >= 0 && here < MW_MOST_NODES, "the node of this thread: %d", here);
    mw_pages_free(memory, many * page);
    return tap_done();
}
