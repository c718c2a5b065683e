#!/usr/bin/env python3
"""Compares predictions with measurements of the same machine: folders of suite predict, and of suites micro and decode.

usage: validate.py PREDICTED MEASURED...    prints Markdown; PREDICTED: a folder, or one of folders

One thread. Kernels by themselves (suite micro): each row `bandwidth_gbs` of a phase gemv/..., weights in L2 (cached) or
in memory (streamed). Decoding (suite decode): the summary `tokens_per_s` of each variant (streamed). The error is
predicted over measured, less 1. Kernels of dot products through SIMDe are left out: there, one instruction is a loop
over memory, which llvm-mca does not know.
"""
import csv
import pathlib
import statistics
import sys

RULES = ("max", "ecm", "issue", "sum")


def rows_of(folder):
    """Rows of results.csv, in the folder or in those that it contains."""
    found = []
    for path in sorted(p for p in pathlib.Path(folder).rglob("results.csv") if p.is_file()):
        try:
            with open(path, encoding="utf-8", newline="") as f:
                found += csv.DictReader(f)
        except (OSError, UnicodeDecodeError, csv.Error) as e:
            sys.exit(f"validate.py: {path}: {e}")
    if not found:
        sys.exit(f"validate.py: {folder}: holds no results.csv with rows")
    return [row for row in found if "dotprod" not in row["kernel"]]


def param(row, key):
    return dict(p.split("=", 1) for p in row["param"].split(";") if "=" in p).get(key)


def key_of(row):
    """What a predicted and a measured row have in common, or None for rows of something else."""
    if row["threads"] != "1" or not row["value"]:
        return None
    if row["phase"].startswith("gemv/") and row["metric"] == "bandwidth_gbs":
        return row["phase"], row["dtype"]
    if row["phase"] == "steady" and row["metric"] == "tokens_per_s" and not row["rep"] and not param(row, "program"):
        return f"decode/{row['variant']}", row["dtype"]
    return None


def measured_of(folders):
    rows = [row for folder in folders for row in rows_of(folder) if row["provenance"] == "measured"]
    return {key_of(row): float(row["value"]) for row in rows if key_of(row)}


def predicted_of(folder):
    """{rule: {key: value}}"""
    found = {rule: {} for rule in RULES}
    for row in rows_of(folder):
        key, rule = key_of(row), param(row, "rule")
        if key and rule in found:
            found[rule][key] = float(row["value"])
    return found


def place(key):
    return "cached" if key[0].endswith("/cache") else "streamed" if key[0].startswith("gemv/") else "decoding"


def line(title, errors):
    """`errors`: {key: error}"""
    worst = max(errors, key=lambda k: abs(errors[k]))
    sizes = [abs(e) for e in errors.values()]
    within = [sum(s <= limit for s in sizes) for limit in (0.10, 0.25)]
    return (f"| {title} | {len(sizes)} | {statistics.median(sizes):.1%} | {within[0]} | {within[1]} | "
            f"{errors[worst]:+.0%} {worst[0]} {worst[1]} |")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    predicted, measured = predicted_of(sys.argv[1]), measured_of(sys.argv[2:])
    print("| rule, weights | n | median error | within 10 % | within 25 % | worst |\n|---|--:|--:|--:|--:|---|")
    for rule in RULES:
        errors = {k: v / measured[k] - 1 for k, v in predicted[rule].items() if k in measured}
        if not errors:
            sys.exit("validate.py: nothing was both predicted and measured")
        for where in ("cached", "streamed", "decoding"):
            part = {k: e for k, e in errors.items() if place(k) == where}
            if part:
                print(line(f"{rule}, {where}", part))
        print(line(f"{rule}, all", errors))


if __name__ == "__main__":
    main()
