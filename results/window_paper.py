#!/usr/bin/env python3
"""What window_model.py gives for the paper's loop on the paper's machine, and how that depends on each input.

usage: window_paper.py [--machine=FILE.json] [--clock=GHZ] [--assembly=FILE.s]    prints a table

--assembly: instead, the same model decoded with the function gemv of a file, which has the parameters of a kernel.

The loop is that of the program in the paper's artifact. Per 16 bytes of weights it has two loads that update their base
register, one fmla, an addition, and a comparison with a branch. Tokens per second count the matrices only, from L1: all
else that a token takes would make it slower. Model: 12 layers of 768 columns (w2: 2048), 32000 rows at the end.
"""
import argparse
import sys

import arm_decode
import arm_walk
import static_cost
import window_model

LINES = {768: (12 * (4 * 768 + 2 * 2048) + 32000) * 768 // 16, 2048: 12 * 768 * 2048 // 16}  # per token
START = ["movi v0.4s, 0", "mov x9, 0", "mov x10, x1", "mov x11, x2"]
LOOP = ["ldr q1, [x10], 16", "ldr q2, [x11], 16", "fmla v0.4s, v1.4s, v2.4s", "add x9, x9, 4", "cmp x9, x3", "b.le .L1"]
INDEXED = ["ldr q1, [x1, x9]", "ldr q2, [x2, x9]", "fmla v0.4s, v1.4s, v2.4s", "add x9, x9, 16", "cmp x9, x3",
           "b.ne .L1"]
END = ["mov x9, x5", "faddp v0.4s, v0.4s, v0.4s", "faddp s0, v0.2s", "cmp w9, w6", "b.ge .L2",
       "str s0, [x0, x8, lsl 2]", "add x8, x8, 1", "add x1, x1, x4", "cmp x8, x7", "b.ne .L3"]


def row(cols, loop):
    """The instructions of one row."""
    return START + loop * (cols // 4) + END


def token(machine, rows):
    """Cycles per line for each length of rows, and cycles per token. `rows`: {columns: (instructions, lines)}."""
    lines = {cols: window_model.cycles(machine, [arm_decode.decode(steps, machine)]) / n
             for cols, (steps, n) in rows.items()}
    return lines, sum(LINES[cols] * c for cols, c in lines.items())


def assembled(path):
    """The rows of the function gemv in an assembly file."""
    try:
        with open(path, encoding="utf-8") as f:
            text = f.read()
        rows = {cols: static_cost.views(text, cols)["rows"] for cols in LINES}
    except (OSError, UnicodeDecodeError, arm_walk.Unknown) as e:
        sys.exit(f"window_paper.py: {path}: {e.strerror if isinstance(e, OSError) else e}")
    return {cols: (steps, static_cost.lines_of(steps)) for cols, steps in rows.items()}


def built(loop):
    return {cols: (row(cols, loop), cols / 16) for cols in LINES}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--machine", default=str(window_model.MACHINES / "m2-pro.json"))
    options.add_argument("--clock", type=float)
    options.add_argument("--assembly")
    chosen = options.parse_args()
    data = window_model.load(chosen.machine)
    if not data.get("classes") or not chosen.clock and "clock" not in data:
        sys.exit(f"window_paper.py: {chosen.machine} has no classes of instructions, or no clock; give --clock=GHZ")
    core, clock = window_model.Machine(data), chosen.clock or data["clock"]["value"]
    limits = core.limits

    def without(*names):
        return core.vary(limits={k: v for k, v in limits.items() if k not in names})
    variations = [("as published", core, LOOP), ("two loads with an index instead", core, INDEXED)]
    variations += [(f"window {p:+d} %", core.scaled(window=1 + p / 100), LOOP) for p in (-20, -10, 10, 20, 50, 100)]
    variations += [("without the limit of renames", without("renames"), LOOP),
                   ("without renames and groups", without("renames", "groups"), LOOP),
                   ("without limits of registers", without("vector_registers", "general_registers", "flag_registers"),
                    LOOP),
                   ("loads hold 128 entries until they retire", core.vary(limits=limits | {"loads": 128}), LOOP),
                   ("fmla of 3 cycles", core.fma(-1), LOOP), ("fmla of 5 cycles", core.fma(1), LOOP),
                   ("width -20 %", core.scaled(width=0.8), LOOP), ("width +20 %", core.scaled(width=1.2), LOOP)]
    variations += [(f"no limit of {name}", m, LOOP) for name, m in core.relaxed().items()]
    if chosen.assembly:
        variations = [(chosen.assembly, core, None)]
    print(f"{'variation':42s} {'768':>6s} {'2048':>6s} {'Mcycles':>8s} {'tokens/s':>8s}")
    for name, machine, loop in variations:
        lines, cycles = token(machine, built(loop) if loop else assembled(chosen.assembly))
        print(f"{name:42s} {lines[768]:6.2f} {lines[2048]:6.2f} {cycles / 1e6:8.1f} {clock * 1e9 / cycles:8.1f}",
              flush=True)


if __name__ == "__main__":
    main()
