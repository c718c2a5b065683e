#!/usr/bin/env python3
"""Writes one page of HTML about result folders: summary, tables, figures,
machines. It needs no network.

Give it folders that bench wrote, folders of such folders, or sets (made by
memwall merge). Without a folder it takes those of --newest, or the reference
set. Exit codes: 0 success; 2 bad input, or the page cannot be written;
130 interrupted.
"""
import argparse
import base64
import hashlib
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "plots"))
import data  # noqa: E402  of plots/, as folders is
import folders  # noqa: E402
import gallery  # noqa: E402
import pictures  # noqa: E402
import runs  # noqa: E402
import tables  # noqa: E402
import text  # noqa: E402

FILTERS = [("host", "Host"), ("cpu", "CPU"), ("suite", "Suite"), ("dtype", "Dtype"), ("variant", "Variant")]


def say(what):
    print(f"report: {what}", file=sys.stderr)


def arguments():
    p = argparse.ArgumentParser(prog="report.py", description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    folders.add_folders(p)
    p.add_argument("--out", default="report.html", metavar="FILE.html", help="the page (report.html)")
    p.add_argument("--no-figures", action="store_true", help="leave out the figures, which take most of the time")
    return p.parse_args()


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return f.read()


def sha256(content):
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def filters(shown):
    """[(key, label, values)] of what the tables can be filtered by: keys with at least two values."""
    values = {key: {} for key, _ in FILTERS}
    for table in shown:
        for i, column in enumerate(table.columns):
            if column.key:
                values[column.key].update(dict.fromkeys(x.text if isinstance(x, text.Cell) else x
                                                        for x in (row[i] for row in table.rows)))
    words = [(key, label, sorted(v for v in values[key] if v not in ("", text.NOTHING))) for key, label in FILTERS]
    return [w for w in words if len(w[2]) > 1]


def templates():
    """Jinja2 with every value escaped."""
    import jinja2  # late, so that its lack is reported
    return jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                              lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=text.clean)


def page(environment, machines, views, out, draws):
    """The page as text."""
    start = os.path.dirname(os.path.abspath(out))
    many = len(machines) > 1
    if draws and len(machines) <= pictures.MOST_MACHINES:
        for n, machine in enumerate(machines, 1):
            machine.figures = pictures.of_machine(machine, n)
    overview = gallery.table(machines) if many else None
    results = list(tables.results(views, many))
    found = tables.findings(views, many)
    style, script = read("page.css"), read("page.js")
    environment.globals.update(plural=text.plural, listed=text.listed, number=text.number, interval=text.interval,
                               numbers=tables.numbers, verdicts=list(tables.VERDICTS),
                               files=lambda view: tables.files(view, start))
    return environment.get_template("page.html.j2").render(
        machines=machines, views=views, many=many, overview=overview, results=results, findings=found,
        claims=tables.claims(views), ledgers=[v for v in views if v.claims],
        chart=gallery.chart(machines) if many else None, shares=gallery.summary(machines),
        filters=filters([t for t in (overview, *results, found) if t]), style=style, script=script,
        style_hash=sha256(style), script_hash=sha256(script)) + "\n"


def write(path, content):
    """Writes the file at once: it is complete, or as it was before."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".memwall-", encoding="utf-8", newline="\n",
                                         delete=False) as f:
            try:
                f.write(content)
                f.flush()
                os.fchmod(f.fileno(), 0o666 & ~umask())
                os.replace(f.name, path)
            except BaseException:
                os.unlink(f.name)
                raise
    except OSError as e:
        raise data.Bad(f"{path}: cannot be written: {e.strerror}") from None


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def run(args):
    if not args.out.endswith((".html", ".htm")):
        raise data.Bad(f"--out={args.out[:200]}: the name of the page has to end in .html")
    sys.stdout.reconfigure(errors="surrogateescape")  # names of files can be any bytes
    environment = templates()
    machines, views = runs.read(folders.chosen(args))
    write(args.out, page(environment, machines, views, args.out, not args.no_figures))
    for line in pictures.complaints:
        print(line, file=sys.stderr)
    print(args.out)
    return 0


def main():
    try:
        return run(arguments())
    except (data.Bad, data.Missing) as e:
        say(e)
    except ModuleNotFoundError as e:
        say(f"no Python module {e.name}; install python3-jinja2 (./setup.sh does), or with pip: jinja2")
    except OSError as e:
        say(f"{e.filename}: {e.strerror}")
    except KeyboardInterrupt:
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main())
