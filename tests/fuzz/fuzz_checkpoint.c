#include "engine/checkpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_model.h"

#include <string.h>

enum { V1_HEADER = 256 };

/* Bytes that the header asks for; 0 if it is none. */
static uint64_t claimed(const uint8_t *head, size_t size, int version)
{
    uint32_t n[7];
    const size_t at = version ? 8 : 0;
    if (size < at + sizeof n || (version && size < V1_HEADER))
        return 0;
    for (size_t i = 0; i < 28; i++)
        n[i / 4] = (i % 4 ? n[i / 4] : 0) | (uint32_t)head[at + i] << i % 4 * 8;
    const bool negative = !version && n[5] >> 31;
    mw_config c = {n[0], n[1], n[2], n[3], n[4], negative ? -n[5] : n[5], n[6], version ? head[36] == 1 : !negative};
    if (mw_config_check(&c, "", NULL))
        return 0;
    const uint64_t bytes = mw_checkpoint_v0_bytes(&c);
    return version ? bytes - MW_V0_HEADER + V1_HEADER - (uint64_t)c.seq_len * mw_head_size(&c) * sizeof(float) : bytes;
}

/* The size is what the header asks for, most of the time: a fuzzer would hardly ever guess it. */
static uint64_t choose_size(uint64_t wanted, size_t size, unsigned mode)
{
    if (mode % 4 == 3)
        return size;
    if (wanted == 0 || wanted > (uint64_t)1 << 40)
        return size;
    return mode % 4 == 2 ? wanted + mode / 4 - 32 : wanted;
}

void fuzz_checkpoint(const uint8_t *data, size_t size, int version)
{
    fuzz_input in = {data, size};
    const unsigned fail = fuzz_take(&in), pick = fuzz_take(&in), mode = fuzz_take(&in);
    const uint64_t wanted = claimed(in.data, in.size, version);
    const char *path = fuzz_file(in.data, in.size, choose_size(wanted, in.size, mode));
    if (version)
        fuzz_file_put("24ka", 4, 0); /* the magic number: without it this is a version 0 */

    mw_error err = {""};
    mw_model m;
    fuzz_begin(fail);
    if (fuzz_ok(mw_checkpoint_open(path, &m, &err), &err)) {
        FUZZ_CHECK(m.file.bytes == wanted);
        fuzz_use_model(&m, pick);
        mw_model_close(&m);
    }
    fuzz_end();
}
