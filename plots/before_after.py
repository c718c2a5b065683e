#!/usr/bin/env python3
"""Compares two runs of suite decode.

usage: before_after.py OLD NEW [--out=DIR]
"""
import math
import sys

import style
from data import Missing

METRICS = [("roof_fraction", "roof fraction", "o", style.BLUE), ("tokens_per_s", "tokens/s", "s", style.ORANGE)]


def ratio(old, new):
    """new/old and its interval, from the intervals of both, on logs (MOVER: Zou and Donner 2008)."""
    a, b = math.log(old.number("value")), math.log(new.number("value"))
    (a_low, a_high), (b_low, b_high) = ([math.log(v) if v > 0 else math.nan for v in x.interval()] for x in (old, new))
    low = b - a - math.hypot(b - b_low, a_high - a)
    high = b - a + math.hypot(b_high - b, a - a_low)
    return math.exp(b - a), math.exp(low), math.exp(high)


def draw_shares(axes, shares, units):
    """The share of the roof of each unit, before and after."""
    for y, unit in enumerate(units):
        before, after = (s[unit].number("value") for s in shares)
        axes.plot([before, after], [y, y], color=style.GREY, lw=0.8, clip_on=False)
        axes.plot(before, y, "o", color=style.BLACK, mfc="white", clip_on=False)
        axes.plot(after, y, "o", color=style.BLUE, clip_on=False)
    axes.set_xlim(0, 1)
    axes.axvline(1, color=style.RED, lw=1.4, clip_on=False)
    axes.set_xlabel("share of the same-page roof (1)")
    axes.set_yticks(range(len(units)), [f"{v}, {t}" for v, t in units])
    axes.set_ylim(len(units) - 0.5, -0.5)
    style.legend_above(axes, [style.line("before", color="black", marker="o", mfc="white", ls=""),
                              style.line("after", color=style.BLUE, marker="o", ls=""),
                              style.line("roof", color=style.RED, lw=1.4)])


def draw_ratios(axes, runs, units):
    """after / before of each unit and metric, with intervals."""
    for rank, (metric, _, marker, colour) in enumerate(METRICS):
        before, after = (run.units(metric) for run in runs)
        for y, unit in enumerate(units):
            if unit not in before or unit not in after:
                continue
            value, low, high = ratio(before[unit], after[unit])
            at = y + 0.3 * (rank - 0.5)
            if math.isfinite(low + high):
                axes.errorbar(value, at, xerr=[[value - low], [high - value]], color=colour, lw=0.8)
            axes.plot(value, at, marker, color=colour)
    axes.axvline(1, color=style.GREY, lw=0.8, ls="--")
    axes.set_xlabel("after / before (1)")
    style.legend_above(axes, [style.line(label, color=colour, marker=marker, ls="")
                              for _, label, marker, colour in METRICS])


def draw(data):
    old, new = data.runs
    for run in data.runs:
        run.used = True
    for column in ("cpu", "model"):
        a, b = (run.rows[0][column] for run in data.runs)
        if a != b:
            raise Missing(f"{old.folder} and {new.folder} differ in {column}: '{a[:60]}' and '{b[:60]}'")
    shares = [run.units("roof_fraction") for run in data.runs]
    units = [u for u in shares[1] if u in shares[0]]
    if not units:
        raise Missing(f"{old.folder} and {new.folder} have no roof_fraction of the same variant and number of threads")
    figure, (left, right) = style.new(style.PAGE, 1.15 + 0.24 * len(units), 1, 2, sharey=True)
    draw_shares(left, shares, units)
    draw_ratios(right, data.runs, units)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
    before = old.caption(f"n = {old.processes()} processes")
    after = new.caption(f"n = {new.processes()} processes", "names: variant, threads",
                        "95 % intervals of the ratio, from the intervals of both runs",
                        "only roof fractions correct for bandwidth that drifts between two runs")
    style.caption(figure, f"Before: {before}. After: {after}")
    return figure


if __name__ == "__main__":
    import figures
    operands = [a for a in sys.argv[1:] if not a.startswith("-")]
    options = [a for a in sys.argv[1:] if a.startswith("-")]
    if len(operands) != 2:
        figures.say("before_after takes two result folders: before_after.py OLD NEW [--out=DIR]")
        sys.exit(2)
    sys.argv[1:] = [f"--before={operands[0]}", operands[1], *options]
    sys.exit(figures.main())
