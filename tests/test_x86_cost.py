#!/usr/bin/env python3
"""The modelled cost of x86-64 kernels: how paths are compared, what llvm-mca is given and prints, the path of a kernel,
the stored tables. Without llvm-mca, or where no child process can be traced, the checks that need it are skipped.

usage: test_x86_cost.py SOURCE_ROOT BUILD_ROOT    prints TAP
"""
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile

from outside import read_csv
from tap import done, ok, skip

root, build = map(pathlib.Path, sys.argv[1:3])
sys.dont_write_bytecode = True
sys.path.insert(0, str(root / "results"))
import x86_cost
import x86_instructions
import x86_measured

for short, long, wanted in (("abcz", "abcbcz", "bc"), ("az", "abbbz", "bbb"), ("abz", "abz", ""), ("", "ab", "ab"),
                            ("abcz", "abxcyz", ""), ("axxz", "axxxxz", "xx")):
    ok("".join(x86_cost.between(list(short), list(long))) == wanted, f"{long} beyond {short}: {wanted or 'nothing'}",
       x86_cost.between(list(short), list(long)))
for items, wanted in (("abab", 2), ("aaaa", 1), ("abcd", 4), ("aba", 3)):
    ok(x86_cost.period(list(items)) == wanted, f"the period of {items}", x86_cost.period(list(items)))
for text, wanted in (("jne    451c19 <gemv+0x39>", "jne    next"), ("call   4010e0 <memcpy@plt>", "call   next"),
                     ("vmovaps 0x1234(%rip),%ymm1        # 452000 <x>", "vmovaps 0x1234(%rip),%ymm1"),
                     ("cs nopw 0x0(%rax,%rax,1)", "nop"), ("notrack jmp *%rax", "jmp *%rax"),
                     ("vpinsrw $0x0,(%rax),%xmm1,%xmm2", "vpinsrw $0x0,(%rax),%xmm1,%xmm2")):
    ok(x86_cost.text_of(text) == wanted, f"{text}: {wanted}", x86_cost.text_of(text))
others = ["test   %al,%al", "setne  %al", "cmpq   $1,(%rax)", "je next", "cmp    %rax,%rcx", "jmp    next"]
ok(x86_cost.fused(["cmp    %rax,%rcx", "jne    next", *others]) == ["jne    next", *others],
   "comparisons of registers are fused with conditional branches, others not")
for text, wanted in (("vmovups (%rax),%ymm0", True), ("vmovups %ymm0,(%rax)", False), ("lea (%rax),%rcx", False),
                     ("cmp %rax,0x8(%rsp)", True), ("prefetcht0 0x40(%rdi)", True), ("vaddps %ymm0,%ymm1,%ymm2", False),
                     ("vpinsrw $0,(%rax),%xmm1,%xmm1", True)):
    ok(x86_cost.is_load(text) == wanted, f"{text}: {'a' if wanted else 'no'} load")
for cpu, text, wanted in (
        ("znver3", "vpmovzxwd 0x20(%rsi,%rax,2),%ymm3", "vpshufd $0,0x20(%rsi,%rax,2),%ymm3"),
        ("znver3", "vpmovzxwd %xmm1,%ymm3", "vpmovzxwd %xmm1,%ymm3"),
        ("znver4", "vpinsrw $0x0,-0x22(%rdx),%xmm1,%xmm2", "vinsertps $0,-0x22(%rdx),%xmm1,%xmm2"),
        ("znver3", "vcvtph2ps (%rax),%ymm2", "vcvtdq2ps (%rax),%ymm2"),
        ("znver2", "vcvtph2ps %xmm1,%xmm4", "vcvtdq2ps %xmm1,%xmm4"),
        ("sapphirerapids", "vfmadd231ps (%rsi),%ymm1,%ymm0", "vmovups (%rsi),%ymm31\nvfmadd231ps %ymm31,%ymm1,%ymm0"),
        ("sapphirerapids", "vpinsrw $0x0,(%rdx),%xmm1,%xmm2", "vpinsrw $0x0,(%rdx),%xmm1,%xmm2")):
    ok(x86_cost.with_stand_ins(cpu, text) == wanted, f"{cpu}: what stands in for {text}",
       x86_cost.with_stand_ins(cpu, text))
ok(x86_cost.busiest("[0]   - Zn3AGU0\n[12.0] - Zn3FP45\n[12.1] - Zn3FP45\n\nResource pressure per iteration:\n"
                    "[0]    [12.0] [12.1] \n -     1.50   3.25   \n\n") == ("Zn3FP45", 3.25), "the busiest resource")

command = os.environ.get("MCA", "llvm-mca-19")
if not shutil.which(command):
    skip("llvm-mca", f"no {command} here")
else:
    mca = x86_cost.Mca([command])
    for cpu, texts, wanted in (
            ("znver3", ["vfmadd231ps %ymm1,%ymm2,%ymm0"], 4), ("znver2", ["vfmadd231ps %ymm1,%ymm2,%ymm0"], 5),
            ("znver3", [f"vfmadd231ps %ymm14,%ymm15,%ymm{i}" for i in range(12)], 6),
            ("znver3", [f"vpmovzxwd (%rsi),%ymm{i}" for i in range(12)], 6),
            ("znver3", [f"vpinsrw $0,(%rsi),%xmm15,%xmm{i}" for i in range(12)], 6),
            ("znver2", [f"vmovups (%rsi),%ymm{i}" for i in range(12)], 6),
            ("sapphirerapids", ["vfmadd231ps (%rsi),%ymm1,%ymm0"], 4),
            ("sapphirerapids", ["vfmadd231ps (%rsi),%xmm1,%xmm0"], 4)):
        got = mca.cost(cpu, texts, 2)
        ok(abs(got["cycles_per_line"] - wanted / 2) < 0.1, f"{cpu}: {len(texts)} {texts[0]}: {wanted} cycles", got)
    got = mca.cost("znver3", ["vpmovzxwd (%rsi),%ymm0"], 1)
    ok(got["as_llvm"] > 2 * got["cycles_per_line"], "without stand-ins, the cycles of LLVM's model", got)

here = platform.system() == "Linux" and platform.machine() == "x86_64"
flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8") if here else ""
if not here or not re.search(r"^flags.*\bavx2\b", flags, re.M) or not shutil.which("objdump") or not shutil.which("cc"):
    skip("paths of kernels", "needs Linux on x86-64 with AVX2, objdump and a compiler")
else:
    with tempfile.TemporaryDirectory() as folder:
        steps = x86_cost.Steps(["cc"], build, folder)
        names = {f"{d}_{k}": more for d, k, *more in steps.chosen("")}
        ok(names.get("f32_avx2") == ["avx2", "rowmajor"] and "q4_K_tvl16_avx2" in names and "bf16_scalar" not in names,
           "kernels and their layouts", sorted(names)[:3])
        try:
            n_bytes, texts = steps.rows("f32", "neon", 4, 768)
        except x86_cost.Refused as e:
            skip("the path of a kernel", str(e))
        else:
            fma = sum(t.startswith("vfmadd") for t in texts)
            ok(n_bytes == 768 * 4 and fma == 768 / 4, "a row of f32_neon: an FMA for four columns", (n_bytes, fma))
            n_bytes, texts = steps.rows("f32", "tvl16_avx2", 16, 128)
            fma = sum(t.startswith("vfmadd") for t in texts)
            ok(fma * 32 == n_bytes, "a panel of f32_tvl16_avx2: an FMA for eight values", (n_bytes, fma))
        for args in (["f32"], ["f32", "no", "4", "768"], ["q4_K", "avx2", "4", "100"], ["f32", "avx2", "0", "768"],
                     ["f32", "avx2", "4", "-1"], ["f32", "avx2", "4", "768", "x"]):
            got = subprocess.run([steps.program, *args], capture_output=True, text=True)
            ok(got.returncode == 1 and not got.stdout and got.stderr.count("\n") == 1,
               f"x86_steps {' '.join(args)}: refused", got.stderr)
        got = subprocess.run([steps.program, "q8_0", "avx2", "4", "768", "time"], capture_output=True, text=True)
        ok(re.fullmatch(r"bytes 3264\ncycles \d+\.\d\n", got.stdout), "a kernel is timed", got)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "x.csv"
        for args, word in ((["--build=/no/such"], "--build"), (["--mca=/no/such"], "--mca"),
                           ([f"--build={build}", "--cores=i386"], "znver3"),
                           ([f"--build={build}", "--kernels=f32_no"], "f32_avx2")):
            if shutil.which(command) or "mca" in args[0]:
                got = subprocess.run([sys.executable, str(root / "results/x86_cost.py"), str(out), *args],
                                     capture_output=True, text=True)
                ok(got.returncode == 1 and got.stderr.count("\n") == 1 and word in got.stderr and not out.exists(),
                   f"{args[-1]}: one line with {word}", got.stderr)

for name, columns in (("window_x86", x86_cost.COLUMNS), ("x86_measured", x86_measured.COLUMNS),
                      ("x86_instructions", x86_instructions.COLUMNS)):
    path = root / f"results/static-cost/{name}.csv"
    rows = read_csv(path) if path.exists() else []
    ok(not path.exists() or rows and list(rows[0]) == columns, f"{name}.csv: columns")
    ok(all(r["provenance"] == ("modelled" if name == "window_x86" else "measured") and re.fullmatch(
        r"[0-9a-f]{7,}", r["commit"]) for r in rows), f"{name}.csv: provenance, and of a commit")
path = root / "results/static-cost/window_x86.csv"
rows = read_csv(path) if path.exists() else []
kernels, cores = {(r["dtype"], r["kernel"]) for r in rows}, {core for core, *_ in x86_cost.CORES.values()}
wanted = {(*k, c, str(n)) for k in kernels for c in cores for n in x86_cost.COLS}
found = [(r["dtype"], r["kernel"], r["core"], r["cols"]) for r in rows]
ok(set(found) <= wanted and len(found) == len(set(found)), "window_x86.csv: kernels, cores and lengths, each once",
   sorted(set(found) - wanted)[:3])
lacking = {k for k in wanted - set(found) if "neon" not in k[1] or (k[2], k[3]) == ("Zen 3", "768")}
ok(not lacking, "window_x86.csv: every kernel on Zen 3, those that are not NEON on every core", sorted(lacking)[:3])
wrong = [r for r in rows if float(r["cycles_per_line"]) < 0.97 * max(
    float(r[c]) for c in ("port_busy", "dispatch_bound"))]
ok(not wrong, "window_x86.csv: no fewer cycles than units are busy for", wrong[:1])
done()
