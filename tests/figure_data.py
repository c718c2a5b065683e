"""Shared by the tests of figures: the result folders in figures/, changed copies of them, runs of the scripts.

Importing it takes PLOTS_FOLDER, DATA_FOLDER and `others` from the command line, makes plots/ importable and enters a
new folder.
"""
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

from outside import read_csv, workplace, write_csv
from tap import ok

plots, given, *others = map(os.path.abspath, sys.argv[1:])
sys.path.insert(0, plots)
sys.dont_write_bytecode = True
work = workplace("figures")
os.environ.update(MPLCONFIGDIR=os.path.join(work, "mpl"), PYTHONDONTWRITEBYTECODE="1")
os.environ.pop("MEMWALL_RESULTS", None)
folders = {suite: os.path.join(given, suite) for suite in ("decode", "micro", "clu", "ttft", "context", "growth",
                                                            "why", "predict")}
import data  # noqa: E402  of plots/


def run(*args, **more):
    return subprocess.run(args, capture_output=True, text=True, timeout=250, **more)


def figures(*args, script="figures.py", **more):
    return run(sys.executable, os.path.join(plots, script), *args, **more)


def one_line(r, name, program, *words, code=2):
    """Checks that a run was refused with one line on stderr that contains the words."""
    lines = r.stderr.splitlines()
    ok(r.returncode == code and r.stdout == "" and len(lines) == 1 and lines[0].startswith(program + ": ") and
       all(w in lines[0] for w in words), name, (r.returncode, r.stdout, lines))


def rows_of(suite, file="results.csv"):
    return read_csv(os.path.join(given, suite, file))


def changed(suite, edit=lambda text: text, file="results.csv"):
    """A copy of a folder with one file edited."""
    folder = os.path.join(tempfile.mkdtemp(dir="."), suite)
    shutil.copytree(os.path.join(given, suite), folder)
    path = os.path.join(folder, file)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    with open(path, "w", encoding="utf-8", newline="", errors="surrogateescape") as f:
        f.write(edit(text))
    return folder


def with_rows(suite, rows):
    """A copy of a folder with these rows in results.csv."""
    folder = changed(suite)
    write_csv(os.path.join(folder, "results.csv"), rows)
    return folder


def why_on(counts, **changed):
    """Rows of suite why: those of one thread, repeated for these numbers of threads; and the knee."""
    first = rows_of("why")[0]["variant"]
    rows = [{**x, **changed} for x in rows_of("why") if x["variant"] == first]
    return [{**x, "threads": str(t)} for t in counts for x in rows if x["threads"] == "1"] + [
        {**x, "value": "1.333333", "ci_low": "-0.1", "ci_high": "2.767"} for x in rows if x["threads"] == "0"]


def without(column):
    """An edit that removes a column from a CSV text."""
    def edit(text):
        rows = list(csv.reader(text.splitlines()))
        at = rows[0].index(column)
        with open("cut.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f, lineterminator="\n").writerows(row[:at] + row[at + 1:] for row in rows)
        with open("cut.csv", encoding="utf-8") as f:
            return f.read()
    return edit


def substituted(pattern, by):
    """An edit that replaces the first match of a pattern."""
    return lambda text: re.sub(pattern, by, text, count=1)


def piped(suite):
    """A copy of a folder whose results.csv is a pipe that nobody writes to."""
    folder = changed(suite)
    os.unlink(os.path.join(folder, "results.csv"))
    os.mkfifo(os.path.join(folder, "results.csv"))
    return folder


def damaged_folders():
    """{name: (a folder that no program accepts, words of the message)}."""
    table = "results.csv: line"
    return {
        "an empty file": (changed("decode", lambda t: ""), ["results.csv", "is empty"]),
        "a header alone": (changed("decode", lambda t: t.splitlines()[0] + "\n"), ["results.csv", "no rows"]),
        "a row cut short": (changed("decode", lambda t: t[:t.rindex(",")]), [table, "cells"]),
        "an open quote": (changed("decode", lambda t: t + '"'), [table, "is not valid CSV"]),
        "bytes that are no text": (changed("decode", lambda t: t + "\udcff"), [table, "is not valid CSV"]),
        "a word for a number": (changed("decode", substituted(r"(tokens_per_s,1/s,)[\d.]+", r"\1fast")),
                                [table, "'fast'", "value"]),
        "an interval without its value": (
            changed("decode", lambda t: re.sub(r"(tokens_per_s,1/s,[\d.]+,)[\d.]+", r"\g<1>99999", t)),
            [table, "interval"]),
        "a missing column": (changed("decode", without("ci_low")), ["results.csv: line 1", "no column ci_low"]),
        "another schema": (changed("decode", lambda t: t.replace(",2,", ",99,")),
                           ["schema 99", "schema " + data.SCHEMA, "commit"]),
        "a pipe": (piped("decode"), ["results.csv", "is not a regular file"]),
        "a missing folder": ("/nonexistent", ["/nonexistent", "is not a folder"]),
        "a folder without results": (tempfile.mkdtemp(dir="."), ["results.csv", "is not a result folder"]),
    }


def tree_without_results():
    """A folder that holds plots/ and nothing else."""
    elsewhere = tempfile.mkdtemp(dir=".")
    shutil.copytree(plots, os.path.join(elsewhere, "plots"))
    return elsewhere
