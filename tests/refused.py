"""What all programs here do with what they cannot do."""
import os

from tap import ok


def refuser(run, name="bench"):
    """A function refused(args, *words) for a test whose run(*args) starts program `name`. It makes one check: exit code 2, an empty stdout,
    no new file in this folder and, but for warnings, one line on stderr that starts with the name and holds the words."""
    def refused(args, *words, **more):
        before = sorted(os.listdir("."))
        r = run(*args, **more)
        lines = [l for l in r.stderr.decode(errors="replace").splitlines() if "warning:" not in l]
        ok(r.returncode == 2 and r.stdout == b"" and sorted(os.listdir(".")) == before and len(lines) == 1 and lines[0].startswith(name + ": ") and
           all(w in lines[0] for w in words), f"{name} {' '.join(args)[:70]!r} is refused", (r, words))
    return refused
