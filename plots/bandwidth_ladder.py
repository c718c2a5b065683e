"""Bandwidth by size of the working set, with the sizes of the caches."""
import style
from data import Missing

LOOKS = [(style.BLUE, "D", "-"), (style.SKY, "^", "-."), (style.ORANGE, "s", "--"), (style.GREEN, "v", ":"),
         (style.RED, "P", "--"), (style.PURPLE, "X", "-.")]
LOOPS = ("read", "copy", "scale", "add", "triad")


def name(x):
    """The loop; for reads also the number of streams."""
    way = x.param("way")
    return f"read, {way.split(', ', 1)[-1]}" if x.param("loop") == "read" and way else x.param("loop")


def place(loop):
    """A sort key: the order of LOOPS, then the name. Benchmarks run in random order."""
    kind = loop.split(",")[0]
    return LOOPS.index(kind) if kind in LOOPS else len(LOOPS), loop


def points(rows, **params):
    """[(bytes, GB/s)] of the rows with these parameters, by size."""
    return sorted((x.size("counted"), x.number("value")) for x in rows
                  if all(x.param(key) == value for key, value in params.items()))


def draw_panel(panel, rows, loops):
    """One number of threads. A line for 4 KiB pages, open markers for huge pages."""
    for loop in loops:
        mine = [x for x in rows if name(x) == loop]
        colour, marker, line = LOOKS[loops.index(loop) % len(LOOKS)]
        small, huge = points(mine, pages="4k"), points(mine, pages="huge")
        if small:
            panel.plot(*zip(*small), color=colour, marker=marker, ls=line, ms=2.5, lw=0.8, label=loop, zorder=2)
        if huge:
            panel.plot(*zip(*huge), color=colour, marker=marker, ls="", ms=4, mfc="white", zorder=3)


def draw(data):
    run = data.run("micro", "bandwidth_gbs")
    rows = [x for x in run.summaries(metric="bandwidth_gbs") if x.param("loop")]
    if not rows:
        raise Missing(f"{run.folder}/results.csv has no bandwidth_gbs of a ladder; "
                      "run suite micro with its benchmarks `ladder`")
    counts = sorted({x.whole("threads") for x in rows})
    loops = sorted(set(map(name, rows)), key=place)
    wide = len(counts) > 1
    figure, axes = style.new(style.PAGE if wide else style.COLUMN, 2.7, 1, len(counts), sharey=True, squeeze=False)
    sizes = [x.size("counted") for x in rows]
    for panel, threads in zip(axes[0], counts):
        draw_panel(panel, [x for x in rows if x.whole("threads") == threads], loops)
        panel.set_yscale("log")
        style.sizes(panel.xaxis, min(sizes), max(sizes))
        panel.set_xlabel(f"size of the working set, {style.plural(threads, 'thread')}")
        panel.grid(axis="y")
    style.mark_caches(axes[0], [run.caches(threads) for threads in counts])
    style.plain_log(axes[0][0].yaxis)
    axes[0][0].set_ylabel("bandwidth (GB/s)")
    style.legend_above(axes[0][0], columns=6 if wide else 2, left=0.02)
    for panel in axes[0][1:]:
        panel.set_title(" ", pad=3)
    style.caption(figure, run.caption(style.repetitions(rows), "bytes as STREAM counts them",
                                      "open markers: huge pages", "dotted: caches of all threads together"))
    return figure
