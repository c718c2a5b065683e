"""Tables of the report from claims.csv and command.txt: claims with verdicts, rules, commands. None without data."""
import textwrap

from markdown import digits, table


def claims(source):
    """The rows of the first claims.csv, or []."""
    return next((rows for rows in (run.claims() for run in source.runs) if rows), [])


def cell(text):
    """A number of claims.csv, or the word that stands in its place."""
    try:
        return digits(float(text))
    except ValueError:
        return text or "-"


def measured(c):
    """What was measured here: measure, value with unit and interval, provenance."""
    if not c["measure"]:
        return "-"
    text = f"{c['measure']}: {cell(c['value'])}"
    if c["unit"] not in ("", "1"):
        text += f" {c['unit']}"
    if c["ci_low"] and c["ci_high"]:
        text += f" ({cell(c['ci_low'])} to {cell(c['ci_high'])})"
    return f"{text} [{c['provenance']}]"


def ledger(source):
    rows = [(c["id"], f"{c['claim']} ({c['where']})", c["artifact"], measured(c), f"**{c['verdict']}**")
            for c in claims(source)]
    header = ["", "claim", "in the artifact", "measured here", "verdict"]
    return table(header, rows, [5, 32, 32, 32, 14]) if rows else None


def rules(source):
    rows = []
    for c in claims(source):
        here = f" Here: {c['note']}" if c["note"] else ""
        rows.append((c["id"], f"{c['rule'].rstrip('.')}.{here}"))
    return table(["", "rule, and how it applies here"], rows, [5, 110]) if rows else None


def claim_commands(source):
    """A block of code, because commands may contain the characters of a table."""
    lines = []
    for c in claims(source):
        wrapped = textwrap.wrap(c["command"], 84, break_long_words=False, break_on_hyphens=False)
        lines.append(f"{c['id']:4}" + (" \\\n      ".join(wrapped) or "-"))
    return "```\n" + "\n".join(lines) + "\n```" if lines else None


def commands(source):
    rows = [(run.suite, f"`{run.command()}`", run.rows[0]["commit"]) for run in source.runs if run.command()]
    return table(["suite", "command", "commit"], rows, [10, 70, 20]) if rows else None
