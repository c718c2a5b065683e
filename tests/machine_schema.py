"""What a machine file has to look like (results/machines/README.md)."""
import json
import os
import re
import sys

from outside import ROOT

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "results"))
import arm_decode

RATE = ("instructions per cycle", "micro-operations per cycle", "macro-operations per cycle")
FACTS = {
    "cores": ("cores",), "clock": ("GHz",), "line": ("bytes",), "dispatch": RATE, "retire": RATE,
    "dispatch_micro_ops": ("micro-operations per cycle",), "loads_per_cycle": ("loads per cycle",),
    "load_bytes": ("bytes per load",), "load_latency": ("cycles",), "load_queue": ("entries",),
    "fma_per_cycle": ("vectors of 16 bytes per cycle", "vectors of 32 bytes per cycle"),
    **dict.fromkeys(("l1d", "l2", "l3"), ("KiB",)),
    **dict.fromkeys(("l1_bandwidth", "l2_bandwidth", "l3_bandwidth", "bandwidth_one_core", "bandwidth_all_cores",
                     "l2_one_stream", "l3_one_stream", "bandwidth_one_stream"), ("GB/s",)),
}
LIMITS = {"window": ("instructions", "micro-operations", "macro-operations"), **dict.fromkeys(
    ("groups", "renames", "vector_registers", "general_registers", "flag_registers", "loads", "stores", "branches"),
    ("entries",))}
TEXTS = {"name", "core", "arch"}
VALUE = {"value", "unit", "source", "provenance", "kind", "note", "others"}
CLASS = {"latency", "accumulate", "pipes", "busy", "source", "provenance", "note"}
PROVENANCE = {"measured", "published", "modelled"}


def number(x, least=0):
    return isinstance(x, (int, float)) and not isinstance(x, bool) and x >= least


def value(name, x, units, sources):
    """What is wrong with a value."""
    if not isinstance(x, dict) or not {"value", "unit", "source", "provenance"} <= set(x) <= VALUE:
        return [f"{name}: its keys"]
    others = x.get("others", [])
    wrong = [f"{name}: value"] * (not number(x["value"]) or x["value"] == 0)
    wrong += [f"{name}: unit {x['unit']}"] * (x["unit"] not in units)
    wrong += [f"{name}: source"] * (not {x["source"], *(o.get("source") for o in others)} <= set(sources))
    wrong += [f"{name}: provenance"] * (x["provenance"] not in PROVENANCE)
    wrong += [f"{name}: kind"] * (x.get("kind", "peak") != "peak" or "kind" in x and x["provenance"] == "measured")
    return wrong + [f"{name}: others"] * (not all(number(o.get("value")) and "note" in o or set(o) == {
        "value", "source"} for o in others))


def instruction_class(name, c, sources):
    """What is wrong with a class of instructions."""
    wrong = [f"{name}: not a class of arm_decode.py"] * (name not in arm_decode.KINDS)
    if not {"latency", "pipes", "source", "provenance"} <= set(c) <= CLASS:
        return [*wrong, f"{name}: its keys"]
    wrong += [f"{name}: latency"] * (not number(c["latency"]) or not number(c.get("busy", 1), 1))
    wrong += [f"{name}: accumulate"] * (not 1 <= c.get("accumulate", 1) <= max(1, c["latency"]))
    wrong += [f"{name}: pipes"] * (not c["pipes"] and name != "zero" or len(set(c["pipes"])) != len(c["pipes"]))
    return wrong + [f"{name}: source"] * (c["source"] not in sources) + [f"{name}: provenance"] * (
        c["provenance"] not in PROVENANCE)


def check(data):
    """What is wrong with a machine."""
    sources = data.get("sources", {})
    wrong = [f"{t}: not a text" for t in TEXTS if not isinstance(data.get(t), str)]
    wrong += [f"source {k}: neither address nor document" for k, s in sources.items()
              if not re.match(r"https?://[^ ]+$|[A-Z]\S+ .+|llama-roofline", s)]
    for name, x in data.items():
        if name in FACTS:
            wrong += value(name, x, FACTS[name], sources)
        elif name not in TEXTS | {"sources", "features", "in_flight", "classes"}:
            wrong.append(f"{name}: unknown")
    for name, x in data.get("in_flight", {}).items():
        wrong += value(name, x, LIMITS.get(name, ()), sources)
    for name, c in data.get("classes", {}).items():
        wrong += instruction_class(name, c, sources)
    text = json.dumps({k: v for k, v in data.items() if k != "sources"})
    wrong += [f"source {k}: not used" for k in sources if f'"{k}"' not in text and k not in text]
    if "in_flight" not in data:  # it describes memory alone
        return wrong
    lacking = arm_decode.KINDS - {"zero", "dot"} - set(data.get("classes", {}))
    wrong += [f"lacks classes {sorted(lacking)}"] * (data.get("arch") == "aarch64" and bool(lacking))
    if "dotprod" in data.get("features", []):
        wrong += ["dotprod: no class dot"] * ("dot" not in data.get("classes", {}))
    return wrong
