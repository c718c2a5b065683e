/* The ground floor but for threads (test_pool.c) and files (test_files.c): memory, clock, arithmetic, messages. */
#include "platform/checked.h"
#include "platform/os.h"
#include "platform/text.h"
#include "tests/child.h"
#include "tests/tap.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static void check_guards(void)
{
    const size_t sizes[] = {1, 4, 60, mw_page_bytes() - 4, mw_page_bytes(), 3 * mw_page_bytes() + 12};
    bool whole = true, faults = true, inside = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int end = 0; end < 2; end++) {
            char *block = mw_guarded_alloc(sizes[i], end);
            if (!block) {
                whole = false;
                continue;
            }
            for (size_t j = 0; j < sizes[i]; j++)
                whole &= block[j] == 0;
            memset(block, 1, sizes[i]);
            child out = run_child(touch, end ? block + sizes[i] : block - 1);
            child in = run_child(touch, end ? block + sizes[i] - 1 : block);
            faults &= died(&out);
            inside &= survived(&in);
            mw_guarded_free(block, sizes[i], end);
        }
    tap_ok(whole, "guarded blocks are zeroed and writable");
    tap_ok(faults, "one byte before or after them faults");
    tap_ok(inside, "their first and last bytes do not");
    mw_guarded_free(NULL, 100, true);
}

static void check_memory(void)
{
    char *pages = mw_pages_alloc(100000);
    tap_ok(pages && (uintptr_t)pages % mw_page_bytes() == 0 && pages[0] == 0 && pages[99999] == 0, "pages are zeroed");
    int64_t huge = pages ? mw_memory_huge(pages, 100000) : 0;
    tap_ok(huge == MW_UNKNOWN || huge >= 0, "huge pages under them: %lld bytes", (long long)huge);
    mw_pages_free(pages, 100000);
    mw_pages_free(NULL, 1);
    int64_t available = mw_memory_available(), resident = mw_memory_resident(), line = mw_line_bytes();
    tap_ok(available == MW_UNKNOWN || available > 0, "memory available: %lld MiB", (long long)(available >> 20));
    tap_ok(resident == MW_UNKNOWN || resident > 0, "memory resident: %lld KiB", (long long)(resident >> 10));
    tap_ok(line == MW_UNKNOWN || (line >= 16 && (line & (line - 1)) == 0), "lines of %lld bytes", (long long)line);
    mw_faults before = mw_faults_now();
    enum { BYTES = 1 << 21 };
    pages = mw_pages_alloc(BYTES);
    for (size_t i = 0; pages && i < BYTES; i += 4096)
        ((volatile char *)pages)[i] = 1;
    mw_faults after = mw_faults_now();
    tap_ok(before.minor == MW_UNKNOWN || after.minor > before.minor, "touching new pages faults");
    mw_pages_free(pages, BYTES);
}

static void check_arithmetic(void)
{
    uint64_t r;
    tap_ok(mw_add_u64(UINT64_MAX - 1, 1, &r) && r == UINT64_MAX && !mw_add_u64(UINT64_MAX, 1, &r),
           "addition is checked");
    bool ok = mw_mul_u64(1ull << 32, (1ull << 32) - 1, &r) && r == 0xFFFFFFFF00000000u;
    ok &= mw_mul_u64(UINT64_MAX, 0, &r) && r == 0;
    ok &= !mw_mul_u64(1ull << 32, 1ull << 32, &r);
    tap_ok(ok, "multiplication is checked");
    ok = mw_align_u64(0, 64, &r) && r == 0;
    ok &= mw_align_u64(1, 64, &r) && r == 64;
    ok &= mw_align_u64(64, 64, &r) && r == 64;
    ok &= mw_align_u64(UINT64_MAX - 63, 64, &r) && r == UINT64_MAX - 63;
    ok &= !mw_align_u64(UINT64_MAX - 62, 64, &r);
    tap_ok(ok, "rounding up is checked");
}

static void check_clock(void)
{
    bool monotonic = true;
    uint64_t last = mw_clock_ns();
    for (int i = 0; i < 100000; i++) {
        uint64_t now = mw_clock_ns();
        monotonic &= now >= last;
        last = now;
    }
    tap_ok(monotonic, "the clock never goes back");
    uint64_t start = mw_clock_ns();
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    uint64_t slept = mw_clock_ns() - start;
    tap_ok(slept > 15000000 && slept < 10000000000u, "20 ms of sleep take %.1f ms", (double)slept / 1e6);
    mw_clock_info info = mw_clock_measure();
    tap_ok(info.resolution_ns > 0 && info.resolution_ns < 1e7 && info.overhead_ns > 0 && info.overhead_ns < 1e6,
           "resolution %.0f ns, overhead %.0f ns", info.resolution_ns, info.overhead_ns);
}

static void check_messages(void)
{
    mw_error err;
    tap_ok(mw_fail(&err, -EIO, "a\nb\x1b[31m%s\x7f", "c\r") == -EIO && strcmp(err.text, "a?b?[31mc??") == 0,
           "control characters never reach the terminal");
    tap_ok(mw_fail(NULL, -EPERM, "%s", "nobody listens") == -EPERM, "a message needs no reader");
    char longest[3000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    mw_fail(&err, -EIO, "%s", longest);
    tap_ok(strlen(err.text) == sizeof err.text - 1, "a long message is cut");
    for (size_t i = 0; i + 3 < sizeof longest; i += 3)
        memcpy(longest + i, "\u65e5", 3);
    mw_fail(&err, -EIO, "x%s", longest);
    const size_t n = strlen(err.text);
    tap_ok(n == sizeof err.text - 3 && memcmp(err.text + n - 3, "\u65e5", 4) == 0, "at a whole character");
}

/* Each text, how much room there is, what is to arrive. */
static void check_text(void)
{
    static const struct {
        const char *from, *to, *name;
        size_t size;
    } copies[] = {
        {"plain", "plain", "what fits", 6},
        {"plain", "plai", "what does not fit", 5},
        {"plain", "", "no room at all", 1},
        {"Zo\u00eb \u65e5\u672c \U0001F642", "Zo\u00eb \u65e5\u672c \U0001F642", "characters of 1 to 4 bytes", 64},
        {"\u65e5\u672c", "\u65e5", "a cut at each byte of a character", 4},
        {"\u65e5\u672c", "\u65e5", "its second byte", 5},
        {"\u65e5\u672c", "\u65e5", "its last byte", 6},
        {"\xff\xfe"
         "a",
         "??a", "bytes that begin nothing", 64},
        {"a\xe6\x97", "a??", "a character that was cut short", 64},
        {"\xe6\x97z", "??z", "and one that another interrupts", 64},
        {"\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf", "?? ??? ????", "more bytes than needed", 64},
        {"\xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80", "??? ???? ?????", "no characters of Unicode", 64},
        {"a\nb\x1b[m\x7f \xc2\x9b"
         "1m \u00a0",
         "a?b?[m? ?1m \u00a0", "control characters, also of Latin-1", 64},
    };
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        char to[64], same[64];
        memset(to, '#', sizeof to);
        mw_text_copy(to, copies[i].size, copies[i].from);
        snprintf(same, sizeof same, "%s", copies[i].from);
        mw_text_copy(same, copies[i].size, same);
        tap_ok(strcmp(to, copies[i].to) == 0 && strcmp(same, copies[i].to) == 0 &&
                   (copies[i].size == sizeof to || to[copies[i].size] == '#'),
               "text: %s", copies[i].name);
    }
    static const struct {
        const char *text;
        int room, left;
        size_t fit;
    } lines[] = {{"abc", 2, 0, 2}, {"abc", 5, 2, 3},           {"abc", 0, 0, 0},          {"abc", -1, -1, 0},
                 {"", 3, 3, 0},    {"\u00eb\u65e5x", 3, 0, 5}, {"\u00eb\u65e5x", 2, 1, 2}};
    bool right = true;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        int room = lines[i].room;
        right &= mw_text_fit(lines[i].text, &room) == lines[i].fit && room == lines[i].left;
    }
    tap_ok(right, "columns: wide characters take two and are never cut");
}

int main(void)
{
    check_guards();
    check_memory();
    check_arithmetic();
    check_clock();
    check_messages();
    check_text();
    return tap_done();
}
