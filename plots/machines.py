"""Predicted tokens/s by machine (suite predict)."""
import style
from data import Missing


def points(run):
    """{machine: [row]} of predictions by rule max for one thread and the first model, in the order of the run."""
    rows = [x for x in run.summaries(suite="predict", metric="tokens_per_s", provenance="modelled", threads="1")
            if x.param("rule") == "max" and not x.param("program")]
    found = {}
    for x in rows:
        if x["model"] == rows[0]["model"]:
            found.setdefault(x.param("machine"), []).append(x)
    if not found:
        raise Missing("no prediction for one thread")
    return found


def draw(data):
    run = data.run("predict", "tokens_per_s")
    found = points(run)
    machines = sorted(found, key=lambda m: max(x.number("value") for x in found[m]))
    variants = list(dict.fromkeys(x["variant"] for rows in found.values() for x in rows))
    looks, names = style.of_variants(variants), style.kernel_names(variants)
    figure, axes = style.new(style.COLUMN, 1.1 + 0.17 * len(machines))
    axes.set_xscale("log")
    for at, machine in enumerate(machines):
        for x in found[machine]:
            colour, marker, _ = looks[x["variant"]]
            memory = x["note"].startswith("memory")
            point, = axes.plot(x.number("value"), at, color=colour, marker=marker, ls="",
                               mfc=colour if memory else "none", zorder=3)
            style.hint(point, f"{machine}, {x['variant']}: {x.number('value'):.4g} tokens/s, {x['note'].split(';')[0]}")
    axes.set_yticks(range(len(machines)), machines)
    axes.set_ylim(-0.6, len(machines) - 0.4)
    axes.set_xlabel("predicted tokens/s, one thread")
    style.plain_log(axes.xaxis)
    axes.grid()
    style.legend_above(axes, [style.line(names[v], color=looks[v][0], marker=looks[v][1], ls="") for v in variants],
                       columns=4, left=0.02)
    style.caption(figure, "; ".join((
        "MODELLED by rule max", f"commit {run.rows[0]['commit']}", run.summaries(metric="tokens_per_s")[0]["model"],
        "filled: memory binds; hollow: the core binds")))
    return figure
