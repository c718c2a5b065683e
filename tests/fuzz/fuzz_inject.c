/* Failures on demand. The linker turns the project's calls of these functions into calls of __wrap_NAME (--wrap), which
 * fail once a countdown ends. Where the linker cannot, nothing fails.
 *
 * Memory by pages comes from the heap here, and the rest of a mapping's last page is poisoned, so that the address
 * sanitizer sees an access beyond either. Big heap blocks are kept between runs, poisoned: fetching one from the system
 * would cost more than all the rest of a run. */
#include "platform/os.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#endif

enum { MOST_BLOCKS = 16, MOST_KEPT = 4, BIG = 1 << 16 };

typedef struct block {
    void *start;
    size_t bytes;
} block;

static unsigned countdown;
static bool lasting, fired, happened, unused = true;
static block blocks[MOST_BLOCKS]; /* live memory by pages */
static int mappings;
static bool in_use[MOST_KEPT];

void fuzz_inject_start(unsigned fail)
{
    countdown = fail & ~(unsigned)FUZZ_LASTING;
    lasting = fail & FUZZ_LASTING;
    fired = happened = false;
}

bool fuzz_inject_fired(void)
{
    bool was = fired;
    fired = false;
    return was;
}

bool fuzz_inject_unused(void)
{
    bool was = unused;
    unused = true;
    return was;
}

void fuzz_inject_end(void)
{
    unused = unused && !happened;
    countdown = 0;
    fired = false;
    FUZZ_CHECK(mappings == 0);
    for (int i = 0; i < MOST_KEPT; i++)
        FUZZ_CHECK(!in_use[i]);
    for (int i = 0; i < MOST_BLOCKS; i++)
        FUZZ_CHECK(!blocks[i].start);
}

#ifdef MW_FUZZ_WRAP

static block kept[MOST_KEPT]; /* big heap blocks */

static bool fails(void)
{
    if (countdown == 0 || countdown-- > 1)
        return false;
    countdown = lasting;
    fired = happened = true;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
    if (fails())
        return NULL;
    for (int i = 0; i < MOST_KEPT && bytes >= BIG; i++) {
        if (in_use[i] || (kept[i].start && kept[i].bytes != bytes))
            continue;
        if (!kept[i].start)
            kept[i] = (block){__real_malloc(bytes), bytes};
        in_use[i] = kept[i].start != NULL;
        if (in_use[i])
            ASAN_UNPOISON_MEMORY_REGION(kept[i].start, bytes);
        return kept[i].start;
    }
    return __real_malloc(bytes);
}

void __real_free(void *start);
void __wrap_free(void *start);
void __wrap_free(void *start)
{
    for (int i = 0; i < MOST_KEPT && start; i++)
        if (kept[i].start == start) {
            FUZZ_CHECK(in_use[i]);
            ASAN_POISON_MEMORY_REGION(start, kept[i].bytes);
            in_use[i] = false;
            return;
        }
    __real_free(start);
}

void *__real_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes)
{
    return fails() ? NULL : __real_calloc(n, bytes);
}

void *__real_realloc(void *old, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes)
{
    return fails() ? NULL : __real_realloc(old, bytes);
}

void *__real_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
    return fails() ? NULL : __real_aligned_alloc(align, bytes);
}

static block *find_block(const void *start)
{
    for (int i = 0; i < MOST_BLOCKS; i++)
        if (blocks[i].start == start)
            return &blocks[i];
    return NULL;
}

static void *zeroed_pages(size_t bytes)
{
    void *start = NULL;
    if (posix_memalign(&start, mw_page_bytes(), bytes ? bytes : 1))
        return NULL;
    memset(start, 0, bytes);
    block *b = find_block(NULL);
    FUZZ_CHECK(b);
    *b = (block){start, bytes};
    return start;
}

void *__wrap_mw_pages_alloc(size_t bytes);
void *__wrap_mw_pages_alloc(size_t bytes)
{
    return fails() ? NULL : zeroed_pages(bytes);
}

/* A caller may make do without huge pages, so this failure need not become one of the caller. */
void *__wrap_mw_pages_alloc_huge(size_t bytes);
void *__wrap_mw_pages_alloc_huge(size_t bytes)
{
    const bool failed = fails();
    fired = fired && !failed;
    return failed ? NULL : zeroed_pages(bytes);
}

void __real_mw_pages_free(void *pages, size_t bytes);
void __wrap_mw_pages_free(void *pages, size_t bytes);
void __wrap_mw_pages_free(void *pages, size_t bytes)
{
    block *b = pages ? find_block(pages) : NULL;
    if (!b) {
        __real_mw_pages_free(pages, bytes); /* what the platform took for itself */
        return;
    }
    FUZZ_CHECK(b->bytes == bytes);
    *b = (block){0};
    __real_free(pages);
}

/* Bytes after a mapping, to the end of its last page. */
static size_t tail(uint64_t bytes)
{
    size_t page = mw_page_bytes();
    return (page - (size_t)(bytes % page)) % page;
}

int __real_mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err);
int __wrap_mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err);
int __wrap_mw_file_map(const mw_file *file, mw_map_mode mode, const void **start, mw_error *err)
{
    if (fails())
        return mw_fail(err, -ENOMEM, "%s: cannot be mapped: made to fail", file->path);
    int rc = __real_mw_file_map(file, mode, start, err);
    if (!rc) {
        mappings++;
        ASAN_POISON_MEMORY_REGION((const char *)*start + file->bytes, tail(file->bytes));
    }
    return rc;
}

void __real_mw_file_unmap(const void *start, uint64_t bytes);
void __wrap_mw_file_unmap(const void *start, uint64_t bytes);
void __wrap_mw_file_unmap(const void *start, uint64_t bytes)
{
    if (start) {
        mappings--;
        ASAN_UNPOISON_MEMORY_REGION((const char *)start + bytes, tail(bytes));
    }
    __real_mw_file_unmap(start, bytes);
}

int __real_mw_file_read(const mw_file *file, uint64_t offset, void *to, size_t bytes, mw_error *err);
int __wrap_mw_file_read(const mw_file *file, uint64_t offset, void *to, size_t bytes, mw_error *err);
int __wrap_mw_file_read(const mw_file *file, uint64_t offset, void *to, size_t bytes, mw_error *err)
{
    if (fails())
        return mw_fail(err, -EIO, "%s: cannot be read: made to fail", file->path);
    return __real_mw_file_read(file, offset, to, bytes, err);
}

#endif
