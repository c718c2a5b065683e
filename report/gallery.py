"""The overview of many machines: a row for each, and the points of a chart."""
import math

from tables import value
from text import NOTHING, Cell, Column, Table, common_decimals, number, plural

WIDTH, HEIGHT, LEFT, TOP = 620, 250, 46, 12  # of the inside of the chart, and where it starts


def table(machines):
    """A row per machine: its roof and its fastest variant."""
    tokens = common_decimals([m.best[1].number("value") for m in machines if m.best])
    columns = [Column("host", "host"), Column("CPU", "cpu"), Column("CPUs", number=True),
               Column("roof GB/s", number=True, title="the fastest read of memory"), Column("model"),
               Column("dtype", "dtype"), Column("fastest variant", "variant"), Column("threads", number=True),
               Column("tokens/s", number=True), Column("\u00b1\u00a0%", number=True),
               Column("roof share", number=True, title="how close it comes to the roof of its own pages"),
               Column("in the way", wraps=True), Column("provenance"), Column("runs", number=True), Column("details")]
    rows = []
    for n, m in enumerate(machines, 1):
        roof, finding = m.roof, m.top_finding[1]
        cells = [m.host, Cell(m.cpu, "virtual machine" if m.virtual else ""), str(m.cpus or NOTHING),
                 number(roof.number("value"), 1) if roof else NOTHING]
        if m.best:
            _, x, group = m.best
            speed, width = value(x, 1, tokens)
            cells += [x["model"], x["dtype"], x["variant"], x["threads"], speed, width, share_cell(group)]
        else:
            cells += [NOTHING] * 3 + [NOTHING, NOTHING, "", NOTHING]
        cells += [finding["what"] if finding else NOTHING, provenances(m), str(len(m.views)),
                  Cell(plural(len(m.views), "run"), "", f"#machine-{n}")]
        rows.append(cells)
    return Table("machines", "Machines", columns, rows, "machines")


def provenances(machine):
    kinds = sorted({m["provenance"] for m in (machine.roof, machine.best and machine.best[1]) if m})
    return Cell(", ".join(kinds), "", "", "bad" if "emulated" in kinds else "")


def share_cell(group):
    if "roof_fraction" not in group:
        return NOTHING
    return Cell(number(group["roof_fraction"].number("value"), 2), value(group["roof_fraction"], 1, 2)[0].title, "",
                "share")


def chart(machines):
    """Points of roof share against roof, with the ticks of the horizontal axis; None for fewer than two machines."""
    found = [(m, m.roof.number("value"), m.best[2]["roof_fraction"].number("value")) for m in machines
             if m.best and m.roof and "roof_fraction" in m.best[2]]
    if len(found) < 2 or max(x for _, x, _ in found) <= 0:
        return None
    most = max(x for _, x, _ in found)
    step = 10 ** math.floor(math.log10(most / 2))
    step *= next(s for s in (1, 2, 5, 10) if most / (s * step) <= 6)
    end = step * math.ceil(most / step)
    top = max(1.0, max(y for _, _, y in found))

    def place(x, y):
        return f"{LEFT + WIDTH * x / end:.1f}", f"{TOP + HEIGHT * (1 - y / top):.1f}"

    points = [(*place(x, y), f"{m.host}, {m.cpu}: roof {number(x, 1)} GB/s, {m.best[1]['variant']} reaches "
               f"{number(y, 2)} of it") for m, x, y in found]
    return {"points": points, "left": LEFT, "right": LEFT + WIDTH, "top": TOP, "bottom": TOP + HEIGHT,
            "x": [(place(i * step, 0)[0], number(i * step, 0 if step >= 1 else 2))
                  for i in range(round(end / step) + 1)],
            "y": [(place(0, i / 5)[1], f"{i / 5:.1f}") for i in range(6)], "roof": place(0, 1)[1]}


def summary(machines):
    """The range of the roof shares, as (least, most, n), or None."""
    shares = sorted((m.best[2]["roof_fraction"].number("value"), m.host) for m in machines
                    if m.best and "roof_fraction" in m.best[2])
    return (number(shares[0][0], 2), number(shares[-1][0], 2), len(shares)) if shares else None


