#!/usr/bin/env python3
"""In-core cycles of the loops of programs that others measured (machines/published.csv) and that no kernel of memwall
has. Same model and columns as window_model.py.

usage: window_programs.py OUT.csv [--machines=FILE.json,...] [--cc=clang]

The files static-cost/programs/gemv_*.c say in C what a program computes in which order. PROGRAMS says how each is
compiled so that the inner loop becomes that of the program. Kernel paper_neon is the list of instructions of
window_paper.py. Apple's cores only: all of these programs ran there.
"""
import argparse
import pathlib
import shlex
import sys

import arm_walk
import static_cost
import window_model
import window_paper

FOLDER = static_cost.HOME / "results/static-cost/programs"
# Current LLVM computes with four vectors at a time on Apple's cores; LLVM 14, which may be what --cc is, with two.
CLANG = ["--target=aarch64-linux-gnu", "-mcpu=apple-m1", "-O3", "-fPIC", "-mllvm", "-force-vector-interleave=4"]
PROGRAMS = {  # kernel: file and flags
    "llama2c_strict": ("gemv_f32_llama2c.c", ["-ffp-contract=on"]),
    "llama2c_fast": ("gemv_f32_llama2c.c", ["-ffast-math"]),
    "vec16": ("gemv_f32_vec16.c", ["-ffast-math"]),
    "vec32": ("gemv_f32_vec32.c", ["-ffast-math"]),
    "ggml": ("gemv_f16_ggml.c", ["-ffast-math"]),
}
COLS = (288, 768, 2048, 4096)  # rows of stories15M to 7B
CORES = ("m1-max", "m2-pro")  # one machine for each core


def compiled(cc, kernel):
    """The steps of a row of each length."""
    file, flags = PROGRAMS[kernel]
    command = [*cc, *CLANG, *flags, "-S", "-o", "-", str(FOLDER / file)]
    done = static_cost.run("cc", command)
    if done.returncode:
        sys.exit(f"window_programs.py: {shlex.join(cc)} cannot compile {file}: {static_cost.first_line(done.stderr)}")
    try:
        return {cols: static_cost.views(done.stdout, cols)["rows"] for cols in COLS}
    except arm_walk.Unknown as e:
        sys.exit(f"window_programs.py: {file}: {e}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--machines", default=",".join(str(window_model.MACHINES / f"{m}.json") for m in CORES))
    options.add_argument("--cc", default="clang")
    chosen = options.parse_args()
    cc = shlex.split(chosen.cc)
    compiler = static_cost.run("cc", [*cc, "--version"]).stdout.splitlines()[0]
    common = {"provenance": "modelled", "commit": static_cost.commit()}
    machines = {pathlib.Path(p).stem: window_model.read(p) for p in chosen.machines.split(",")}
    rows = []
    for kernel in (*PROGRAMS, "paper_neon"):
        loop = None if kernel in PROGRAMS else window_paper.built(window_paper.LOOP)
        by_cols = compiled(cc, kernel) if kernel in PROGRAMS else {cols: steps for cols, (steps, _) in loop.items()}
        for cols, steps in by_cols.items():
            for name, machine in machines.items():
                found = window_model.cost(machine, steps, True, loop and loop[cols][1])
                dtype = static_cost.name_of(PROGRAMS[kernel][0])[0] if kernel in PROGRAMS else "f32"
                rows.append({"dtype": dtype, "kernel": kernel, "machine": name, "core": machine.core, "cols": cols,
                             **found, **common,
                             "compiler": compiler if kernel in PROGRAMS else "clang (the program's machine code)"})
                print(kernel, cols, name, found["cycles_per_line"], file=sys.stderr)
    static_cost.write(chosen.out, window_model.COLUMNS, rows)


if __name__ == "__main__":
    main()
