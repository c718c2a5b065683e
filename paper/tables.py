"""Tables of the report as Markdown, and single numbers, from result folders. A table whose data are missing is None."""
import csv
import math
import os
import textwrap

import data

PUBLISHED = [  # facts of the paper and of others about the same model; never mixed with what was measured
    ("scalar, \"-O3 Auto-Vect\"", "M2 Pro", "1", "24", "10.5", "the paper"),
    ("bare-metal NEON", "M2 Pro", "1", "61.3", "26.9", "the paper"),
    ("PyTorch (AMX), a stand-in network", "M2 Pro", "1", "298.7", "-", "the paper"),
    ("llama2.zig", "M2 Pro", "1 / 7", "106 / 147", "46 / 64", "its README"),
    ("llama2.zig", "M1 Pro", "1 / 5", "99 / 127", "43 / 56", "its README"),
    ("llama2.c / llama2.mojo / llama.cpp", "M1 Max", "6", "102 / 195 / 187", "45 / 85 / 82", "README of llama2.mojo"),
    ("llama2.c", "Ryzen 3950X", "1 / 8", "51.7 / 90", "23 / 39", "README of llama2.java"),
]


def table(header, rows, widths=None):
    """A pipe table; `widths` are relative and let long cells wrap in print."""
    widths = widths or [max(3, len(h)) for h in header]
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("-" * w for w in widths) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(c).replace("|", "/") for c in r) + " |" for r in rows])


def digits(value):
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def with_interval(row):
    low, high = row.interval()
    text = digits(row.number("value"))
    return f"{text} ({digits(low)} to {digits(high)})" if math.isfinite(low) and math.isfinite(high) else text


def find(source, metric, variant, threads, **cells):
    """The summary that fits, of any folder; `threads` may be max. Keys of `param` count as cells."""
    best = None
    for run in source.runs:
        for x in run.summaries(metric=metric):
            if variant not in ("-", x["variant"], x["kernel"] if "kernel" in x else ""):
                continue
            if any((x[k] if k in x else x.param(k)) != v for k, v in cells.items()):
                continue
            if threads not in ("max", "-") and x["threads"] != threads:
                continue
            if best is None or threads == "max" and x["threads"] and int(x["threads"]) > int(best["threads"] or 0):
                best = x
    return best


def number(source, words):
    """{{metric variant threads [key=value ...]}}: value and interval; phase is steady unless said."""
    metric, variant, threads, *rest = words
    cells = dict(w.split("=", 1) for w in rest)
    cells.setdefault("phase", "steady")
    row = find(source, metric, variant, threads, **cells)
    return with_interval(row) if row else "(not measured)"


def machine(source):
    try:
        run = source.run("decode", "tokens_per_s")
    except data.Missing:
        run = source.runs[0]
    m, first = run.machine(), run.rows[0]
    system = m.get("system", {})
    rows = [("CPU", first["cpu"]), ("system", first.get("os", "")), ("virtual machine", system.get("virtualized", "unknown")),
            ("threads", f"1 and {max((int(x['threads']) for x in run.rows if x['threads']), default=1)}"),
            ("caches of a core", ", ".join(f"{n} {b / 1024:,.0f} KiB" for n, b in run.caches(1)) or "unknown"),
            ("model", first["model"] + ", " + first["dtype"]), ("transparent huge pages", system.get("thp", "unknown")),
            ("compiler", m.get("build", {}).get("compiler", m.get("compiler", "unknown"))),
            ("commits", ", ".join(dict.fromkeys(r.rows[0]["commit"] for r in source.runs))),
            ("runs", ", ".join(dict.fromkeys(f"{r.suite} {r.rows[0]['utc']}" for r in source.runs)))]
    return table(["", ""], rows, [20, 80])


def published(_):
    return table(["program", "machine", "threads", "tokens/s", "GB/s", "source"], PUBLISHED, [34, 14, 9, 17, 14, 22])


def table1(source):
    """The paper's Table 1 beside ours: tokens/s and latency, one thread."""
    try:
        run = source.run("decode", "tokens_per_s")
    except data.Missing:
        return None
    rates = run.units("tokens_per_s")
    theirs = {"scalar": ("24", "41.6"), "tvl": ("61.3", "16.3")}
    rows = []
    for (variant, threads), x in rates.items():
        if threads == 1:
            itl = run.units("itl_us").get((variant, 1))
            rows.append((variant, x["isa"], with_interval(x), digits(itl.number("value") / 1000) if itl else "-", *theirs.get(variant, ("-", "-"))))
    torch = find(source, "tokens_per_s", "torch", "1")
    rows.append(("PyTorch, a real forward pass" if torch else "PyTorch", "-", with_interval(torch) if torch else "-",
                 digits(1000 / torch.number("value")) if torch else "-", "298.7", "3.3"))
    return table(["variant", "instructions", "tokens/s here", "ms here", "tokens/s published", "ms published"], rows,
                 [32, 14, 22, 10, 12, 10])


def decode(source):
    try:
        run = source.run("decode", "roof_fraction")
    except data.Missing:
        return None
    shares, rows = run.units("roof_fraction"), []
    for key, x in shares.items():
        cells = [run.units(m).get(key) for m in ("tokens_per_s", "bandwidth_gbs", "speedup")]
        rows.append((key[0], key[1], *(with_interval(c) if c else "-" for c in cells), with_interval(x)))
    return table(["variant", "threads", "tokens/s", "GB/s", "times scalar", "share of the roof"], rows, [32, 8, 20, 18, 18, 18])


def cached(source):
    """The same kernel with weights from memory and out of the cache: of every length of a row the smallest matrix."""
    try:
        run = source.run("micro", "bandwidth_gbs")
    except data.Missing:
        return None
    found = {(x["phase"], x["metric"]): x for x in run.summaries(threads="1") if x["phase"].startswith("gemv/")}
    rows = []
    for (phase, metric), cold in found.items():
        warm = found.get((phase.removesuffix("/dram") + "/cache", metric))
        if metric == "bandwidth_gbs" and phase.endswith("/dram") and warm:
            _, kernel, shape, _ = phase.split("/")
            share = found.get((phase, "roof_fraction"))
            rows.append((kernel, shape.replace("x", " x "), digits(warm.number("value")), digits(cold.number("value")),
                         f"{cold.number('value') / warm.number('value'):.2f}", digits(share.number("value")) if share else "-"))
    rows.sort(key=lambda r: (r[0], *(int(n) for n in reversed(r[1].split(" x ")))))
    rows = [r for r, before in zip(rows, [None, *rows]) if not before or (r[0], r[1].split()[2]) != (before[0], before[1].split()[2])]
    return table(["kernel", "rows x columns", "in cache, GB/s", "from memory, GB/s", "memory / cache", "of the roof"], rows,
                 [26, 16, 16, 18, 14, 12]) if rows else None


def profile(source):
    """Where the time of a token goes, of every variant on one thread."""
    try:
        run = source.run("profile", "op_share")
    except data.Missing:
        return None
    shares = [x for x in run.summaries(metric="op_share", threads="1")]
    variants = list(dict.fromkeys(x["variant"] for x in shares))
    roofs = {(x["variant"], x.param("op")): x for x in run.summaries(metric="op_roof_fraction", threads="1")}
    rows = []
    for op in dict.fromkeys(x.param("op") for x in shares):
        cells = []
        for v in variants:
            share = next(x for x in shares if x["variant"] == v and x.param("op") == op)
            roof = roofs.get((v, op))
            cells += [f"{100 * share.number('value'):.2f}", f"{roof.number('value'):.2f}" if roof else "-"]
        rows.append((op, *cells))
    header = [c for v in variants for c in (f"{v}: % of the time", "of the roof")]
    return table(["step", *header], rows, [12] + [16, 12] * len(variants))


def peers(source):
    """Other programs beside ours, each against our fastest on as many threads."""
    try:
        run = source.run("peers", "tokens_per_s")
    except data.Missing:
        return None
    rates = [x for x in run.summaries(metric="tokens_per_s", phase="steady")]
    first = {(x["variant"], x["threads"]): x for x in run.summaries(metric="ttft_ms", phase="ttft")}
    ratios = {(x["variant"], x["threads"], x.param("peer")): x for x in run.summaries(metric="peer_ratio")}
    best = {}  # our fastest on so many threads
    for x in rates:
        if x["kernel"] != "peer" and (x["threads"] not in best or x.number("value") > best[x["threads"]].number("value")):
            best[x["threads"]] = x
    rows = []
    for x in sorted(rates, key=lambda x: (x["threads"], -x.number("value"))):
        ours, told = best.get(x["threads"]), first.get((x["variant"], x["threads"]))
        ratio = ratios.get((ours["variant"], x["threads"], x["variant"])) if ours else None
        rows.append((x["variant"], x["threads"] or "its own", with_interval(x), with_interval(ratio) if ratio else "-",
                     with_interval(told) if told else "-"))
    return table(["program", "threads", "tokens/s", "our fastest / it", "first token, ms"], rows, [30, 9, 24, 24, 24])


def latency(source):
    try:
        run = source.run("decode", "itl_p50_us")
    except data.Missing:
        return None
    rows = []
    for key in run.units("itl_p50_us"):
        cells = [run.units(m).get(key) for m in ("itl_p50_us", "itl_p90_us", "itl_p99_us", "itl_p999_us")]
        roof = run.units("roof_tail_ratio").get(key)
        rows.append((*key, *(digits(c.number("value")) if c else "-" for c in cells), *(
            f"{cells[2].number('value') / cells[0].number('value'):.2f}" if cells[2] else "-",), digits(roof.number("value")) if roof else "-"))
    return table(["variant", "threads", "P50 us", "P90 us", "P99 us", "P99.9 us", "P99/P50", "of sweeps"], rows, [34, 9, 10, 10, 10, 10, 10, 10])


def context(source):
    try:
        run = source.run("context", "context_added_us")
    except data.Missing:
        return None
    rows = []
    for x in run.summaries(metric="itl_us", suite="context"):
        more = [find(source, "context_" + m, x["variant"], x["threads"], position=x.param("position")) for m in
                ("added_us", "expected_us", "cost_ratio")]
        rows.append((x["variant"], x["threads"], x.param("position"), with_interval(x), *(with_interval(c) if c else "-" for c in more)))
    return table(["variant", "threads", "position", "us", "more than the first", "keys and values over the roof", "ratio"], rows,
                 [28, 8, 9, 22, 22, 22, 20])


def clu(source):
    try:
        run = source.run("clu", "clu_l1")
    except data.Missing:
        return None
    rows = []
    for x in run.summaries(metric="clu_l1", phase="token"):
        more = [find(source, m, x["variant"], "-", phase="token") for m in
                ("clu_l2", "clu_llc", "split_load_fraction", "loads_per_line", "jumps")]
        rows.append((x["variant"], digits(x.number("value")), *(digits(c.number("value")) if c else "-" for c in more)))
    return table(["variant", "L1", "L2", "last level", "split loads", "loads a line", "jumps"], rows, [36, 8, 8, 10, 12, 12, 8])


def ttft(source):
    try:
        run = source.run("ttft", "ttft_ms")
    except data.Missing:
        return None
    rows = []
    for x in run.summaries(metric="ttft_ms", phase="ttft"):
        if x.param("feeding") == "batch":
            more = [find(source, m, x["variant"], x["threads"], phase="ttft", param=x["param"]) for m in
                    ("minor_faults", "major_faults", "device_mib", "huge_mib")]
            rows.append((int(x.param("prompt")), x.param("state"), x["variant"], with_interval(x),
                         *(digits(c.number("value")) if c else "-" for c in more)))
    rows.sort(key=lambda r: (r[0], r[1] == "cold"))
    return table(["prompt", "file", "variant", "TTFT ms", "minor faults", "major faults", "device MiB", "huge MiB"], rows,
                 [8, 6, 30, 22, 10, 10, 10, 10])


def growth(source):
    try:
        run = source.run("growth", "growth_ratio")
    except data.Missing:
        return None
    rows = []
    for x in run.summaries(metric="growth_ratio", suite="growth"):
        mine = {c: x[c] for c in ("model", "variant", "threads", "suite")}
        cells = [next((y for y in run.summaries(metric=m, **mine)), None) for m in ("token_mb", "tokens_per_s", "roof_mean_gbs")]
        verdict = x.get("note", "").rpartition("within 10 %: ")[2] or "-"
        rows.append((cells[0].number("value") if cells[0] else 0, x["model"].partition(":")[2], int(x["threads"]),
                     *(digits(c.number("value")) if c else "-" for c in cells[:1]), *(with_interval(c) if c else "-" for c in cells[1:]),
                     with_interval(x), verdict))
    rows.sort(key=lambda r: (r[0], r[2]))
    return table(["shape", "threads", "MB/token", "tokens/s", "roof GB/s", "ratio", "within 10 %"], [r[1:] for r in rows],
                 [14, 8, 10, 22, 20, 20, 12])


def claims(source):
    """Rows of claims.csv, or []."""
    for run in source.runs:
        path = os.path.join(run.folder, "claims.csv")
        if os.path.exists(path):
            with open(path, newline="", encoding="utf-8") as f:
                return list(csv.DictReader(f))
    return []


def cell(value):
    try:
        return digits(float(value))
    except ValueError:
        return value or "-"


def ledger(source):
    rows = []
    for c in claims(source):
        ours = cell(c["value"]) + (f" {c['unit']}" if c["unit"] not in ("", "1") else "")
        if c["ci_low"] and c["ci_high"]:
            ours += f" ({cell(c['ci_low'])} to {cell(c['ci_high'])})"
        ours = f"{c['measure']}: {ours} [{c['provenance']}]" if c["measure"] else "-"
        rows.append((c["id"], f"{c['claim']} ({c['where']})", c["artifact"], ours, f"**{c['verdict']}**"))
    return table(["", "claim", "the artifact shows", "here", "verdict"], rows, [5, 32, 32, 32, 14]) if rows else None


def rules(source):
    rows = [(c["id"], f"{c['rule'].rstrip('.')}." + (f" Here: {c['note']}" if c["note"] else "")) for c in claims(source)]
    return table(["", "rule, and what it met here"], rows, [5, 110]) if rows else None


def claim_commands(source):
    """A block of code, because commands hold what a table would take for its own."""
    lines = []
    for c in claims(source):
        wrapped = textwrap.wrap(c["command"], 84, break_long_words=False, break_on_hyphens=False)
        lines += [f"{c['id']:4}" + (" \\\n      ".join(wrapped) or "-")]
    return "```\n" + "\n".join(lines) + "\n```" if lines else None


def commands(source):
    rows = []
    for run in source.runs:
        path = os.path.join(run.folder, "command.txt")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                rows.append((run.suite, f"`{f.read().strip()}`", run.rows[0]["commit"]))
    return table(["suite", "command", "commit"], rows, [10, 70, 20]) if rows else None
