"""How much the inputs of a prediction matter: a row per machine and kernel, a column per input (suite predict)."""
import predictions
import style
from data import Missing

LABELS = {"one_core": "GB/s of one core", "stream": "GB/s of one stream", "all_cores": "GB/s of all cores",
          "l2": "GB/s of L2", "l3": "GB/s of L3", "width": "dispatch", "fma": "FMA latency"}
STRONGEST = 0.15  # a share of tokens/s whose cell has the full colour
LEAST = 0.005     # that is written
CELL = 0.135      # inches
ONE_PANEL = 28    # rows


def label(name, by):
    """The input and how it changes: a share, or a number of cycles."""
    by = by.replace("-", style.MINUS)
    return f"{LABELS.get(name, name)} {by.replace('%', ' %') if by.endswith('%') else by + ' cycle'}"


def colour_of(share):
    """From white to full colour; orange where tokens/s fall."""
    return style.lighter(style.SKY if share >= 0 else style.ORANGE, 1 - min(1, abs(share) / STRONGEST))


def draw_cell(axes, x, y, row, hint):
    """A cell with its percentage; without one where the share is below half a percent; struck out where not known."""
    if row is None:
        axes.plot([x - 0.35, x + 0.35], [y - 0.35, y + 0.35], color="0.75", lw=0.5)
        return
    share = row.number("value")
    bar, = axes.bar(x, 1, 1, y - 0.5, color=colour_of(share), ec="0.88", lw=0.4)
    style.hint(bar, f"{hint}: tokens/s {100 * share:+.1f} %")
    if abs(share) >= LEAST:
        axes.text(x, y, f"{100 * share:.0f}".replace("-", style.MINUS), ha="center", va="center")


def draw_panel(axes, keys, found, inputs, names):
    """`keys` from top to bottom; the machine is named where it starts."""
    labels = []
    for y, key in enumerate(keys):
        starts = y == 0 or key[0] != keys[y - 1][0]
        if y and starts:
            axes.axhline(y - 0.5, color=style.GREY, lw=0.6)
        labels.append(f"{key[0]}: {names[key[1]]}" if starts else names[key[1]])
        for x, (name, by) in enumerate(inputs.items()):
            draw_cell(axes, x, y, found[key].get(name), f"{key[0]}, {names[key[1]]}, {label(name, by)}")
    axes.set_yticks(range(len(keys)), labels)
    axes.set_xticks(range(len(inputs)), [label(*item) for item in inputs.items()], rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.set_xlim(-0.5, len(inputs) - 0.5)


def panels_of(found):
    """The keys of one or two panels, of about the same height. A machine is in one panel."""
    machines = {}
    for key in found:
        machines.setdefault(key[0], []).append(key)
    panels = [[]]
    for keys in machines.values():
        if len(found) > ONE_PANEL and len(panels) == 1 and 2 * len(panels[0]) >= len(found):
            panels.append([])
        panels[-1] += keys
    return panels


def draw(data):
    run = data.run("predict", "sensitivity")
    found, inputs = predictions.sensitivity(run)
    dtype = next(iter(found))[1][1]
    found = {key: rows for key, rows in found.items() if key[1][1] == dtype}
    rows = [x for of in found.values() for x in of.values()]
    moving = {x.param("input") for x in rows if abs(x.number("value")) >= LEAST}
    still = [name for name in inputs if name not in moving and name in {x.param("input") for x in rows}]
    inputs = {name: by for name, by in inputs.items() if name in moving}
    if not inputs:
        raise Missing("no input changes a prediction for one thread")
    panels = panels_of(found)
    figure, grid = style.new((style.COLUMN, style.PAGE)[len(panels) - 1], 1.9 + CELL * max(map(len, panels)), 1,
                             len(panels), squeeze=False)
    for axes, keys in zip(grid[0], panels):
        draw_panel(axes, keys, found, inputs, predictions.names(run, rows))
        axes.set_ylim(max(map(len, panels)) - 0.5, -0.5)
        axes.spines[["left", "bottom"]].set_visible(False)
    words = [f"MODELLED by rule {predictions.RULE}", f"commit {run.rows[0]['commit']}",
             f"{rows[0]['model']}, {dtype}, one thread", "numbers: change of tokens/s in %; empty: below 0.5",
             "struck out: not known"]
    if still:
        words.append("no effect: " + ", ".join(LABELS.get(name, name) for name in still))
    style.caption(figure, "; ".join(words))
    return figure
