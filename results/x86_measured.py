#!/usr/bin/env python3
"""Measures the GEMV kernels on this CPU, weights in its first-level cache, and compares with x86_cost.py's cycles.

usage: x86_measured.py OUT.csv --cpu=znver3 [--build=build] [--mca=llvm-mca-19] [--cc=cc] [--kernels=DTYPE_NAME,...]

Cycles are those that R more rows take, in the fastest of 2,000 rounds of eight calls. A cycle is what an integer
addition takes that waits for the one before it. Columns: results/static-cost/README.md.
"""
import pathlib
import shlex
import sys
import tempfile

import static_cost
import x86_cost

COLUMNS = ["dtype", "kernel", "isa", "compiler", "cpu", "cols", "cycles_per_line", "modelled", "ratio", "as_llvm",
           "provenance", "host_cpu", "llvm", "commit"]
COLS, MOST = (768, 256, 128), 16384  # the longest rows whose matrix is no larger than this


def measure(steps, dtype, name, layout):
    """Columns of a row, rows, and cycles for a line."""
    rows = x86_cost.rows_of(layout)
    for cols in COLS:
        done = static_cost.run("", [steps.program, dtype, name, str(rows), str(cols), "time"])
        if done.returncode:
            raise x86_cost.Refused(static_cost.first_line(done.stderr))
        n_bytes, cycles = (float(line.split()[1]) for line in done.stdout.splitlines())
        if 2 * n_bytes <= MOST:
            break
    return cols, rows, cycles / (n_bytes / 64)


def main():
    options = x86_cost.options_of(__doc__)
    options.add_argument("--cpu", required=True)
    chosen = options.parse_args()
    build, mca = pathlib.Path(chosen.build), x86_cost.Mca(shlex.split(chosen.mca))
    common = {"compiler": x86_cost.compiler_of(build), "provenance": "measured", "cpu": chosen.cpu, "llvm": mca.version,
              "host_cpu": x86_cost.host_cpu(), "commit": static_cost.commit()}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        steps = x86_cost.Steps(shlex.split(chosen.cc), build, folder)
        for dtype, name, isa, layout in steps.chosen(chosen.kernels):
            try:
                cols, n, cycles = measure(steps, dtype, name, layout)
                n_bytes, texts = steps.rows(dtype, name, n, cols)
            except x86_cost.Refused as e:
                print(f"{x86_cost.NAME}: {dtype}_{name}: left out: {e}", file=sys.stderr)
                continue
            found = mca.cost(chosen.cpu, x86_cost.fused(texts), n_bytes / 64)
            modelled = found["cycles_per_line"]
            values = {"cycles_per_line": cycles, "modelled": modelled, "ratio": modelled / cycles,
                      "as_llvm": found["as_llvm"]}
            rows.append({"dtype": dtype, "kernel": name, "isa": isa, "cols": cols, **common,
                         **{k: static_cost.number(v) for k, v in values.items()}})
            print(*(rows[-1][c] for c in ("dtype", "kernel", *COLUMNS[5:10])), sep="\t", file=sys.stderr, flush=True)
    static_cost.write(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
