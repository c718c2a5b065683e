#!/usr/bin/env python3
"""fetch-models.sh against a server on loopback that cuts, lies, dawdles and forgets, with curl and with wget.

usage: test_fetch.py fetch-models.sh [SHELL ...]    prints TAP
"""
import hashlib, http.server, os, random, re, shutil, signal, socket, struct, subprocess, sys, tempfile
import threading, time

from tap import done, ok, skip
from terminal import NoTerminal, shown_by

script = os.path.abspath(sys.argv[1])
shell = [shutil.which(a) or a for a in sys.argv[2:3]] + sys.argv[3:]
work = tempfile.TemporaryDirectory(prefix="memwall-fetch-")
os.chdir(work.name)


# the files: two models and one that is only known by its header
noise = random.Random(1)
header = (512, 1376, 8, 8, 8, 32000, 1024)
content = {"small": noise.randbytes(300_001), "large": noise.randbytes(1_000_000),
           "plain": struct.pack("<7i", *header) + noise.randbytes(5000), "other": noise.randbytes(1000)}
sums = "".join(f"{n} {len(content[n])} sha256 {hashlib.sha256(content[n]).hexdigest()}\n" for n in ("small", "large"))
sums += f"plain {len(content['plain'])} header {','.join(map(str, header))}\n"
sums += f"# a comment\n\nother 1000 sha1 {hashlib.sha1(content['other']).hexdigest().upper()}\r\n"
with open("sums", "w", newline="") as f:
    f.write(sums)


class Server(http.server.BaseHTTPRequestHandler):
    """/MODE/NAME.bin; every answer is noted as (status, first byte, bytes sent)."""
    answers = []
    cuts = 0

    def log_message(self, *_):
        pass

    def do_GET(self):
        _, mode, name = self.path.split("/")
        data = content.get(name.removesuffix(".bin"))
        if mode in ("404", "403", "503"):
            self.answers.append((int(mode), 0, 0))
            return self.send_error(int(mode))
        if mode == "wrong":
            data = data[::-1]
        if mode == "short":
            data = data[:1000]
        if mode == "beheaded":
            data = bytes(28) + data[28:]
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and mode != "norange":
            start = int(asked[1])
            if start >= len(data):
                self.answers.append((416, start, 0))
                return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        if mode != "endless":
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        body = data[start:]
        if mode == "cut" and Server.cuts > 0:
            Server.cuts -= 1
            body = body[:len(body) // 2]
        sent = 0
        try:
            while mode == "endless" and sent < 50_000_000:
                self.wfile.write(data)
                sent += len(data)
            while mode != "endless" and sent < len(body):
                self.wfile.write(body[sent:sent + 50_000])
                sent = min(sent + 50_000, len(body))
                if mode == "slow":
                    self.wfile.flush()
                    time.sleep(0.03)
        except OSError:
            pass
        self.answers.append((206 if start else 200, start, sent))
        self.close_connection = True


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
with socket.socket() as s:  # a port on which nothing listens
    s.bind(("127.0.0.1", 0))
    nowhere = f"http://127.0.0.1:{s.getsockname()[1]}"

# A PATH with nothing but what the script may use, so that a download tool can be left out.
tools = {}
for tool in ("curl", "wget", ""):
    tools[tool] = os.path.abspath("path-" + tool)
    os.mkdir(tools[tool])
    for program in ("sh awk cat cut df grep head mkdir mv od ps rm rmdir sed sha1sum sha256sum shasum perl sleep tail tr "
                    "stty uname wc " + tool).split():
        where = shutil.which(program)
        if where:
            os.symlink(where, os.path.join(tools[tool], program))
tool = ""
cache = os.path.abspath("cache")


def environment(mode="good", **more):
    env = {"PATH": tools[tool], "HOME": work.name, "MEMWALL_CACHE": cache, "MEMWALL_MODELS_SUMS": os.path.abspath("sums"),
           "MEMWALL_MODELS_URL": f"{address}/{mode}", "no_proxy": "*"}
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def start(*args, mode="good", **more):
    return subprocess.Popen([*shell, script, *args], env=environment(mode, **more), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True, text=True)


def finish(p):
    p.out, p.err = p.communicate(timeout=30)
    p.note = f"exit {p.returncode}\n{p.out}{p.err}{Server.answers} {left()}"
    return p


def run(*args, **more):
    return finish(start(*args, **more))


def fresh(**files):
    """An empty cache folder with these files; underscores stand for dots."""
    shutil.rmtree(cache, ignore_errors=True)
    os.mkdir(cache)
    for name, data in files.items():
        with open(os.path.join(cache, name.replace("_", ".")), "wb") as f:
            f.write(data)
    Server.answers.clear()


def there(*names):
    """The cache folder holds exactly these, whole."""
    if sorted(os.listdir(cache)) != sorted(n + ".bin" for n in names):
        return False
    return all(open(os.path.join(cache, n + ".bin"), "rb").read() == content[n] for n in names)


def left():
    return sorted(os.listdir(cache)) if os.path.isdir(cache) else []


def size(name):
    try:
        return os.path.getsize(os.path.join(cache, name))
    except OSError:
        return 0


def wait_for(condition, seconds=10):
    end = time.time() + seconds
    while not condition() and time.time() < end:
        time.sleep(0.01)
    return condition()


def good(p, *words):
    """Exit 0, nothing on stderr, one line on stdout with these words."""
    return p.returncode == 0 and p.err == "" and p.out.count("\n") == 1 and all(w in p.out for w in words)


def refused(p, *words):
    """Exit 2, nothing on stdout, one line on stderr with these words."""
    return p.returncode == 2 and p.out == "" and p.err.count("\n") == 1 and p.err.startswith("fetch-models: ") and \
        all(w in p.err for w in words)


def sent():
    return sum(a[2] for a in Server.answers)


def downloads():
    small, large = content["small"], content["large"]
    fresh()
    p = run("small")
    ok(good(p, "small: downloaded, sha256 verified", cache + "/small.bin") and there("small"), f"{tool}: fresh", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run("small")
    ok(good(p, "downloaded") and there("small") and Server.answers == [(206, 100_000, len(small) - 100_000)],
       f"{tool}: resumed with the missing bytes only", p.note)
    fresh()
    Server.cuts = 1
    p = run("small", mode="cut")
    ok(good(p) and there("small") and [a[0] for a in Server.answers] == [200, 206] and sent() == len(small),
       f"{tool}: a broken connection is continued", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run("small", mode="norange")
    ok(p.returncode == 0 and there("small"), f"{tool}: a server that ignores ranges", p.note)

    for mode in ("wrong", "short", "endless"):
        fresh()
        p = run("small", mode=mode)
        ok(refused(p, "small: ", "not the expected file", "MEMWALL_MODELS_URL") and left() == [] and
           len(Server.answers) == 1 and sent() < 10_000_000, f"{tool}: {mode} content: one line, nothing left", p.note)
    fresh(small_bin_part=small[:100_000])
    p = run("small", mode="wrong")
    ok(p.returncode == 2 and p.err.count("\n") == 2 and left() == [] and len(Server.answers) == 2,
       f"{tool}: wrong content after a resume: from zero, once", p.note)
    for mode, words in (("404", "not there"), ("403", "refused"), ("503", "later")):
        fresh(small_bin_part=small[:1000])
        p = run("small", mode=mode)
        ok(refused(p, "small: ", f"HTTP {mode}", words) and left() == ["small.bin.part"], f"{tool}: {mode}", p.note)
    fresh(small_bin_part=small[:1000])
    p = run("small", MEMWALL_MODELS_URL=nowhere)
    ok(refused(p, "check the network") or refused(p, "the same command continues"), f"{tool}: no server", p.note)
    ok(left() == ["small.bin.part"], f"{tool}: no server: .part kept", p.note)
    fresh()
    p = run("small", MEMWALL_MODELS_URL=nowhere)
    ok(refused(p, "cannot be reached", "check the network") and left() == [], f"{tool}: no server: nothing left", p.note)

    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        fresh()
        p = start("large", mode="slow")
        wait_for(lambda: size("large.bin.part") > 100_000)
        if number == signal.SIGINT:
            os.killpg(p.pid, number)  # as a terminal does it
        else:
            p.send_signal(number)
        p = finish(p)
        part = size("large.bin.part")
        ok(p.returncode == code and p.out == "" and p.err.count("\n") == 1 and left() == ["large.bin.part"] and part,
           f"{tool}: {number.name}: exit {code}, .part kept", p.note)
        wait_for(lambda: Server.answers)
        Server.answers.clear()
        p = run("large")
        ok(good(p) and there("large") and Server.answers == [(206, part, len(large) - part)],
           f"{tool}: {number.name}: continued", p.note)


def the_rest():
    small, large = content["small"], content["large"]
    fresh(small_bin=small)
    p = run("small")
    ok(good(p, "small: already there, sha256 verified") and not Server.answers, "already there: no request", p.note)
    fresh()
    p = run("plain", "other.bin")
    ok(p.returncode == 0 and there("plain", "other") and "sha1 verified" in p.out and
       "plain: downloaded, only size and header checked" in p.out, "sha1; header, and said so", p.note)
    fresh()
    p = run("plain", mode="beheaded")
    ok(refused(p, "its header is 0,0,0,0,0,0,0") and left() == [], "wrong header", p.note)

    fresh(small_bin_part=small)
    p = run("small", MEMWALL_MODELS_URL=nowhere)
    ok(good(p) and there("small"), "a whole .part needs no server", p.note)
    for what, part in (("start", bytes(100_000)), ("length", bytes(400_000)), ("end", small[:-1] + b"x")):
        fresh(small_bin_part=part)
        p = run("small")
        ok(p.returncode == 0 and there("small") and Server.answers[-1] == (200, 0, len(small)) and
           p.err.count("\n") == 1, f".part with a wrong {what}: from zero", p.note)
    fresh()
    p = run("small", "other", mode="404")
    ok(p.returncode == 2 and p.err.count("HTTP 404") == 2 and left() == [], "one line a file", p.note)
    damaged = bytes(1) + small[1:]
    fresh(small_bin=damaged)
    p = run("small", mode="404")
    ok(p.returncode == 2 and open(cache + "/small.bin", "rb").read() == damaged,
       "a damaged file stays as long as there is no better one", p.note)
    p = run("small")
    ok(p.returncode == 0 and "damaged" in p.err and there("small"), "a damaged file is replaced", p.note)

    fresh()
    p = start("large", mode="slow")
    wait_for(lambda: size("large.bin.part") > 100_000)
    os.killpg(p.pid, signal.SIGKILL)
    finish(p)
    part = size("large.bin.part")
    ok("large.bin.lock" in left() and part, "killed outright: lock and .part are left", p.note)
    wait_for(lambda: Server.answers)
    Server.answers.clear()
    p = run("large")
    ok(good(p) and there("large") and Server.answers == [(206, part, len(large) - part)],
       "killed outright: continued", p.note)
    fresh()
    p = start("large", mode="slow")
    wait_for(lambda: size("large.bin.part") > 100_000)
    p.kill()  # its download lives on and writes to the .part
    p.wait()
    p.stdout.close(), p.stderr.close()
    p = run("large")
    ok(p.returncode == 0 and there("large") and sent() == len(large), "the download of a killed run is awaited", p.note)

    fresh()
    both = [start("large", mode="slow") for _ in range(2)]
    both = [finish(p) for p in both]
    ok(all(p.returncode == 0 for p in both) and there("large") and sent() == len(large) and
       sorted("already" in p.out for p in both) == [False, True], "two at once: one downloads, one waits",
       both[0].note + both[1].note)
    fresh()
    os.mkdir(cache + "/large.bin.lock")
    with open(cache + "/large.bin.lock/owner", "w") as f:
        f.write(f"{os.uname().nodename} {p.pid} sh fetch-models.sh\n")  # that process has ended
    two = [start("large") for _ in range(2)]
    two = [finish(p) for p in two]
    ok(all(p.returncode == 0 for p in two) and there("large") and sent() == len(large),
       "two at once over a stale lock", "\n".join(p.note for p in two))


for tool in ("curl", "wget"):
    if not os.path.exists(os.path.join(tools[tool], tool)):
        skip(f"downloads with {tool}", f"{tool} is not installed")
    elif b"Wget2" in subprocess.run([tool, "--version"], capture_output=True).stdout:
        skip(f"downloads with {tool}", "this wget is Wget2, whose exit codes and --continue cannot be relied on")
    else:
        downloads()

tool = "curl" if shutil.which("curl") else "wget"
can_load = bool(shutil.which(tool))
neither = "neither curl nor wget is installed"
if can_load:
    the_rest()
else:
    skip("downloads with either", neither)
fresh()
with open("vast", "w") as f:
    f.write(f"vast 99999999999999999 sha256 {'0' * 64}\n")
if can_load:
    p = run("vast", MEMWALL_MODELS_SUMS=os.path.abspath("vast"))
    ok(refused(p, "vast", "MiB are needed", "MEMWALL_CACHE") and not Server.answers and left() == [], "disk space first",
       p.note)
else:
    skip("disk space first", neither)
p = run("small", PATH=tools[""])
ok(refused(p, "neither curl nor wget", "install curl"), "neither curl nor wget", p.note)
p = run("nonsense")
ok(refused(p, "'nonsense'", "small large plain other"), "an unknown name lists the names", p.note)
for name in ("", "#", "../small", "-x", "--lst"):
    p = run(name)
    ok(refused(p, f"'{name}'") and not Server.answers, f"refused: {name!r}", p.note)
p = run("small", "nonsense")
ok(refused(p) and not Server.answers, "an unknown name stops the rest too", p.note)
p = run()
ok(refused(p, "does not list stories110M"), "the default is stories110M and tokenizer", p.note)
for line in ("small 10 sha256", "../x 10 sha256 " + "0" * 64, "x 0 sha256 " + "0" * 64, "x 1e3 sha256 " + "0" * 64,
             "x 10 md5 " + "0" * 32, "x 10 sha256 " + "0" * 63, "x 10 sha1 " + "g" * 40, "x 10 header 1,2,3",
             "x 1234567890123456789 sha256 " + "0" * 64):
    with open("bad", "w") as f:
        f.write("# one\n" + line + "\n")
    p = run("x", MEMWALL_MODELS_SUMS=os.path.abspath("bad"))
    ok(refused(p, "bad: line 2"), f"list refused: {line[:30]}", p.note)
p = run("small", MEMWALL_MODELS_SUMS="/nonexistent")
ok(refused(p, "/nonexistent: cannot be read"), "a list that is not there", p.note)
for name in ("small.bin", "small.bin.part"):
    fresh()
    os.mkdir(os.path.join(cache, name))
    p = run("small")
    ok(refused(p, name, "no regular file"), f"{name} is a folder", p.note)
p = run("small", MEMWALL_CACHE="/dev/null/x")
ok(refused(p, "/dev/null/x", "MEMWALL_CACHE"), "a cache folder that cannot be made", p.note)
p = run("small", MEMWALL_CACHE="", HOME="")
ok(refused(p, "no cache folder"), "no cache folder at all", p.note)
fresh()
if os.getuid():
    os.chmod(cache, 0o555)
    p = run("small")
    ok(refused(p, "cannot be written"), "a cache folder that cannot be written", p.note)
    os.chmod(cache, 0o755)
else:
    skip("a cache folder that cannot be written", "root may write everywhere")

for variables, place in (({"MEMWALL_CACHE": "", "XDG_CACHE_HOME": work.name + "/x d g"}, "x d g/memwall"),
                         ({"MEMWALL_CACHE": None}, ".cache/memwall"), ({"MEMWALL_CACHE": "-odd"}, "-odd")):
    if not can_load:
        skip(f"the cache folder: {place}", neither)
        continue
    p = run("other", **variables)
    ok(good(p) and os.path.exists(os.path.join(work.name, place, "other.bin")), f"the cache folder: {place}", p.note)
if can_load:
    p = run("all")
    ok(p.returncode == 0 and there(*content) and p.out.count("\n") == 4, "all; one line a file", p.note)
else:
    skip("all; one line a file", neither)

p = run("--help")
ok(p.returncode == 0 and p.err == "" and p.out.startswith("usage: ") and max(map(len, p.out.splitlines())) <= 80,
   "--help: 80 columns on stdout", p.note)


def checkpoint(dim, hidden, layers, heads, vocab, positions):
    weights = vocab * dim + layers * (2 * dim + 4 * dim * dim + 3 * dim * hidden) + dim + positions * (dim // heads)
    return 28 + 4 * weights


p = run("--list", MEMWALL_MODELS_SUMS=None)
listed = {l.split()[0]: l.split()[1:] for l in p.out.splitlines()}
shapes = {"stories15M": (288, 768, 6, 6, 32000, 256), "stories42M": (512, 1376, 8, 8, 32000, 1024),
          "stories110M": (768, 2048, 12, 12, 32000, 1024)}
ok(p.returncode == 0 and list(listed) == [*shapes, "tokenizer"] and
   all(listed[n][0] == str(checkpoint(*s)) for n, s in shapes.items()), "--list: sizes follow from the models' shapes", p.note)

if not can_load:
    skip("progress on a terminal", neither)
    done()
fresh()


def check_terminals():
    for columns, term, drawn in ((80, "xterm", rb"\rfetch-models: large: \d of 1 MiB, \d+ %"),
                                 (30, "xterm", rb"\rfetch-models: large: \d of [^\r]{,4}\r"),
                                 (80, "dumb", None), (80, "", None)):
        fresh()
        code, _, shown = shown_by([*shell, script, "large"], columns, env={**environment(), "TERM": term})
        widest = max(len(l) for l in shown.split(b"\r"))
        good = widest < columns and re.search(drawn, shown) if drawn else b"\r" not in shown.replace(b"\r\n", b"")
        ok(code == 0 and good and there("large"), f"progress on a terminal of {columns} columns, TERM={term}", shown)


try:
    check_terminals()
except NoTerminal as e:
    skip("progress on a terminal", e)

done()
