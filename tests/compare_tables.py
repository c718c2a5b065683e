#!/usr/bin/env python3
"""Do two builds of bench write the same tables? Rows and columns are compared; what was timed is not.

usage: compare_tables.py capture BENCH OUT --model=CHECKPOINT --tokenizer=TOKENIZER    CHECKPOINT: stories260K.bin
       compare_tables.py compare OLD NEW    two such OUT; exit code 1 if a row, a column, a file or a text differs

A run of `capture` is a folder: command, exit, stdout, stderr and, in run/, what bench wrote. Rows that come and go with
the machine's mood are listed with a `~` and are no failure.
"""
import argparse, collections, csv, io, json, os, re, shutil, subprocess, sys, time

CACHES = "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64"
JSON = '[{"n_prompt": 8, "n_gen": 0, "avg_ts": 900}, {"n_prompt": 0, "n_gen": 12, "avg_ts": 70, "samples_ts": [70]}]'
PEERS = ["--peer=llama2c:test -s {model} && echo achieved tok/s: 5{threads}",
         f"--peer=llama.cpp:test -s {{gguf}} && echo '{JSON}'",
         "--peer=ours:echo memwall-tokens-per-s: 61.5; echo memwall-latency-us: 16230.1 16190.5 16301.7; "
         "echo memwall-first-token-ms: 163.2", "--peer=broken:echo out of luck >&2; exit 3"]


def runs(model, tokenizer):
    """Name of each run and its options, in an order in which later ones can read what earlier ones wrote."""
    one, both, few = ["--threads=1"], ["--threads=1,2"], ["--tokens=26", "--reps=3"]
    paper, pair = ["--variant=paper"], ["--variant=neon,tvl"]
    peers = ["--suite=peers", model, *pair, "--tokens=13", "--reps=3", *PEERS]
    micro = ["--benchmark_min_time=0.001", "--benchmark_repetitions=2"]
    clu = ["--suite=clu", model, "--variant=paper,aos,colmajor,tvl16_avx2", CACHES]
    ttft = ["--suite=ttft", model, "--prompt-tokens=1,5", "--reps=3"]
    growth = ["--suite=growth", "--shapes=stories260K,stories15M", "--tokens=20", "--reps=2"]
    yield from {
        "decode": [model, *paper, *both, *few],
        "decode-again": [model, *paper, *both, *few],
        "decode-one": [model, *paper, *one, "--tokens=26", "--reps=1"],
        "decode-default": ["--model=synthetic:stories15M", *one, "--tokens=20", "--reps=2"],
        "decode-variants": [model, "--variant=all", *both, "--tokens=20", "--reps=2"],
        "decode-prompt": [model, tokenizer, *pair, *one, *few, "--prompt=One day", "--format=csv"],
        "decode-json": [model, *pair, *one, *few, "--format=json", "--quiet"],
        "decode-md": [model, *pair, *one, *few, "--format=md"],
        "aa": ["--suite=aa", model, *pair, *both, *few],
        "roof": ["--suite=roof", model, *both, *micro],
        "micro": ["--suite=micro", model, *both, *micro,
                  "--benchmark_filter=^(fork|peak|gem|roof)|/(16|64)KiB|copy/.*/huge"],
        "clu": clu, "clu-csv": [*clu, "--format=csv"],
        "ttft": [*ttft, *both, *pair], "ttft-default": [*ttft[:2], "--prompt-tokens=3", "--reps=2", "--format=csv"],
        "context": ["--suite=context", model, *pair, *both, "--tokens=60", "--reps=3", "--positions=5,100,300"],
        "growth": [*growth, *both], "growth-csv": [*growth, *one, "--format=csv"],
        "profile": ["--profile", model, *pair, *both, "--tokens=40", "--reps=3"],
        "perplexity": ["--suite=perplexity", model, tokenizer, "--kernel=all"],
        "perplexity-csv": ["--suite=perplexity", model, tokenizer, *pair, "--format=csv"],
        "peers": [*peers, *both], "peers-prompt": [*peers, *one, "--prompt-tokens=8", "--format=csv"],
        "torch": ["--suite=torch", model, "--variant=tvl", *one, *few],
        "soak": ["--suite=soak", model, *one, "--soak=2"],
        "claims": ["--suite=claims", model, tokenizer, "--tokens=26", "--reps=2", "--soak=1"],
        "all": ["--suite=all", model, tokenizer, "--variant=tvl", *one, "--tokens=40", "--reps=1", "--soak=1",
                "--positions=10,100", "--prompt-tokens=3", "--shapes=stories260K", "--benchmark_filter=^gemv/neon",
                micro[0], "--peer=good:echo achieved tok/s: 5", CACHES],
    }.items()
    judged = "--claims-from=" + ",".join(f"{s}/run" for s in ("claims", "decode", "micro", "clu", "ttft", "perplexity"))
    for form in "table", "csv", "json", "md":
        yield "from-" + form, [judged, "--format=" + form]
        yield "compare-" + form, ["--compare", "decode/run", "decode-again/run", "--format=" + form]
    yield "compare-forced", ["--compare", "decode/run", "decode-default/run", "--force"]
    yield "compare-peers", ["--compare", "peers/run", "peers/run"]
    yield "help", ["--help"]
    yield "list", ["--list"]
    for i, args in enumerate([
            ["--modle=x"], ["stray"], ["--tokens"], ["--tokens=10"], ["--threads=1,,2"], ["--precision=2", "--reps=1"],
            ["--cpus=3-1"], [model, "--cache=L9:1K"], ["--benchmark_filter=x"], ["--suite=roof", "--reps=2"],
            ["--suite=clu", "--plot"], ["--suite=nonsense"], ["--variant=nonsense"], ["--variant=aos/aos/mmap"],
            ["--layout=tvl", "--kernel=scalar"], ["--model=/nonexistent"], ["--prompt=hello"], [model, "--tokens=513"],
            [model, "--out=decode/run"], ["--suite=peers"], ["--suite=claims", "--variant=tvl"],
            ["--compare", "decode/run"], ["--force"],
            ["--compare", "decode/run", "decode-default/run"], ["--claims-from=/nonexistent"],
            ["--profile", "--suite=decode"]]):
        yield f"refused-{i + 1}", args


def capture(bench, out, model, tokenizer):
    bench, out = os.path.abspath(bench), os.path.abspath(out)
    os.makedirs(out)
    cache = os.path.join(out, "cache")
    env = dict(os.environ, MEMWALL_CACHE=cache, NO_COLOR="1")
    env.pop("MEMWALL_TEST_MODELS", None)
    start = time.time()
    for name, args in runs("--model=" + os.path.abspath(model), "--tokenizer=" + os.path.abspath(tokenizer)):
        began = time.time()
        folder = os.path.join(out, name)
        os.mkdir(folder)
        if not re.match("from|compare|help|list|refused", name):
            args = [*args, f"--out={name}/run"]
        r = subprocess.run([bench, *args], cwd=out, env=env, capture_output=True, timeout=600)
        texts = "\n".join(args).encode(), b"%d" % r.returncode, r.stdout, r.stderr
        for file, text in zip(("command", "exit", "stdout", "stderr"), texts):
            with open(os.path.join(folder, file), "wb") as f:
                f.write(text.replace(bench.encode(), b"BENCH").replace(out.encode(), b"OUT"))
        print(f"{name}: exit {r.returncode}, {time.time() - began:.1f} s", flush=True)
    shutil.rmtree(cache, ignore_errors=True)
    print(f"{time.time() - start:.0f} s")


# Of these columns nothing is compared, of the measured ones whether a cell is empty, and of all others the text.
IGNORED = set("run_id utc host cpu os commit note n events verdict change".split())
MEASURED = set("""value ci_low ci_high latency_us roof_gbs tokens_us steal_us cpu_pressure_us memory_pressure_us cycles
    instructions stalled_cycles cache_refills l1d_refills tlb_refills page_faults switches migrations ms minor_faults
    major_faults read_bytes rss_mib pss_mib resident huge_mib old new""".split())
# Metrics that are computed, not timed: their values are compared. And those that chance may leave without one.
COMPUTED = re.compile("perplexity|bytes_needed|bytes_stored|token_mb|flop_per_byte")
UNSURE = ("break_even_tokens", "slow_tokens_stolen", "soak_drift", "cpu_mhz", "celsius")
# What a text says of what was timed, and the warnings of a table; two words may be on two lines.
CHANCE = re.compile(r"""^mind:\n(\ \ .*\n)+ | (-\ )? \bThe\s+machine\s+itself\s+changed\b [\s\S]*? \bwithin\s+a\s+run\.
    | \b(medians\s+of[^;]*;\s+(no|a)\s+drift | fewer\s+than\s+40\s+turns[\s\S]*?\ba\s+drift | (not\ )?memory-bound
    | no\ difference | different | no\ evidence | faster | slower | better | worse | yes | no | open
    | holds(\s+in\s+part)? | does\s+not\s+hold)\b""", re.M | re.X)


def mask(text):
    """Numbers, and dashes in their place, become one sign each."""
    return re.sub(r"(?<!\S)-(?!\S)", "#", re.sub(r"[<>+-]*\d+(,\d{3})*(\.\d+)?(e[+-]?\d+)?", "#", text))


def row_key(x, columns):
    """What tells a row from others, and whether it is there by chance."""
    key = {c: "*" if c in MEASURED else x[c] for c in columns if c not in IGNORED and x[c] != ""}
    chance = x.get("metric") == "warning"
    if chance:
        key["note"] = mask(x["note"])
    if x.get("suite") == "soak":
        key["param"] = mask(x["param"])
    if x.get("provenance") in ("modelled", "published", "artifact") or COMPUTED.match(x.get("metric", "")):
        key["value"] = x["value"] and f"{float(x['value']):.4g}"
    if x.get("metric") in UNSURE:
        key = {c: v for c, v in key.items() if c not in ("value", "ci_low", "ci_high", "provenance")}
    if "rule" in x:
        key["verdict"] = x["verdict"]
    return tuple(f"{c}={v}" for c, v in key.items()), chance


def show(old, new, mark="", most=3):
    """Tells what one side has more of; returns whether there is anything."""
    for sign, more in ("-", old - new), ("+", new - old):
        for key, n in list(more.items())[:most]:
            print(f"  {mark}{sign} {n} x {' '.join(key) if isinstance(key, tuple) else key}")
        if len(more) > most:
            print(f"  {mark}{sign} and {len(more) - most} more")
    return old != new


def compare_rows(file, old, new):
    """Two tables, each a list of dicts."""
    columns, now = (list(t[0]) if t else [] for t in (old, new))
    if columns != now[:len(columns)]:
        print(f"{file}: columns DIFFERENT\n  - {columns}\n  + {now}")
        return True
    counts = [[collections.Counter(k for k, chance in keys if chance == c) for keys in
               ([row_key(x, columns) for x in rows] for rows in (old, new))] for c in (False, True)]
    (old_sure, new_sure), (old_chance, new_chance) = counts
    same = "equal" if old_sure == new_sure else "DIFFERENT"
    print(f"{file}: {len(old)} and {len(new)} rows, {len(now)} columns: {same}")
    show(old_chance, new_chance, "~")
    return show(old_sure, new_sure)


def keys(x, path=""):
    """All keys of a JSON value; items of a list have one name."""
    if isinstance(x, dict):
        for k, v in x.items():
            yield path + "/" + k
            yield from keys(v, path + "/" + k)
    elif isinstance(x, list):
        for v in x:
            yield from keys(v, path + "/[]")


def words(text):
    """Words of what a person reads, wherever lines end."""
    return mask(CHANCE.sub("", text)).split()


def heads(text):
    """The lines that name columns: those with gaps that follow one without."""
    lines = [mask(l).strip() for l in CHANCE.sub("~", text).splitlines() if l[:4] != "----"]
    pairs = zip(["", *lines], lines)
    return [re.sub("[ ~]+", " ", l).strip() for before, l in pairs if "  " in l and "  " not in before]


def rows_of(text):
    """The rows of stdout if it is a table for programs."""
    if not text.startswith("[") and not re.match(r"\w+(,\w+)+\n", text):
        return None
    rows = json.loads(text) if text.startswith("[") else csv.DictReader(io.StringIO(text))
    return [{c: "" if v is None else str(v) for c, v in x.items()} for x in rows]


def read(*path):
    with open(os.path.join(*path), newline="", encoding="utf-8", errors="replace") as f:
        return f.read()


def compare_file(path, old, new):
    """Whether they differ; prints one line, and more if they do."""
    file = os.path.basename(path)
    exact = re.match("refused|help|list|torch", path)
    if file.endswith(".csv") or (file == "stdout" and rows_of(old) is not None and rows_of(new) is not None):
        return compare_rows(path, rows_of(old), rows_of(new))
    if file == "topology.xml":  # hwloc's
        return False
    if file == "command.txt":
        old, new = (t.split(None, 1)[1] for t in (old, new))
    parts = str.splitlines
    if file == "machine.json" or (file == "stdout" and old.startswith("{")):
        parts = lambda t: set(keys(json.loads(t)))
    elif not exact:
        parts = {"stdout": lambda t: heads(t) + words(t), "stderr": lambda t: mask(t).splitlines(),
                 "exit": lambda t: [t.replace("1", "0")]}.get(file, parts)  # 1: slower, or a busy machine's roof
    a, b = (collections.Counter(parts(t)) for t in (old, new))
    chance = file == "stderr" and not exact
    if a != b:
        print(f"{path}: {'different by chance' if chance else 'DIFFERENT'}")
    return show(a, b, "~" if chance else "") and not chance


def compare(old, new):
    sides = [{os.path.relpath(os.path.join(d, f), top) for d, _, fs in os.walk(top) for f in fs} for top in (old, new)]
    bad = 0
    for path in sorted(sides[0] | sides[1]):
        if path not in sides[0] & sides[1]:
            print(f"{path}: only in {old if path in sides[0] else new}")
            bad += 1
        else:
            bad += compare_file(path, read(old, path), read(new, path))
    print(f"{len(sides[0])} files, {bad} different")
    return bad > 0


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(dest="what", required=True)
p = commands.add_parser("capture")
p.add_argument("bench")
p.add_argument("out")
p.add_argument("--model", required=True)
p.add_argument("--tokenizer", required=True)
p = commands.add_parser("compare")
p.add_argument("old")
p.add_argument("new")
given = parser.parse_args()
if given.what == "capture":
    capture(given.bench, given.out, given.model, given.tokenizer)
else:
    sys.exit(compare(given.old, given.new))
