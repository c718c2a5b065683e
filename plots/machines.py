"""Predicted tokens/s by machine, with what others published of the same kernels (suite predict)."""
import predictions
import style
from data import Missing


def points(run):
    """{machine: [row]} of predictions for one thread and the first dtype, in the order of the run."""
    rows = [x for x in predictions.decoding(run) if x["threads"] == "1"]
    found = {}
    for x in rows:
        if x["dtype"] == rows[0]["dtype"]:
            found.setdefault(x.param("machine"), []).append(x)
    if not found:
        raise Missing("no prediction for one thread")
    return found


def published(run, row):
    """{machine: [published row]} for one thread and the model and dtype of `row`."""
    found = {}
    for x in run.summaries(suite="predict", metric="tokens_per_s", provenance="published", threads="1"):
        if x["model"] == row["model"] and x["dtype"] == row["dtype"]:
            found.setdefault(x.param("machine"), []).append(x)
    return found


def looks_of(names):
    """{kernel: (colour, marker)}; the paper's variants look as in other figures, by the first name of each."""
    first = {key: name.split(", ")[0] for key, name in names.items()}
    looks = style.of_variants(first.values())
    return {key: looks[name][:2] for key, name in first.items()}


def draw(data):
    run = data.run("predict", "tokens_per_s")
    found = points(run)
    rows = [x for of in found.values() for x in of]
    theirs = published(run, rows[0])
    names = predictions.names(run, rows)
    looks = looks_of(names)
    machines = sorted(found, key=lambda m: max(x.number("value") for x in found[m]))
    figure, axes = style.new(style.COLUMN, 1.2 + 0.22 * len(machines))
    axes.set_xscale("log")
    lines = {key: (i / max(1, len(names) - 1) - 0.5) * -0.36 for i, key in enumerate(names)}  # points may be equal
    for at, machine in enumerate(machines):
        for x in found[machine]:
            colour, marker = looks[predictions.kernel(x)]
            point, = axes.plot(x.number("value"), at + lines[predictions.kernel(x)], color=colour, marker=marker, ls="",
                               mfc=colour if predictions.reading_binds(x) else "none", zorder=3)
            style.hint(point, f"{machine}, {names[predictions.kernel(x)]}: {x.number('value'):.4g} tokens/s, "
                              f"{', '.join(predictions.binds(x))}")
        for x in theirs.get(machine, []):
            colour, marker = looks.get(predictions.kernel(x), (style.GREY, "x"))
            point, = axes.plot(x.number("value"), at + 0.36, color=colour, marker=marker, ms=2.2, ls="", zorder=4)
            style.hint(point, f"{machine}, {x.param('program')}: published {x.number('value'):.4g} tokens/s, kernel "
                              f"{x['kernel']}")
    axes.set_yticks(range(len(machines)), machines)
    axes.set_ylim(-0.6, len(machines) - 0.45)
    axes.set_xlabel("predicted tokens/s, one thread")
    style.plain_log(axes.xaxis)
    axes.grid()
    legend = [style.line(name, color=looks[k][0], marker=looks[k][1], ls="") for k, name in names.items()]
    if any(theirs.get(m) for m in machines):
        legend.append(style.line("published", color=style.GREY, marker="x", ms=2.2, ls=""))
    longest = max(len(handle.get_label()) for handle in legend)
    style.legend_above(axes, legend, columns=3 if longest < 14 else 2 if longest < 24 else 1, left=0.02)
    words = [f"MODELLED by rule {predictions.RULE}", f"commit {run.rows[0]['commit']}",
             f"{rows[0]['model']}, {rows[0]['dtype']}", "filled: memory binds; hollow: the core binds"]
    if any(theirs.get(m) for m in machines):
        words.append("small, above the line: published; grey if the loop of the program is none of these")
    style.caption(figure, "; ".join(words))
    return figure
