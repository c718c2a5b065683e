/* Runs a fuzz target over the files of the folders named on the command line: its seeds, and what once made it fail. So
 * every build checks them as it checks everything else, without a fuzzer. The last byte of an input says what fails; an
 * input is run with each of its values that makes a difference. */
#include "tests/fuzz/fuzz.h"
#include "tests/tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_INPUT = 1 << 20 };

static void replay(const char *path)
{
    static uint8_t room[LARGEST_INPUT];
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(room, 1, sizeof room, f) : 0;
    uint8_t *input = f ? malloc(n ? n : 1) : NULL; /* of its very size, so that a step beyond it is seen */
    if (f)
        fclose(f);
    if (!input) {
        tap_ok(false, "%s can be read", path);
        return;
    }
    memcpy(input, room, n);
    tap_note("%s", path); /* so that an input that ends the program is known */
    LLVMFuzzerTestOneInput(input, n);
    fuzz_inject_unused();
    const unsigned step = getenv("MEMWALL_TEST_QUICK") ? 7 : 1;
    unsigned runs = 1;
    for (unsigned fail = 1; n > 0 && fail < 2 * FUZZ_LASTING; fail += step, runs++) {
        input[n - 1] = (uint8_t)fail;
        LLVMFuzzerTestOneInput(input, n);
        if (fuzz_inject_unused()) /* nothing is left to fail */
            fail |= FUZZ_LASTING - 1;
    }
    free(input);
    tap_ok(true, "%s, %u runs", strrchr(path, '/') + 1, runs);
}

static int not_hidden(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct dirent **names;
        int n = scandir(argv[i], &names, not_hidden, alphasort);
        if (n < 1)
            tap_ok(false, "%s holds inputs", argv[i]);
        for (int k = 0; k < n; k++) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", argv[i], names[k]->d_name);
            replay(path);
            free(names[k]);
        }
        if (n >= 0)
            free(names);
    }
    return tap_done();
}
