#!/usr/bin/env python3
"""The cycles of the NEON GEMV kernels on AArch64 cores that have a finite window. Memory is not in it: loads hit L1.

usage: window_model.py OUT.csv [--cc=aarch64-linux-gnu-gcc] [--machines=FILE.json,...] [--kernels=FILE.c,...]

A kernel is compiled and executed (arm_walk.py). The instructions of its rows, in the order of execution, are the input
(arm_decode.py makes micro-operations of them). A machine file (machines/README.md) describes the core. The model of the
core, micro-operation by micro-operation in program order:

  dispatch  in order, at most `dispatch` a cycle, and only while every limit of `in_flight` has a free entry
  issue     out of order, at the earliest cycle that is later than its dispatch, has its operands and a free pipe; older
            ones first; of several free pipes the one that was used least recently
  result    `latency` cycles after issue; `accumulate` cycles after issue for the sum of an instruction of its own class
  retire    in order, at most `retire` a cycle; frees the entries

That is what lets a core start a row before the row before it ends, or not. Branches are predicted. Schedulers have as
many entries as the window. Columns: results/static-cost/README.md. The variable CC replaces --cc.
"""
import argparse
import collections
import copy
import itertools
import json
import os
import pathlib
import shlex
import sys

import arm_decode
import arm_walk
import static_cost

HOME = static_cost.HOME
MACHINES = HOME / "results/machines"
COLUMNS = ["dtype", "kernel", "compiler", "machine", "core", "cols", "instructions_per_line", "cycles_per_line",
           "binds", "no_window", "no_latency", "no_dispatch", "no_pipes", "window_80", "window_90", "window_110",
           "window_120", "fma_less", "fma_more", "width_80", "width_120", "provenance", "commit"]
COLS = (768, 2048)
STEPS = 9000  # micro-operations in each half of a simulation, at least
LONG = 6000  # steps from which on a row is simulated without latency, but not with other variations: too slow
UNLIMITED = 1 << 30
NAME = pathlib.Path(sys.argv[0]).name  # of the program, for messages


class Machine:
    """A core as the model needs it: plain numbers of a machine file, which variations change."""

    def __init__(self, data):
        def number(name, default=None):
            return data[name]["value"] if name in data else default
        self.name, self.core = data["name"], data["core"]
        self.features = set(data.get("features", []))
        self.dispatch = number("dispatch", UNLIMITED)
        self.micro_ops = number("dispatch_micro_ops", UNLIMITED)
        self.retire = number("retire", UNLIMITED)
        self.by_micro_op = data.get("dispatch", {}).get("unit", "").startswith("micro-operations")
        self.limits = {name: limit["value"] for name, limit in data.get("in_flight", {}).items()}
        self.window_by_micro_op = data.get("in_flight", {}).get("window", {}).get("unit") == "micro-operations"
        self.classes = {name: (c["latency"], c.get("accumulate", c["latency"]), tuple(c["pipes"]), c.get("busy", 1))
                        for name, c in data.get("classes", {}).items()}

    def numbers(self):
        """All of it that the cycles depend on, as a text."""
        return repr([v for k, v in sorted(self.__dict__.items()) if k not in ("name", "core", "features")]
                    + sorted(self.features))

    def vary(self, **change):
        """A copy in which some attributes have other values."""
        other = copy.copy(self)
        other.__dict__.update(change)
        return other

    def scaled(self, window=1, width=1):
        def scale(value, factor):
            return value if value == UNLIMITED else max(1, round(value * factor))
        return self.vary(limits={k: scale(v, window) for k, v in self.limits.items()},
                         **{k: scale(getattr(self, k), width) for k in ("dispatch", "micro_ops", "retire")})

    def fma(self, by):
        latency, accumulate, *rest = self.classes["fma"]
        return self.vary(classes=self.classes | {"fma": (latency + by, max(1, accumulate + by), *rest)})

    def relaxed(self):
        """{name: this core without one of its four kinds of limits}."""
        classes = self.classes.items()
        return {"window": self.vary(limits={}),
                "latency": self.vary(classes={k: (min(1, c[0]), 1, *c[2:]) for k, c in classes}),
                "dispatch": self.vary(dispatch=UNLIMITED, micro_ops=UNLIMITED, retire=UNLIMITED),
                "pipes": self.vary(classes={k: (*c[:2], (), 0) for k, c in classes})}


class Pipe:
    """The cycles in which a pipe is busy. `free` finds the next cycle without; taken cycles point to later ones."""

    def __init__(self):
        self.later, self.last = {}, 0

    def free(self, cycle):
        later, start = self.later, cycle
        while cycle in later:
            cycle = later[cycle]
        while start != cycle:
            later[start], start = cycle, later[start]
        return cycle

    def take(self, cycle, busy):
        for _ in range(busy):
            cycle = self.free(cycle)
            self.later[cycle] = cycle + 1


class InOrder:
    """Gives out cycles in order, at most `width` units in each."""

    def __init__(self, width):
        self.width, self.cycle, self.units = width, 0, 0

    def next(self, earliest, units):
        if earliest > self.cycle:
            self.cycle, self.units = earliest, 0
        elif self.units + units > self.width and self.units:
            self.cycle, self.units = self.cycle + 1, 0
        self.units += units
        return self.cycle


def retirements(machine, blocks):
    """The cycle in which the last micro-operation of each block (a list of them) retires."""
    pipes = {p: Pipe() for c in machine.classes.values() for p in c[2]}
    allowed = {name: [pipes[p] for p in c[2]] for name, c in machine.classes.items()}
    limits = {k: v for k, v in machine.limits.items() if v < UNLIMITED}
    held = {name: collections.deque() for name in limits}
    dispatch, dispatch_micro_ops = InOrder(machine.dispatch), InOrder(machine.micro_ops)
    retire, written, ends, number = InOrder(machine.retire), {}, [], 0
    for block in blocks:
        for op in block:
            latency, accumulate, _, busy = machine.classes[op.kind]
            earliest = 0
            for name, count in op.entries:
                if name in held:
                    entries = held[name]
                    while len(entries) + count > limits[name] and entries:
                        earliest = max(earliest, entries.popleft() + 1)
            now = dispatch.next(earliest, 1 if machine.by_micro_op or op.first else 0)
            now = dispatch_micro_ops.next(now, 1)
            ready = now + 1
            for register in op.reads:
                if register in written:
                    ready = max(ready, written[register][0])
            if op.sum in written:
                at, kind, issued = written[op.sum]
                ready = max(ready, issued + accumulate if kind == op.kind else at)
            choice = allowed[op.kind]
            if choice:
                ready, pipe = min(((p.free(ready), p) for p in choice), key=lambda c: (c[0], c[1].last))
                pipe.take(ready, busy)
                number += 1
                pipe.last = number
            result = ready + latency
            for register in op.writes:
                written[register] = result, op.kind, ready
            now = retire.next(result + 1, 1 if machine.by_micro_op or op.first else 0)
            for name, count in op.entries:
                if name in held:
                    held[name].extend([now] * count)
        ends.append(retire.cycle)
    return ends


def cycles(machine, blocks):
    """Cycles per block in steady state; `blocks` repeat without end. The first half is the start and does not count."""
    size = sum(map(len, blocks))
    half = -(-STEPS // size)
    ends = retirements(machine, itertools.chain.from_iterable(itertools.repeat(blocks, 2 * half)))
    return (ends[-1] - ends[half * len(blocks) - 1]) / (half * len(blocks))


def cost(machine, steps, sensitive, lines=None):
    """The columns about the cycles of a row (or of the rows in flight together), given by its steps. Variations of the
    core only if `sensitive`. `lines`: of weights in a row, if the steps were not executed and so do not say it."""
    lines = lines or static_cost.lines_of(steps)
    block = [arm_decode.decode(steps, machine)]

    def per_line(m):
        return cycles(m, block) / lines
    base = per_line(machine)
    found, binding = {"instructions_per_line": len(steps) / lines, "cycles_per_line": base}, None
    relaxed = machine.relaxed()
    if len(steps) >= LONG:
        found["no_latency"] = per_line(relaxed["latency"])  # which suite predict needs
    else:
        relaxed = {name: per_line(m) for name, m in relaxed.items()}
        found |= {f"no_{name}": c for name, c in relaxed.items()}
        binding = ";".join(n for c, n in sorted((c, n) for n, c in relaxed.items()) if c < 0.95 * base) or "several"
    if sensitive:
        found |= {f"window_{p}": per_line(machine.scaled(window=p / 100)) for p in (80, 90, 110, 120)}
        found |= {f"width_{p}": per_line(machine.scaled(width=p / 100)) for p in (80, 120)}
        found |= {"fma_less": per_line(machine.fma(-1)), "fma_more": per_line(machine.fma(1))}
    return {k: f"{v:.2f}" for k, v in found.items()} | {"binds": binding}


def load(path):
    """The JSON of a machine file. Ends the program if it is none."""
    try:
        with open(path, encoding="utf-8") as f:
            data = json.load(f)
        Machine(data)
        return data
    except OSError as e:
        sys.exit(f"{NAME}: {path}: {e.strerror}")
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        sys.exit(f"{NAME}: {path} is no machine file ({type(e).__name__}: {e}); see results/machines/README.md")


def read(path):
    """The machine of a file."""
    return Machine(load(path))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--cc", default=os.environ.get("CC", "aarch64-linux-gnu-gcc"))
    options.add_argument("--machines", default=",".join(map(str, sorted(MACHINES.glob("*.json")))))
    options.add_argument("--kernels", default=static_cost.default_kernels())
    chosen = options.parse_args()
    cc = shlex.split(chosen.cc)
    compiler = static_cost.run("cc", [*cc, "--version"]).stdout.splitlines()[0]
    common = {"compiler": compiler, "provenance": "modelled", "commit": static_cost.commit()}
    machines = {pathlib.Path(p).stem: read(p) for p in chosen.machines.split(",")}
    machines = {name: m for name, m in machines.items() if m.classes}
    rows = []
    for source, cols in itertools.product(chosen.kernels.split(","), COLS):
        dtype, kernel = static_cost.name_of(source)
        try:
            steps = static_cost.views(static_cost.assembly(cc, source), cols)["rows"]
        except arm_walk.Unknown as e:
            sys.exit(f"window_model.py: {source}: {e}")
        done = {}
        for name, machine in machines.items():
            if "dotprod" in kernel and "dotprod" not in machine.features:
                continue
            known = machine.numbers()  # machines can have the same core
            try:
                found = done[known] if known in done else cost(machine, steps, dtype == "f32")
            except KeyError as e:
                sys.exit(f"window_model.py: {machine.name} has no instructions of class {e}, which {source} needs")
            done[known] = found
            rows.append({"dtype": dtype, "kernel": kernel, "machine": name, "core": machine.core, "cols": cols,
                         **found, **common})
        print(dtype, kernel, cols, *(f"{r['machine']}={r['cycles_per_line']}" for r in rows
                                     if (r["dtype"], r["kernel"], r["cols"]) == (dtype, kernel, cols)), file=sys.stderr)
    static_cost.write(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
