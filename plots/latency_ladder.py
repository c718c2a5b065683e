"""Latency of one load that depends on the one before, by how much memory the chain goes over."""
import style

LOOKS = {("line", "4k"): (style.BLUE, "o", "-"), ("line", "huge"): (style.SKY, "s", "--"), ("page", "4k"): (style.RED, "^", "-."),
         ("page", "huge"): (style.ORANGE, "D", ":")}


def draw(data):
    run = data.run("micro", "latency_ns")
    rows = run.summaries(metric="latency_ns")
    figure, axes = style.new(style.COLUMN, 2.8)
    sizes = [x.size("bytes") for x in rows]
    for step, pages in sorted({(x.param("step"), x.param("pages")) for x in rows}):
        colour, marker, line = LOOKS.get((step, pages), (style.BLACK, "x", "-"))
        mine = sorted((x.size("bytes"), x.number("value")) for x in rows
                      if (x.param("step"), x.param("pages")) == (step, pages))
        axes.plot(*zip(*mine), color=colour, marker=marker, ls=line, ms=2.5, label=f"one a {step}, {pages} pages")
    axes.set_yscale("log")
    style.sizes(axes.xaxis, min(sizes), max(sizes))
    style.plain_log(axes.yaxis)
    style.mark_caches([axes], [run.caches(1)])
    axes.grid(axis="y")
    axes.set_xlabel("bytes gone over, 1 thread")
    axes.set_ylabel("latency of a load (ns)")
    style.legend_above(axes, columns=2, left=0.02)
    style.caption(figure, run.caption(f"n = {style.plural(rows[0].whole('n'), 'repetition')} in one process, medians; no interval",
                                      "dotted: caches"))
    return figure
