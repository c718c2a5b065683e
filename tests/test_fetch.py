#!/usr/bin/env python3
"""fetch-models.sh against a bad server on loopback, with curl and with wget: downloads, locks, lists, refusals.

usage: test_fetch.py fetch-models.sh [SHELL ...]    prints TAP
"""
import os
import re
import shutil
import signal
import subprocess

from checkpoints import checkpoint_bytes
from fetch_script import (cache, environment, finish, forget_answers, fresh, good, left, nowhere, refused, run, script,
                          shell, size, start, start_large, there, tools, work)
from fetch_server import CONTENT, Server, file_of, sent
from outside import read, widest, write
from tap import done, ok, skip
from terminal import NoTerminal, shown_by

small, large = CONTENT["small"], CONTENT["large"]


def statuses():
    return [a[0] for a in Server.answers]


def continued(part):
    """Whether the rest of the large file was downloaded, and only that."""
    return there("large") and Server.answers == [(206, part, len(large) - part)]


def downloads(tool):
    """Everything that depends on the download tool."""
    fresh()
    p = run(tool, "small")
    ok(good(p, "small: downloaded, sha256 verified", cache + "/small.bin") and there("small"), f"{tool}: fresh", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run(tool, "small")
    ok(good(p, "downloaded") and there("small") and Server.answers == [(206, 100_000, len(small) - 100_000)],
       f"{tool}: resumed with the missing bytes only", p.note)
    fresh()
    Server.cuts = 1
    p = run(tool, "small", mode="cut")
    ok(good(p) and there("small") and statuses() == [200, 206] and sent() == len(small),
       f"{tool}: a broken connection is continued", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run(tool, "small", mode="norange")
    ok(p.returncode == 0 and there("small"), f"{tool}: a server that ignores ranges", p.note)

    for mode in ("wrong", "short", "endless"):
        fresh()
        p = run(tool, "small", mode=mode)
        ok(refused(p, "small: ", "not the expected file", "MEMWALL_MODELS_URL") and left() == [] and
           len(Server.answers) == 1 and sent() < 10_000_000, f"{tool}: {mode} content: one line, nothing left", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run(tool, "small", mode="wrong")
    ok(p.returncode == 2 and p.err.count("\n") == 2 and left() == [] and len(Server.answers) == 2,
       f"{tool}: wrong content after a resume: from zero, once", p.note)
    for mode, words in (("404", "not there"), ("403", "refused"), ("503", "later")):
        fresh(small_bin_part=small[:1000])
        p = run(tool, "small", mode=mode)
        ok(refused(p, "small: ", f"HTTP {mode}", words) and left() == ["small.bin.part"], f"{tool}: {mode}", p.note)
    fresh(small_bin_part=small[:1000])
    p = run(tool, "small", MEMWALL_MODELS_URL=nowhere)
    ok(refused(p, "check the network") or refused(p, "the same command continues"), f"{tool}: no server", p.note)
    ok(left() == ["small.bin.part"], f"{tool}: no server: .part kept", p.note)
    fresh()
    p = run(tool, "small", MEMWALL_MODELS_URL=nowhere)
    ok(refused(p, "cannot be reached", "check the network") and left() == [], f"{tool}: no server: nothing left",
       p.note)

    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        p = start_large(tool)
        if number == signal.SIGINT:
            os.killpg(p.pid, number)  # as a terminal does
        else:
            p.send_signal(number)
        p = finish(p)
        part = size("large.bin.part")
        ok(p.returncode == code and p.out == "" and p.err.count("\n") == 1 and left() == ["large.bin.part"] and part,
           f"{tool}: {number.name}: exit {code}, .part kept", p.note)
        forget_answers()
        p = run(tool, "large")
        ok(good(p) and continued(part), f"{tool}: {number.name}: continued", p.note)


def files(tool):
    """Existing and damaged files, checksums."""
    fresh(small_bin=small)
    p = run(tool, "small")
    ok(good(p, "small: already there, sha256 verified") and not Server.answers, "already there: no request", p.note)
    fresh()
    p = run(tool, "plain", "other.bin")
    ok(p.returncode == 0 and there("plain", "other") and "sha1 verified" in p.out and
       "plain: downloaded, only size and header checked" in p.out, "sha1; header alone, which is reported", p.note)
    fresh()
    p = run(tool, "a-b.1.gguf")
    ok(good(p, "a-b.1.gguf: downloaded, sha256 verified", cache + "/a-b.1.gguf") and there("a-b.1.gguf"),
       "a GGUF file keeps its name", p.note)
    fresh()
    p = run(tool, "plain", mode="beheaded")
    ok(refused(p, "its header is 0,0,0,0,0,0,0") and left() == [], "wrong header", p.note)

    fresh(small_bin_part=small)
    p = run(tool, "small", MEMWALL_MODELS_URL=nowhere)
    ok(good(p) and there("small"), "a whole .part needs no server", p.note)
    for what, part in (("start", bytes(100_000)), ("length", bytes(400_000)), ("end", small[:-1] + b"x")):
        fresh(small_bin_part=part)
        p = run(tool, "small")
        ok(p.returncode == 0 and there("small") and Server.answers[-1] == (200, 0, len(small)) and
           p.err.count("\n") == 1, f".part with a wrong {what}: from zero", p.note)
    fresh()
    p = run(tool, "small", "other", mode="404")
    ok(p.returncode == 2 and p.err.count("HTTP 404") == 2 and left() == [], "one line per file", p.note)
    damaged = bytes(1) + small[1:]
    fresh(small_bin=damaged)
    p = run(tool, "small", mode="404")
    ok(p.returncode == 2 and read(cache + "/small.bin") == damaged, "a damaged file stays until there is a better one",
       p.note)
    p = run(tool, "small")
    ok(p.returncode == 0 and "damaged" in p.err and there("small"), "a damaged file is replaced", p.note)


def locks(tool):
    """Killed runs, and several runs at once."""
    p = start_large(tool)
    os.killpg(p.pid, signal.SIGKILL)
    finish(p)
    part = size("large.bin.part")
    ok("large.bin.lock" in left() and part, "killed outright: lock and .part are left", p.note)
    forget_answers()
    p = run(tool, "large")
    ok(good(p) and continued(part), "killed outright: continued", p.note)
    p = start_large(tool)
    p.kill()  # its download lives on and writes to the .part
    p.wait()
    p.stdout.close(), p.stderr.close()
    p = run(tool, "large")
    ok(p.returncode == 0 and there("large") and sent() == len(large), "the download of a killed run is awaited", p.note)

    fresh()
    both = [finish(p) for p in [start(tool, "large", mode="slow") for _ in range(2)]]
    ok(all(p.returncode == 0 for p in both) and there("large") and sent() == len(large) and
       sorted("already" in p.out for p in both) == [False, True], "two at once: one downloads, one waits",
       both[0].note + both[1].note)
    fresh()
    os.mkdir(cache + "/large.bin.lock")
    owner = f"{os.uname().nodename} {p.pid} sh fetch-models.sh\n"  # that process has ended
    write(cache + "/large.bin.lock/owner", owner.encode())
    both = [finish(p) for p in [start(tool, "large") for _ in range(2)]]
    ok(all(p.returncode == 0 for p in both) and there("large") and sent() == len(large),
       "two at once over a stale lock", both[0].note + both[1].note)


def progress(tool):
    """The output of a download on terminals: redrawn within their width, not at all on a dumb one."""
    for columns, term, drawn in ((80, "xterm", rb"\rfetch-models: large: \d of 1 MiB, \d+ %"),
                                 (30, "xterm", rb"\rfetch-models: large: \d of [^\r]{,4}\r"),
                                 (80, "dumb", None), (80, "", None)):
        fresh()
        code, _, shown = shown_by([*shell, script, "large"], columns, env={**environment(tool), "TERM": term})
        longest = max(len(l) for l in shown.split(b"\r"))
        fits = longest < columns and re.search(drawn, shown) if drawn else b"\r" not in shown.replace(b"\r\n", b"")
        ok(code == 0 and fits and there("large"), f"progress on a terminal of {columns} columns, TERM={term}", shown)


# --- downloads
for tool in ("curl", "wget"):
    if not os.path.exists(os.path.join(tools[tool], tool)):
        skip(f"downloads with {tool}", f"{tool} is not installed")
    elif b"Wget2" in subprocess.run([tool, "--version"], capture_output=True).stdout:
        skip(f"downloads with {tool}", "this wget is Wget2, whose exit codes and --continue are unreliable")
    else:
        downloads(tool)
tool = "curl" if shutil.which("curl") else "wget"
if shutil.which(tool):
    files(tool)
    locks(tool)
    fresh()
    list_of_vast = write(work + "/vast", f"vast 99999999999999999 sha256 {'0' * 64}\n".encode())
    p = run(tool, "vast", MEMWALL_MODELS_SUMS=list_of_vast)
    ok(refused(p, "vast", "MiB are needed", "MEMWALL_CACHE") and not Server.answers and left() == [],
       "disk space is checked first", p.note)
    for variables, place in (({"MEMWALL_CACHE": "", "XDG_CACHE_HOME": work + "/x d g"}, "x d g/memwall"),
                             ({"MEMWALL_CACHE": None}, ".cache/memwall"), ({"MEMWALL_CACHE": "-odd"}, "-odd")):
        p = run(tool, "other", **variables)
        ok(good(p) and os.path.exists(os.path.join(work, place, "other.bin")), f"the cache folder: {place}", p.note)
    fresh()
    p = run(tool, "all")
    ok(p.returncode == 0 and there(*CONTENT) and p.out.count("\n") == 5, "all; one line per file", p.note)
    try:
        progress(tool)
    except NoTerminal as e:
        skip("progress on a terminal", e)
else:
    skip("downloads with either", "neither curl nor wget is installed")

# --- names
fresh()
p = run("", "small")
ok(refused(p, "neither curl nor wget", "install curl"), "neither curl nor wget", p.note)
p = run(tool, "nonsense")
ok(refused(p, "'nonsense'", "small large a-b.1.gguf plain other"), "an unknown name lists the names", p.note)
for name in ("", "#", "../small", "-x", "--lst"):
    p = run(tool, name)
    ok(refused(p, f"'{name}'") and not Server.answers, f"refused: {name!r}", p.note)
p = run(tool, "small", "nonsense")
ok(refused(p) and not Server.answers, "an unknown name stops the rest too", p.note)
p = run(tool)
ok(refused(p, "does not list stories110M"), "the default is stories110M and tokenizer", p.note)

# --- lists
ZEROS = "0" * 64
for line in ("small 10 sha256", "../x 10 sha256 " + ZEROS, "x 0 sha256 " + ZEROS, "x 1e3 sha256 " + ZEROS,
             "x 10 md5 " + "0" * 32, "x 10 sha256 " + "0" * 63, "x 10 sha1 " + "g" * 40, "x 10 header 1,2,3",
             "x 1234567890123456789 sha256 " + ZEROS):
    p = run(tool, "x", MEMWALL_MODELS_SUMS=write(work + "/bad", f"# one\n{line}\n".encode()))
    ok(refused(p, "bad: line 2"), f"list refused: {line[:30]}", p.note)
p = run(tool, "small", MEMWALL_MODELS_SUMS="/nonexistent")
ok(refused(p, "/nonexistent: cannot be read"), "a list that is not there", p.note)

# --- the cache folder
for name in ("small.bin", "small.bin.part"):
    fresh()
    os.mkdir(os.path.join(cache, name))
    p = run(tool, "small")
    ok(refused(p, name, "not a regular file"), f"{name} is a folder", p.note)
p = run(tool, "small", MEMWALL_CACHE="/dev/null/x")
ok(refused(p, "/dev/null/x", "MEMWALL_CACHE"), "a cache folder that cannot be made", p.note)
p = run(tool, "small", MEMWALL_CACHE="", HOME="")
ok(refused(p, "no cache folder"), "no cache folder at all", p.note)
fresh()
if os.getuid():
    os.chmod(cache, 0o555)
    p = run(tool, "small")
    ok(refused(p, "cannot be written"), "a cache folder that cannot be written", p.note)
    os.chmod(cache, 0o755)
else:
    skip("a cache folder that cannot be written", "root may write everywhere")

# --- help
p = run(tool, "--help")
ok(p.returncode == 0 and p.err == "" and p.out.startswith("usage: ") and widest(p.out) <= 80,
   "--help: 80 columns on stdout", p.note)
p = run(tool, "--list", MEMWALL_MODELS_SUMS=None)
listed = {l.split()[0]: l.split()[1:] for l in p.out.splitlines()}
SHAPES = {"stories15M": (288, 768, 6, 6, 32000, 256), "stories42M": (512, 1376, 8, 8, 32000, 1024),
          "stories110M": (768, 2048, 12, 12, 32000, 1024)}
# GGUF files of Q8_0 are blocks, 34 bytes for 32 weights, and the vocabulary: between 20 and 60 bytes per token.
# dim, hidden, layers, width of all query heads, of all key heads, vocabulary
GGUFS = {"SmolLM2-135M-Instruct-Q8_0.gguf": (576, 1536, 30, 576, 192, 49152),
         "Qwen3-0.6B-Q8_0.gguf": (1024, 3072, 28, 2048, 1024, 151936)}


def q8_0_bytes(dim, hidden, layers, q, kv, vocab):
    return (layers * (2 * q + 2 * kv + 3 * hidden) + vocab) * dim * 34 // 32


ok(p.returncode == 0 and list(listed) == [*SHAPES, "tokenizer", "SmolLM2-135M-Instruct-Q8_0.gguf",
                                          "qwen2.5-0.5b-instruct-q4_k_m.gguf", "Qwen3-0.6B-Q8_0.gguf"] and
   all(listed[n][0] == str(checkpoint_bytes(*s)) for n, s in SHAPES.items()) and
   all(20 < (int(listed[n][0]) - q8_0_bytes(*s)) / s[-1] < 60 for n, s in GGUFS.items()),
   "--list: sizes follow from the models' shapes", p.note)

# --- where each file comes from: a curl that only notes its last argument
write(os.path.join(tools[""], "curl"), b'#!/bin/sh\nfor last; do :; done\necho "$last" >>"$HOME/asked"\nexit 6\n')
os.chmod(os.path.join(tools[""], "curl"), 0o755)
fresh()
p = run("", "all", MEMWALL_MODELS_SUMS=None, MEMWALL_MODELS_URL=None)
asked = read(work + "/asked").decode().split()
hub = "https://huggingface.co/"
ok(p.returncode == 2 and len(asked) == 7 and all(a.startswith(b) and a.endswith("/" + e) for a, b, e in zip(asked, (
    *[hub + "karpathy/tinyllamas/"] * 3, "https://raw.githubusercontent.com/karpathy/llama2.c/",
    hub + "bartowski/SmolLM2-135M-Instruct-GGUF/", hub + "Qwen/Qwen2.5-0.5B-Instruct-GGUF/",
    hub + "Qwen/Qwen3-0.6B-GGUF/"), map(file_of, listed))), "each file is asked for at its own address", asked)
done()
