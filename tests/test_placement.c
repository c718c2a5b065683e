/* Placement of weights on NUMA nodes: names; what each placement does with pages on this machine; with made-up nodes,
 * that every thread reads the copy of its own node and nothing else. */
#include "bench/units/roof.h"
#include "engine/runner.h"
#include "tests/open_weights.h"
#include "tests/tap.h"

#include <errno.h>
#include <string.h>

enum { TOKENS = 6, PAGES = 512 };

static void test_names(void)
{
    mw_error err = {""};
    mw_variant v, again;
    for (int p = 0; p < MW_PLACEMENT_COUNT; p++) {
        char text[64];
        snprintf(text, sizeof text, "scalar/rowmajor/heap/%s@q8_0", mw_placement_name((mw_placement)p));
        tap_ok(mw_variant_parse(text, MW_F32, &v, &err) == 0 && (int)v.placement == p &&
                   mw_variant_parse(v.name, MW_F32, &again, &err) == 0 && (int)again.placement == p &&
                   strcmp(again.name, v.name) == 0,
               "%s is %s", text, v.name);
        snprintf(text, sizeof text, "scalar/rowmajor/mmap/%s", mw_placement_name((mw_placement)p));
        const int rc = mw_variant_parse(text, MW_F32, &v, &err);
        tap_ok(p == MW_PLACE_DEFAULT ? rc == 0 : rc == -EINVAL && strstr(err.text, "--load=heap"), "%s: %s", text,
               rc ? err.text : "as always");
    }
    tap_ok(mw_variant_parse("scalar/rowmajor/heap/everywhere", MW_F32, &v, &err) == -ENOENT &&
               strstr(err.text, "replicated"),
           "an unknown one: %s", err.text);
    tap_ok(mw_variant_parse("scalar/rowmajor/heap/default/x", MW_F32, &v, &err) == -EINVAL, "one word too many");
}

/* --- pages, by the system's own account --- */

static size_t on_node(const size_t pages[MW_MOST_NODES], int node)
{
    return node >= 0 && node < MW_MOST_NODES ? pages[node] : 0;
}

static void test_pages(void)
{
    int nodes[MW_MOST_NODES];
    const int n = mw_nodes_of_new_pages(nodes);
    const size_t bytes = PAGES * mw_page_bytes();
    bool rising = true;
    for (int i = 1; i < n; i++)
        rising &= nodes[i] > nodes[i - 1];
    tap_ok(n == -EPERM || (n >= 1 && n <= MW_MOST_NODES && rising), "new pages come from %d nodes", n);
    if (n < 2) {
        tap_skip("pages on chosen nodes", n < 0 ? "this process may not choose" : "there is one node");
        return;
    }
    for (int k = 0; k < n + 2; k++) { /* each node, all in turn, the one at hand */
        size_t pages[MW_MOST_NODES] = {0};
        const int here = mw_node_here(), *of = k < n ? &nodes[k] : nodes, count = k < n ? 1 : k == n ? n : 0;
        char *memory = mw_pages_alloc(bytes);
        const int rc = mw_pages_place(memory, bytes, of, count);
        if (!tap_ok(rc == 0, "pages can be placed: %s", strerror(-rc)))
            return;
        memset(memory, 1, bytes);
        mw_pages_by_node(memory, bytes, pages);
        bool right = true;
        for (int i = 0; i < n; i++)
            right &= count > 1 ? pages[nodes[i]] - PAGES / (size_t)n <= 1
                               : pages[nodes[i]] == (nodes[i] == (count ? *of : here) ? PAGES : 0);
        tap_ok(right, "%d of %d nodes: %zu pages on node %d, %zu on node %d", count, n, on_node(pages, nodes[0]),
               nodes[0], on_node(pages, nodes[1]), nodes[1]);
        mw_pages_free(memory, bytes);
    }
}

/* --- loads --- */

static mw_pool *pool;

static void decode(const mw_runner *r, float *logits)
{
    const float *last = NULL;
    for (uint32_t pos = 0; pos < TOKENS; pos++)
        last = mw_decoder_forward(r->decoder, (int32_t)(pos * 7 + 1), pos);
    memcpy(logits, last, r->model->config.vocab_size * sizeof *logits);
}

static void test_loads(const mw_model *model, float *want, float *got)
{
    const size_t bytes = model->config.vocab_size * sizeof *want;
    int nodes[MW_MOST_NODES], n = mw_nodes_of_new_pages(nodes);
    mw_error err = {""};
    mw_variant v;
    for (int p = 0; p < MW_PLACEMENT_COUNT && n > 0; p++) {
        char name[64];
        snprintf(name, sizeof name, "neon/rowmajor/heap/%s", mw_placement_name((mw_placement)p));
        if (mw_variant_parse(name, MW_F32, &v, &err))
            return;
        mw_runner r = mw_runner_of(&v, model);
        const int copies = p == MW_PLACE_REPLICATED ? n : 1;
        const mw_source s = mw_runner_source(model, &v);
        if (tap_ok(mw_runner_load(&r, &err) == 0 && mw_runner_ready(&r, pool, TOKENS, &err) == 0, "%s loads: %s", name,
                   err.text)) {
            decode(&r, p == MW_PLACE_DEFAULT ? want : got);
            tap_ok(r.weights->n_copies == copies &&
                       mw_weights_bytes(s, v.layout, v.load) == (uint64_t)copies * r.weights->region_bytes,
                   "%d copies", copies);
            tap_ok(p == MW_PLACE_DEFAULT || memcmp(want, got, bytes) == 0, "the same logits");
        }
        for (int i = 0; r.weights && n > 1 && i < copies; i++) {
            size_t pages[MW_MOST_NODES] = {0};
            const size_t all = mw_pages_by_node(r.weights->copy[i], (size_t)r.weights->region_bytes, pages);
            const size_t first = on_node(pages, p == MW_PLACE_FIRST_TOUCH ? mw_node_here() : nodes[i]);
            tap_ok(p == MW_PLACE_DEFAULT || (p == MW_PLACE_INTERLEAVED ? first <= all / (size_t)n + 1 : first == all),
                   "copy %d: %zu of %zu pages there", i, first, all);
        }
        mw_runner_close(&r);
    }
}

/* --- which copy a thread reads --- */

static uint64_t sum_of_roof(const mw_model *model, const mw_weights *w, double *far)
{
    mw_error err;
    mw_roof *roof = NULL;
    if (!tap_ok(mw_roof_of_weights(&model->config, w, pool, &roof, &err) == 0, "a roof"))
        return 0;
    mw_roof_sweep(roof, 0);
    const uint64_t sum = mw_roof_sum(roof);
    *far = mw_roof_far(roof);
    mw_roof_free(roof);
    return sum;
}

/* Two copies on the made-up nodes 0 and 1, of which the second one is all zeros: what is read of it can be seen. */
static void test_copies(const mw_model *model, float *want, float *got)
{
    const size_t bytes = model->config.vocab_size * sizeof *want;
    static const int threads_on[][2] = {{0, 0}, {0, MW_UNKNOWN}, {5, 0}, {0, 1}, {1, 0}, {1, 1}};
    mw_error err = {""};
    mw_weights *other = NULL;
    mw_variant v;
    double far;
    mw_variant_parse("scalar/rowmajor/heap", MW_F32, &v, &err);
    mw_runner r = mw_runner_of(&v, model);
    if (!tap_ok(mw_runner_load(&r, &err) == 0 && mw_runner_ready(&r, pool, TOKENS, &err) == 0 &&
                    mw_weights_open(mw_runner_source(model, &v), v.layout, v.load, &other, &err) == 0,
                "two copies %s", err.text))
        return;
    decode(&r, want);
    const uint64_t all = sum_of_roof(model, r.weights, &far);
    uint64_t sums[6];
    for (int same = 1; same >= 0; same--) {
        r.weights->n_copies = 2;
        r.weights->copy[1] = other->region;
        r.weights->copy_node[1] = 1;
        for (int i = 0; i < 6; i++) {
            for (int t = 0; t < 2; t++)
                mw_pool_override_node(pool, t, threads_on[i][t]);
            decode(&r, got);
            const bool equal = memcmp(want, got, bytes) == 0;
            sums[i] = sum_of_roof(model, r.weights, &far);
            tap_ok(equal == (same || i < 3), "threads on nodes %d and %d, copies %s: %s logits", threads_on[i][0],
                   threads_on[i][1], same ? "alike" : "that differ", equal ? "the same" : "other");
            tap_ok(!same || sums[i] == all, "and the roof reads all of it");
        }
        memset((void *)(uintptr_t)other->region, 0, (size_t)other->region_bytes);
    }
    tap_ok(sums[0] == all && sums[1] == all && sums[2] == all && sums[5] == 0 && sums[3] != all && sums[3] != 0 &&
               (sums[3] ^ sums[4]) == all,
           "a roof reads of each copy the rows of the threads on its node");
    r.weights->n_copies = 1;
    mw_weights_close(other);
    mw_runner_close(&r);
}

/* Threads on nodes that are not those of the pages, which are all on one. */
static void test_far(const mw_model *model)
{
    size_t pages[MW_MOST_NODES] = {0};
    mw_error err = {""};
    mw_weights *w;
    mw_variant v;
    int node = 0;
    double far[3];
    mw_variant_parse("scalar/rowmajor/heap/first-touch", MW_F32, &v, &err);
    if (mw_weights_open(mw_runner_source(model, &v), v.layout, v.load, &w, &err)) {
        tap_skip("reads from far", err.text);
        return;
    }
    const size_t all = mw_pages_by_node(w->region, (size_t)w->region_bytes, pages);
    while (node + 1 < MW_MOST_NODES && pages[node] == 0)
        node++;
    for (int remote = 0; remote < 3; remote++) {
        mw_pool_override_node(pool, 0, remote > 0 ? node + 1 : node);
        mw_pool_override_node(pool, 1, remote > 1 ? node + 1 : node);
        sum_of_roof(model, w, &far[remote]);
    }
    if (all == 0 || pages[node] < all)
        tap_skip("reads from far", all == 0 ? "this system does not tell" : "the pages are on several nodes");
    else
        tap_ok(far[0] == 0 && far[1] == 0.5 && far[2] == 1, "no, one, two of two threads on another node: %g, %g, %g",
               far[0], far[1], far[2]);
    mw_weights_close(w);
}

int main(void)
{
    mw_error err = {""};
    mw_model model;
    test_names();
    test_pages();
    if (!tap_ok(cache_open() && mw_pool_create(2, NULL, NULL, 0, &pool, &err) == 0 &&
                    mw_model_open("synthetic:stories260K", NULL, NULL, &model, &err) == 0,
                "a model %s", err.text))
        return tap_done();
    tap_ok(mw_pool_node(pool, 1) == MW_UNKNOWN, "a thread that is not bound is on no node");
    float *want = calloc(2 * model.config.vocab_size, sizeof *want), *got = want + model.config.vocab_size;
    test_loads(&model, want, got);
    test_copies(&model, want, got);
    test_far(&model);
    free(want);
    mw_model_close(&model);
    mw_pool_free(pool);
    cache_close();
    return tap_done();
}
