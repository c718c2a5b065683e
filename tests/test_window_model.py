#!/usr/bin/env python3
"""The model of a core with a finite window, on streams of instructions whose cycles are computed by hand, and against
llvm-mca with the same core. Without llvm-mca and a compiler for AArch64, the comparison is skipped.

usage: test_window_model.py SOURCE_ROOT    prints TAP
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from outside import read_csv
from tap import done, ok, skip

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "results"))
import arm_decode
import arm_walk
import static_cost
import window_mca
import window_model


def machine(in_flight=None, dispatch=8, unit="micro-operations per cycle", features=(), accumulate=4):
    """A core with two loads, two vector pipes (shifts in one of them), six integer pipes and one branch a cycle."""
    vectors, integers = ["V0", "V1"], [f"I{i}" for i in range(6)]
    classes = {"fma": {"latency": 4, "accumulate": accumulate, "pipes": vectors},
               "shift": {"latency": 2, "pipes": ["V1"]},
               "vector": {"latency": 2, "pipes": vectors}, "load": {"latency": 5, "pipes": ["L0", "L1"]},
               "integer": {"latency": 1, "pipes": integers}, "branch": {"latency": 1, "pipes": ["B"]},
               "multiply": {"latency": 5, "pipes": ["V0"], "busy": 2}, "zero": {"latency": 0, "pipes": []}}
    return window_model.Machine({
        "name": "made up", "core": "made up", "features": list(features), "dispatch": {"value": dispatch, "unit": unit},
        "in_flight": {k: {"value": v, "unit": "micro-operations"} for k, v in (in_flight or {}).items()},
        "classes": classes})


def period(core, texts):
    """Cycles per repetition of a list of instructions."""
    return window_model.cycles(core, [arm_decode.decode(texts, core)])


CLEAR, FMA = "movi v0.4s, 0", "fmla v0.4s, v1.4s, v2.4s"
for what, core, texts, wanted in (
        ("one chain: the latency of the sum", machine(), [FMA], 4),
        ("one chain with a sum forwarded early", machine(accumulate=2), [FMA], 2),
        ("four chains: still the latency", machine(), [f"fmla v{i}.4s, v8.4s, v9.4s" for i in range(4)], 4),
        ("sixteen chains: two pipes", machine(), [f"fmla v{i}.4s, v30.4s, v31.4s" for i in range(16)], 8),
        ("a chain through a factor has the whole latency", machine(accumulate=2), ["fmla v0.4s, v0.4s, v2.4s"], 4),
        ("shifts have one pipe", machine(), [f"shl v{i}.4s, v9.4s, 1" for i in range(4)], 4),
        ("a busy pipe", machine(), [f"mul v{i}.4s, v8.4s, v9.4s" for i in range(3)], 6),
        ("loads have two pipes", machine(), [f"ldr q{i}, [x0, {16 * i}]" for i in range(6)], 3),
        ("a pair is two loads", machine(), ["ldp q0, q1, [x0]", "ldp q2, q3, [x0, 32]"], 2),
        ("nine integer operations, four a cycle", machine(dispatch=4), [f"add x{i}, x20, 1" for i in range(9)], 9 / 4),
        ("an update of the base is a micro-operation", machine(dispatch=4),
         ["ldr q0, [x0], 16", "ldr q1, [x1], 16"], 1),
        ("but no instruction of its own", machine(dispatch=1, unit="instructions per cycle"),
         ["ldr q0, [x0], 16", "ldr q1, [x1], 16"], 2),
        ("a branch of its own", machine(dispatch=2), ["cmp x0, x1", "b.ne .L1"], 1),
        ("a fused branch", machine(dispatch=1, features=["fused_branch"]), ["cmp x0, x1", "b.ne .L1"], 1),
        ("a chain of base registers: one cycle each", machine(), ["ldr q0, [x0], 16"], 1),
        ("a chain of loads", machine(), ["ldr x0, [x0]"], 5)):
    got = period(core, texts)
    ok(abs(got - wanted) < 0.02, f"{what}: {wanted:g} cycles", got)

# Rows of n links of 4 cycles. The window holds w micro-operations. The first link of the next row, n + 2 places after
# the clearing of this one, needs the entry of link n + 2 - w. From issue to the free entry are 4 cycles, one to retire
# and one to free it; a micro-operation issues one cycle after its dispatch. For w < n / 2 a row therefore starts
# 4 (n + 1 - w) + 7 cycles after the one before it.
for n, w in ((64, 16), (100, 8), (100, 24), (192, 80)):
    got = period(machine({"window": w}), [CLEAR] + [FMA] * n)
    ok(abs(got - (4 * (n + 1 - w) + 7)) < 0.5, f"rows of {n} links, a window of {w}", (got, 4 * (n + 1 - w) + 7))
    ok(period(machine({"vector_registers": w}), [CLEAR] + [FMA] * n) == got, f"as many registers as in a window of {w}")
ok(abs(period(machine({"window": 1000}), [CLEAR] + [FMA] * 16) - 8) < 0.1, "a large window: the pipes bind")
ok(period(machine({"loads": 4}), ["ldr q0, [x0]"] * 3 + [FMA] * 20) > period(machine({"loads": 40}),
   ["ldr q0, [x0]"] * 3 + [FMA] * 20) - 1e-9, "loads that wait for retirement never make it faster")
ok(period(machine({"stores": 1}), [CLEAR, FMA, "add x0, x0, 1"]) == period(machine(), [CLEAR, FMA, "add x0, x0, 1"]),
   "a limit that nothing holds does not bind")

core = machine({"groups": 1})
opened = [dict(op.entries).get("groups", 0) for op in arm_decode.decode(
    ["ldr q0, [x0], 16", "ldr q1, [x1]", *[FMA] * 8, "cmp x0, x1", "b.ne .L1", FMA], core)]
ok(opened == [1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1], "groups: loads start one, seven fill one, branches end one",
   opened)
for text, kinds, writes in (
        ("ldp q1, q2, [x3, 32]!", ["load", "load", "integer"], [("v1",), ("v2",), ("x3",)]),
        ("ld1r {v4.4s}, [x1]", ["load", "vector"], [("spread",), ("v4",)]),
        ("str s0, [x0], 4", ["store", "integer"], [(), ("x0",)]),
        ("prfm pldl1keep, [x0, 256]", ["load"], [()]),
        ("smlal2 v0.8h, v1.16b, v2.16b", ["multiply_accumulate_long"], [("v0",)]),
        ("fmadd s0, s1, s2, s3", ["fma"], [("v0",)]),
        ("dup v0.4s, w3", ["from_general"], [("v0",)]), ("dup v0.4s, v1.s[2]", ["vector"], [("v0",)]),
        ("fmov w1, s2", ["to_general"], [("x1",)]), ("mov v1.s[1], v2.s[0]", ["vector"], [("v1",)]),
        ("add x0, x1, x2, lsl 2", ["integer_shift"], [("x0",)]), ("subs x0, x0, 1", ["integer"], [("x0", "flags")]),
        ("mov x1, 0", ["zero"], [("x1",)]), ("movi v1.16b, 15", ["vector"], [("v1",)])):
    ops = arm_decode.one(text)
    ok([o.kind for o in ops] == kinds and [o.writes for o in ops] == writes, text, [(o.kind, o.writes) for o in ops])
for text in ("rbit x0, x1", "fsqrt v0.4s, v1.4s"):
    try:
        ok(False, "an unknown instruction is refused", arm_decode.one(text))
    except arm_walk.Unknown as e:
        ok(True, f"an unknown instruction is refused: {e}")

mca, cc = os.environ.get("MCA", "llvm-mca-19"), "aarch64-linux-gnu-gcc"
missing = [t for t in (mca, cc) if not shutil.which(t)]
if missing:
    skip("the model against llvm-mca", f"no {' and no '.join(missing)} here")
else:
    tool = static_cost.Mca([mca])
    sources = [root / f"kernels/gemv_{k}.c" for k in ("f32_neon", "f32_neon4", "q8_0_neon")]
    kernels = {static_cost.name_of(s): static_cost.views(static_cost.assembly([cc], s))["rows"] for s in sources}
    for cpu in ("neoverse-n1", "neoverse-v2"):
        for dtype, name, ours, theirs in window_mca.compare(tool, cpu, kernels):
            ok(abs(ours / theirs - 1) < (0.03 if dtype == "f32" else 0.08),
               f"{cpu}, {dtype} {name}: the cycles of llvm-mca", (ours, theirs))

with tempfile.TemporaryDirectory() as folder:
    out = pathlib.Path(folder) / "window.csv"
    got = subprocess.run([sys.executable, str(root / "results/window_model.py"), str(out), "--cc=/no/such/tool"],
                         capture_output=True, text=True)
    ok(got.returncode == 1 and got.stderr.count("\n") == 1 and "--cc" in got.stderr and not out.exists(),
       "without a compiler: one line that names --cc", got.stderr)
    broken = pathlib.Path(folder) / "broken.json"
    for text in ("", "[]", '{"name": "x"}', '{"name": "x", "core": "y", "classes": {"fma": {}}}'):
        broken.write_text(text)
        got = subprocess.run([sys.executable, str(root / "results/window_paper.py"), f"--machine={broken}"],
                             capture_output=True, text=True)
        ok(got.returncode == 1 and got.stderr.count("\n") == 1 and str(broken) in got.stderr,
           f"a machine file with {text!r}: one line that names it", got.stderr)
    got = subprocess.run([sys.executable, str(root / "results/window_paper.py"), "--assembly=/no/such"],
                         capture_output=True, text=True)
    ok(got.stderr == "window_paper.py: /no/such: No such file or directory\n", "no assembly file: one line", got.stderr)
for path in sorted(set((root / "results/static-cost").glob("window*.csv"))
                   - {root / "results/static-cost/window_x86.csv"}):  # of llvm-mca: test_x86_cost.py
    rows = read_csv(path)
    ok(rows and list(rows[0]) == window_model.COLUMNS, f"{path.name}: columns")
    ok(all(r["provenance"] == "modelled" and r["compiler"] and r["commit"] for r in rows) and not any(
        "dirty" in r["commit"] for r in rows), f"{path.name}: provenance, and of a commit")
    files = {p.stem: window_model.read(p) for p in window_model.MACHINES.glob("*.json")}
    kernels, names = {(r["dtype"], r["kernel"]) for r in rows}, {r["machine"] for r in rows}
    ok(names <= set(files), f"{path.name}: of machine files", sorted(names - set(files)))
    wanted = {(d, k, m, c) for d, k in kernels for m in names & set(files) for c in ("768", "2048")
              if "dotprod" not in k or "dotprod" in files[m].features}
    found = {(r["dtype"], r["kernel"], r["machine"], r["cols"]) for r in rows}
    more = found - wanted if path.stem != "window_programs" else set()  # other programs' models have other rows, too
    ok(wanted <= found and not more, f"{path.name}: every kernel, machine and length of rows",
       sorted(wanted - found | more)[:3])
    wrong = [r for r in rows if not 0 < float(r["no_latency"] or 0) <= 1.02 * float(r["cycles_per_line"])]
    ok(not wrong, f"{path.name}: without latency, no row takes longer", wrong[:1])
    wrong = [r for r in rows if r["window_80"] and not (
        float(r["window_80"]) >= 0.97 * float(r["cycles_per_line"]) >= 0.94 * float(r["window_120"])
        and float(r["fma_less"]) <= 1.03 * float(r["cycles_per_line"]) <= 1.06 * float(r["fma_more"]))]
    ok(not wrong, f"{path.name}: less window and slower FMAs do not make a kernel faster", wrong[:1])
done()
