"""ITL against position, and the time that reading the KV cache should add."""
import math

import style

LINES = ("--", ":", "-.")


def curves(run):
    """{(variant, threads): [(position, us, low, high, expected us)]}, by position. The first point is the ITL at the
    first position. Later points add the measured difference, whose interval they show, or the expected one."""
    first, more = {}, {}
    for x in run.summaries(metric="itl_us", suite="context"):
        first.setdefault((x["variant"], x.whole("threads")), (x.size("position"), x.number("value")))
    for x in run.summaries(metric="context_added_us", suite="context"):
        key = x["variant"], x.whole("threads")
        same = {column: x[column] for column in ("variant", "threads", "param")}
        expected = next(iter(run.summaries(metric="context_expected_us", **same)), None)
        if key in first and expected and x.size("against") == first[key][0]:
            start = first[key][1]
            added = (x.number("value"), *x.interval(), expected.number("value"))
            more.setdefault(key, []).append((x.size("position"), *(start + v for v in added)))
    return {key: sorted([(*first[key], math.nan, math.nan, first[key][1]), *points]) for key, points in more.items()}


def draw_curve(axes, points, look, line):
    """One variant: a line for the expected times, markers with whiskers for the measured ones."""
    colour, marker, _ = look
    at, us, low, high, expected = zip(*points)
    spread = [[0 if math.isnan(e) else abs(e - y) / 1000 for e, y in zip(ends, us)] for ends in (low, high)]
    axes.plot(at, [x / 1000 for x in expected], color=colour, lw=0.8, ls=line)
    line = axes.errorbar(at, [x / 1000 for x in us], yerr=spread, color=colour, marker=marker, ls="", lw=0.8,
                         capsize=2)[0]
    style.hint(line, *(f"position {p}: {x / 1000:.4g} ms, expected {e / 1000:.4g} ms"
                       for p, x, e in zip(at, us, expected)))


def draw(data):
    run = data.run("context", "context_added_us")
    found = curves(run)
    variants, threads = list(dict.fromkeys(v for v, _ in found)), sorted({t for _, t in found})
    looks = style.of_variants(variants)
    figure, panels = style.new(style.COLUMN, 0.9 + 1.4 * len(threads), len(threads), 1, sharex=True, squeeze=False)
    for axes, t in zip(panels[:, 0], threads):
        for (variant, of), points in found.items():
            if of == t:
                draw_curve(axes, points, looks[variant], LINES[variants.index(variant) % len(LINES)])
        axes.set_ylim(0, 1.08 * axes.get_ylim()[1])
        axes.set_ylabel(f"ITL (ms), {style.plural(t, 'thread')}")
        axes.grid(axis="y")
    panels[-1, 0].set_xlabel("position in the sequence")
    handles = [style.line(v, color=looks[v][0], marker=looks[v][1], ls="") for v in variants]
    handles.append(style.line("first position + KV cache at roof speed", color=style.GREY, ls="--", lw=0.8))
    style.legend_above(panels[0, 0], handles, columns=1, left=0.02)
    rows = run.summaries(metric="context_added_us", suite="context")
    style.caption(figure, run.caption(
        run.sample(rows, "rounds"), run.intervals(),
        f"whiskers: of the time added since position {rows[0].size('against')}",
        "roof measured on the pages of the weights"))
    return figure
