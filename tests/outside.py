"""Shared by the tests that run the programs from outside: a folder to work in, CSV tables, SCHEMA.md, Ctrl-C."""
import csv
import io
import math
import os
import re
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
T = {2: 4.302652729696142, 3: 3.1824463052842629}  # quantile 0.975 of Student's t, by degrees of freedom
_folders = []  # removed at exit


def workplace(name):
    """Makes a temporary folder, enters it and returns its path. The cache folder will be `cache` in it; TMPDIR is `tmp`
    in it and exists."""
    _folders.append(tempfile.TemporaryDirectory(prefix=f"memwall-{name}-"))
    folder = _folders[-1].name
    os.chdir(folder)
    os.mkdir("tmp")
    os.environ.update(MEMWALL_CACHE=os.path.join(folder, "cache"), NO_COLOR="1", TMPDIR=os.path.join(folder, "tmp"))
    return folder


def trained_models():
    """The folder with stories260K.bin and tok512.bin, or None. To be called before workplace()."""
    places = (os.environ.get("MEMWALL_TEST_MODELS"), os.path.join(ROOT, "../shared/models"),
              os.environ.get("MEMWALL_CACHE"))
    for place in places:
        if place and all(os.path.exists(os.path.join(place, f)) for f in ("stories260K.bin", "tok512.bin")):
            return os.path.abspath(place)
    return None


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def read_csv(path):
    """The rows of a CSV file, as dictionaries."""
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def parse_csv(output):
    """The rows of CSV on stdout."""
    return list(csv.DictReader(io.StringIO(output.decode())))


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    return path


def widest(output):
    """The width of the widest line; 999 if there is none."""
    text = output.decode(errors="replace") if isinstance(output, bytes) else output
    return max(map(len, text.splitlines()), default=999)


def markdown_tables(text):
    """[(the bold line above or "", header, rows)] of the tables in a Markdown text; None if a row lacks columns."""
    tables, above = [], ""
    for block in text.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if lines and lines[0].startswith("|"):
            cells = [[c.strip() for c in l[1:-1].split(" |")] if l[0] + l[-1] == "||" else [] for l in lines]
            rule = lines[1].strip("|").split("|")
            if not set("".join(rule)) <= set("-:") or any(len(c) != len(rule) for c in [cells[0], *cells[2:]]):
                return None
            tables.append((above, cells[0], cells[2:]))
        above = lines[0].strip("*") if lines and lines[0].startswith("**") else ""
    return tables


def schema_metrics(schema):
    """The metrics that SCHEMA.md lists."""
    with open(schema, encoding="utf-8") as f:
        return set(re.findall(r"^\| `(\w+)` \| \S+ \| ", f.read().split("## Metrics")[1], re.M))


def schema_columns(schema, table):
    """The columns that SCHEMA.md lists for a table, in order."""
    with open(schema, encoding="utf-8") as f:
        section = f.read().split(f"## `{table}`")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.M)


def interval(values, logs=True):
    """(mean, low, high): mean and 95 % interval by Student's t, of the logarithms unless told otherwise."""
    x = list(map(math.log, values)) if logs else values
    mean, half = statistics.mean(x), T[len(x) - 1] * statistics.stdev(x) / math.sqrt(len(x))
    ends = mean, mean - half, mean + half
    return tuple(map(math.exp, ends)) if logs else ends


def has_interval(row, want, near):
    """Whether a summary row has this (mean, low, high), each within `near` of its size."""
    return all(abs(float(row[c]) / w - 1) < near for c, w in zip(("value", "ci_low", "ci_high"), want))


def after(seconds):
    """A condition that holds from then on."""
    end = time.time() + seconds
    return lambda: time.time() >= end


def interrupted(command, ready, limit=60, **more):
    """Starts a command and sends SIGINT as soon as ready() holds. Returns the ended process, with `out` and `err`."""
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    end = time.time() + limit
    while not ready() and p.poll() is None and time.time() < end:
        time.sleep(0.02)
    p.send_signal(signal.SIGINT)
    p.out, p.err = p.communicate(timeout=100)
    p.note = p.returncode, p.out, p.err
    return p


def stopped_cleanly(p, folder):
    """Whether an interrupted bench exited with 130, printed nothing to stdout and left neither its folder nor files."""
    return p.returncode == 130 and p.out == b"" and not os.path.exists(folder) and os.listdir("tmp") == []
