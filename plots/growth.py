"""Tokens/s over model size, compared with roof bandwidth / bytes per token, and the ratio of the two."""
import math

import style
from data import Bad

LOOKS = [(style.BLUE, "D", "-"), (style.RED, "o", "--"), (style.GREEN, "s", ":"), (style.PURPLE, "^", "-.")]
BAND = (0.9, 1.1)


def series(run):
    """{threads: [(MB per token, shape, {metric: row})]} of the first variant of the run, by size; and its name."""
    metrics, found = ("token_mb", "tokens_per_s", "roof_mean_gbs", "growth_ratio"), {}
    variant = run.summaries(metric="growth_ratio", suite="growth")[0]["variant"]
    for metric in metrics:
        for x in run.summaries(metric=metric, suite="growth", variant=variant):
            if x.number("value") <= 0:
                raise Bad(f"{x.path}: line {x.line}: {metric} is not above 0")
            found.setdefault((x.whole("threads"), x["model"]), {})[metric] = x
    points = {}
    for (threads, model), rows in found.items():
        if len(rows) == len(metrics):
            shape = model.split(":")[-1].split("-")[-1].removeprefix("stories")
            points.setdefault(threads, []).append((rows["token_mb"].number("value"), shape, rows))
    if not points:
        raise Bad(f"{run.folder}/results.csv: no shape has all of {', '.join(metrics)}")
    return {t: sorted(points[t], key=lambda p: p[0]) for t in sorted(points)}, variant


def error_bars(axes, x, row, unit, colour, marker, filled):
    low, high = row.interval()
    value = row.number("value")
    bars = [[value - low], [high - value]] if math.isfinite(low + high) else None
    point = axes.errorbar(x, value, yerr=bars, color=colour, marker=marker, mfc=colour if filled else "white", lw=0.8,
                          ls="", zorder=4)[0]
    style.hint(point, f"{row['model']}, {style.plural(row.whole('threads'), 'thread')}: {style.value_text(row, unit)}")


def draw_series(upper, lower, threads, mine, rank):
    """One number of threads: the bound with its band, and a point per size in both panels. Returns its legend."""
    colour, marker, line = LOOKS[rank % len(LOOKS)]
    filled = rank == 0
    x = [mb for mb, _, _ in mine]
    bound = [rows["roof_mean_gbs"].number("value") * 1e3 / mb for mb, _, rows in mine]
    low, high = ([factor * b for b in bound] for factor in BAND)
    upper.plot(x, bound, color=colour, ls=line, lw=0.8, zorder=2)
    upper.fill_between(x, low, high, color=style.lighter(colour, 0.75), lw=0, zorder=1)
    for mb, _, rows in mine:
        error_bars(upper, mb, rows["tokens_per_s"], " tokens/s", colour, marker, filled)
        error_bars(lower, mb, rows["growth_ratio"], " of roof / bytes", colour, marker, filled)
    label = style.plural(threads, "thread")
    return [style.line(label, color=colour, ls="", marker=marker, mfc=colour if filled else "white"),
            style.line(f"roof / bytes, {label}", color=colour, ls=line, lw=0.8)]


def draw(data):
    run = data.run("growth", "growth_ratio")
    points, variant = series(run)
    figure, (upper, lower) = style.new(style.COLUMN, 3.9, 2, 1, sharex=True, height_ratios=[2, 1.1])
    upper.set_xscale("log")
    upper.set_yscale("log")
    keys = []
    for rank, (threads, mine) in enumerate(points.items()):
        keys += draw_series(upper, lower, threads, mine, rank)
    names = {shape: mb for mine in points.values() for mb, shape, _ in mine}
    shares = [rows["growth_ratio"] for mine in points.values() for _, _, rows in mine]
    lower.axhspan(*BAND, color="0.9", lw=0, zorder=0)
    lower.axhline(1, color=style.GREY, lw=0.8, zorder=1)
    ends = [e for x in shares for e in (x.number("value"), *x.interval()) if math.isfinite(e)]
    lower.set_ylim(min(0.8, 0.95 * min(ends)), max(1.2, 1.05 * max(ends)))
    least, most = min(names.values()), max(names.values())
    upper.set_xlim(least / 1.4, most * 1.4)
    for shape, mb in names.items():
        lower.axvline(mb, color="0.92", lw=0.5, zorder=0)
        lower.annotate(shape, (mb, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
                       rotation=90, ha="center", va="bottom")
    style.plain_log(upper.yaxis)
    style.plain_log(lower.xaxis)
    upper.tick_params(labelbottom=False)
    upper.set_ylabel("tokens/s")
    upper.grid(axis="y")
    lower.set_ylabel("share of roof / bytes (1)")
    lower.set_xlabel("MB per token (weights and KV cache)")
    style.legend_above(upper, keys, columns=2, left=0.02)
    within = sum(row.get("note", "").endswith("within 10 %: yes") for row in shares)
    style.caption(figure, run.caption(
        variant, f"bands: 0.9 to 1.1 of roof / bytes; {within} of {len(shares)} points lie inside with their intervals",
        "names: number of parameters", "roof measured on the model's own pages",
        run.sample(shares, "tokens per point"), run.intervals()))
    return figure
