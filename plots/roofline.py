"""The roofline model (Williams, Waterman and Patterson, 2009) with a point per variant."""
import math
import statistics

import numpy as np

import style
from data import DTYPE_BITS, Bad

MOST_NAMES = 16
LINES = ["-", "--", "-."]  # by number of threads


def intensity(run, micro, dtype):
    """FLOP/byte of decoding weights of a dtype, and its source: suite micro counts it for whole matrices. Without such
    a run it follows from the dtype, as each weight is read once, for one product and one sum."""
    flops = {x["phase"]: x.number("value") for x in micro.summaries(metric="gflops", dtype=dtype)} if micro else {}
    rates = [x for x in micro.summaries(metric="bandwidth_gbs", dtype=dtype)
             if x.param("weights") == "dram"] if micro else []
    ratios = [flops[x["phase"]] / x.number("value") for x in rates if x["phase"] in flops and x.number("value") > 0]
    if ratios:
        return statistics.median(ratios), "as counted by suite micro"
    if dtype not in DTYPE_BITS:
        raise Bad(f"{run.folder}/results.csv: line 2: '{dtype[:16]}' in column dtype has no known size")
    return 16 / DTYPE_BITS[dtype], f"2 FLOPs per weight of {DTYPE_BITS[dtype] / 8:.3g} bytes"


def highest_peaks(micro):
    """{threads: (GFLOP/s, instruction set)}, the highest peak of any instruction set."""
    peaks = {}
    for x in micro.summaries(metric="peak_gflops") if micro else []:
        t = x.whole("threads")
        peaks[t] = max(peaks.get(t, (0, "")), (x.number("value"), x["isa"]))
    return peaks


def named_points(points, at):
    """All points; of too many only the paper's variants and the best for each number of threads and intensity."""
    if len(points) <= MOST_NAMES:
        return set(points)
    kinds = {(u[1], at[u]) for u in points}
    best = {max((u for u in points if (u[1], at[u]) == kind), key=points.get) for kind in kinds}
    return {u for u in points if u[0] in style.FIXED} | best


def label_points(axes, at, points, named, lowest_roof, highest, looks):
    """The points of one dtype have the same intensity. The names go to the right of all, below the roofs, each on a
    line of its own. The axis starts low enough to leave room for all."""
    x = 1.3 * max(at.values())
    start = math.log(0.8 * lowest_roof * x)
    line = 1.35 * style.SIZE / 72 / (axes.figure.get_figheight() - 1.3)  # height of a name, as a share of the axis
    room = len(named) * line
    low = min((start - room * highest) / (1 - room), math.log(min(points.values()) / 2))
    axes.set_ylim(math.exp(low), math.exp(highest))
    for unit in points.keys() - named:
        axes.plot(at[unit], points[unit], ".", color="0.6", ms=3, zorder=3)
    names = style.kernel_names(v for v, _ in points)
    points = {u: p for u, p in points.items() if u in named}
    labels = style.below_each_other([math.log(p) for p in points.values()], start, line * (highest - low))
    fewest = min(t for _, t in points)
    for ((variant, threads), point), y in zip(points.items(), labels):
        colour, marker, _ = looks[variant]
        x0 = at[variant, threads]
        axes.plot(x0, point, marker, color=colour, mfc=colour if threads == fewest else "white", zorder=4)
        axes.annotate(f"{names[variant]}, {threads}", (x0, point), xytext=(x, math.exp(y)), va="center", arrowprops={
            "arrowstyle": "-", "lw": 0.4, "color": style.GREY, "shrinkA": 0, "shrinkB": 2, "relpos": (0, 0.5)})


def draw_roofs(axes, x, same, machine, peaks):
    """A band of the same-page roofs and a line of the machine's roof for each number of threads. Returns the top."""
    top = 0
    for rank, (t, mine) in enumerate(same.items()):
        peak = peaks.get(t, (math.inf, ""))[0]
        if mine:
            axes.fill_between(x, np.minimum(peak, min(mine) * x), np.minimum(peak, max(mine) * x), lw=0, zorder=0,
                              color=style.lighter(style.RED, min(0.9, 0.7 + 0.1 * rank)))
        if t in machine:
            axes.plot(x, np.minimum(peak, machine[t] * x), color=style.RED, ls=LINES[rank % 3])
        top = max(top, min(peak, max([machine.get(t, 0), *mine]) * x[-1]))
    return top * (1.5 if peaks else 1)  # so that the highest peak does not lie on the border


def draw(data):
    run = data.run("decode", "bandwidth_gbs")
    units = run.units("bandwidth_gbs")
    counted = data.optional("micro", "gflops", cpu=run.cpu())
    of_dtype = {x["dtype"]: intensity(run, counted, x["dtype"]) for x in units.values()}
    at = {u: of_dtype[x["dtype"]][0] for u, x in units.items()}
    least, most = min(at.values()), max(at.values())
    peaks = highest_peaks(data.optional("micro", "peak_gflops", cpu=run.cpu()))
    points = {u: x.number("value") * at[u] for u, x in units.items()}
    named = named_points(points, at)
    looks = style.of_variants([u[0] for u in points if u in named])
    counts = sorted({t for _, t in points})
    roofs = {u: x.number("value") for u, x in run.units("roof_gbs").items()}
    same = {t: [roof for (_, threads), roof in roofs.items() if threads == t] for t in counts}
    machine = {t: x.number("value") for (_, t), x in run.units("machine_roof_gbs").items()}

    figure, axes = style.new(style.COLUMN, 2.9 + 0.05 * len(named))
    right = max([8 * most, *(4 * peak / machine[t] for t, (peak, _) in peaks.items() if t in machine)])
    x = np.geomspace(least / 2, right, 200)
    axes.set_xscale("log", base=2 if right < 64 * least else 10)
    axes.set_yscale("log")
    axes.set_xlim(least / 2, right)
    top = draw_roofs(axes, x, same, machine, peaks)
    for x0, _ in of_dtype.values():
        axes.axvline(x0, color=style.GREY, lw=0.6, ls=":", zorder=0)
    label_points(axes, at, points, named, min([*machine.values(), *roofs.values()]), math.log(top), looks)
    style.plain(axes.xaxis)
    style.plain_log(axes.yaxis)
    axes.set_xlabel("operational intensity (FLOP/byte)")
    axes.set_ylabel("GFLOP/s")
    keys = [style.line(f"machine roof, {style.plural(t, 'thread')}", color=style.RED, ls=LINES[i % 3])
            for i, t in enumerate(counts) if t in machine]
    keys.append(style.swatch("same-page roofs", facecolor=style.lighter(style.RED, 0.7)))
    style.legend_above(axes, keys, columns=2, left=0.02)
    dots = f" ({len(points) - len(named)} others: dots)" if len(named) < len(points) else ""
    highest = [f"{peak:,.0f} GFLOP/s ({isa}, {style.plural(t, 'thread')})" for t, (peak, isa) in sorted(peaks.items())]
    style.caption(figure, run.caption(
        f"names: variant, threads{dots}",
        *([f"{least:.3g} FLOP/byte ({of_dtype.popitem()[1][1]})"] if len(of_dtype) == 1 else
          ["FLOP/byte: " + ", ".join(f"{dtype} {x0:.3g}" for dtype, (x0, _) in of_dtype.items())]),
        run.sample(units.values(), "tokens per point"), "intervals: see fig1 and roof_fraction",
        "peak: " + (", ".join(highest) or "not measured")))
    return figure
