"""Predicted against published tokens/s, and against GB/s of kernels measured on the machine at hand (suite predict)."""
import math

import predictions
import style
from data import DTYPE_BITS, Missing

BAND = 1 - predictions.WITHIN, 1 + predictions.WITHIN
LOOKS = [(32, "f32", style.BLUE, "D"), (16, "16 bits", style.GREEN, "s"), (8, "8 bits", style.ORANGE, "o"),
         (4, "4 to 6 bits", style.RED, "^")]


def look_of(dtype):
    return next(look for look in LOOKS if DTYPE_BITS.get(dtype, 32) >= look[0])


def draw_point(axes, actual, predicted, filled, hint):
    _, _, colour, marker = look_of(actual["dtype"])
    x, y, (low, high) = actual.number("value"), predicted.number("value"), predicted.interval()
    bars = [[max(0, y - low)], [max(0, high - y)]] if math.isfinite(low + high) else None
    point = axes.errorbar(x, y, yerr=bars, color=colour, marker=marker, ls="", lw=0.8, mfc=None if filled else "none",
                          zorder=3)[0]
    style.hint(point, f"{hint}; {', '.join(predictions.binds(predicted))}")


def draw_published(axes, pairs):
    for actual, predicted in pairs:
        draw_point(axes, actual, predicted, False,
                   f"{actual.param('machine')}, {actual.param('program')}, {actual['dtype']}, "
                   f"{style.plural(actual.whole('threads'), 'thread')}: predicted {predicted.number('value'):.4g}, "
                   f"published {actual.number('value'):.4g} tokens/s")
    axes.set_xlabel("published tokens/s")
    axes.set_ylabel("predicted tokens/s")


def draw_gemvs(axes, pairs):
    for actual, predicted in pairs:
        draw_point(axes, actual, predicted, not actual["phase"].endswith("/cache"),
                   f"{actual['phase'][len('gemv/'):]}, {actual['dtype']}: predicted {predicted.number('value'):.4g}, "
                   f"measured {actual.number('value'):.4g} GB/s")
    axes.set_xlabel("measured GB/s of a kernel, one thread")
    axes.set_ylabel(f"GB/s predicted for {pairs[0][1].param('machine')}")


def frame(axes, pairs):
    """Equal logarithmic axes, the line of exact predictions and the band around it."""
    values = [x.number("value") for pair in pairs for x in pair]
    if min(values) <= 0:
        raise Missing("a speed is not above 0")
    ends = [min(values) / 1.3, max(values) * 1.3]
    axes.plot(ends, ends, color=style.GREY, lw=0.8, zorder=1)
    axes.fill_between(ends, *([factor * e for e in ends] for factor in BAND), color="0.9", lw=0, zorder=0)
    for axis, limit in ((axes.xaxis, axes.set_xlim), (axes.yaxis, axes.set_ylim)):
        limit(ends)
        style.plain_log(axis, (1, 2, 5) if ends[1] < 1e3 * ends[0] else (1,))
    axes.grid()


def within(pairs):
    good = sum(BAND[0] * a.number("value") <= b.number("value") <= BAND[1] * a.number("value") for a, b in pairs)
    return f"{good} of {len(pairs)}"


def draw(data):
    run = data.optional("predict", "prediction_ratio")
    published = predictions.published(run) if run else []
    gemvs = predictions.gemvs(data)
    panels = [(pairs, how) for pairs, how in ((published, draw_published), (gemvs, draw_gemvs)) if pairs]
    if not panels:
        data.run("predict", "prediction_ratio")  # says which folder is missing
        raise Missing("no published speed has a prediction")
    figure, grid = style.new((0, style.COLUMN, style.PAGE)[len(panels)], 3.5, 1, len(panels), squeeze=False)
    for axes, (pairs, how) in zip(grid[0], panels):
        axes.set_xscale("log")
        axes.set_yscale("log")
        how(axes, pairs)
        frame(axes, pairs)
    dtypes = {look_of(actual["dtype"]) for pairs, _ in panels for actual, _ in pairs}
    style.legend_above(grid[0][0], [style.line(name, color=colour, marker=marker, ls="", mfc="none")
                                    for look in LOOKS if look in dtypes for _, name, colour, marker in [look]],
                       columns=4)
    words = [f"MODELLED by rule {predictions.RULE}", f"commit {panels[0][0][0][1]['commit']}",
             f"band: within {100 * predictions.WITHIN:.0f} %"]
    if published:
        words += [f"{within(published)} published speeds", "their sources: results/machines/published.csv"]
    if gemvs:
        measured = gemvs[0][0]
        words.append("filled: weights in memory; hollow: in the cache")
        words.append(f"{within(gemvs)} kernels measured on {measured['cpu']} (commit {measured['commit']}, "
                     f"n = {style.plural(measured.whole('n'), 'repetition')}, medians)")
    style.caption(figure, "; ".join([*words, "whiskers: what the inputs allow"]))
    return figure
