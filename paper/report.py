#!/usr/bin/env python3
"""The report: template.md with its numbers, tables and figures taken from result folders.

report.md is always made. report.pdf, by pandoc and LaTeX, only where both are installed. Without a folder: the reference
set, results/reference. Exit 2: bad input, or a PDF that cannot be made.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "plots"))
import data  # noqa: E402  of plots/, as figures is
import figures  # noqa: E402
import tables  # noqa: E402


def say(text):
    print(f"report: {text}", file=sys.stderr)


def arguments():
    p = argparse.ArgumentParser(prog="report.py", description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folders", nargs="*", metavar="RESULT_FOLDER", help="folders that bench wrote, of one suite each")
    p.add_argument("--out", default="paper", metavar="DIR", help="where to (paper)")
    p.add_argument("--newest", metavar="ROOT", help="without folders: the newest run of each suite on this host below "
                                                    "ROOT/results, or the reference set; MEMWALL_RESULTS names others")
    return p.parse_args()


def draw(folders, out):
    """Figures by plots/figures.py, under a Python that has matplotlib. Returns the names of those that were made."""
    script = os.path.join(os.path.dirname(HERE), "plots", "figures.py")
    for python in dict.fromkeys((sys.executable, "/usr/bin/python3")):
        if os.path.exists(python) and subprocess.run([python, "-c", "import matplotlib"], capture_output=True).returncode == 0:
            r = subprocess.run([python, script, *folders, "--out=" + out], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
            sys.stderr.write(r.stderr.decode())
            return {os.path.splitext(f)[0] for f in os.listdir(out)} if os.path.isdir(out) else set()
    say("no Python with matplotlib, so no figures; install python3-matplotlib, ./setup.sh does")
    return set()


class Report:
    """Replaces what stands between << >> (a block) and {{ }} (a number) in the template, and cuts out parts without data."""

    def __init__(self, source, figures):
        self.source, self.figures, self.references, self.n_figures, self.n_tables = source, figures, {}, 0, 0

    def number(self, match):
        return tables.number(self.source, match.group(1).split())

    def block(self, match):
        kind, name, caption = match.group(1), match.group(2), match.group(3).strip()
        if kind == "figure":
            if name not in self.figures:
                return f"*(Figure {name}: not in these results.)*"
            self.n_figures += 1
            return f"![Figure {self.n_figures}: {caption}](figures/{name}.png)"
        text = getattr(tables, name)(self.source)
        if text is None:
            return f"*(Table {name}: not in these results.)*"
        self.n_tables += bool(caption)
        return f"{text}\n\n: Table {self.n_tables}: {caption}" if caption else text

    def reference(self, match):
        keys = re.findall(r"@([a-z0-9]+)", match.group(0))
        for key in keys:
            if key not in self.list:
                raise data.Bad(f"template.md: no reference is called {key}; see references.txt")
            self.references.setdefault(key, len(self.references) + 1)
        return "[" + ", ".join(str(self.references[k]) for k in keys) + "]"

    def part(self, match):
        """What stands between <<if SUITE>> and <<end>> is there if some folder is of that suite."""
        return match.group(2) if any(match.group(1) in run.suites for run in self.source.runs) else ""

    def render(self):
        with open(os.path.join(HERE, "template.md"), encoding="utf-8") as f:
            text = f.read()
        with open(os.path.join(HERE, "references.txt"), encoding="utf-8") as f:
            self.list = dict(line.strip().split(" | ", 1) for line in f if line.strip())
        text = re.sub(r"^<<if (\w+)>>\n(.*?)^<<end>>\n", self.part, text, flags=re.M | re.S)
        text = re.sub(r"^<<(figure|table) (\w+)>>(.*)$", self.block, text, flags=re.M)
        text = re.sub(r"\{\{(.+?)\}\}", self.number, text)
        text = re.sub(r"\[@[a-z0-9]+(?:; ?@[a-z0-9]+)*\]", self.reference, text)
        order = sorted(self.references, key=self.references.get)
        return text.rstrip() + "\n\n" + "\n".join(f"{i}. {self.list[k]}" for i, k in enumerate(order, 1)) + "\n"


def markdown(text):
    """For a reader of Markdown: captions as paragraphs, no pandoc syntax."""
    text = re.sub(r"\A---\ntitle: '(.*?)'\n.*?\n---\n", r"# \1\n", text, flags=re.S)
    text = re.sub(r"^!\[(Figure \d+): (.*)\]\((.*)\)$", r"![\1](\3)\n\n*\1: \2*", text, flags=re.M)
    return re.sub(r"^: (Table \d+: .*)$", r"*\1*", text, flags=re.M)


def pdf(text, out):
    """report.pdf; False, with the reason said, if this machine cannot."""
    missing = [program for program in ("pandoc", "pdflatex") if not shutil.which(program)]
    if missing:
        say(f"no report.pdf: {' and '.join(missing)} not found; ./setup.sh --paper installs what it needs")
        return True
    text = re.sub(r"^!\[Figure \d+: (.*)\]\((.*)\.png\)$", r"![\1](\2.pdf)", text, flags=re.M)
    text = re.sub(r"^: Table \d+: ", ": ", text, flags=re.M)
    source = os.path.join(out, "report.pandoc.md")
    with open(source, "w", encoding="utf-8") as f:
        f.write(text)
    r = subprocess.run(["pandoc", "report.pandoc.md", "-o", "report.pdf", "--include-in-header", os.path.join(HERE, "header.tex"),
                        "--columns=72"], cwd=out, capture_output=True)
    os.remove(source)
    if r.returncode:
        say("no report.pdf: " + " ".join(r.stderr.decode(errors="replace").split())[:400])
    return r.returncode == 0


def run(args):
    folders = figures.chosen_folders(args)
    source = data.Data(folders)
    os.makedirs(args.out, exist_ok=True)
    report = Report(source, draw(folders, os.path.join(args.out, "figures")))
    text = report.render()
    with open(os.path.join(args.out, "report.md"), "w", encoding="utf-8") as f:
        f.write(markdown(text))
    good = pdf(text, args.out)
    made = [f for f in ("report.md", "report.pdf") if os.path.exists(os.path.join(args.out, f))]
    print(f"{args.out}: {', '.join(made)}")
    return 0 if good else 2


def main():
    try:
        return run(arguments())
    except (data.Bad, data.Missing) as e:
        say(e)
    except OSError as e:
        say(f"{e.filename}: {e.strerror}")
    return 2


if __name__ == "__main__":
    sys.exit(main())
