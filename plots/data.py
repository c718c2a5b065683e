"""The one reader of result folders: reads and checks their files and selects rows. It draws nothing.

There are two kinds of failure. Bad: a file cannot be used, and the program ends. Missing: these folders lack the data
of a figure or table, which is then skipped. Either holds a complete message of one line.
"""
import copy
import csv
import json
import math
import os
import re
import stat
import xml.etree.ElementTree as xml

DTYPE_BITS = {"f32": 32, "f16": 16, "bf16": 16, "q8_0": 8.5, "q4_0": 4.5,  # per weight, with the scales of blocks
              "q4_K": 4.5, "q5_K": 5.5, "q6_K": 6.5625}

SCHEMA = "2"  # of results/SCHEMA.md; quick.sh reads it from this line

RESULTS_COLUMNS = ("utc", "cpu", "model", "dtype", "variant", "layout", "load", "isa", "threads", "suite", "phase",
                   "metric", "value", "ci_low", "ci_high", "n", "provenance", "schema", "commit", "rep", "param")
CLAIMS_COLUMNS = ("id", "claim", "where", "artifact", "measure", "value", "unit", "ci_low", "ci_high", "provenance",
                  "rule", "verdict", "command", "note")
FINDINGS_COLUMNS = ("variant", "threads", "rank", "finding", "harm", "size", "what", "evidence", "advice")


class Bad(Exception):
    pass


class Missing(Exception):
    pass


def open_text(path, newline=None):
    """A regular file, as text. What is none is refused at once: a pipe would wait for somebody who writes to it."""
    f = open(path, newline=newline, encoding="utf-8",
             opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
        f.close()
        raise Bad(f"{path}: is not a regular file")
    return f


class Row(dict):
    """Cells by column name, with the file and line they come from."""

    def __init__(self, names, cells, path, line):
        super().__init__(zip(names, cells))
        self.path, self.line = path, line

    def number(self, column):
        """The cell as a number; NaN if it is empty: unavailable, or not applicable."""
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
        """The cell as a count: a whole number, not negative, not empty."""
        return self._whole(column, self[column])

    def _whole(self, what, text):
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise Bad(f"{self.path}: line {self.line}: '{text[:32]}' in {what} is not a whole number")
        return int(text)

    def param(self, key):
        return dict(pair.partition("=")[::2] for pair in self["param"].split(";")).get(key, "")

    def size(self, key):
        """A count in column param, such as a number of bytes."""
        return self._whole("param " + key, self.param(key))

    def interval(self):
        """Both ends of the interval; NaN where n is too small for one."""
        low, value, high = (self.number(c) for c in ("ci_low", "value", "ci_high"))
        rounded = 1e-6 * abs(value)  # the file has seven digits
        if low > value + rounded or high < value - rounded:
            raise Bad(f"{self.path}: line {self.line}: the interval does not contain the value")
        return low, high


def read_table(path, columns):
    """All rows of a CSV file. The file needs these columns and at least one row."""
    rows, line = [], 1
    try:
        with open_text(path, newline="") as f:
            reader = csv.reader(f, strict=True)
            names = next(reader, None)
            if not names:
                raise Bad(f"{path}: is empty; measure again")
            for cells in reader:
                line = reader.line_num
                if len(cells) != len(names):
                    raise Bad(f"{path}: line {line}: {len(cells)} cells, but the header has {len(names)}")
                rows.append(Row(names, cells, path, line))
    except FileNotFoundError:
        raise Missing(f"no file {path}") from None
    except (csv.Error, UnicodeDecodeError) as e:
        raise Bad(f"{path}: line {line + 1}: is not valid CSV: {e}") from None
    except OSError as e:
        raise Bad(f"{path}: cannot be read: {e.strerror}") from None
    if rows and rows[0].get("schema", SCHEMA) != SCHEMA:  # first, as another schema may have other columns
        raise Bad(f"{path}: schema {rows[0]['schema'][:16]}, but these scripts read schema {SCHEMA}: "
                  f"use plots/ from commit {rows[0].get('commit', '')[:40]}, or measure again")
    lacks = [c for c in columns if c not in names]
    if lacks:
        raise Bad(f"{path}: line 1: no column {', '.join(lacks)}")
    if not rows:
        raise Bad(f"{path}: has a header but no rows; measure again")
    return rows


class Run:
    """One result folder."""

    def __init__(self, folder):
        self.folder, self.used, self._tables = folder, False, {}
        if not os.path.isdir(folder):
            raise Bad(f"{folder}: is not a folder")
        try:
            self.rows = read_table(os.path.join(folder, "results.csv"), RESULTS_COLUMNS)
        except Missing as e:
            raise Bad(f"{e}: {folder} is not a result folder") from None
        self.suites = {x["suite"] for x in self.rows}
        # Suite claims runs other suites, so its rows do not start with its own name.
        self.suite = "claims" if self.has("claims.csv") else self.rows[0]["suite"]

    def of(self, suite):
        """The same folder with the rows of one suite alone."""
        part = copy.copy(self)
        part.rows = [x for x in self.rows if x["suite"] == suite]
        return part

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def table(self, name, columns):
        """The rows of another CSV file of the folder."""
        if name not in self._tables:
            self._tables[name] = read_table(os.path.join(self.folder, name), columns)
        return self._tables[name]

    def claims(self):
        """The rows of claims.csv, or [] where there is none."""
        return self.table("claims.csv", CLAIMS_COLUMNS) if self.has("claims.csv") else []

    def findings(self):
        """The rows of findings.csv, or [] where there is none."""
        return self.table("findings.csv", FINDINGS_COLUMNS) if self.has("findings.csv") else []

    def command(self):
        """The command line of the run, or "" where it was not kept."""
        path = os.path.join(self.folder, "command.txt")
        try:
            with open_text(path) as f:
                return f.read().strip()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as e:
            raise Bad(f"{path}: cannot be read: {e}") from None

    def machine(self):
        """machine.json, or {} where there is none."""
        path = os.path.join(self.folder, "machine.json")
        try:
            with open_text(path) as f:
                machine = json.load(f)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as e:
            raise Bad(f"{path}: cannot be read: {e}") from None
        if not isinstance(machine, dict) or not all(isinstance(machine.get(k, {}), dict) for k in ("system", "model")):
            raise Bad(f"{path}: does not describe a machine")
        return machine

    def summaries(self, **cells):
        """Summary rows, over all processes, that have a value and these cells."""
        return [x for x in self.rows
                if x["rep"] == "" and x["value"] and all(x[column] == value for column, value in cells.items())]

    def units(self, metric):
        """{(variant, threads): steady summary} of a metric that cannot be 0, in the order of the run."""
        found = {}
        for x in self.summaries(metric=metric, phase="steady"):
            if x.number("value") <= 0:
                raise Bad(f"{x.path}: line {x.line}: {metric} is not above 0")
            found[x["variant"], x.whole("threads")] = x
        return found

    def processes(self):
        return len({x["rep"] for x in self.rows if x["rep"]}) or 1

    def sample(self, rows, of):
        """The sample size: what each row counts, and the processes, which are the unit of statistics."""
        of_rows, processes = [x.whole("n") for x in rows], self.processes()
        least, most = min(of_rows), max(of_rows)
        span = f"{least:,} to {most:,}" if least < most else f"{most:,}"
        return f"n = {span} {of}, from {processes} process{'es' if processes > 1 else ''}"

    def intervals(self):
        return "95 % intervals between processes" if self.processes() > 1 else "one process: no interval"

    def cpu(self):
        return self.rows[0]["cpu"]

    def caption(self, *words):
        """Machine and commit, then the words of the figure: sample size, intervals, explanations."""
        emulated = any(x["provenance"] == "emulated" for x in self.rows)
        virtual = self.machine().get("system", {}).get("virtualized") == "yes"
        machine = self.cpu() + (", virtual machine" if virtual else "")
        start = ["EMULATED, not timings of a real CPU"] if emulated else []
        return "; ".join([*start, machine, f"commit {self.rows[0]['commit']}", *words])

    def caches(self, threads):
        """[(name, bytes)] of the cache that `threads` threads have on each level: private caches add up."""
        machine, path, found = self.machine(), os.path.join(self.folder, "topology.xml"), {}
        try:
            cpus = machine.get("cpus", [])[:threads]
            for x in xml.parse(path).iter("object") if os.path.isfile(path) else ():
                level = re.fullmatch(r"L([1-4])Cache", x.get("type", ""))
                if not level or x.get("cache_type") == "2":  # 2: instruction cache
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
    """The folders of one call. A figure asks for a run by its contents and gets the first folder that fits. Folders of
    a single suite come before those of several suites (suite claims), which hold less of each."""

    def __init__(self, folders, variant=None, threads=None):
        self.runs = sorted((Run(f) for f in folders), key=lambda run: len(run.suites))
        self.asked = variant, threads  # None: the figure chooses
        self.variant, self.threads = variant or "tvl", 1 if threads is None else threads

    def optional(self, suite, metric=None, file=None, cpu=None):
        """A run of this suite that has the metric, the file and the CPU, or None."""
        for run in self.runs:
            if (suite in run.suites and (not metric or run.summaries(metric=metric)) and
                    (not file or run.has(file)) and (not cpu or run.cpu() == cpu)):
                run.used = True
                return run
        return None

    def run(self, suite, metric=None, file=None):
        """The same, for a figure that cannot be drawn without it."""
        run = self.optional(suite, metric, file)
        if run:
            return run
        what = f" with metric {metric}" if metric else f" with {file}" if file else ""
        raise Missing(f"no results.csv of suite {suite}{what} in these folders; bench --suite={suite} makes one")
