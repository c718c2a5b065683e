"""Time to first token by phase: starting, opening, mapping or reading, computing; cold and warm."""
import statistics

import style
from data import Missing

COLUMNS = ("variant", "kernel", "layout", "load", "threads", "state", "prompt", "feeding", "rep", "sample", "counted",
           "phase", "ms")
# The stacked phases in order of time. A repeated prefill finds all pages in place; the first one takes longer by its
# faults and reads.
PARTS = [("exec + start", style.BLACK, ""), ("open", style.YELLOW, "...."), ("map or read", style.ORANGE, "////"),
         ("ready", style.PURPLE, "xxxx"), ("faults, device", style.RED, "\\\\\\\\"), ("prefill", style.BLUE, ""),
         ("sample", style.GREEN, "++++")]
LIMITS = [(100, "100 ms", ":"), (200, "200 ms: turn-taking", (0, (3, 2)))]


def parts_of(phases):
    """The stacked times of one sample, from its phases."""
    first, again = phases["prefill"], phases.get("prefill_again", phases["prefill"])
    return [phases.get("exec", 0) + phases.get("start", 0), phases["open"], phases["load"], phases["ready"],
            max(0, first - again), min(first, again), phases["sample"]]


def samples(rows):
    """{(state, prompt): {(layout, load, kernel, threads): [parts of each sample]}} of prompts fed in batches. The list
    is empty if no sample counts."""
    phases, panels = {}, {}
    for x in rows:
        if x["feeding"] != "batch":
            continue
        panel = x["state"], x.whole("prompt")
        bar = x["layout"], x["load"], x["kernel"], x.whole("threads")
        panels.setdefault(panel, {}).setdefault(bar, [])
        if x["counted"] == "1":
            phases.setdefault((panel, bar, x["rep"], x["sample"]), {})[x["phase"]] = x.number("ms")
    for (panel, bar, *_), mine in phases.items():
        if {"open", "load", "ready", "prefill", "sample"} <= mine.keys() and all(ms == ms for ms in mine.values()):
            panels[panel][bar].append(parts_of(mine))
    return panels


def labels_of(names):
    """Labels that distinguish the bars: layout and load; kernel and threads only where needed."""
    kernels = {pair: {n[2] for n in names if n[:2] == pair} for pair in {n[:2] for n in names}}
    several_threads = len({n[3] for n in names}) > 1
    labels = []
    for layout, load, kernel, threads in names:
        kernel_too = [kernel] if len(kernels[layout, load]) > 1 else []
        threads_too = [str(threads)] if several_threads else []
        labels.append(", ".join([layout, load, *kernel_too, *threads_too]))
    return labels


def look(colour, hatch):
    return {"facecolor": style.lighter(colour, 0.35), "edgecolor": "black", "hatch": hatch}


def draw_bar(axes, y, samples_of_bar):
    """The medians of all parts, one after the other, and the median and range of their sum."""
    left = 0
    for (_, colour, hatch), values in zip(PARTS, zip(*samples_of_bar)):
        width = statistics.median(values)
        axes.barh(y, width, 0.7, left=left, lw=0.4, **look(colour, hatch))
        left += width
    totals = [sum(parts) for parts in samples_of_bar]
    middle = statistics.median(totals)
    spread = [[middle - min(totals)], [max(totals) - middle]]
    axes.errorbar(middle, y, xerr=spread, color="black", marker="|", ms=4, lw=0.8)


def draw_panel(axes, bars, names):
    for y, name in enumerate(names):
        if bars.get(name):
            draw_bar(axes, y, bars[name])
            continue
        axes.text(0.01, y, "state not reached" if name in bars else "not measured", va="center", color=style.GREY,
                  transform=axes.get_yaxis_transform(), bbox={"facecolor": "white", "lw": 0, "pad": 1}, zorder=3)
    for ms, _, line in LIMITS:
        axes.axvline(ms, color="black", lw=0.6, ls=line)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def draw(data):
    run = data.run("ttft", file="ttft.csv")
    panels = samples(run.table("ttft.csv", COLUMNS))
    if not any(x for bars in panels.values() for x in bars.values()):
        raise Missing(f"{run.folder}/ttft.csv holds no counted sample that was fed in batches, with its phases")
    names = sorted({name for bars in panels.values() for name in bars})
    states = [s for s in ("cold", "warm") if any(state == s for state, _ in panels)]
    prompts = sorted({prompt for _, prompt in panels})
    height = 0.9 + len(states) * (0.4 + 0.17 * len(names))
    figure, grid = style.new(style.PAGE, height, len(states), len(prompts), squeeze=False, sharex=True, sharey=True)
    for axes_of_state, state in zip(grid, states):
        for axes, prompt in zip(axes_of_state, prompts):
            draw_panel(axes, panels.get((state, prompt), {}), names)
            axes.set_title(f"{state}, prompt of {style.plural(prompt, 'token')}", loc="left", pad=2)
        axes_of_state[0].set_yticks(range(len(names)), labels_of(names))
    longest = max(200, *(sum(parts) for bars in panels.values() for x in bars.values() for parts in x))
    for axes in grid[-1]:
        axes.set_xlabel("time since exec (ms)")
        axes.set_xlim(0, 1.05 * longest)
    keys = [style.swatch(label, **look(colour, hatch)) for label, colour, hatch in PARTS]
    keys += [style.line(label, color="black", lw=0.6, ls=line) for _, label, line in LIMITS]
    style.legend_top(figure, keys, columns=5)
    counts = [len(x) for bars in panels.values() for x in bars.values() if x]
    n = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
    style.caption(figure, run.caption(f"n = {n} samples per bar, each a fresh process; parts are medians",
                                      "whiskers: median and range of the sum",
                                      "faults, device: first prefill minus its repetition",
                                      "TTFT starts at open, after exec and start"))
    return figure
