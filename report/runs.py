"""What the page shows of result folders: each run with the rows that it needs, and the machines that made them."""
import json
import os

import data
from text import plural

MOST_NUMBERS = 12000  # rows of complete tables in one page; beyond it, runs show their headline numbers alone
MOST_FILES = 40       # links per run
NEEDED = ("run_id", "host", "arch", "os", "kernel", "unit", "note")  # columns, besides those that figures need
ROOFS = ("machine_roof_gbs", "roof_gbs")


class View:
    """One run. Rows of single processes are not kept: a set may hold hundreds of runs."""

    def __init__(self, folder):
        run = data.Run(folder)
        lacks = [c for c in NEEDED if c not in run.rows[0]]
        if lacks:
            raise data.Bad(f"{folder}/results.csv: line 1: no column {', '.join(lacks)}")
        self.folder, self.first, self.suite = folder, run.rows[0], run.suite
        self.numbers = [x for x in run.rows if x["rep"] == "" and x["metric"] != "warning"]
        self.n_numbers = len(self.numbers)
        self.suites = sorted(run.suites)
        self.warnings = list(dict.fromkeys(x["note"] for x in run.rows if x["metric"] == "warning" and x["note"]))
        self.provenances = sorted({x["provenance"] for x in self.numbers if x["value"]})
        self.groups = groups_of(run)
        self.roof = max((x for metric in ROOFS for x in run.summaries(metric=metric, phase="steady")),
                        key=lambda x: x.number("value"), default=None)
        self.claims, self.findings = run.claims(), run.findings()
        self.command, self.machine = run.command(), run.machine()
        self.environment = list(flat(self.machine))  # of a large set, only that of the first run of a machine is kept
        self.files = sorted(name for name in os.listdir(folder)
                            if name.endswith((".csv", ".json", ".txt", ".xml", ".log"))
                            and os.path.isfile(os.path.join(folder, name)))[:MOST_FILES]

    @property
    def key(self):
        return self.first["host"], self.first["cpu"]

    def number_it(self, n):
        self.label, self.id = f"R{n}", f"run-{n}"


def groups_of(run):
    """[{metric: summary}] of what was measured together: one variant on one number of threads, in one phase."""
    groups = {}
    for x in run.rows:
        if x["rep"] == "" and x["value"]:
            key = tuple(x[c] for c in ("suite", "phase", "model", "dtype", "variant", "threads", "param"))
            groups.setdefault(key, {})[x["metric"]] = x
    return list(groups.values())


def flat(value, name="", depth=0):
    """(name, text) of every value in machine.json."""
    if isinstance(value, dict) and depth < 4:
        for key, inner in value.items():
            yield from flat(inner, f"{name} {key}".strip().replace("_", " "), depth + 1)
    elif isinstance(value, list) and depth < 4 and any(isinstance(x, (dict, list)) for x in value):
        for i, inner in enumerate(value[:32]):
            yield from flat(inner, f"{name} {i + 1}", depth + 1)
    elif isinstance(value, list):
        yield name, ", ".join(str(x) for x in value) or "none"
    else:
        yield name, value if isinstance(value, str) else "unavailable" if value is None else json.dumps(value)


class Machine:
    """The runs of one host and CPU, with their best number."""

    def __init__(self, key):
        self.host, self.cpu = key
        self.views, self.best, self.figures = [], None, []

    @property
    def system(self):
        return next((v.machine.get("system", {}) for v in self.views if v.machine), {})

    @property
    def virtual(self):
        return self.system.get("virtualized") == "yes"

    @property
    def cpus(self):
        cpus = next((v.machine.get("cpus") for v in self.views if v.machine), None)
        return len(cpus) if isinstance(cpus, list) else 0

    @property
    def arch(self):
        return self.views[0].first["arch"]

    @property
    def roof(self):
        return max((v.roof for v in self.views if v.roof), key=lambda x: x.number("value"), default=None)

    @property
    def top_finding(self):
        """The most severe finding, of the run of suite why on the model of the best number if there is one."""
        found = [(v, x) for v in self.views for x in v.findings if x["rank"] == "1" and "/" in x["variant"]]
        near = [f for f in found if self.best and f[0].first["model"] == self.best[1]["model"]]
        return (near or found or [(None, None)])[0]

    def warnings(self):
        """{text: labels of the runs that have it}"""
        found = {}
        for v in self.views:
            for text in v.warnings:
                found.setdefault(text, []).append(v)
        return found


def decoding(view):
    """The groups of a run that are speeds of decoding by memwall itself; predictions are those of other machines."""
    return [g for g in view.groups if "tokens_per_s" in g and g["tokens_per_s"]["phase"] == "steady" and
            g["tokens_per_s"]["layout"] and g["tokens_per_s"]["suite"] != "predict"]


def choose_best(machines):
    """Sets the fastest variant of each machine, on the model and dtype that most machines measured, so that they can be
    compared; on the most frequent one of its own if it lacks that. Numbers with
    a roof come first, then those of suite decode."""
    speeds = {m: [(v, g["tokens_per_s"], g) for v in m.views for g in decoding(v)] for m in machines}
    owners, rows = {}, {}
    for m in machines:
        for _, x, _ in speeds[m]:
            what = x["model"], x["dtype"]
            owners.setdefault(what, set()).add(m)
            rows[what] = rows.get(what, 0) + 1
    for m in machines:
        mine = {(x["model"], x["dtype"]) for _, x, _ in speeds[m]}
        if mine:
            what = max(mine, key=lambda w: (len(owners[w]), rows[w], w))
            m.best = max(((v, x, g) for v, x, g in speeds[m] if (x["model"], x["dtype"]) == what),
                         key=lambda found: (found[1]["provenance"] == "measured", "roof_fraction" in found[2],
                                            found[1]["suite"] == "decode", found[1].number("value")))


def read(folders):
    """(machines, views), in the order of host, CPU and time; runs are numbered in that order."""
    views, total = [], 0
    for folder in folders:
        view = View(folder)
        total += view.n_numbers
        views.append(view)
        if total > MOST_NUMBERS:
            for v in views:
                v.numbers, v.environment = [], []
    views.sort(key=lambda v: (v.key, v.first["utc"], v.suite, v.folder))
    machines = {}
    for n, view in enumerate(views, 1):
        view.number_it(n)
        machines.setdefault(view.key, Machine(view.key)).views.append(view)
    for m in machines.values():
        m.views[0].environment = list(flat(m.views[0].machine))
    choose_best(list(machines.values()))
    return list(machines.values()), views


def size_of(views):
    return f"{plural(len(views), 'run')} ({plural(sum(v.n_numbers for v in views), 'number')})"
