"""Test Anything Protocol for the tests that look at the programs from outside; meson counts its lines."""
import sys

count = failed = 0


def ok(good, name, note=""):
    """Reports one check; `note` explains a failure. Returns `good`."""
    global count, failed
    count += 1
    failed += not good
    print(("ok" if good else "not ok"), count, "-", name, flush=True)
    if not good and note:
        print("#", str(note).replace("\n", "\n# "), flush=True)
    return good


def skip(name, reason):
    """Reports one check that cannot run here, and why."""
    global count
    count += 1
    print("ok", count, "-", name, "# SKIP", reason, flush=True)


def done():
    """Prints the plan and ends the program. One that checked nothing has failed."""
    print(f"1..{count}")
    sys.exit(failed > 0 or count == 0)


def markdown_tables(text):
    """Tables of a Markdown text: [(the bold line above or "", header, lines)]; None if a line has not all columns."""
    tables, above = [], ""
    for block in text.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if lines[0].startswith("|"):
            cells = [[c.strip() for c in l[1:-1].split(" |")] if l[0] + l[-1] == "||" else [] for l in lines]
            rule = lines[1].strip("|").split("|")
            if not set("".join(rule)) <= set("-:") or any(len(c) != len(rule) for c in [cells[0], *cells[2:]]):
                return None
            tables.append((above, cells[0], cells[2:]))
        above = lines[0].strip("*") if lines[0].startswith("**") else ""
    return tables
