#!/usr/bin/env python3
"""Measures instructions of the x86-64 kernels on this CPU and compares them with LLVM's scheduling model of a core.

usage: x86_instructions.py OUT.csv --cpu=znver3 [--mca=llvm-mca-19] [--cc=cc]

`latency` is that of a chain in which each instruction waits for the one before it; `throughput` is cycles per
instruction if none waits. Both are the least of many short runs, in units of an integer addition that waits for the one
before it, which takes one cycle. Columns: results/static-cost/README.md.
"""
import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

import static_cost
import x86_cost

COLUMNS = ["instruction", "latency", "throughput", "cpu", "model_latency", "model_throughput", "provenance", "host_cpu",
           "llvm", "commit"]
# {d} is the register written; a chain has the same one for the operand {c}.
MEMORY = "64(%rsi)"
INSTRUCTIONS = [
    "vfmadd231ps %ymm14,%ymm15,%ymm{d}", f"vfmadd231ps {MEMORY},%ymm15,%ymm{{d}}", "vaddps %ymm{c},%ymm15,%ymm{d}",
    "vmulps %ymm{c},%ymm15,%ymm{d}", f"vmovups {MEMORY},%ymm{{d}}", f"vmovups {MEMORY},%xmm{{d}}",
    f"vmovups %ymm15,{MEMORY}", f"vbroadcastss {MEMORY},%ymm{{d}}", "vbroadcastss %xmm{c},%ymm{d}",
    f"vpmovzxwd {MEMORY},%ymm{{d}}", "vpmovzxwd %xmm{c},%ymm{d}", "vpmovzxwd %xmm{c},%xmm{d}",
    f"vpmovzxbd {MEMORY},%ymm{{d}}", "vpmovzxbd %xmm{c},%ymm{d}", f"vpmovsxbw {MEMORY},%ymm{{d}}",
    "vpmovsxbw %xmm{c},%ymm{d}", "vpmovzxbw %xmm{c},%xmm{d}", f"vcvtph2ps {MEMORY},%ymm{{d}}",
    "vcvtph2ps %xmm{c},%ymm{d}", "vcvtph2ps %xmm{c},%xmm{d}", f"vpinsrw $0,{MEMORY},%xmm{{c}},%xmm{{d}}",
    f"vpinsrd $0,{MEMORY},%xmm{{c}},%xmm{{d}}", f"vinsertps $0,{MEMORY},%xmm{{c}},%xmm{{d}}",
    "vextractf128 $1,%ymm{c},%xmm{d}", "vinserti128 $1,%xmm{c},%ymm15,%ymm{d}", "vpermq $78,%ymm{c},%ymm{d}",
    "vpmaddubsw %ymm{c},%ymm15,%ymm{d}", "vpmaddwd %ymm{c},%ymm15,%ymm{d}", "vpsignb %ymm{c},%ymm15,%ymm{d}",
    "vcvtdq2ps %ymm{c},%ymm{d}", "vpsrlw $4,%ymm{c},%ymm{d}", "vpslld $16,%ymm{c},%ymm{d}",
    "vpshufb %ymm{c},%ymm15,%ymm{d}", "vpand %ymm{c},%ymm15,%ymm{d}", "vpaddd %ymm{c},%ymm15,%ymm{d}"]
LENGTH, CALLS, RUNS = 240, 100, 60  # instructions of a block, blocks of a run, runs
SOURCE = """
#include <stdio.h>
#include <time.h>
static _Alignas(64) float memory[64];
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
#define LEAST(asm_text) ({ double least = 1e99; for (int run = 0; run < %d; run++) { const double start = now(); \\
    for (int i = 0; i < %d; i++) __asm__ volatile(asm_text : : "S"(memory) : "rax", "memory", "cc"); \\
    const double took = now() - start; least = took < least ? took : least; } least; })
int main(void)
{
%s}
"""


def block(text, chain):
    """The instruction, LENGTH times: one after the other, or into twelve registers in turn."""
    lines = (text.format(d=0 if chain else i % 12, c=0 if chain else 14) for i in range(LENGTH))
    return "\\n".join(lines).replace("%", "%%")


def chains(text):
    return "{d}" in text and ("{c}" in text or text.startswith("vfmadd231ps %ymm14"))


def measure(cc, folder):
    """[(instruction, latency or None, throughput)]"""
    parts = []  # addition and instruction next to each other, because clocks change
    for text in INSTRUCTIONS:
        for chain in (True, False):
            if not chain or chains(text):
                parts.append((text, chain))
    addition = "\\n".join(["add $$1,%%rax".replace("$$", "$")] * LENGTH)
    body = "".join(f'    {{ const double one = LEAST("{addition}"); printf("%.3f\\n", LEAST("{block(*p)}") / one); }}\n'
                   for p in parts)
    source, program = pathlib.Path(folder) / "measure.c", pathlib.Path(folder) / "measure"
    source.write_text(SOURCE % (RUNS, CALLS, body))
    done = static_cost.run("cc", [*cc, "-O1", "-mavx2", "-mfma", "-mf16c", "-o", str(program), str(source)])
    if done.returncode:
        sys.exit(f"{x86_cost.NAME}: {shlex.join(cc)} cannot compile: {static_cost.first_line(done.stderr)}")
    done = subprocess.run([str(program)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{x86_cost.NAME}: this CPU lacks AVX2, FMA or F16C")
    found = dict(zip(parts, map(float, done.stdout.split())))
    return [(t, found.get((t, True)), found[t, False]) for t in INSTRUCTIONS]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--cpu", required=True)
    options.add_argument("--mca", default=os.environ.get("MCA", "llvm-mca-19"))
    options.add_argument("--cc", default=os.environ.get("CC", "cc"))
    chosen = options.parse_args()
    mca = x86_cost.Mca(shlex.split(chosen.mca))
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(shlex.split(chosen.cc), folder)
    rows = []
    for text, latency, throughput in measured:
        one = text.format(d=0, c=0)
        rows.append({"instruction": text.format(d=0, c=14), "cpu": chosen.cpu, "provenance": "measured",
                     "latency": static_cost.number(latency) if latency else "",
                     "throughput": static_cost.number(throughput),
                     "model_latency": static_cost.number(mca.cycles(chosen.cpu, one, 100)) if latency else "",
                     "model_throughput": static_cost.number(mca.cycles(
                         chosen.cpu, "\n".join(text.format(d=d, c=14) for d in range(12)), 100) / 12),
                     "host_cpu": x86_cost.host_cpu(), "llvm": mca.version, "commit": static_cost.commit()})
        print(*(rows[-1][c] for c in COLUMNS[:6]), sep="\t", file=sys.stderr)
    static_cost.write(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
