"""Predicted against published tokens/s (suite predict)."""
import math

import style
from data import DTYPE_BITS, Missing

BAND = (0.8, 1.2)
LOOKS = [(32, "f32", style.BLUE, "D"), (16, "16 bits", style.GREEN, "s"), (8, "8 bits", style.ORANGE, "o"),
         (4, "4 to 6 bits", style.RED, "^")]


def pairs(run):
    """[(published row, row of its prediction by rule max)]; the two rows have all of these in common."""
    def subject(x):
        cells = [x[column] for column in ("variant", "threads", "model", "dtype")]
        return *cells, x.param("machine"), x.param("program")

    rows = [x for x in run.summaries(suite="predict", metric="tokens_per_s") if x.param("program")]
    predicted = {subject(x): x for x in rows if x.param("rule") == "max"}
    found = [(x, predicted[subject(x)]) for x in rows if x["provenance"] == "published" and subject(x) in predicted]
    if not found:
        raise Missing("no published speed has a prediction")
    return found


def look_of(dtype):
    return next(look for look in LOOKS if DTYPE_BITS.get(dtype, 32) >= look[0])


def draw_point(axes, published, predicted, look):
    x, y, (low, high) = published.number("value"), predicted.number("value"), predicted.interval()
    bars = [[max(0, y - low)], [max(0, high - y)]] if math.isfinite(low + high) else None
    point = axes.errorbar(x, y, yerr=bars, color=look[2], marker=look[3], ls="", lw=0.8, mfc="none", zorder=3)[0]
    style.hint(point, f"{published.param('machine')}, {published.param('program')}, {published['dtype']}, "
                      f"{style.plural(published.whole('threads'), 'thread')}: predicted {y:.4g}, published {x:.4g} "
                      f"tokens/s; {predicted['note'].split(';')[0]}")


def draw(data):
    run = data.run("predict", "prediction_ratio")
    found = pairs(run)
    figure, axes = style.new(style.COLUMN, 3.5)
    axes.set_xscale("log")
    axes.set_yscale("log")
    looks = {}
    for published, predicted in found:
        look = looks[published["dtype"]] = look_of(published["dtype"])
        draw_point(axes, published, predicted, look)
    values = [x.number("value") for pair in found for x in pair]
    ends = [min(values) / 1.3, max(values) * 1.3]
    axes.plot(ends, ends, color=style.GREY, lw=0.8, zorder=1)
    axes.fill_between(ends, *([factor * e for e in ends] for factor in BAND), color="0.9", lw=0, zorder=0)
    axes.set_xlim(ends)
    axes.set_ylim(ends)
    style.plain_log(axes.xaxis)
    style.plain_log(axes.yaxis)
    axes.set_xlabel("published tokens/s")
    axes.set_ylabel("predicted tokens/s")
    axes.grid()
    shown = [look for look in LOOKS if look in looks.values()]
    style.legend_above(axes, [style.line(name, color=colour, marker=marker, ls="", mfc="none")
                              for _, name, colour, marker in shown], columns=4)
    ratios = [b.number("value") / a.number("value") for a, b in found]
    within = sum(BAND[0] <= r <= BAND[1] for r in ratios)
    style.caption(figure, "; ".join((
        "MODELLED by rule max", f"commit {run.rows[0]['commit']}",
        f"band: within 20 %, {within} of {len(ratios)} points",
        "whiskers: what the inputs allow", "sources: results/machines/published.csv")))
    return figure
