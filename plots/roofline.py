"""Roofline (Williams, Waterman and Patterson, 2009): what memory and arithmetic allow, and where each variant stands."""
import math
import statistics

import numpy as np

import style
from data import Bad, Missing

MOST_NAMES = 16
LINES = ["-", "--", "-."]  # by number of threads
DTYPE_BYTES = {"f32": 4, "f16": 2, "bf16": 2, "int8": 1}


def intensity(run, micro):
    """FLOP/byte of decoding, and where it comes from: what suite micro counted for whole matrices, else from the type of
    the weights: each is read once, for one product and one sum."""
    flops = {(x["phase"], x["rep"]): x.number("value") for x in (micro.summaries(metric="gflops") if micro else [])}
    ratios = [flops[x["phase"], x["rep"]] / x.number("value") for x in (micro.summaries(metric="bandwidth_gbs") if micro else [])
              if (x["phase"], x["rep"]) in flops and x.param("weights") == "dram" and x.number("value") > 0]
    if ratios:
        return statistics.median(ratios), "as counted by suite micro"
    dtype = run.rows[0]["dtype"]
    if dtype not in DTYPE_BYTES:
        raise Bad(f"{run.folder}/results.csv: line 2: '{dtype[:16]}' in column dtype: its size is not known here")
    return 2 / DTYPE_BYTES[dtype], f"2 FLOPs a weight of {DTYPE_BYTES[dtype]} bytes"


def optional(data, suite, metric, cpu):
    """A run of the same machine that adds to the figure, or None."""
    try:
        return data.run(suite, metric, cpu=cpu)
    except Missing:
        return None


def named_points(points):
    """All, or if they are too many the paper's variants and the best of each number of threads."""
    if len(points) <= MOST_NAMES:
        return set(points)
    best = {max((u for u in points if u[1] == t), key=points.get) for t in {t for _, t in points}}
    return {u for u in points if u[0] in style.FIXED} | best


def label_points(axes, at, points, named, lowest_roof, highest, looks):
    """All points have the same intensity: their names go to the right of it, below the roofs, at lines of their own. The
    axis begins so low that there is room for all."""
    x = 1.3 * at
    start = math.log(0.8 * lowest_roof * x)
    line = 1.35 * style.SIZE / 72 / (axes.figure.get_figheight() - 1.3)  # height of a name, as a share of the axis
    room = len(named) * line
    low = min((start - room * highest) / (1 - room), math.log(min(points.values()) / 2))
    axes.set_ylim(math.exp(low), math.exp(highest))
    for unit in points.keys() - named:
        axes.plot(at, points[unit], ".", color="0.6", ms=3, zorder=3)
    names = style.kernel_names(v for v, _ in points)
    points = {u: p for u, p in points.items() if u in named}
    labels = style.below_each_other([math.log(p) for p in points.values()], start, line * (highest - low))
    fewest = min(t for _, t in points)
    for ((variant, threads), point), y in zip(points.items(), labels):
        colour, marker, _ = looks[variant]
        axes.plot(at, point, marker, color=colour, mfc=colour if threads == fewest else "white", zorder=4)
        axes.annotate(f"{names[variant]}, {threads}", (at, point), xytext=(x, math.exp(y)), va="center",
                      arrowprops={"arrowstyle": "-", "lw": 0.4, "color": style.GREY, "shrinkA": 0, "shrinkB": 2, "relpos": (0, 0.5)})


def draw(data):
    run = data.run("decode", "bandwidth_gbs")
    micro = optional(data, "micro", "gflops", run.cpu())
    peaks_from = optional(data, "micro", "peak_gflops", run.cpu())
    at, source = intensity(run, micro)
    points = {u: x.number("value") * at for u, x in run.units("bandwidth_gbs").items()}
    named = named_points(points)
    looks = style.of_variants([u[0] for u in points if u in named])
    counts = sorted({t for _, t in points})
    roofs = run.units("roof_gbs")
    machine = {t: x.number("value") for (_, t), x in run.units("machine_roof_gbs").items()}
    # The highest peak of any instruction set, by number of threads.
    peaks = {}
    for x in peaks_from.summaries(metric="peak_gflops") if peaks_from else []:
        t = x.whole("threads")
        peaks[t] = max(peaks.get(t, (0, "")), (x.number("value"), x["isa"]))

    figure, axes = style.new(style.COLUMN, 2.9 + 0.05 * len(named))
    right = max([8 * at, *(4 * peak / machine[t] for t, (peak, _) in peaks.items() if t in machine)])
    x = np.geomspace(at / 2, right, 200)
    axes.set_xscale("log", base=2 if right < 64 * at else 10)
    axes.set_yscale("log")
    axes.set_xlim(at / 2, right)
    top = 0
    for rank, t in enumerate(counts):
        peak = peaks.get(t, (math.inf, ""))[0]
        same = [x.number("value") for (_, threads), x in roofs.items() if threads == t]
        if same:
            axes.fill_between(x, np.minimum(peak, min(same) * x), np.minimum(peak, max(same) * x), lw=0, zorder=0,
                              color=style.lighter(style.RED, min(0.9, 0.7 + 0.1 * rank)))
        if t in machine:
            axes.plot(x, np.minimum(peak, machine[t] * x), color=style.RED, ls=LINES[rank % 3])
        top = max(top, min(peak, max([machine.get(t, 0), *same]) * right))
    top *= 1.5 if peaks else 1  # the highest peak is not to lie on the border
    axes.axvline(at, color=style.GREY, lw=0.6, ls=":", zorder=0)
    label_points(axes, at, points, named, min([*machine.values(), *(x.number("value") for x in roofs.values())]), math.log(top), looks)
    style.plain(axes.xaxis)
    style.plain_log(axes.yaxis)
    axes.set_xlabel("operational intensity (FLOP/byte)")
    axes.set_ylabel("GFLOP/s")
    keys = [style.line(f"machine roof, {style.plural(t, 'thread')}", color=style.RED, ls=LINES[i % 3])
            for i, t in enumerate(counts) if t in machine]
    keys.append(style.swatch("same-page roofs", facecolor=style.lighter(style.RED, 0.7)))
    style.legend_above(axes, keys, columns=2, left=0.02)
    style.caption(figure, run.caption(
        "names: variant, threads" + (f" ({len(points) - len(named)} others: dots)" if len(named) < len(points) else "") + f"; {at:.3g} FLOP/byte ({source})", run.sample(run.units("bandwidth_gbs").values(), "tokens a point"),
        "intervals: see fig1 and roof_fraction",
        "peak: " + (", ".join(f"{peak:,.0f} GFLOP/s ({isa}, {style.plural(t, 'thread')})" for t, (peak, isa) in sorted(peaks.items()))
                    if peaks else "not measured")))
    return figure
