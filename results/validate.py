#!/usr/bin/env python3
"""Compares predictions with measurements of the same machine: folders of suite predict, and of suites micro and decode.

usage: validate.py PREDICTED/results.csv MEASURED/results.csv...    prints Markdown

One thread. Kernels by themselves (suite micro): each row `bandwidth_gbs` of a phase gemv/..., weights in L2 (cached) or
in memory (streamed). Decoding (suite decode): the summary `tokens_per_s` of each variant (streamed). The error is
predicted over measured, less 1. `at its roof`: the same after the memory's bandwidth at prediction time is replaced by
what micro read next to the kernel (`roof_gbs`), for what memory binds; bandwidth may have changed in between.
"""
import csv
import statistics
import sys

RULES = ("max", "ecm", "issue", "sum")


def rows_of(path):
    try:
        with open(path, encoding="utf-8", newline="") as f:
            return list(csv.DictReader(f))
    except (OSError, UnicodeDecodeError, csv.Error) as e:
        sys.exit(f"validate.py: {path}: {e}")


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


def measured_of(paths):
    """{key: (value, roof next to it or None)}"""
    found, roofs = {}, {}
    for row in (r for path in paths for r in rows_of(path) if r["provenance"] == "measured"):
        key = key_of(row)
        if key:
            found[key] = float(row["value"])
        elif row["phase"].startswith("gemv/") and row["metric"] == "roof_gbs" and row["value"]:
            roofs[row["phase"], row["dtype"]] = float(row["value"])
    return {key: (value, roofs.get(key)) for key, value in found.items()}


def predicted_of(path):
    """{rule: {key: (value, what binds)}}"""
    found = {rule: {} for rule in RULES}
    for row in rows_of(path):
        key, rule = key_of(row), param(row, "rule")
        if key and rule in found:
            found[rule][key] = float(row["value"]), row["note"].split("; ")[0]
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
        errors = {k: v / measured[k][0] - 1 for k, (v, _) in predicted[rule].items() if k in measured}
        if not errors:
            sys.exit("validate.py: nothing was both predicted and measured")
        for where in ("cached", "streamed", "decoding"):
            part = {k: e for k, e in errors.items() if place(k) == where}
            if part:
                print(line(f"{rule}, {where}", part))
        print(line(f"{rule}, all", errors))


if __name__ == "__main__":
    main()
