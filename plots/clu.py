"""Modelled cache-line utilization of each kernel over all matrices of a token, and its share of split loads."""
import style
from data import Missing

LEVELS = [("clu_l1", "L1", "o", style.BLUE), ("clu_l2", "L2", "s", style.ORANGE),
          ("clu_llc", "last level", "^", style.GREEN)]


def of_weights(run, metric):
    """{variant: row} of a metric, of the weights."""
    rows = run.summaries(suite="clu", metric=metric, phase="token")
    return {x["variant"]: x for x in rows if x.param("region") == "weights"}


def caches(run):
    """The modelled caches, from clu.csv."""
    try:
        rows = run.table("clu.csv", ("level", "cache_bytes", "ways", "line_bytes"))
    except Missing:
        return "caches: no clu.csv"
    levels = {x.whole("level"): x for x in rows}
    sizes = [f"L{n} {style.size_text(x.whole('cache_bytes'))} {x['ways']}-way" for n, x in sorted(levels.items())]
    return f"caches: {', '.join(sizes)}, {rows[0]['line_bytes']}-byte lines"


def draw(data):
    run = data.run("clu", "clu_l1")
    shares = {metric: of_weights(run, metric) for metric, *_ in LEVELS}
    splits = of_weights(run, "split_load_fraction")
    variants = list(dict.fromkeys(v for rows in (*shares.values(), splits) for v in rows))
    figure, (left, right) = style.new(style.COLUMN, 1.35 + 0.19 * len(variants), 1, 2, sharey=True,
                                      gridspec_kw={"width_ratios": [3, 2]})
    for rank, (metric, label, marker, colour) in enumerate(LEVELS):
        mine = [(x.number("value"), variants.index(v) + 0.25 * (rank - 1)) for v, x in shares[metric].items()]
        if mine:
            line, = left.plot(*zip(*mine), marker, color=colour, label=label, clip_on=False, ms=2.8, zorder=4, ls="")
            style.hint(line, *(f"{v}, {label}: {style.value_text(x, '')}" for v, x in shares[metric].items()))
    left.set_xlim(0, 1)
    left.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    left.set_xlabel("utilization (1)")
    left.set_yticks(range(len(variants)), list(style.kernel_names(variants).values()))
    left.set_ylim(len(variants) - 0.5, -0.5)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.set_yticks([i + 0.5 for i in range(len(variants) - 1)], minor=True)
        axes.grid(axis="y", which="minor")
        axes.tick_params(axis="y", which="minor", length=0)
    for variant, x in splits.items():
        value, y = x.number("value"), variants.index(variant)
        bar = right.barh(y, value, 0.6, color=style.lighter(style.RED), edgecolor=style.RED, lw=0.6)
        style.hint(bar[0], f"{variant}: {style.value_text(x, ' of the loads')}")
        right.text(1.05, y, f"{value:.2g}", transform=right.get_yaxis_transform(), va="center")
    right.set_xlim(0, 1)
    right.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    right.set_xlabel("split loads (1)")
    style.legend_above(left, left=0.02)
    right.set_title(" ", pad=3)
    fills = [x.whole("n") for x in shares["clu_l1"].values()]
    style.caption(figure, run.caption("modelled from the kernels' own accesses: exact counts, no interval",
                                      f"n = {min(fills):,} line fills or more", caches(run)))
    return figure
