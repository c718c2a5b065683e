#!/usr/bin/env python3
"""Traces and cache model compared with an independent instrument: valgrind runs the timed kernels themselves. lackey
must see exactly the same loads and stores, cachegrind the same misses within one per cent.

usage: test_valgrind.py VALGRIND_TARGET    prints TAP
"""
import os
import re
import shutil
import subprocess
import sys

from outside import read, workplace
from tap import done, ok, skip

target = os.path.abspath(sys.argv[1])
workplace("valgrind")
LINE = 64
CACHES = [(4096, 4, LINE), (65536, 8, LINE)]  # smaller than the matrix, so that the set-up leaves nothing of it there
# kernel, rows, cols, offset: SSE and AVX2, as valgrind does not support AVX-512
CASES = [("scalar", 96, 200, 28), ("neon", 96, 200, 0), ("neon", 96, 200, 28), ("neon4", 96, 200, 0),
         ("tvl16_neon", 96, 200, 0), ("tvl16_neon", 90, 200, 0), ("autovec", 96, 200, 0),
         ("autovec_assoc_avx2", 96, 203, 28), ("colmajor", 80, 256, 0), ("aos", 64, 80, 0)]


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=200)


def model(case):
    r = run(target, "model", *case, *[x for level in CACHES for x in level])
    if r.returncode:
        return f"exit {r.returncode}: {r.stderr}"
    return {l.split()[0]: list(map(int, l.split()[1:])) for l in r.stdout.splitlines()}


def traced_accesses(trace, marker):
    """[[kind, address, bytes]] between the two stores to `marker`: earlier maps may have had the same addresses.
    valgrind splits a fused multiply-add into a load per lane, so adjacent loads of one instruction count as one."""
    accesses, inside, same = [], False, False
    for line in trace.splitlines():
        if line.startswith("I "):
            same = False
        if line[:2] not in (" L", " S", " M"):
            continue
        place, size = line[3:].split(",")
        at, size, kind = int(place, 16), int(size), line[1]
        if at == marker and kind == "S":
            inside = not inside
        elif inside and same and kind == "L" and accesses[-1][0] == "L" and accesses[-1][1] + accesses[-1][2] == at:
            accesses[-1][2] += size
        elif inside:
            accesses.append([kind, at, size])
            same = True
    return accesses


def seen_by_lackey(case):
    """{operand: [loads, their bytes, stores, their bytes, split loads, visits of lines]}, or a message."""
    r = run("valgrind", "--tool=lackey", "--trace-mem=yes", "--log-file=trace", target, "run", *case)
    if r.returncode:
        return r.stderr
    operands = {l.split()[0]: tuple(map(int, l.split()[1:])) for l in r.stdout.splitlines()}
    marker = operands.pop("marker")[0]
    accesses = traced_accesses(read("trace").decode("ascii", errors="replace"), marker)
    counts, last = {name: [0] * 6 for name in operands}, {}
    for kind, at, size in accesses:
        for name, (start, length) in operands.items():
            if not start <= at < start + length:
                continue
            c, first, end = counts[name], at // LINE, (at + size - 1) // LINE
            if kind in "LM":
                c[0] += 1
                c[1] += size
                c[4] += first != end
            if kind in "SM":
                c[2] += 1
                c[3] += size
            c[5] += (first != last.get(name)) + end - first
            last[name] = end
    return counts


def missed_by_cachegrind(case):
    """(first-level misses, last-level misses) of the kernel's own loads and stores, or a message."""
    d1, ll = (",".join(map(str, level)) for level in CACHES)
    r = run("valgrind", "--tool=cachegrind", "--cache-sim=yes", f"--D1={d1}", f"--LL={ll}",
            "--cachegrind-out-file=out", target, "run", *case)
    if r.returncode:
        return r.stderr
    text = read("out").decode(errors="replace")
    events = re.search(r"^events: (.*)$", text, re.M).group(1).split()
    sums, inside = dict.fromkeys(events, 0), False
    for line in text.splitlines():
        if line.startswith("fn="):
            inside = line[3:] in ("gemv", "panel", "gemv_f32_plain")
        elif inside and re.match(r"[\d+-]", line):
            for event, value in zip(events, line.split()[1:]):
                sums[event] += int(value)
    return sums["D1mr"] + sums["D1mw"], sums["DLmr"] + sums["DLmw"]


def close(a, b):
    return abs(a - b) <= 0.01 * max(a, b)


if not shutil.which("valgrind"):
    skip("valgrind's view of the kernels", "valgrind is not installed")
    done()
for case in CASES:
    name = f"{case[0]}, {case[1]} x {case[2]} at {case[3]}"
    ours = model(case)
    if isinstance(ours, str):
        if "which this CPU lacks" in ours or "no traced twin" in ours or "no gemv kernel is called" in ours:
            skip(name, "this CPU or build has no such kernel, or no trace of it")
        else:
            ok(False, name, ours)
        continue
    theirs = seen_by_lackey(case)
    accesses = {k: v[:6] for k, v in ours.items()}
    if isinstance(theirs, dict) and case[0].startswith("tvl") and case[1] % 16:
        accesses["output"] = theirs["output"] = []  # memcpy moves the last rows, with widths of its own
    ok(accesses == theirs, f"{name}: lackey sees the same loads, stores, splits and order", (ours, theirs))
    fills = [sum(v[6 + level] for v in ours.values()) for level in range(2)]
    misses = missed_by_cachegrind(case)
    ok(not isinstance(misses, str) and all(map(close, fills, misses)),
       f"{name}: cachegrind's misses are our fills: {fills}", (fills, misses))
done()
