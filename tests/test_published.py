#!/usr/bin/env python3
"""Published speeds of decoding: each row names what this project knows, and a source.

usage: test_published.py SOURCE_ROOT    prints TAP
"""
import csv
import json
import pathlib
import re
import sys

from tap import done, ok

root = pathlib.Path(sys.argv[1])
COLUMNS = "machine program kernel loop compiler model dtype threads tokens_per_s fitted listed source note".split()
cores = {path.stem: json.loads(path.read_text()).get("cores", {}).get("value")
         for path in (root / "results/machines").glob("*.json")}
shapes = re.findall(r'^    \{"([\w.-]+)", \{', (root / "engine/synthetic_shapes.c").read_text(), re.M)
recipes = re.findall(r'\{"(\w+)", MW_', (root / "engine/recipe.c").read_text())
kernels = {path.stem for path in (root / "kernels").glob("gemv_*.c")}
with open(root / "results/static-cost/window_programs.csv", newline="") as file:
    kernels |= {f"gemv_{row['dtype']}_{row['kernel']}" for row in csv.DictReader(file)}


def is_number(text):
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and float(text) > 0


def wrong_with(row):
    """The columns of a row that are wrong."""
    if set(row) != set(COLUMNS) or None in row.values():
        return ["number of cells"]
    shape, _, recipe = row["model"].partition("@")
    good = {
        "machine": row["machine"] in cores,
        "program": re.fullmatch(r"[^,;]{1,29}", row["program"]),
        "kernel": f"gemv_{row['dtype']}_{row['kernel']}" in kernels,
        "loop": row["loop"] in ("same", "similar", "other"),
        "listed": row["listed"] in ("yes", "no"),
        "compiler": row["compiler"] in ("gcc", "clang"),
        "model": shape in shapes and (not recipe or recipe in recipes),
        "dtype": not recipe or recipe.removesuffix("_m").lower() == row["dtype"].lower(),
        "threads": re.fullmatch("[1-9][0-9]*", row["threads"]) and (
            int(row["threads"]) <= (cores.get(row["machine"]) or 0)),
        "tokens_per_s": is_number(row["tokens_per_s"]),
        "fitted": row["fitted"] in ("yes", "no"),
        "source": re.fullmatch(r"https?://[^\s,]+", row["source"]),
    }
    return [column for column, is_good in good.items() if not is_good]


def key(row):
    return row["machine"], row["program"], row["model"], row["dtype"], int(row["threads"])


with open(root / "results/machines/published.csv", newline="") as file:
    reader = csv.DictReader(file)
    rows = list(reader)
ok(reader.fieldnames == COLUMNS, "published.csv: its columns", reader.fieldnames)
wrong = [f"line {line}: {', '.join(wrong_with(row))}" for line, row in enumerate(rows, 2) if wrong_with(row)]
ok(not wrong, "each row names a machine, kernel, shape, dtype, number of threads and source", "\n".join(wrong[:5]))
keys = [key(row) for row in rows] if not wrong else []
ok(keys == sorted(keys), "rows are sorted by machine, program, model, dtype and threads",
   next((b for a, b in zip(keys, keys[1:]) if a > b), ""))
ok(len(keys) == len(set(keys)), "and there is one row for each of these", len(keys) - len(set(keys)))
ok(len(rows) >= 30, "there are rows", len(rows))
listed = [row for row in rows if row["listed"] == "yes"]
ok(len(listed) == 24, "the fixed list is complete", len(listed))
readme = (root / "results/machines/README.md").read_text()
lacking = [column for column in COLUMNS if f"`{column}`" not in readme]
ok(not lacking, "README.md describes the columns", lacking)
for column, text in (("machine", "m99"), ("program", "a program with a very long name"), ("kernel", "tvl17_neon"),
                     ("model", "gpt-2"), ("dtype", "q3_K"), ("threads", "0"), ("threads", "1000"),
                     ("tokens_per_s", "fast"), ("fitted", "perhaps"), ("listed", "perhaps"), ("loop", "alike"),
                     ("source", "hearsay")):
    ok(column in wrong_with({**rows[0], column: text}), f"{column}: {text} is noticed")
done()
