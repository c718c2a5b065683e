"""Bandwidth by how much memory a loop goes over, with the sizes of the caches."""
import style
from data import Missing

LOOKS = [(style.BLUE, "D", "-"), (style.SKY, "^", "-."), (style.ORANGE, "s", "--"), (style.GREEN, "v", ":"), (style.RED, "P", "--"),
         (style.PURPLE, "X", "-.")]
LOOPS = ("read", "copy", "scale", "add", "triad")


def name(x):
    """The loop; of reads also how many streams."""
    way = x.param("way")
    return f"read, {way.split(', ', 1)[-1]}" if x.param("loop") == "read" and way else x.param("loop")


def draw(data):
    run = data.run("micro", "bandwidth_gbs")
    rows = [x for x in run.summaries(metric="bandwidth_gbs") if x.param("loop")]
    if not rows:
        raise Missing(f"{run.folder}/results.csv has no bandwidth_gbs of a ladder; leave --benchmark_filter=ladder in the run")
    counts = sorted({x.whole("threads") for x in rows})
    # benchmarks run in random order
    loops = sorted(set(map(name, rows)), key=lambda n: (LOOPS.index(n.split(",")[0]) if n.split(",")[0] in LOOPS else 9, n))
    figure, axes = style.new(style.PAGE if len(counts) > 1 else style.COLUMN, 2.7, 1, len(counts), sharey=True, squeeze=False)
    sizes = [x.size("counted") for x in rows]
    for panel, threads in zip(axes[0], counts):
        for loop in loops:
            colour, marker, line = LOOKS[loops.index(loop) % len(LOOKS)]
            for pages in ("4k", "huge"):
                mine = sorted((x.size("counted"), x.number("value")) for x in rows
                              if x.whole("threads") == threads and name(x) == loop and x.param("pages") == pages)
                if mine:
                    panel.plot(*zip(*mine), color=colour, marker=marker, ls=line if pages == "4k" else "", ms=2.5 if pages == "4k" else 4,
                               mfc=colour if pages == "4k" else "white", label=loop if pages == "4k" else None, lw=0.8,
                               zorder=2 if pages == "4k" else 3)
        panel.set_yscale("log")
        style.sizes(panel.xaxis, min(sizes), max(sizes))
        panel.set_xlabel(f"bytes gone over, {style.plural(threads, 'thread')}")
        panel.grid(axis="y")
    style.mark_caches(axes[0], [run.caches(threads) for threads in counts])
    style.plain_log(axes[0][0].yaxis)
    axes[0][0].set_ylabel("bandwidth (GB/s)")
    style.legend_above(axes[0][0], columns=6 if len(counts) > 1 else 2, left=0.02)
    for panel in axes[0][1:]:
        panel.set_title(" ", pad=3)
    style.caption(figure, run.caption(f"n = {style.plural(rows[0].whole('n'), 'repetition')} in one process, medians; no interval",
                                      "bytes as STREAM counts them", "open markers: huge pages",
                                      "dotted: caches of all threads together"))
    return figure
