"""Tables of the report from results.csv, as Markdown, and single numbers. A table whose data are missing is None."""
import functools

from markdown import digits, table, value, with_interval

PUBLISHED = [  # by the paper and by others about the same model; never mixed with measurements
    ("scalar, \"-O3 Auto-Vect\"", "M2 Pro", "1", "24", "10.5", "the paper"),
    ("bare-metal NEON", "M2 Pro", "1", "61.3", "26.9", "the paper"),
    ("PyTorch (AMX), a stand-in network", "M2 Pro", "1", "298.7", "-", "the paper"),
    ("llama2.zig", "M2 Pro", "1 / 7", "106 / 147", "46 / 64", "its README"),
    ("llama2.zig", "M1 Pro", "1 / 5", "99 / 127", "43 / 56", "its README"),
    ("llama2.c / llama2.mojo / llama.cpp", "M1 Max", "6", "102 / 195 / 187", "45 / 85 / 82", "README of llama2.mojo"),
    ("llama2.c", "Ryzen 3950X", "1 / 8", "51.7 / 90", "23 / 39", "README of llama2.java"),
]


def of_suite(suite, metric):
    """For a table made from a run of this suite that has the metric; without such a run it is None."""
    def wrap(make):
        @functools.wraps(make)
        def made(source):
            run = source.optional(suite, metric)
            return make(source, run) if run else None
        return made
    return wrap


def fits(row, variant, threads, cells):
    """Whether a row is of this variant and number of threads ("-": any) and has these cells or parameters."""
    return (variant in ("-", row["variant"], row.get("kernel", "")) and threads in ("max", "-", row["threads"]) and
            all((row[k] if k in row else row.param(k)) == v for k, v in cells.items()))


def find(source, metric, variant, threads, **cells):
    """The first summary that fits, of any folder, or None; with `threads` max the one of the most threads."""
    rows = [x for run in source.runs for x in run.summaries(metric=metric) if fits(x, variant, threads, cells)]
    if threads == "max":
        return max(rows, key=lambda x: int(x["threads"] or 0), default=None)
    return rows[0] if rows else None


def number(source, words):
    """{{metric variant threads [key=value ...]}}: value and interval. The phase is steady unless given."""
    metric, variant, threads, *rest = words
    cells = {"phase": "steady"} | dict(w.split("=", 1) for w in rest)
    row = find(source, metric, variant, threads, **cells)
    return with_interval(row) if row else "(not measured)"


def machine(source):
    run = source.optional("decode", "tokens_per_s") or source.runs[0]
    m, first = run.machine(), run.rows[0]
    system = m.get("system", {})
    most_threads = max((int(x["threads"]) for x in run.rows if x["threads"]), default=1)
    caches = ", ".join(f"{n} {b / 1024:,.0f} KiB" for n, b in run.caches(1))
    commits = dict.fromkeys(r.rows[0]["commit"] for r in source.runs)
    runs = dict.fromkeys(f"{r.suite} {r.rows[0]['utc']}" for r in source.runs)
    return table(["", ""], [
        ("CPU", first["cpu"]), ("system", first.get("os", "")),
        ("virtual machine", system.get("virtualized", "unknown")), ("threads", f"1 and {most_threads}"),
        ("caches of a core", caches or "unknown"), ("model", first["model"] + ", " + first["dtype"]),
        ("transparent huge pages", system.get("thp", "unknown")),
        ("compiler", m.get("build", {}).get("compiler", m.get("compiler", "unknown"))),
        ("commits", ", ".join(commits)), ("runs", ", ".join(runs))], [20, 80])


def published(_):
    header = ["program", "machine", "threads", "tokens/s", "GB/s", "source"]
    return table(header, PUBLISHED, [34, 14, 9, 17, 14, 22])


@of_suite("decode", "tokens_per_s")
def table1(source, run):
    """The paper's Table 1 next to the same measurements: tokens/s and ITL, one thread."""
    theirs = {"scalar": ("24", "41.6"), "tvl": ("61.3", "16.3")}
    rows, itls = [], run.units("itl_us")
    for (variant, threads), x in run.units("tokens_per_s").items():
        if threads == 1:
            itl = itls.get((variant, 1))
            ms = digits(itl.number("value") / 1000) if itl else "-"
            rows.append((variant, x["isa"], with_interval(x), ms, *theirs.get(variant, ("-", "-"))))
    torch = find(source, "tokens_per_s", "torch", "1")
    rows.append(("PyTorch, a real forward pass" if torch else "PyTorch", "-", with_interval(torch),
                 digits(1000 / torch.number("value")) if torch else "-", "298.7", "3.3"))
    header = ["variant", "instructions", "tokens/s here", "ms here", "tokens/s published", "ms published"]
    return table(header, rows, [32, 14, 22, 10, 12, 10])


@of_suite("decode", "roof_fraction")
def decode(_, run):
    metrics = [run.units(m) for m in ("tokens_per_s", "bandwidth_gbs", "speedup", "roof_fraction")]
    rows = [(*unit, *(with_interval(m.get(unit)) for m in metrics)) for unit in run.units("roof_fraction")]
    header = ["variant", "threads", "tokens/s", "GB/s", "times scalar", "share of the roof"]
    return table(header, rows, [32, 8, 20, 18, 18, 18])


@of_suite("micro", "bandwidth_gbs")
def cached(_, run):
    """Each kernel with its weights in memory and in the cache: for each row length, the smallest matrix."""
    found = {(x["phase"], x["metric"]): x for x in run.summaries(threads="1") if x["phase"].startswith("gemv/")}
    smallest = {}  # (kernel, columns): (rows, line of the table)
    for (phase, metric), cold in found.items():
        warm = found.get((phase.removesuffix("/dram") + "/cache", metric))
        if metric != "bandwidth_gbs" or not phase.endswith("/dram") or not warm:
            continue
        _, kernel, shape, _ = phase.split("/")
        rows, columns = map(int, shape.split("x"))
        ratio = f"{cold.number('value') / warm.number('value'):.2f}"
        line = (kernel, f"{rows} x {columns}", value(warm), value(cold), ratio,
                value(found.get((phase, "roof_fraction"))))
        if rows < smallest.get((kernel, columns), (rows + 1,))[0]:
            smallest[kernel, columns] = rows, line
    header = ["kernel", "rows x columns", "in cache, GB/s", "from memory, GB/s", "memory / cache", "of the roof"]
    lines = [smallest[key][1] for key in sorted(smallest)]
    return table(header, lines, [26, 16, 16, 18, 14, 12]) if lines else None


@of_suite("profile", "op_share")
def profile(_, run):
    """Where the time of a token goes, for every variant on one thread."""
    shares, roofs = ({(x["variant"], x.param("op")): x for x in run.summaries(metric=metric, threads="1")}
                     for metric in ("op_share", "op_roof_fraction"))
    variants = list(dict.fromkeys(v for v, _ in shares))
    rows = []
    for op in dict.fromkeys(op for _, op in shares):
        cells = []
        for v in variants:
            roof = roofs.get((v, op))
            cells += [f"{100 * shares[v, op].number('value'):.2f}", f"{roof.number('value'):.2f}" if roof else "-"]
        rows.append((op, *cells))
    header = [c for v in variants for c in (f"{v}: % of the time", "of the roof")]
    return table(["step", *header], rows, [12] + [16, 12] * len(variants))


@of_suite("peers", "tokens_per_s")
def peers(_, run):
    """Other programs, each compared with our fastest variant on as many threads."""
    rates = run.summaries(metric="tokens_per_s", phase="steady")
    first = {(x["variant"], x["threads"]): x for x in run.summaries(metric="ttft_ms", phase="ttft")}
    ratios = {(x["variant"], x["threads"], x.param("peer")): x for x in run.summaries(metric="peer_ratio")}
    fastest = {}  # of ours, by number of threads
    for x in sorted((x for x in rates if x["kernel"] != "peer"), key=lambda x: -x.number("value")):
        fastest.setdefault(x["threads"], x["variant"])
    rows = []
    for x in sorted(rates, key=lambda x: (x["threads"], -x.number("value"))):
        ratio = ratios.get((fastest.get(x["threads"]), x["threads"], x["variant"]))
        rows.append((x["variant"], x["threads"] or "its own", with_interval(x), with_interval(ratio),
                     with_interval(first.get((x["variant"], x["threads"])))))
    return table(["program", "threads", "tokens/s", "our fastest / peer", "TTFT, ms"], rows, [30, 9, 24, 24, 24])


@of_suite("decode", "itl_p50_us")
def latency(_, run):
    metrics = [run.units(m) for m in ("itl_p50_us", "itl_p90_us", "itl_p99_us", "itl_p999_us")]
    sweeps, rows = run.units("roof_tail_ratio"), []
    for unit in run.units("itl_p50_us"):
        p50, _, p99, _ = cells = [m.get(unit) for m in metrics]
        ratio = f"{p99.number('value') / p50.number('value'):.2f}" if p99 else "-"
        rows.append((*unit, *map(value, cells), ratio, value(sweeps.get(unit))))
    header = ["variant", "threads", "P50 us", "P90 us", "P99 us", "P99.9 us", "P99/P50", "of sweeps"]
    return table(header, rows, [34, 9, 10, 10, 10, 10, 10, 10])


@of_suite("context", "context_added_us")
def context(source, run):
    rows = []
    for x in run.summaries(metric="itl_us", suite="context"):
        position = x.param("position")
        more = [find(source, "context_" + m, x["variant"], x["threads"], position=position)
                for m in ("added_us", "expected_us", "cost_ratio")]
        rows.append((x["variant"], x["threads"], position, with_interval(x), *map(with_interval, more)))
    header = ["variant", "threads", "position", "ITL, us", "added since the first", "KV cache at roof speed", "ratio"]
    return table(header, rows, [28, 8, 9, 22, 22, 22, 20])


@of_suite("clu", "clu_l1")
def clu(source, run):
    rows = []
    for x in run.summaries(metric="clu_l1", phase="token"):
        more = [find(source, m, x["variant"], "-", phase="token")
                for m in ("clu_l2", "clu_llc", "split_load_fraction", "loads_per_line", "jumps")]
        rows.append((x["variant"], value(x), *map(value, more)))
    header = ["variant", "L1", "L2", "last level", "split loads", "loads per line", "jumps"]
    return table(header, rows, [36, 8, 8, 10, 12, 12, 8])


@of_suite("ttft", "ttft_ms")
def ttft(source, run):
    rows = []
    for x in run.summaries(metric="ttft_ms", phase="ttft"):
        if x.param("feeding") == "batch":
            more = [find(source, m, x["variant"], x["threads"], phase="ttft", param=x["param"])
                    for m in ("minor_faults", "major_faults", "device_mib", "huge_mib")]
            rows.append((int(x.param("prompt")), x.param("state"), x["variant"], with_interval(x), *map(value, more)))
    rows.sort(key=lambda r: (r[0], r[1] == "cold"))
    header = ["prompt", "file", "variant", "TTFT ms", "minor faults", "major faults", "device MiB", "huge MiB"]
    return table(header, rows, [8, 6, 30, 22, 10, 10, 10, 10])


@of_suite("growth", "growth_ratio")
def growth(_, run):
    lines = []
    for x in run.summaries(metric="growth_ratio", suite="growth"):
        mine = {c: x[c] for c in ("model", "variant", "threads", "suite")}
        mb, rate, roof = (next(iter(run.summaries(metric=m, **mine)), None)
                          for m in ("token_mb", "tokens_per_s", "roof_mean_gbs"))
        verdict = x.get("note", "").rpartition("within 10 %: ")[2] or "-"
        place = mb.number("value") if mb else 0, int(x["threads"])
        lines.append((place, (x["model"].partition(":")[2], place[1], value(mb), *map(with_interval, (rate, roof, x)),
                              verdict)))
    lines.sort(key=lambda line: line[0])
    header = ["shape", "threads", "MB/token", "tokens/s", "roof GB/s", "ratio", "within 10 %"]
    return table(header, [cells for _, cells in lines], [14, 8, 10, 22, 20, 20, 12])
