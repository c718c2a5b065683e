"""Tables of the report from claims.csv and command.txt: claims with verdicts, predictions, rules,
commands. None without data."""
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


def predicted(c):
    """What was predicted, with unit and range; "-" without a prediction, as in folders that lack the column."""
    text = cell(c.get("predicted", ""))
    if text == "-":
        return text
    if c.get("paper_unit", "") not in ("", "1"):
        text += f" {c['paper_unit']}"
    if c.get("predicted_low") and c.get("predicted_high"):
        text += f" ({cell(c['predicted_low'])} to {cell(c['predicted_high'])})"
    return text


def ledger(source):
    rows = [(c["id"], f"{c['claim']} ({c['where']})", c["artifact"], measured(c), predicted(c), f"**{c['verdict']}**")
            for c in claims(source)]
    header = ["", "claim", "in the artifact", "measured here", "predicted", "verdict"]
    return table(header, rows, [5, 29, 29, 29, 14, 14]) if rows else None


def predictions(source):
    """What the predictions of the ledger are made from, and why some claims have none."""
    rows = [(c["id"], predicted(c), c.get("predicted_by") or "-", c.get("predicted_note") or "-")
            for c in claims(source) if c.get("predicted_by") or c.get("predicted_note")]
    header = ["", "predicted", "what it is [machine, kernel, threads, rule: limit]", "others, or why there is none"]
    return table(header, rows, [5, 16, 40, 60]) if rows else None


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
