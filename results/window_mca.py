#!/usr/bin/env python3
"""Compares window_model.py with llvm-mca: the same instructions, and the core as LLVM's scheduling model has it.

usage: window_mca.py [--mca=llvm-mca-19] [--cc=aarch64-linux-gnu-gcc] [--cpus=A,B,...] [--kernels=FILE.c,...]

Latencies, pipes, widths and the window of each instruction come from llvm-mca, one instruction at a time. Both then
simulate whole rows of 768 columns. What differs is the simulation alone, so both should give the same cycles.
"""
import argparse
import os
import re
import shlex

import arm_decode
import static_cost
import window_model

CPUS = ["cortex-a72", "neoverse-n1", "neoverse-n2", "neoverse-v1", "neoverse-v2"]
ROWS_OF = 6000  # micro-operations, for each half of the simulation


def family(resource, cpu):
    """What a resource is for: memory, integers, branches or vectors."""
    letter = re.sub(r"^(A57|[NV]\d)(Unit)?", "", resource)[0]
    if letter == "L" or letter == "S" and cpu == "cortex-a72":
        return "memory"
    return {"B": "branch", "S": "integer", "M": "integer", "I": "integer"}.get(letter, "vector")


FAMILY = {"load": "memory", "store": "memory", "branch": "branch", "integer": "integer", "integer_shift": "integer",
          "integer_multiply": "integer", "to_general": "vector", "from_general": "integer"}


class Core:
    """An LLVM core as a machine of window_model.py, with a class for each instruction."""

    def __init__(self, mca, cpu):
        self.mca, self.cpu, self.known = mca, cpu, {}
        core = mca.core(cpu)
        self.machine = window_model.Machine({
            "name": cpu, "core": cpu, "dispatch": {"value": core["dispatch_width"],
                                                   "unit": "micro-operations per cycle"},
            "in_flight": {"window": {"value": int(core["window"]), "unit": "micro-operations"}},
            "classes": {"zero": {"latency": 0, "pipes": []}, "none": {"latency": 0, "pipes": []}}})

    def facts(self, text):
        """(micro-operations, latency, cycles of a chain, {family: (pipes, cycles in them)}) of an instruction."""
        text = re.sub(r"\.L\w+$", "0", text)
        report = self.mca.report(self.cpu, text, 200)
        region, resources = report["CodeRegions"][0], report["TargetInfo"]["Resources"]
        info = region["InstructionInfoView"]["InstructionList"][0]
        usage = {}
        for p in region["ResourcePressureView"]["ResourcePressureInfo"]:
            if p["InstructionIndex"] == 1:
                name = resources[p["ResourceIndex"]]
                pipes, cycles = usage.get(family(name, self.cpu), ([], 0))
                usage[family(name, self.cpu)] = ([*pipes, name], cycles + p["ResourceUsage"])
        return info["NumMicroOpcodes"], info["Latency"], self.mca.cycles(self.cpu, text, 100), usage

    def translate(self, text):
        """The micro-operations of an instruction, with classes of their own."""
        micro_ops, latency, chain, usage = self.facts(text)
        ops = arm_decode.one(text)
        families = [FAMILY.get(op.kind, "vector") for op in ops]
        for i, op in enumerate(ops):
            if op.kind == "zero" and not usage:
                continue
            pipes, cycles = usage.get(families[i], ((), 0))
            late = 1 if i and families[i] == "integer" else latency
            busy = max(1, round(cycles / families.count(families[i])))
            op.kind = f"{text} #{i}"
            self.machine.classes[op.kind] = (late, chain if op.sum else late, tuple(pipes), busy)
        covered = set(families)
        for name, (pipes, cycles) in usage.items():
            if name not in covered:  # a second unit that the instruction takes
                self.machine.classes[f"{text} {name}"] = (0, 0, tuple(pipes), max(1, round(cycles)))
                ops.append(arm_decode.Op(f"{text} {name}"))
        return ops + [arm_decode.Op("none") for _ in range(micro_ops - len(ops))]

    def row(self, steps):
        ops = []
        for step in steps:
            text = static_cost.text_of([step])
            if text not in self.known:
                self.known[text] = self.translate(text)
            for i, op in enumerate(self.known[text]):
                op.first, op.entries = i == 0, (("window", 1),)
                ops.append(op)
        return ops


def compare(mca, cpu, kernels):
    """[(dtype, kernel, cycles per line of window_model.py, of llvm-mca)]."""
    core, found = Core(mca, cpu), []
    for (dtype, name), steps in kernels.items():
        if not static_cost.covered(dtype, name, cpu):
            continue
        lines, n = static_cost.lines_of(steps), max(1, ROWS_OF // len(steps))
        row = core.row(steps)
        ends = window_model.retirements(core.machine, [row] * (2 * n))
        ours = (ends[-1] - ends[n - 1]) / n / lines
        found.append((dtype, name, ours, mca.cycles(cpu, static_cost.text_of(steps), n) / lines))
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mca", default=os.environ.get("MCA", "llvm-mca-19"))
    options.add_argument("--cc", default=os.environ.get("CC", "aarch64-linux-gnu-gcc"))
    options.add_argument("--cpus", default=",".join(CPUS))
    options.add_argument("--kernels", default=static_cost.default_kernels())
    chosen = options.parse_args()
    cc, mca = shlex.split(chosen.cc), static_cost.Mca(shlex.split(chosen.mca))
    kernels = {static_cost.name_of(s): static_cost.views(static_cost.assembly(cc, s))["rows"]
               for s in chosen.kernels.split(",")}
    print("cpu dtype kernel window_model llvm-mca ratio")
    for cpu in chosen.cpus.split(","):
        for dtype, name, ours, theirs in compare(mca, cpu, kernels):
            print(f"{cpu} {dtype} {name} {ours:.2f} {theirs:.2f} {ours / theirs:.3f}", flush=True)


if __name__ == "__main__":
    main()
