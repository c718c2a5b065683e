#!/usr/bin/env python3
"""The cycles of the GEMV kernels on x86-64 cores, by llvm-mca. Memory is not in it: loads hit L1. Linux on x86-64 only.

usage: x86_cost.py OUT.csv [--build=build] [--mca=llvm-mca-19] [--cc=cc] [--cores=znver3,...] [--kernels=DTYPE_NAME,...]

The kernels are those of a build of memwall that this CPU can run. Each is executed instruction by instruction
(x86_steps.c), over R rows and over 2 R rows; what the longer path has in addition is R rows without start and end of
the call. If the R rows repeat a shorter path, that path is taken. Its instructions, unrolled, are the input of
llvm-mca, which assumes that every load hits the first-level cache and that every branch is predicted. Without
--kernels, of the kernels in plain C only those of f32 and q8_0 in row-major order are taken: the paths of others are
too long. What is changed to meet the cores, and the columns: results/static-cost/README.md.
"""
import argparse
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import static_cost

HOME = static_cost.HOME
COLUMNS = ["dtype", "kernel", "isa", "compiler", "core", "cpu", "cols", "instructions_per_line", "cycles_per_line",
           "binds", "as_llvm", "port", "port_busy", "dispatch_bound", "load_bound", "no_latency",
           "window_90", "window_110", "width_120", "fma_less", "provenance", "llvm", "commit"]
# LLVM's name of a core: the core, further options of llvm-mca, and vector loads per cycle if the model has more.
CORES = {"znver2": ("Zen 2", ["-dispatch=5"], 2), "znver3": ("Zen 3", [], None), "znver4": ("Zen 4", [], None),
         "sapphirerapids": ("Golden Cove", [], None)}
# Instructions whose cost LLVM 19 has wrong, and others that cost what they should cost (README.md), for some cores.
MEMORY, ZEN_34 = r"(-?[0-9a-fx]*\([^)]*\))", ("znver3", "znver4")
STAND_INS = [(re.compile(pattern, re.M), other, cpus) for pattern, other, cpus in (
    (rf"^vpmov[sz]x\w+\s+{MEMORY},(%ymm\d+)$", r"vpshufd $0,\1,\2", ZEN_34),
    (rf"^vpinsr[bwdq]\s+\$\w+,{MEMORY},(%xmm\d+),(%xmm\d+)$", r"vinsertps $0,\1,\2,\3", ZEN_34),
    (rf"^vcvtph2ps\s+{MEMORY},(%ymm\d+)$", r"vcvtdq2ps \1,\2", ZEN_34),
    (r"^vpmov[sz]x\w+\s+(%xmm\d+),(%xmm\d+)$", r"vpshufd $0,\1,\2", ("znver4",)),
    (rf"^vcvtph2ps\s+{MEMORY},", r"vcvtdq2ps \1,", ("znver2",)),
    (r"^vcvtph2ps\s+%xmm(\d+),%([xy])mm", r"vcvtdq2ps %\2mm\1,%\2mm", ("znver2",)),
    (rf"^(v(?:fn?m(?:add|sub)\d+|add|sub|mul)ps|vpmadd\w+|vpadd[wd]|vpshufb)(\s+){MEMORY},(%([xy])mm.*)$",
     r"vmovups \3,%\5mm31\n\1\2%\5mm31,\4", ("sapphirerapids",)))]
COLS = (768, 2048)
LOADS = 3  # per cycle, of any kind: on all of these cores at most
STEPS = 8000  # instructions that llvm-mca executes at least before it counts
LONG = 200000  # instructions of a path that is too long for llvm-mca
LIBRARIES = ["kernels/libkernels.a", "layouts/liblayouts.a", "kernels/libkernels.a", "platform/libplatform.a"]
NAME = pathlib.Path(sys.argv[0]).name  # of the program, for messages


class Refused(Exception):
    """A kernel whose cycles cannot be computed."""


class Steps:
    """The paths of a build's kernels."""

    def __init__(self, cc, build, folder):
        self.program = str(pathlib.Path(folder) / "x86_steps")
        parts = [str(build / p) for p in LIBRARIES]
        lacking = [p for p in parts if not pathlib.Path(p).exists()]
        if lacking:
            sys.exit(f"{NAME}: {lacking[0]} does not exist; name a folder that meson and ninja filled with --build")
        done = static_cost.run("cc", [*cc, "-std=gnu17", "-O2", "-no-pie", f"-I{HOME}", "-o", self.program,
                                      str(HOME / "results/x86_steps.c"), *parts, "-lm", "-lpthread"])
        if done.returncode:
            sys.exit(f"{NAME}: {shlex.join(cc)} cannot compile x86_steps.c: {static_cost.first_line(done.stderr)}")
        listed = static_cost.run("", ["objdump", "-d", "--no-show-raw-insn", self.program]).stdout
        self.texts = {address: text_of(text)
                      for address, text in re.findall(r"^ +([0-9a-f]+):\t([^\n]+)$", listed, re.M)}

    def kernels(self):
        """{(dtype, name): ISA and layout}"""
        found = (line.split() for line in static_cost.run("", [self.program]).stdout.splitlines())
        return {(dtype, name): (isa, layout) for dtype, name, isa, layout in found}

    def chosen(self, names):
        """[(dtype, name, ISA, layout)] of kernels whose names, DTYPE_NAME, are separated by commas; "": the usual."""
        found = {f"{d}_{k}": (d, k, *more) for (d, k), more in self.kernels().items()}
        unknown = [n for n in names.split(",") if names and n not in found]
        if unknown:
            sys.exit(f"{NAME}: no kernel {unknown[0]} that this CPU can run; there are {', '.join(found)}")
        if names:
            return [found[n] for n in names.split(",")]
        return [k for k in found.values() if k[2] != "c" or k[0] in ("f32", "q8_0") and k[3] == "rowmajor"]

    def path(self, dtype, name, rows, cols):
        """Bytes of weights, and the addresses of the instructions in the order of execution."""
        done = static_cost.run("", [self.program, dtype, name, str(rows), str(cols)])
        if done.returncode:
            raise Refused(static_cost.first_line(done.stderr))
        first, *addresses = done.stdout.splitlines()
        return int(first.split()[1]), addresses

    def rows(self, dtype, name, rows, cols):
        """Bytes of weights and texts of the shortest path that repeats over rows."""
        for n in (rows, 2 * rows, 4 * rows):  # some kernels take several panels at a time
            (less, short), (more, long) = (self.path(dtype, name, k, cols) for k in (n, 2 * n))
            found = between(short, long)
            if found:
                size = period(found)
                return (more - less) * size / len(found), [self.texts[a] for a in found[:size]]
        raise Refused(f"rows beyond the first {n} take another path")


def between(short, long):
    """What `long` has in the middle beyond `short`, [] if it is not `short` with something put in."""
    start = next((i for i, (a, b) in enumerate(zip(short, long)) if a != b), len(short))
    end = len(long) - (len(short) - start)
    return long[start:end] if long[end:] == short[start:] else []


def period(items):
    """The length of the shortest list that, repeated, gives `items`."""
    n = len(items)
    return next(d for d in range(1, n + 1) if n % d == 0 and items[d:] == items[:n - d])


def text_of(text):
    """An instruction as llvm-mca takes it: no comments, one label for all targets, one form of no-operation."""
    text = re.sub(r"\s*(#.*|<[^>]*>)", "", text.replace("notrack ", "")).strip()
    if re.search(r"\bnop[wl]?\b", text):
        return "nop"
    return re.sub(r"^((?:j|call)\w*\s+)[0-9a-f]+$", r"\1next", text)


def fused(texts):
    """Without comparisons of registers that the next instruction, a conditional branch, is fused with."""
    def pair(a, b):
        return re.match(r"(cmp|test)[bwlq]?\s[^(]*$", a) and re.match(r"j(?!mp)\w+\s", b)
    return [a for a, b in zip(texts, [*texts[1:], ""]) if not pair(a, b)]


def with_stand_ins(cpu, text):
    for pattern, other, cpus in STAND_INS:
        if cpu in cpus:
            text = pattern.sub(other, text)
    return text


class Mca(static_cost.Mca):
    triple = "x86_64-linux-gnu"

    def executed(self, cpu, text, n, options, *views):
        """Cycles of n executions, and what llvm-mca prints."""
        out = self.simulate(cpu, text, n, *options, "-instruction-info=0", *views)
        return int(re.search(r"^Total Cycles:\s+(\d+)", out, re.M)[1]), out

    def cost(self, cpu, texts, lines):
        """The columns that llvm-mca decides, of a path over so many lines of weights."""
        core, options, vector_loads = CORES[cpu]
        plain, n = "\n".join([*texts, "next:"]), max(1, STEPS // len(texts))
        text = with_stand_ins(cpu, plain)

        def steady(text):
            """Cycles per line from n to 2 n executions."""
            first, second = (self.executed(cpu, text, k, options, "-resource-pressure=0")[0] for k in (n, 2 * n))
            return (second - first) / n / lines
        cycles = steady(text)
        as_llvm = cycles if text == plain else steady(plain)
        out = self.executed(cpu, text, 1, options)[1]
        uops, width = (int(re.search(rf"^{name}:\s+(\d+)", out, re.M)[1]) for name in ("Total uOps", "Dispatch Width"))
        port, busy = busiest(out)
        bounds = {"pipes": busy / lines, "dispatch": uops / width / lines}
        loads = sum(map(is_load, texts)) / lines / (vector_loads or LOADS)
        if vector_loads and loads > max(cycles, bounds["pipes"]):
            cycles, port, bounds["pipes"] = loads, "loads", loads
        binds = [b for b, value in bounds.items() if value >= 0.9 * cycles]
        return {"core": core, "cpu": cpu, "cycles_per_line": cycles, "binds": ";".join(binds) or "latency",
                "as_llvm": as_llvm, "port": port, "port_busy": bounds["pipes"], "dispatch_bound": bounds["dispatch"],
                "load_bound": loads, "no_latency": min(cycles, max(*bounds.values(), loads))}


def busiest(out):
    """The resource of a model that is busy for most cycles of an execution, and how many."""
    names = dict(re.findall(r"^\[([\d.]+)\]\s+- (\w+)", out, re.M))
    numbers, values = re.search(r"^Resource pressure per iteration:\n(.+)\n(.+)$", out, re.M).groups()
    busy = zip(re.findall(r"\[([\d.]+)\]", numbers), values.split())
    number, most = max(((k, float(v)) for k, v in busy if v != "-"), key=lambda kv: kv[1])
    return names[number], most


def is_load(text):
    """Whether an instruction reads memory. Its last operand is what it writes, unless it compares or fetches."""
    return "(" in text and not text.startswith("lea") and (
        not text.endswith(")") or text.startswith(("cmp", "test", "prefetch")))


def compiler_of(build):
    """The first line of --version of the compiler of a build."""
    try:
        with open(build / "compile_commands.json", encoding="utf-8") as f:
            command = shlex.split(json.load(f)[0]["command"])
    except (OSError, ValueError, LookupError, TypeError) as e:
        sys.exit(f"{NAME}: {build} is no build folder of meson ({type(e).__name__}); name another with --build")
    command = list(itertools.takewhile(lambda word: not word.startswith("-"), command))
    real = os.path.realpath(shutil.which(command[-1]) or "")  # `cc` does not say which compiler it is
    command = [real] if re.search(r"gcc|clang", pathlib.Path(real).name) else command
    return static_cost.first_line(static_cost.run("", [*command, "--version"]).stdout)


def rows_of(layout):
    """Rows to execute: a panel of layout tvl, else as many as kernels take together."""
    return 16 if layout == "tvl" else 4


def host_cpu():
    """What this CPU calls itself."""
    name = re.search(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    return name.group(1) if name else "unknown"


def options_of(text):
    """The options that the scripts for x86-64 have in common."""
    options = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--build", default=str(HOME / "build"))
    options.add_argument("--mca", default=os.environ.get("MCA", "llvm-mca-19"))
    options.add_argument("--cc", default=os.environ.get("CC", "cc"))
    options.add_argument("--kernels", default="")
    return options


def rows_for(steps, mca, kernel, cpus, common):
    """The table's rows of a kernel. What cannot be computed is named on stderr."""
    dtype, name, isa, layout = kernel
    rows = []
    for cols in COLS:
        try:
            n_bytes, texts = steps.rows(dtype, name, rows_of(layout), cols)
            if len(texts) > LONG:
                raise Refused(f"its path of {len(texts)} instructions is too long")
        except Refused as e:
            print(f"{NAME}: {dtype}_{name}, {cols} columns: left out: {e}", file=sys.stderr)
            continue
        for cpu in cpus:
            found = mca.cost(cpu, fused(texts), n_bytes / 64)
            found = {"instructions_per_line": len(texts) / (n_bytes / 64), **found}
            rows.append({"dtype": dtype, "kernel": name, "isa": isa, "cols": cols, **common, **{
                k: v if isinstance(v, str) else static_cost.number(v) for k, v in found.items()}})
        print(f"{dtype}_{name}", cols, *(f"{r['cpu']}={r['cycles_per_line']}" for r in rows if r["cols"] == cols),
              file=sys.stderr, flush=True)
    return rows


def main():
    options = options_of(__doc__)
    options.add_argument("--cores", default=",".join(CORES))
    chosen = options.parse_args()
    build, mca, cpus = pathlib.Path(chosen.build), Mca(shlex.split(chosen.mca)), chosen.cores.split(",")
    if set(cpus) - set(CORES):
        sys.exit(f"{NAME}: no core {min(set(cpus) - set(CORES))}; there are {', '.join(CORES)}")
    common = {"compiler": compiler_of(build), "provenance": "modelled", "llvm": mca.version,
              "commit": static_cost.commit()}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        steps = Steps(shlex.split(chosen.cc), build, folder)
        for kernel in steps.chosen(chosen.kernels):
            rows += rows_for(steps, mca, kernel, cpus, common)
            static_cost.write(chosen.out, COLUMNS, rows)  # what is done is kept if this ends early


if __name__ == "__main__":
    main()
