"""The Test Anything Protocol, for tests that run the programs from outside. meson counts its lines."""
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
    """Reports a check that cannot run here, with the reason."""
    global count
    count += 1
    print("ok", count, "-", name, "# SKIP", reason, flush=True)


def done():
    """Prints the plan and exits. A test without checks has failed."""
    print(f"1..{count}")
    sys.exit(failed > 0 or count == 0)
