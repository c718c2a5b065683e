#!/usr/bin/env python3
"""The modelled cost of kernels: the path of the walk, the parsing of llvm-mca's output, the stored table. Without
llvm-mca and a compiler for AArch64, the checks that need them are skipped.

usage: test_static_cost.py SOURCE_ROOT    prints TAP
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from outside import read_csv
from tap import done, ok, skip

root = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "results"))
import arm_walk
import static_cost
import static_cost_osaca

# Rows of 768 columns, four at a time. gcc's loops nest; clang may put the end of the outer loop before the inner one.
GCC = """
gemv:
	mov	x6, x0
.L2:
	movi	v0.4s, 0
	mov	x7, 0
	lsl	x8, x4, 2
.L3:
	ldr	q1, [x1, x7]
	ldr	q2, [x2, x7]
	add	x7, x7, 16
	fmla	v0.4s, v1.4s, v2.4s
	cmp	x8, x7
	bne	.L3
	str	s0, [x6], 4
	add	x1, x1, x5, lsl 2
	sub	x3, x3, #1
	cbnz	x3, .L2
	ret
	.size	gemv, .-gemv
"""
CLANG = """
_gemv:                                  // @gemv
	stp	x20, x19, [sp, #-16]!           // 16-byte Folded Spill
	mov	x19, x1
	b	.LBB0_2
.LBB0_1:
	str	s0, [x0], #4
	subs	x3, x3, #1
	b.eq	.LBB0_4
.LBB0_2:
	movi	v0.2d, #0000000000000000
	mov	x8, xzr
	mov	x9, x2
.LBB0_3:
	add	x8, x8, #8
	ld1	{ v1.4s, v2.4s }, [x19], #32
	ldp	q3, q4, [x9], #32
	fmla	v0.4s, v3.4s, v1.4s
	fmla	v0.4s, v4.4s, v2.4s
	cmp	x8, x4
	b.lo	.LBB0_3
	b	.LBB0_1
.LBB0_4:
	ldp	x20, x19, [sp], #16
	ret
	.cfi_endproc
"""
for name, text, loop_steps, row_steps, lines, chain in (("gcc", GCC, 6, 3 + 192 * 6 + 4, 0.25, 1),
                                                        ("clang", CLANG, 7, 3 + 96 * 7 + 4, 0.5, 2)):
    views = static_cost.views(text)
    loop, row = views["loop"], views["rows"]
    ok((len(loop), len(row)) == (loop_steps, row_steps), f"{name}: loop and row are found", (len(loop), len(row)))
    ok((static_cost.lines_of(loop), static_cost.lines_of(row)) == (lines, 48), f"{name}: lines of weights")
    weights = {s.access[0] // 64 for s in row if s.access and s.access[0] // static_cost.APART == 2}
    ok(weights == {static_cost.W // 64 + 48 + i for i in range(48)}, f"{name}: they are those of the second row",
       sorted(weights)[:3])
    ok((static_cost.chain(loop), static_cost.chain(row)) == (chain, 192), f"{name}: a row is one chain")
for line, text in (("an unknown instruction", "gemv:\n\trbit\tx0, x1\n\tret\n\t.cfi_endproc\n"),
                   ("a call", "gemv:\n\tbl\tmemcpy\n\tret\n\t.cfi_endproc\n"),
                   ("a loop without end", "gemv:\n.L1:\n\tadd\tx0, x0, 1\n\tb\t.L1\n\t.cfi_endproc\n"),
                   ("no such function", "other:\n\tret\n\t.cfi_endproc\n")):
    try:
        ok(False, f"{line} is refused", arm_walk.walk(text, "gemv", [], most=1000))
    except arm_walk.Unknown as e:
        ok(True, f"{line} is refused: {e}")
for a, b, holding in ((5, 7, "ne lo cc ls lt le mi"), (7, 7, "eq hs cs ls ge le pl"), (7, 5, "ne hs cs hi ge gt pl"),
                      (5, -7, "ne lo cc ls ge gt pl"), (-7, 5, "ne hs cs hi lt le mi")):
    core = arm_walk.Core([])
    core.compare(a & arm_walk.MASK, b & arm_walk.MASK, 64)
    found = [c for c, holds in arm_walk.CONDITIONS.items() if holds(*core.flags)]
    ok(sorted(found) == sorted(holding.split()), f"{a} compared with {b}: the conditions that hold", found)

core = arm_walk.Core([0, 5])
core.execute("neg", "w0, w1, lsl 3", {}, arm_walk.Step(0, ""))
ok(core.x["x0"] == -40 & 0xFFFFFFFF, "a shifted and negated operand", hex(core.x["x0"]))
loop = static_cost.views(GCC)["loop"]
ok(static_cost.lines_of(loop + loop) == static_cost.lines_of(loop), "weights that are read twice count once")

# A tool with the output of llvm-mca: a start of 3 cycles, 7 cycles per execution, a reorder buffer of 128 entries.
FAKE = f"""#!{sys.executable}
import json, sys
if "--version" in sys.argv:
    print("LLVM version 0.0.1")
elif "--json" in sys.argv:
    n = int(next(a for a in sys.argv if a.startswith("-iterations="))[12:])
    lines = len(sys.stdin.read().splitlines())
    print(json.dumps({{"TargetInfo": {{"Resources": ["N1UnitL.\\0", "N1UnitV0"]}}, "CodeRegions": [{{
        "SummaryView": {{"TotalCycles": 3 + 7 * n, "DispatchWidth": 8, "TotaluOps": 16 * n, "Iterations": n}},
        "InstructionInfoView": {{"InstructionList": [{{"Latency": 9, "RThroughput": 0.5}}]}},
        "ResourcePressureView": {{"ResourcePressureInfo": [
            {{"InstructionIndex": 0, "ResourceIndex": 0, "ResourceUsage": 50}},
            {{"InstructionIndex": lines, "ResourceIndex": 0, "ResourceUsage": 6.5}},
            {{"InstructionIndex": lines, "ResourceIndex": 1, "ResourceUsage": 6}}]}}}}]}}))
else:
    print("Total ROB Entries:                128")
"""
with tempfile.TemporaryDirectory() as folder:
    fake = pathlib.Path(folder) / "mca"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    mca = static_cost.Mca([str(fake)])
    core = mca.core("neoverse-n2")
    wanted = {"model": "NeoverseN1Model", "own": "no: neoverse-n1's", "window": "128", "fma_latency": 9,
              "fma_chain": "7", "fma_per_cycle": "2"}
    ok(wanted.items() <= core.items(), "a core is read from JSON, with the owner of its model", core)
    cost = mca.cost(core, static_cost.views(GCC)["loop"], 10)
    wanted = {"cycles_per_line": "28", "dispatch_bound": "8", "port_busy": "26", "port": "N1UnitL",
              "latency_bound": "28", "limit": "latency"}
    ok(wanted.items() <= cost.items(), "the cost of a loop is read from JSON", cost)

script = [sys.executable, str(root / "results/static_cost.py"), os.devnull]
for option in ("mca", "cc"):
    more = [f"--{option}=/no/such/tool"]
    if option == "cc":
        more.append(f"--mca={sys.executable} -c 'print(\"LLVM version 0\")'")
    failed = subprocess.run([*script, *more], capture_output=True, text=True)
    ok(failed.returncode == 1 and re.fullmatch(rf"static_cost.py: /no/such/tool: .*--{option}.*\n", failed.stderr),
       f"without the tool of --{option}: one line that names it", failed.stderr)

build = (root / "kernels/meson.build").read_text()
flags = " ".join(re.findall(r"'(-[^']+)'", "".join(re.findall(r"^(?:optimized|strict) =.*", build, re.M))))
ok(flags == "-O3 -ffp-contract=off" and set(flags.split()) < set(static_cost.FLAGS),
   "the flags are those of the kernels", flags)

mca, cc = os.environ.get("MCA", "llvm-mca-19"), "aarch64-linux-gnu-gcc"
missing = [t for t in (mca, cc) if not shutil.which(t)]
if missing:
    skip("the kernels under llvm-mca", f"no {' and no '.join(missing)} here")
else:
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "cost.csv"
        command = [sys.executable, str(root / "results/static_cost.py"), str(out), f"--mca={mca}", f"--cc={cc}",
                   "--cpus=neoverse-n1,neoverse-v2,cortex-a72", "--kernels=" + ",".join(
                       str(root / f"kernels/gemv_{k}.c") for k in
                       ("f32_neon", "f32_tvl16_neon", "q8_0_tvl16_neon_dotprod"))]
        got = subprocess.run(command, capture_output=True, text=True)
        rows = [] if got.returncode else read_csv(out)
        rows = {(r["kernel"], r["cpu"]): r for r in rows if r["view"] == "loop"}
        if ok(len(rows) == 8, "kernels of this source are modelled", got.stderr):
            ok(("tvl16_neon_dotprod", "cortex-a72") not in rows, "but not on a core that lacks their instructions")
            for cpu in ("neoverse-n1", "neoverse-v2"):
                r = rows["neon", cpu]
                ok(float(r["cycles_per_line"]) == 4 * float(r["fma_chain"]) and r["limit"] == "latency",
                   f"{cpu}: a line of the naive loop takes four links of its chain", r)
                r = rows["tvl16_neon", cpu]
                ok(float(r["cycles_per_line"]) > 1.5 * float(r["latency_bound"]),
                   f"{cpu}: the tiled loop is not latency-bound", r)

names = {static_cost.name_of(f"gemv_{k}.c") for k in static_cost.KERNELS}
for path in sorted((root / "results/static-cost").glob("static_cost*.csv")):
    rows = read_csv(path)
    ok(rows and list(rows[0]) == static_cost.COLUMNS, f"{path.name}: columns")
    ok(all(r["provenance"] == "modelled" and r["compiler"] and r["llvm"] and r["commit"] for r in rows),
       f"{path.name}: provenance")
    ok(not any("dirty" in r["commit"] for r in rows), f"{path.name}: of a commit")
    found = {(r["dtype"], r["kernel"], r["view"], r["cpu"]) for r in rows}
    kernels = names if path.name == "static_cost.csv" else {(d, k) for d, k, _, _ in found}
    wanted = {(d, k, v, c) for d, k in kernels for v in ("loop", "rows") for c in static_cost.CPUS
              if static_cost.covered(d, k, c, v)}
    ok(found == wanted, f"{path.name}: every kernel, view and CPU", sorted(found ^ wanted)[:4])
    owners = {(model, owner) for _, model, owner in static_cost.MODELS}
    ok(all((r["own"] == "yes") == ((r["model"], r["cpu"]) in owners) for r in rows),
       f"{path.name}: borrowed models are marked")
    bounds = ("latency_bound", "dispatch_bound", "port_busy")
    ok(all(float(r["cycles_per_line"]) > 0.98 * max(float(r[b]) for b in bounds) for r in rows if r["view"] == "loop"),
       f"{path.name}: no loop is faster than its bounds")

YAML = """Header: {Version: 0.0.1}
Kernel:
- Flags: [performs_load, tp_unknown, lt_unknown]
  PortPressure: {'0': 90.0}
Summary:
  CriticalPath: 8.0
  LCD: 2.0
  PortPressure: {'0': 1.0, 3DV: 0.0,
    '2': 2.5}
Target:
"""
script = [sys.executable, str(root / "results/static_cost_osaca.py"), os.devnull]
for option, said in (("--osaca=/no/such/tool", "/no/such/tool: .*--osaca"),
                     ("--cpus=z80", "no table for z80; choose from")):
    failed = subprocess.run([*script, option], capture_output=True, text=True)
    ok(failed.returncode == 1 and re.fullmatch(rf"static_cost\w*.py: .*{said}.*\n", failed.stderr),
       f"OSACA, {option}: one line", failed.stderr)
found = static_cost_osaca.summary(YAML)
ok(found == (2.5, 2, 1), "OSACA: the busiest port, the carried chain, the unknown instructions", found)
rows = read_csv(root / "results/static-cost/osaca.csv")
ok(rows and list(rows[0]) == static_cost_osaca.COLUMNS and not any("dirty" in r["commit"] for r in rows),
   "osaca.csv: columns, and of a commit")
found = {(r["dtype"], r["kernel"], r["cpu"]) for r in rows}
wanted = {(d, k, c) for d, k in names for c in static_cost_osaca.CORES
          if static_cost.covered(d, k, c) and d not in static_cost_osaca.LEFT_OUT}
ok(found == wanted, "osaca.csv: every kernel and core", sorted(found ^ wanted)[:4])
done()
