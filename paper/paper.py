#!/usr/bin/env python3
"""Makes the reproduction report of the paper from result folders.

It fills template.md with numbers, tables and figures. It always writes
paper.md; it writes paper.pdf only if pandoc and LaTeX are installed. Without
folders and --newest, it uses the reference set, results/reference.
Exit 2: bad input, or a PDF that cannot be made.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "plots"))
import data  # noqa: E402  of plots/, as drawing and folders are
import drawing  # noqa: E402
import folders  # noqa: E402
import ledger  # noqa: E402
import other_machines  # noqa: E402
import predictions  # noqa: E402
import tables  # noqa: E402


def say(text):
    print(f"paper: {text}", file=sys.stderr)


def arguments():
    p = argparse.ArgumentParser(prog="paper.py", description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    folders.add_arguments(p, "paper")
    return p.parse_args()


class Report:
    """Fills the template: << >> stands for a block, {{ }} for a number. Parts without data are left out."""

    def __init__(self, source, figures):
        self.source, self.figures = source, figures
        self.references, self.n_figures, self.n_tables = {}, 0, 0

    def number(self, match):
        words = match.group(1).split()
        return predictions.RULE if words == ["rule"] else tables.number(self.source, words)

    def block(self, match):
        kind, name, caption = match.group(1), match.group(2), match.group(3).strip()
        if kind == "figure":
            if name not in self.figures:
                return f"*(Figure {name}: not in these results.)*"
            self.n_figures += 1
            return f"![Figure {self.n_figures}: {caption}](figures/{name}.png)"
        make = next(getattr(m, name) for m in (tables, ledger, other_machines) if hasattr(m, name))
        text = make(self.source)
        if text is None:
            return f"*(Table {name}: not in these results.)*"
        self.n_tables += bool(caption)
        return f"{text}\n\n: Table {self.n_tables}: {caption}" if caption else text

    def reference(self, match):
        keys = re.findall(r"@([a-z0-9]+)", match.group(0))
        for key in keys:
            if key not in self.list:
                raise data.Bad(f"template.md: there is no reference {key} in references.txt")
            self.references.setdefault(key, len(self.references) + 1)
        return "[" + ", ".join(str(self.references[k]) for k in keys) + "]"

    def part(self, match):
        """The text between <<if SUITE>> and <<end>>; if no folder is of that suite, what follows <<else>> there, or "".
        """
        suite, text = match.groups()
        there, _, otherwise = text.partition("<<else>>\n")
        return there if any(suite in run.suites for run in self.source.runs) else otherwise

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
    """Plain Markdown: captions become paragraphs, pandoc's syntax goes."""
    text = re.sub(r"\A---\ntitle: '(.*?)'\n.*?\n---\n", r"# \1\n", text, flags=re.S)
    text = re.sub(r"^!\[(Figure \d+): (.*)\]\((.*)\)$", r"![\1](\3)\n\n*\1: \2*", text, flags=re.M)
    return re.sub(r"^: (Table \d+: .*)$", r"*\1*", text, flags=re.M)


def pdf(text, out):
    """Makes paper.pdf. Returns False, after a message, if that fails; a machine without pandoc or LaTeX is fine."""
    missing = [program for program in ("pandoc", "pdflatex") if not shutil.which(program)]
    if missing:
        say(f"no paper.pdf: {' and '.join(missing)} not found; ./setup.sh --paper installs what it needs")
        return True
    text = re.sub(r"^!\[Figure \d+: (.*)\]\((.*)\.png\)$", r"![\1](\2.pdf)", text, flags=re.M)
    text = re.sub(r"^: Table \d+: ", ": ", text, flags=re.M)
    source = os.path.join(out, "paper.pandoc.md")
    with open(source, "w", encoding="utf-8") as f:
        f.write(text)
    command = ["pandoc", "paper.pandoc.md", "-o", "paper.pdf", "--columns=72",
               "--include-in-header", os.path.join(HERE, "header.tex")]
    r = subprocess.run(command, cwd=out, capture_output=True)
    os.remove(source)
    if r.returncode:
        say("no paper.pdf: " + " ".join(r.stderr.decode(errors="replace").split())[:400])
    return r.returncode == 0


def run(args):
    chosen = folders.chosen(args)
    source = data.Data(chosen)
    os.makedirs(args.out, exist_ok=True)
    figures = drawing.draw(chosen, os.path.join(args.out, "figures"), lambda line: print(line, file=sys.stderr))
    report = Report(source, figures)
    text = report.render()
    with open(os.path.join(args.out, "paper.md"), "w", encoding="utf-8") as f:
        f.write(markdown(text))
    good = pdf(text, args.out)
    made = [f for f in ("paper.md", "paper.pdf") if os.path.exists(os.path.join(args.out, f))]
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
