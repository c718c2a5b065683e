"""How all programs refuse what they cannot do."""
import os

from tap import ok


def refuser(run, name="bench", warnings=True):
    """Returns refused(args, *words) for a test whose run(*args) starts program `name`. It makes one check: the exit
    code is 2 (or `code`), stdout is empty, the current folder has no new file, and stderr has one line that starts with
    the name and contains the words. With `warnings`, stderr may also have warnings."""
    def refused(args, *words, code=2, **more):
        before = sorted(os.listdir("."))
        r = run(*args, **more)
        lines = r.stderr.decode(errors="replace").splitlines()
        if warnings:
            lines = [l for l in lines if "warning:" not in l]
        clean = r.returncode == code and r.stdout == b"" and sorted(os.listdir(".")) == before
        explained = len(lines) == 1 and lines[0].startswith(name + ": ") and all(w in lines[0] for w in words)
        ok(clean and explained, f"{name} {' '.join(args)[:70]!r} is refused", (r, words))
    return refused
