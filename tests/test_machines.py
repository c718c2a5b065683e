#!/usr/bin/env python3
"""Machine files: every value has a unit, a source and a provenance, and the model can use it.

usage: test_machines.py SOURCE_ROOT    prints TAP
"""
import json
import pathlib
import sys

from machine_schema import FACTS, LIMITS, check
from tap import done, ok

root = pathlib.Path(sys.argv[1])
import window_model

paths = sorted((root / "results/machines").glob("*.json"))
ok(len(paths) >= 17, "there are machine files", len(paths))
readme = (root / "results/machines/README.md").read_text()
for path in paths:
    data = json.loads(path.read_text())
    wrong = check(data)
    ok(not wrong, f"{path.stem}: every value has a unit, a source and a provenance", wrong[:4])
    ok(f"`{path.stem}`" in readme, f"{path.stem}: is in README.md")
    machine = window_model.Machine(data)
    ok("in_flight" not in data or machine.dispatch < 20 and machine.limits, f"{path.stem}: the model reads it",
       (machine.dispatch, machine.limits))
for name in (*FACTS, *LIMITS):
    ok(f"`{name}`" in readme, f"README.md describes {name}")

good = json.loads((root / "results/machines/m2-pro.json").read_text())
for what, change in (("a value without a source", {"clock": {"value": 1, "unit": "GHz", "provenance": "measured"}}),
                     ("an unknown unit", {"clock": {**good["clock"], "unit": "MHz"}}),
                     ("an unknown source", {"clock": {**good["clock"], "source": "hearsay"}}),
                     ("a text as a value", {"clock": {**good["clock"], "value": "3.5"}}),
                     ("an unknown provenance", {"clock": {**good["clock"], "provenance": "guessed"}}),
                     ("an unknown value", {"clocks": good["clock"]}),
                     ("a peak that was measured", {"bandwidth_all_cores": {
                         **good["bandwidth_all_cores"], "kind": "peak", "provenance": "measured"}}),
                     ("an unknown kind", {"bandwidth_all_cores": {**good["bandwidth_all_cores"], "kind": "best"}}),
                     ("a lacking class", {"classes": {k: c for k, c in good["classes"].items() if k != "fma"}}),
                     ("a class without pipes", {"classes": {**good["classes"], "fma": {
                         **good["classes"]["fma"], "pipes": []}}})):
    ok(check({**good, **change}), f"{what} is noticed")
done()
