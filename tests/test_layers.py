#!/usr/bin/env python3
"""Includes point downwards: no layer uses one above it, no suite is used from below, no two files use each other,
no two headers or types have one name.

    test_layers.py SOURCE_ROOT
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import done, ok  # noqa: E402

ROOT = sys.argv[1]
# From the bottom up. What stands in one line may use one another.
LAYERS = [["include"], ["platform"], ["kernels"], ["layouts"], ["lib"], ["engine"], ["bench/stats"], ["bench/tables"],
          ["bench/check"], ["bench/run"], ["bench/units"],
          [],  # suites: all other folders of bench
          ["bench/suites.c", "bench/suites.h"], ["bench/cli"], ["bench/all"], ["bench/main.c"], ["front"]]

SUITES = LAYERS.index([])
named = {place for places in LAYERS for place in places}
LAYERS[SUITES] = [f"bench/{f}" for f in os.listdir(os.path.join(ROOT, "bench"))
                  if os.path.isdir(os.path.join(ROOT, "bench", f)) and f"bench/{f}" not in named]


def layer_of(path):
    return next((i for i, places in enumerate(LAYERS)
                 if any(path == place or path.startswith(place + "/") for place in places)), None)


def sources():
    for top in ("include", "platform", "kernels", "layouts", "lib", "engine", "bench", "front"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".c", ".h", ".cc")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def includes(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        for name in re.findall(r'^\s*#\s*include "([^"]+)"', f.read(), re.M):
            beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
            found = [p for p in (name, beside) if os.path.isfile(os.path.join(ROOT, p))]
            yield from found[:1]


def unit(path):
    """A header and its source are one, and so are those who share a private X_parts.h: what they use counts for all."""
    return re.sub(r"_parts$", "", os.path.splitext(path)[0])


files = sorted(sources())
uses = {f: sorted(set(includes(f))) for f in files}
ok(len(files) > 200 and sum(map(len, uses.values())) > 500, "the sources and their includes are found", len(files))
homeless = [f for f in files if layer_of(f) is None]
ok(not homeless, "every file has a layer", homeless)
upwards = [f"{f} -> {u}" for f in files for u in uses[f] if (layer_of(u) or 0) > (layer_of(f) or 0)]
ok(not upwards, "no include points upwards", upwards)

graph = {}
for f in files:
    graph.setdefault(unit(f), set()).update(unit(u) for u in uses[f] if unit(u) != unit(f))
circles, state = [], {}


def visit(name, trail):
    state[name] = "open"
    for other in sorted(graph.get(name, ())):
        if state.get(other) == "open":
            circles.append(" -> ".join([*trail[trail.index(other):], other]))
        elif other not in state:
            visit(other, [*trail, other])
    state[name] = "closed"


for start in sorted(graph):
    if start not in state:
        visit(start, [start])
ok(not circles, "no two files use each other", circles)

names = {}
for f in files:
    if f.startswith("bench/") and f.endswith(".h"):
        names.setdefault(os.path.basename(f), []).append(f)
for f in files:
    if not f.startswith("bench/") and os.path.basename(f) in names and f.endswith(".h"):
        names[os.path.basename(f)].append(f)
twice = {n: p for n, p in names.items() if len(p) > 1}
ok(not twice, "no two headers have the same name", twice)
strcmps = [f for f in files if f.startswith("bench/") and layer_of(f) != layer_of("bench/suites.c")
           and re.search(r"strcmp\([^;]*suite->name", open(os.path.join(ROOT, f), encoding="utf-8").read())
           and f not in ("bench/main.c",)]
ok(not strcmps, "nobody compares the name of a suite but the list and who takes a job", strcmps)
types = {}
for f in files:
    with open(os.path.join(ROOT, f), encoding="utf-8") as text:
        for name in re.findall(r"^\} (mw_\w+);", text.read(), re.M):
            types.setdefault(name, []).append(f)
twice = {name: where for name, where in types.items() if len(where) > 1}
ok(len(types) > 80 and not twice, "no two types have the same name", (len(types), twice))
done()
