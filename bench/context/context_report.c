/* What suite `context` shows. All of it comes from the summary rows of results.csv. */
#include "bench/context/context.h"

void mw_context_report(const mw_session *s, mw_page *page)
{
    static const mw_column columns[] = {
        {"variant", -30, MW_SHOW_VARIANT},
        {"thr", 3, MW_SHOW_THREADS},
        {"pos", 5, MW_SHOW_PARAM, .param = "position"},
        {"us", 8, MW_SHOW_VALUE, 0},
        {"added", 7, MW_SHOW_VALUE, 0, "context_added_us"},
        {"KV/roof", 7, MW_SHOW_VALUE, 0, "context_expected_us"},
        {"ratio", 6, MW_SHOW_VALUE, 2, "context_cost_ratio"},
        {"+-%", 5, MW_SHOW_HALF, 1, "context_cost_ratio"},
        {0},
    };
    const mw_context_options *own = s->options->own;
    mw_page_text(page, "%s f32: cost of a token by its position.\n%.60s, %d CPU%s", s->model.name, s->cpu, s->n_cpus,
                 s->n_cpus == 1 ? "" : "s");
    mw_page_rows(page, columns, &(mw_filter){.metric = "itl_us", .known = true}, MW_AS_RECORDED);
    mw_page_text(page,
                 "added: extra time compared with the token at position %zu of the same round. KV/roof: time to stream "
                 "the additional keys and values at the roof measured next to that token; they lie in the decoder's "
                 "arena, not on the pages of the weights. ratio: added / (KV/roof); +-%%: half its 95 %% interval "
                 "between processes.",
                 own->positions.of[0]);
}
