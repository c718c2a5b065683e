#!/usr/bin/env python3
"""A lower bound of the NEON GEMV kernels' cost on AArch64 cores, by llvm-mca: instruction latency and issue, no memory.

usage: static_cost.py OUT.csv [--mca=llvm-mca-19] [--cc=aarch64-linux-gnu-gcc] [--cpus=A,B,...] [--kernels=FILE.c,...]

A kernel is compiled with the flags of kernels/meson.build and executed (arm_walk.py) over 256 rows of 768 columns. View
`loop` is its inner loop, repeated without end. View `rows` is one row after another (or as many as are in flight) with
the loop unrolled, so that it includes the start and end of a row, as far as a core does not hide them behind other
rows. llvm-mca executes either many times and assumes that every load hits the first-level cache and that every branch
is predicted. Columns: results/static-cost/README.md. The variables MCA and CC replace the options of that name. --cc
may contain flags: --cc='clang --target=aarch64-linux-gnu'.
"""
import argparse
import csv
import functools
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import arm_walk

HOME = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=gnu17", "-O3", "-ffp-contract=off", "-fPIC"]  # build `neon` of kernels/meson.build
MORE_FLAGS = {  # and what other builds there add
    "dotprod": ["-march=armv8.2-a+dotprod"],
    "scalar": ["-fno-tree-vectorize", "-fno-tree-slp-vectorize"],
    "assoc": ["-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math", "-ffp-contract=fast"]}
KERNELS = ["f32_neon", "f32_neon4", "f32_tvl16_neon", "bf16_neon", "bf16_tvl16_neon", "f16_neon", "f16_tvl16_neon",
           "q8_0_neon", "q8_0_tvl16_neon", "q8_0_neon_dotprod", "q8_0_tvl16_neon_dotprod", "q4_0_neon",
           "q4_0_tvl16_neon", "q4_0_neon_dotprod", "q4_0_tvl16_neon_dotprod",
           *(f"{d}_{k}" for d in ("q4_K", "q5_K", "q6_K")
             for k in ("neon", "tvl16_neon", "neon_dotprod", "tvl16_neon_dotprod"))]
CPUS = ["cortex-a53", "cortex-a55", "cortex-a510", "cortex-a72", "cortex-a76", "cortex-x1", "neoverse-n1",
        "neoverse-n2", "neoverse-n3", "neoverse-v1", "neoverse-v2", "neoverse-v3", "apple-m1", "apple-m2", "apple-m3",
        "apple-m4", "ampere1", "ampere1b", "oryon-1", "a64fx", "thunderx2t99", "tsv110"]
NO_DOTPROD = {"cortex-a53", "cortex-a72", "a64fx", "thunderx2t99"}  # cores that have no dot-product instructions
ONLY_F32 = {"oryon-1"}  # LLVM 19's model lacks prfm, shll and scvtf
# Scheduling models of LLVM 19: how the names of a model's resources begin (llvm-mca prints them), its name, its CPU.
MODELS = [
    ("A53Unit", "CortexA53Model", "cortex-a53"), ("CortexA55Unit", "CortexA55Model", "cortex-a55"),
    ("CortexA510Unit", "CortexA510Model", "cortex-a510"), ("A57Unit", "CortexA57Model", "cortex-a57"),
    ("N1Unit", "NeoverseN1Model", "neoverse-n1"), ("N2Unit", "NeoverseN2Model", "neoverse-n2"),
    ("V1Unit", "NeoverseV1Model", "neoverse-v1"), ("V2Unit", "NeoverseV2Model", "neoverse-v2"),
    ("CyUnit", "CycloneModel", "apple-a7"), ("Ampere1Unit", "Ampere1Model", "ampere1"),
    ("Ampere1BUnit", "Ampere1BModel", "ampere1b"), ("ORYON", "OryonModel", "oryon-1"), ("A64FX", "A64FXModel", "a64fx"),
    ("THX2T99", "ThunderX2T99Model", "thunderx2t99"), ("TSV110Unit", "TSV110Model", "tsv110"),
]
ROWS, COLS = 256, 768
Y, W, X, APART = 1 << 32, 2 << 32, 3 << 32, 1 << 32  # made-up addresses of the operands
COLUMNS = ["dtype", "kernel", "view", "cpu", "model", "own", "window", "dispatch_width", "fma_latency", "fma_chain",
           "fma_per_cycle", "q_loads_per_cycle", "instructions_per_line", "cycles_per_line", "bytes_per_cycle",
           "latency_bound", "dispatch_bound", "port_busy", "port", "limit", "provenance", "compiler", "llvm", "commit"]

TOOLS = {"mca": " (Debian: llvm-19)", "cc": " (Debian: gcc-aarch64-linux-gnu)", "osaca": ""}


def run(tool, command, **more):
    try:
        return subprocess.run(command, capture_output=True, text=True, **more)
    except OSError as e:
        hint = f"; name another with --{tool}{TOOLS[tool]}" if tool in TOOLS else ""
        sys.exit(f"static_cost.py: {command[0]}: {e.strerror}{hint}")


def first_line(text):
    return (text.strip().splitlines() or ["?"])[0]


def covered(dtype, kernel, cpu, view="loop"):
    """Whether there are such rows. Whole rows are simulated for f32 only: with block formats they have 20,000 steps."""
    if dtype != "f32" and (cpu in ONLY_F32 or view == "rows"):
        return False
    return "dotprod" not in kernel or cpu not in NO_DOTPROD


def default_kernels():
    return ",".join(str(HOME / f"kernels/gemv_{k}.c") for k in KERNELS)


def name_of(source):
    """(dtype, kernel) of a file kernels/gemv_DTYPE_KERNEL.c."""
    found = re.fullmatch(r"gemv_(b?f\d+|q\d_\w)_(\w+)", pathlib.Path(source).stem)
    if not found:
        sys.exit(f"static_cost.py: {source} is not called gemv_DTYPE_KERNEL.c")
    return found.groups()


def assembly(cc, source):
    build = pathlib.Path(source).stem.rpartition("_")[2]
    flags = [*FLAGS, *MORE_FLAGS.get(build, [])]
    done = run("cc", [*cc, *flags, f"-I{HOME}", "-S", "-o", "-", str(source)])
    if done.returncode:
        sys.exit(f"static_cost.py: {shlex.join(cc)} cannot compile {source}: {first_line(done.stderr)}")
    return done.stdout


def views(text, cols=COLS):
    """{view: its steps} of a kernel's assembly over rows of `cols` columns."""
    name = "gemv" if re.search(r"^_?gemv:", text, re.M) else "gemv_f32_plain"
    steps = arm_walk.walk(text, name, [Y, W, X, ROWS, cols, cols])
    ends, fresh = [], False  # of rows, or of those in flight together: the first result after loads of weights
    for i, s in enumerate(steps):
        stores = s.access and s.access[2] == arm_walk.instrument.STORE and Y <= s.access[0] < Y + APART
        if stores and fresh:
            ends.append(i)
        fresh = not stores and (fresh or reads_weights(s))
    rows = [steps[a:b] for a, b in zip(ends[:2], ends[1:3])]
    if len(rows) < 2 or [s.text for s in rows[0]] != [s.text for s in rows[1]]:
        raise arm_walk.Unknown(f"no two of the {ROWS} rows have the same steps")
    back = [s for s in rows[0] if s.taken is not None and s.taken <= s.at]
    inner = [s for s in back if sum(s.taken == b.taken for b in back) > 1]  # not the loop over rows
    if not inner:
        raise arm_walk.Unknown("a row has no loop")
    head = max(inner, key=lambda s: s.at - s.taken).taken  # of the loop around all others
    heads = [i for i, s in enumerate(rows[0]) if s.at == head]
    return {"loop": rows[0][heads[1]:heads[2]], "rows": rows[0]}


def reads_weights(step):
    return step.access and step.access[2] == arm_walk.instrument.LOAD and W <= step.access[0] < W + APART


def lines_of(steps):
    """How many 64-byte lines of weights these steps read; what is read twice counts once."""
    return len({b for s in steps if reads_weights(s) for b in range(s.access[0], s.access[0] + s.access[1])}) / 64


def chain(steps):
    """The length of the longest chain of dependent FMAs: the most into one register, which each row clears first."""
    targets = [s.text.split()[1].rstrip(",") for s in steps if re.match(r"fml[as]\b", s.text)]
    return max(map(targets.count, targets), default=0)


def text_of(steps):
    """For llvm-mca, which takes immediates of bytes as gcc writes them, 0xffffffffffffffe0, for too large."""
    return "\n".join(re.sub(r"(movi\s+v\d+\.\d+b, 0x)f{14}", r"\1", s.text) for s in steps)


class Mca:
    triple = "aarch64-linux-gnu"

    def __init__(self, command):
        self.command = command
        self.version = re.search(r"LLVM version (\S+)", run("mca", [*command, "--version"]).stdout)
        if not self.version:
            sys.exit(f"static_cost.py: {shlex.join(command)} prints no LLVM version; name another with --mca")
        self.version = self.version.group(1)

    @functools.lru_cache(maxsize=4)
    def simulate(self, cpu, text, iterations, *views):
        options = [f"-mtriple={self.triple}", f"-mcpu={cpu}", f"-iterations={iterations}", *views]
        done = run("mca", [*self.command, *options], input=text)
        if done.returncode:
            sys.exit(f"static_cost.py: llvm-mca, {cpu}: {first_line(done.stderr)}")
        return done.stdout

    def report(self, cpu, text, iterations):
        return json.loads(self.simulate(cpu, text, iterations, "--json"))

    def cycles(self, cpu, text, n):
        """Cycles per execution of the block in steady state: from n to 2 n executions."""
        first, second = (self.report(cpu, text, k)["CodeRegions"][0]["SummaryView"]["TotalCycles"] for k in (n, 2 * n))
        return (second - first) / n

    def core(self, cpu):
        """The columns that describe a core, from its scheduling model."""
        fma, load = "fmla v0.4s, v1.4s, v2.4s", "ldr q0, [x0]"
        resources = self.report(cpu, fma, 1)["TargetInfo"]["Resources"]
        fitting = ((model, owner) for start, model, owner in MODELS if all(r.startswith(start) for r in resources))
        model, owner = next(fitting, ("unknown", None))
        own = "unknown" if not owner else "yes" if owner == cpu else f"no: {owner}'s"
        info = {t: self.report(cpu, t, 1)["CodeRegions"][0] for t in (fma, load)}
        facts = {t: r["InstructionInfoView"]["InstructionList"][0] for t, r in info.items()}
        window = re.search(r"Total ROB Entries:\s+(\d+)", self.simulate(cpu, fma, 1, "--retire-stats"))
        return {"cpu": cpu, "model": model, "own": own,
                "window": window.group(1), "dispatch_width": info[fma]["SummaryView"]["DispatchWidth"],
                "fma_latency": facts[fma]["Latency"], "fma_chain": number(self.cycles(cpu, fma, 100)),
                "fma_per_cycle": number(1 / facts[fma]["RThroughput"]),
                "q_loads_per_cycle": number(1 / facts[load]["RThroughput"]), "llvm": self.version}

    def cost(self, core, steps, n):
        """The columns that describe a view, given as steps and executed n times on this core."""
        cpu, text, lines = core["cpu"], text_of(steps), lines_of(steps)
        cycles = self.cycles(cpu, text, n) / lines
        region = self.report(cpu, text, 2 * n)
        resources, region = region["TargetInfo"]["Resources"], region["CodeRegions"][0]
        pressure = region["ResourcePressureView"]["ResourcePressureInfo"]
        total = [p for p in pressure if p["InstructionIndex"] == len(steps)]  # the line below the last instruction
        busiest = max(total, key=lambda p: p["ResourceUsage"])
        summary = region["SummaryView"]
        bounds = {"latency": chain(steps) * float(core["fma_chain"]) / lines,
                  "dispatch": summary["TotaluOps"] / summary["Iterations"] / summary["DispatchWidth"] / lines,
                  "port": busiest["ResourceUsage"] / lines}
        limit = max(bounds, key=bounds.get)
        return {"instructions_per_line": number(len(steps) / lines), "cycles_per_line": number(cycles),
                "bytes_per_cycle": number(64 / cycles), "latency_bound": number(bounds["latency"]),
                "dispatch_bound": number(bounds["dispatch"]), "port_busy": number(bounds["port"]),
                "port": re.sub(r"\W.*", "", resources[busiest["ResourceIndex"]]),
                "limit": limit if cycles < 1.1 * bounds[limit] else f"waiting ({limit})"}


def commit():
    """The commit, with `-dirty` if the kernels or these scripts have changes."""
    git = ["git", "-C", str(HOME)]
    sources = ["kernels", "results/machines", "results/static-cost/programs", *(f"results/{name}.py" for name in (
        "static_cost", "arm_walk", "arm_decode", "window_model", "window_paper", "window_programs", "x86_cost")),
               "results/x86_steps.c"]
    changes = run("git", [*git, "status", "--porcelain", "--", *sources]).stdout
    return run("git", [*git, "rev-parse", "--short", "HEAD"]).stdout.strip() + ("-dirty" if changes else "")


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        w = csv.DictWriter(f, columns, lineterminator="\n")
        w.writeheader()
        w.writerows(rows)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--mca", default=os.environ.get("MCA", "llvm-mca-19"))
    options.add_argument("--cc", default=os.environ.get("CC", "aarch64-linux-gnu-gcc"))
    options.add_argument("--cpus", default=",".join(CPUS))
    options.add_argument("--kernels", default=default_kernels())
    chosen = options.parse_args()
    cc, mca = shlex.split(chosen.cc), Mca(shlex.split(chosen.mca))
    sources = chosen.kernels.split(",")
    compiler = run("cc", [*cc, "--version"]).stdout.splitlines()[0]
    common = {"provenance": "modelled", "compiler": compiler, "commit": commit()}
    try:
        kernels = {name_of(s): views(assembly(cc, s)) for s in sources}
    except arm_walk.Unknown as e:
        sys.exit(f"static_cost.py: {e}")
    rows, seen = [], {}
    for cpu in chosen.cpus.split(","):
        core = mca.core(cpu)
        for (kernel, found), view in itertools.product(kernels.items(), ("loop", "rows")):
            dtype, name = kernel
            if not covered(dtype, name, cpu, view):
                continue
            cost = mca.cost(core, found[view], max(2, 16000 // len(found[view])))
            rows.append({"dtype": dtype, "kernel": name, "view": view, **core, **cost, **common})
            if core["model"] != "unknown" and seen.setdefault((core["model"], kernel, view), cost) != cost:
                sys.exit(f"static_cost.py: {cpu} has the resources of {core['model']} but not its cycles")
        print(cpu, core["model"], core["own"], *(f"{r['dtype']}_{r['kernel']}={r['cycles_per_line']}" for r in rows
                                                 if r["cpu"] == cpu and r["view"] == "loop"), file=sys.stderr)
    write(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
