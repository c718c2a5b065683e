"""Result folders: reading and checking them, choosing rows. Knows nothing of pictures.

Two kinds of failure: Bad (a file that cannot be used: the program ends) and Missing (a figure's data are not in these
folders: the figure is skipped). Both hold one finished line.
"""
import csv
import glob
import json
import math
import os
import platform
import re
import xml.etree.ElementTree as xml

SCHEMA = "2"  # of results/SCHEMA.md; the only place in plots/ that knows it

RESULTS_COLUMNS = ("utc", "cpu", "model", "dtype", "variant", "layout", "load", "isa", "threads", "suite", "phase", "metric", "value",
                   "ci_low", "ci_high", "n", "provenance", "schema", "commit", "rep", "param")


class Bad(Exception):
    pass


class Missing(Exception):
    pass


class Row(dict):
    """Cells by column name, and where they stand."""

    def __init__(self, names, cells, path, line):
        super().__init__(zip(names, cells))
        self.path, self.line = path, line

    def number(self, column):
        """The cell as a number; NaN if it is empty, which means `unavailable` or `does not apply`."""
        if self[column] == "":
            return math.nan
        try:
            value = float(self[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise Bad(f"{self.path}: line {self.line}: '{self[column][:32]}' in column {column} is not a number")
        return value

    def whole(self, column):
        """The cell as a number of things: whole, not negative, and there."""
        return self._whole(column, self[column])

    def _whole(self, what, text):
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise Bad(f"{self.path}: line {self.line}: '{text[:32]}' in {what} is not a whole number")
        return int(text)

    def param(self, key):
        return dict(pair.partition("=")[::2] for pair in self["param"].split(";")).get(key, "")

    def size(self, key):
        """A number of bytes in column param."""
        return self._whole("param " + key, self.param(key))

    def interval(self):
        """Its ends; NaN where n supports none."""
        low, value, high = (self.number(c) for c in ("ci_low", "value", "ci_high"))
        if low > value * (1 + 1e-6) or high < value * (1 - 1e-6):  # the file has seven digits
            raise Bad(f"{self.path}: line {self.line}: the interval does not hold the value")
        return low, high


def read_table(path, columns):
    """All rows of a CSV file, which has to have these columns and at least one row."""
    rows, line = [], 1
    try:
        with open(path, newline="", encoding="utf-8") as f:
            reader = csv.reader(f, strict=True)
            names = next(reader, None)
            if not names:
                raise Bad(f"{path}: is empty; measure again")
            for cells in reader:
                line = reader.line_num
                if len(cells) != len(names):
                    raise Bad(f"{path}: line {line}: {len(cells)} cells, the header has {len(names)}")
                rows.append(Row(names, cells, path, line))
    except FileNotFoundError:
        raise Missing(f"no file {path}") from None
    except (csv.Error, UnicodeDecodeError) as e:
        raise Bad(f"{path}: line {line + 1}: is no CSV: {e}") from None
    except OSError as e:
        raise Bad(f"{path}: cannot be read: {e.strerror}") from None
    if rows and rows[0].get("schema", SCHEMA) != SCHEMA:  # before the columns, which may be others
        raise Bad(f"{path}: schema {rows[0]['schema'][:16]}, but these scripts read schema {SCHEMA}: "
                  f"take plots/ from commit {rows[0].get('commit', '')[:40]}, or measure again")
    lacks = [c for c in columns if c not in names]
    if lacks:
        raise Bad(f"{path}: line 1: no column {', '.join(lacks)}")
    if not rows:
        raise Bad(f"{path}: holds a header and no rows; measure again")
    return rows


class Run:
    """One result folder."""

    def __init__(self, folder):
        self.folder, self.used, self._tables = folder, False, {}
        if not os.path.isdir(folder):
            raise Bad(f"{folder}: is no folder")
        try:
            self.rows = read_table(os.path.join(folder, "results.csv"), RESULTS_COLUMNS)
        except Missing as e:
            raise Bad(f"{e}: {folder} is no result folder") from None
        self.suites = {x["suite"] for x in self.rows}
        ledger = os.path.exists(os.path.join(folder, "claims.csv"))
        self.suite = "claims" if ledger else self.rows[0]["suite"]  # the one that was asked for

    def table(self, name, columns):
        if name not in self._tables:
            self._tables[name] = read_table(os.path.join(self.folder, name), columns)
        return self._tables[name]

    def machine(self):
        """machine.json, or {} where there is none."""
        path = os.path.join(self.folder, "machine.json")
        try:
            with open(path, encoding="utf-8") as f:
                machine = json.load(f)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as e:
            raise Bad(f"{path}: cannot be read: {e}") from None
        if not isinstance(machine, dict) or not all(isinstance(machine.get(k, {}), dict) for k in ("system", "model")):
            raise Bad(f"{path}: does not describe a machine")
        return machine

    def summaries(self, **cells):
        """Rows that speak for all processes, have a value and hold these cells."""
        return [x for x in self.rows
                if x["rep"] == "" and x["value"] and all(x[column] == value for column, value in cells.items())]

    def units(self, metric):
        """Steady summary of a metric, of those that cannot be 0, for every (variant, threads), in the order of the run."""
        found = {}
        for x in self.summaries(metric=metric, phase="steady"):
            if x.number("value") <= 0:
                raise Bad(f"{x.path}: line {x.line}: {metric} is not above 0")
            found[x["variant"], x.whole("threads")] = x
        return found

    def processes(self):
        return len({x["rep"] for x in self.rows if x["rep"]}) or 1

    def sample(self, rows, of):
        """What n is: the tokens of a row, and the processes that are the unit of statistics."""
        of_rows, processes = [x.whole("n") for x in rows], self.processes()
        least, most = min(of_rows), max(of_rows)
        return f"n = {f'{least:,} to ' if least < most else ''}{most:,} {of}, from {processes} process{'es' if processes > 1 else ''}"

    def intervals(self):
        return "95 % intervals between processes" if self.processes() > 1 else "one process: no interval"

    def cpu(self):
        return self.rows[0]["cpu"]

    def caption(self, *words):
        """Machine, commit, and what the figure says of n and interval."""
        virtual = self.machine().get("system", {}).get("virtualized") == "yes"
        made_up = "EMULATED, no timings of a real CPU; " if any(x["provenance"] == "emulated" for x in self.rows) else ""
        return f"{made_up}{self.cpu()}{', virtual machine' if virtual else ''}; commit {self.rows[0]['commit']}; " + "; ".join(words)

    def caches(self, threads):
        """[(name, bytes)] of what `threads` threads have of each cache level: private caches add up."""
        machine, path, found = self.machine(), os.path.join(self.folder, "topology.xml"), {}
        try:
            cpus = machine.get("cpus", [])[:threads]
            for x in xml.parse(path).iter("object") if os.path.exists(path) else ():
                level = re.fullmatch(r"L([1-4])Cache", x.get("type", ""))
                if not level or x.get("cache_type") == "2":  # 2: of instructions
                    continue
                mask = int("".join(word[2:].zfill(8) for word in x.get("cpuset", "0x0").split(",")), 16)
                if any(mask >> cpu & 1 for cpu in cpus):
                    found[int(level.group(1))] = found.get(int(level.group(1)), 0) + int(x.get("cache_size", 0))
            if not found:
                path = os.path.join(self.folder, "machine.json")
                found = {int(c["level"]): int(c["bytes"]) for c in machine.get("caches", [])}
        except (OSError, ValueError, TypeError, LookupError, xml.ParseError) as e:
            raise Bad(f"{path}: cannot be read: {e}") from None
        return [(f"L{level}", size) for level, size in sorted(found.items()) if size > 0]


class Data:
    """The folders of one call. A figure asks for a run by what it holds; the first folder that has it is taken, those of
    a single suite before those of several, which hold less of each (suite claims)."""

    def __init__(self, folders, variant="tvl", threads=1):
        self.runs = sorted((Run(f) for f in folders), key=lambda run: len(run.suites))
        self.variant, self.threads = variant, threads

    def run(self, suite, metric=None, file=None, cpu=None):
        for run in self.runs:
            if (suite in run.suites and (not metric or run.summaries(metric=metric)) and
                    (not file or os.path.exists(os.path.join(run.folder, file))) and (not cpu or run.cpu() == cpu)):
                run.used = True
                return run
        what = f" with metric {metric}" if metric else f" with {file}" if file else ""
        raise Missing(f"no results.csv of suite {suite}{what} in these folders; bench --suite={suite} makes one")


# --- which folders ----------------------------------------------------------------------------------------------------

def reference_folders(root):
    """results/reference: one subfolder a suite."""
    top = os.path.join(root, "results", "reference")
    found = sorted(os.path.dirname(p) for p in results_below(top))
    if not found:
        raise Bad(f"no result folder given, and no reference set in {top}; run bench and "
                  "give its folder: plots/figures.py results/HOST/TIME --out=figures")
    return found


def results_below(top):
    """results.csv of the folders in `top`, and of the folders in those: suite all leaves one a suite. Names of default
    folders are times: the newest comes last."""
    found = glob.glob(os.path.join(glob.escape(top), "*", "results.csv")) + glob.glob(os.path.join(glob.escape(top), "*", "*", "results.csv"))
    return sorted(found, key=os.path.dirname)


def newest_folders(root):
    """The newest run of each suite on this host, below `root`; the reference set if there is none."""
    host = re.sub(r"[^A-Za-z0-9_.-]", "_", platform.node())
    suites = {}
    for path in results_below(os.path.join(root, "results", host)):
        folder = os.path.dirname(path)
        ledger = os.path.exists(os.path.join(folder, "claims.csv"))
        suites["claims" if ledger else read_table(path, ("suite",))[0]["suite"]] = folder
    return sorted(suites.values()) or reference_folders(root)
