"""Programs whose stderr is a terminal."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios


class NoTerminal(Exception):
    """This machine provides no terminal; the text is the reason."""


def shown_by(args, columns=80, **more):
    """Starts a program with a terminal as its stderr. Returns its exit code, stdout and the output there."""
    try:
        terminal, stderr = pty.openpty()
    except OSError as e:  # a machine without /dev/pts
        raise NoTerminal(f"no pseudo-terminal can be had here: {e}") from e
    with os.fdopen(terminal, "rb", buffering=0) as shows:
        fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=stderr, **more)
        os.close(stderr)
        shown = b""
        while select.select([shows], [], [], 60)[0]:
            try:
                piece = shows.read(1000)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            shown += piece
        out = p.communicate(timeout=100)[0]
    return p.returncode, out, shown


def without_terminals(run):
    """Calls `run` as if this machine had no terminals."""
    real, pty.openpty = pty.openpty, lambda: (_ for _ in ()).throw(OSError("out of pty devices"))
    try:
        return run()
    finally:
        pty.openpty = real
