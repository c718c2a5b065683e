#!/usr/bin/env python3
"""Runs OSACA on the inner loops that static_cost.py extracts.

usage: static_cost_osaca.py OUT.csv [--osaca=osaca] [--cc=aarch64-linux-gnu-gcc] [--cpus=A,B,...]
                            [--kernels=FILE.c,...]

OSACA (https://github.com/RRZE-HPC/OSACA) gives two lower bounds per loop: the pressure on its busiest port, and its
longest loop-carried dependency chain. Columns: results/static-cost/README.md. --cpus takes those in CORES.
"""
import argparse
import pathlib
import re
import shlex
import sys
import tempfile

import static_cost

CORES = {"cortex-a72": "A72", "neoverse-n1": "N1", "neoverse-v2": "V2", "apple-m1": "M1", "a64fx": "A64FX",
         "thunderx2t99": "TX2", "tsv110": "TSV110"}
LEFT_OUT = ("q4_K", "q5_K", "q6_K")  # loops of several hundred instructions, for which OSACA takes minutes per core
COLUMNS = ["dtype", "kernel", "cpu", "lines", "port_busy", "latency_bound", "unknown", "provenance", "compiler",
           "osaca", "commit"]


def summary(text):
    """(cycles of the busiest port, of the longest carried chain, instructions without data) of OSACA's YAML."""
    end = text[text.index("\nSummary:"):]
    ports = re.search(r"PortPressure:\s*\{(.*?)\}", end, re.S).group(1)
    busiest = max(float(p.split(":")[1]) for p in ports.split(","))
    unknown = len(re.findall(r"Flags: \[[^\]]*(?:tp|lt)_unknown", text))
    return busiest, float(re.search(r"LCD:\s*([\d.]+)", end).group(1)), unknown


def analyse(osaca, cpu, steps):
    with tempfile.TemporaryDirectory() as folder:
        source, out = pathlib.Path(folder) / "loop.s", pathlib.Path(folder) / "out.yaml"
        source.write_text("".join(f"\t{s.text}\n" for s in steps))
        done = static_cost.run("osaca", [*osaca, "--arch", CORES[cpu], "--ignore-unknown", "--lcd-timeout", "60",
                                         "--lines", f"1-{len(steps)}", "--yaml-out", str(out), str(source)])
        if done.returncode or not out.exists():
            sys.exit(f"static_cost_osaca.py: {shlex.join(osaca)}, {cpu}: {done.stderr.strip().splitlines()[-1:]}")
        return summary(out.read_text())


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out")
    options.add_argument("--osaca", default="osaca")
    options.add_argument("--cc", default="aarch64-linux-gnu-gcc")
    options.add_argument("--cpus", default=",".join(CORES))
    options.add_argument("--kernels", default=",".join(k for k in static_cost.default_kernels().split(",")
                                                       if static_cost.name_of(k)[0] not in LEFT_OUT))
    chosen = options.parse_args()
    cpus = chosen.cpus.split(",")
    if unknown := sorted(set(cpus) - set(CORES)):
        sys.exit(f"static_cost_osaca.py: --cpus: no table for {unknown[0]}; choose from {', '.join(CORES)}")
    cc, osaca = shlex.split(chosen.cc), shlex.split(chosen.osaca)
    version = static_cost.run("osaca", [*osaca, "--version"]).stdout.split()[-1:]
    common = {"provenance": "modelled", "osaca": "".join(version), "commit": static_cost.commit(),
              "compiler": static_cost.run("cc", [*cc, "--version"]).stdout.splitlines()[0]}
    rows = []
    for source in chosen.kernels.split(","):
        dtype, name = static_cost.name_of(source)
        loop = static_cost.views(static_cost.assembly(cc, source))["loop"]
        lines = static_cost.lines_of(loop)
        for cpu in cpus:
            if not static_cost.covered(dtype, name, cpu):
                continue
            busy, chain, unknown = analyse(osaca, cpu, loop)
            rows.append({"dtype": dtype, "kernel": name, "cpu": cpu, "lines": static_cost.number(lines),
                         "port_busy": static_cost.number(busy / lines),
                         "latency_bound": static_cost.number(chain / lines), "unknown": unknown, **common})
            print(*rows[-1].values(), file=sys.stderr)
    static_cost.write(chosen.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
