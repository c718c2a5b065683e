"""Tokens/s over the number of threads, below the ceiling of the machine roof, and the knee: where more stop helping."""
import itertools
import math

import matplotlib.ticker

import style
import why

NEAR = 0.95  # of the best: the knee is the smallest number of threads that reaches it
CLASS_DASHES = ((0, (4, 2)), (0, (1, 1)), (0, (4, 1, 1, 1)), "-")  # of lines for classes of cores
LINEAR = 8   # threads: more of them need a logarithmic axis


def series(rows):
    """Numbers of threads, and of each the rate and its interval: as reached, and at the ceiling."""
    reached, ceiling = [], []
    for x in rows.values():
        reached.append((x["tokens_per_s"].number("value"), *x["tokens_per_s"].interval()))
        us, (low, high) = x["ceiling_us"].number("value"), x["ceiling_us"].interval()
        ceiling.append((1e6 / us, *(1e6 / e if e > 0 else math.nan for e in (high, low))))
    return list(rows), reached, ceiling


def knee_of(run, variant, counts):
    """The knee and both ends of its interval, or None. It cannot lie beyond the numbers of threads that were measured,
    but an interval around a mean can."""
    row = next(iter(run.summaries(metric="knee_threads", variant=variant, param="")), None)
    return row and (row.number("value"), *(e if math.isnan(e) else min(max(e, counts[0]), counts[-1])
                                           for e in row.interval()))


def classes_of(run, variant):
    """{"0": [(threads, rate)]}: where CPUs are of several classes, tokens/s of each class alone."""
    found = {}
    for x in run.summaries(metric="on_cpus_tokens_per_s", variant=variant):
        key, _, name = x["param"].partition("=")
        if key == "cores" and name != "all":
            found.setdefault(name, []).append((x.whole("threads"), x.number("value")))
    return {name: sorted(points) for name, points in sorted(found.items())}


def axis_of_threads(axes, counts):
    least, most = counts[0], counts[-1]
    if most <= LINEAR:
        axes.set_xlim(least - 0.5, most + 0.5)
        axes.set_xticks(counts)
    else:
        axes.set_xscale("log", base=2)
        axes.set_xlim(least / 1.25, most * 1.25)
        axes.set_xticks([2**i for i in range(most.bit_length()) if 2**i >= least])
        axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    style.plain(axes.xaxis)
    axes.set_xlabel("threads")


def draw_knee(axes, knee):
    """A line at the knee, a band over its interval, and its name above them."""
    value, low, high = knee
    text = f"knee: {value:.3g} thread{'' if value == 1 else 's'}"
    if high > low:
        text += f" ({low:.2g} to {high:.2g})"
        axes.axvspan(low, high, color="0.9", lw=0, zorder=0)
    axes.axvline(value, color=style.GREY, lw=0.8, ls="--", zorder=1)
    ends = axes.transAxes.inverted().transform(axes.transData.transform((value, 0)))[0]
    side = "left" if ends < 0.35 else "right" if ends > 0.65 else "center"
    axes.annotate(text, (value, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
                  ha=side, va="bottom")


def draw_ends(axes, ends):
    """Names of the two curves, right of their ends."""
    top = axes.get_ylim()[1]
    places = style.below_each_other([rate for _, rate, _ in ends], 0.94 * top, 0.18 * top)
    for (name, rate, colour), y in zip(ends, places):
        axes.annotate(f"{name}\n{why.per_second(rate)}", (1, y), xycoords=("axes fraction", "data"),
                      xytext=(3, 0), textcoords="offset points", va="center", color=colour, annotation_clip=False)


def draw(data):
    run, variant, rows = why.chosen(data)
    counts, reached, ceiling = series(rows)
    knee = knee_of(run, variant, counts)
    colour, marker, _ = style.of_variants([variant])[variant]
    figure, axes = style.new(style.COLUMN, 2.7)
    axis_of_threads(axes, counts)
    rates, values = ([rate for rate, _, _ in points] for points in (ceiling, reached))
    classes = classes_of(run, variant)
    ends = [e for point in (*ceiling, *reached) for e in point if math.isfinite(e)]
    axes.set_ylim(0, min(max(ends), 1.25 * max(*rates, *values)))  # wider intervals are cut off
    if all(math.isfinite(sum(point)) for point in ceiling):
        axes.fill_between(counts, [p[1] for p in ceiling], [p[2] for p in ceiling], lw=0, zorder=1,
                          color=style.lighter(style.RED, 0.75))
    axes.plot(counts, rates, color=style.RED, lw=1.4, marker="_" if len(counts) == 1 else "", ms=12,
              clip_on=False, zorder=2)
    many = len(counts) > 12
    line, = axes.plot(counts, values, color=colour, lw=0.8, marker=marker, ms=2 if many else 3.5, clip_on=False,
                      zorder=4)
    style.hint(line, *(f"{style.plural(t, 'thread')}: {style.value_text(rows[t]['tokens_per_s'], ' tokens/s')}"
                       for t in counts))
    spread = [[max(0, sign * (point[0] - point[end])) if math.isfinite(point[end]) else 0 for point in reached]
              for end, sign in ((1, 1), (2, -1))]
    axes.errorbar(counts, values, yerr=spread, color=colour, ls="", lw=0.6 if many else 0.8, capsize=1 if many else 2,
                  zorder=3)
    for (name, points), dashes in zip(classes.items(), itertools.cycle(CLASS_DASHES)):
        axes.plot(*zip(*points), color=style.GREY, lw=0.8, ls=dashes, marker=".", ms=3, clip_on=False, zorder=2,
                  label=f"class {name} alone")
    if classes:
        axes.legend(loc="lower right", frameon=False)
    axes.axhline(NEAR * max(values), color=style.GREY, lw=0.6, ls=":", zorder=1)
    if knee:
        draw_knee(axes, knee)
    draw_ends(axes, [("ceiling", rates[-1], style.RED), ("reached", values[-1], colour)])
    axes.set_ylabel("tokens/s")
    style.readable(axes.yaxis)
    style.title(figure, f"What more threads bring: {variant}, {rows[counts[0]]['token_us']['model']}")
    style.caption(figure, run.caption(
        why.ceiling_text(run, variant),
        f"knee: fewest threads within {100 * (1 - NEAR):.0f} % of the best (dotted)",
        *(["classes of cores: median token"] if classes else []),
        run.sample([x["token_us"] for x in rows.values()], "tokens per point"), run.intervals()))
    return figure
