"""Latency of dependent loads by size of the working set."""
import style

LOOKS = {("line", "4k"): (style.BLUE, "o", "-"), ("line", "huge"): (style.SKY, "s", "--"),
         ("page", "4k"): (style.RED, "^", "-."), ("page", "huge"): (style.ORANGE, "D", ":")}


def draw(data):
    run = data.run("micro", "latency_ns")
    rows = run.summaries(metric="latency_ns")
    figure, axes = style.new(style.COLUMN, 2.8)
    sizes = [x.size("bytes") for x in rows]
    for step, pages in sorted({(x.param("step"), x.param("pages")) for x in rows}):
        colour, marker, line = LOOKS.get((step, pages), (style.BLACK, "x", "-"))
        mine = sorted((x.size("bytes"), x.number("value")) for x in rows
                      if (x.param("step"), x.param("pages")) == (step, pages))
        axes.plot(*zip(*mine), color=colour, marker=marker, ls=line, ms=2.5, label=f"one per {step}, {pages} pages")
    axes.set_yscale("log")
    style.sizes(axes.xaxis, min(sizes), max(sizes))
    style.plain_log(axes.yaxis)
    style.mark_caches([axes], [run.caches(1)])
    axes.grid(axis="y")
    axes.set_xlabel("size of the working set, 1 thread")
    axes.set_ylabel("load latency (ns)")
    style.legend_above(axes, columns=2, left=0.02)
    style.caption(figure, run.caption(style.repetitions(rows), "dotted: caches"))
    return figure
