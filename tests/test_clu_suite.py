#!/usr/bin/env python3
"""Suite clu from outside: cache-line utilization of layouts whose value is known.

usage: test_clu_suite.py BENCH SCHEMA.md [WRAPPER ...]    prints TAP
"""
import os
import subprocess
import sys

from outside import markdown_tables, read_csv, schema_columns, schema_metrics, widest, workplace
from refused import refuser
from tap import done, ok, skip

bench, schema = map(os.path.abspath, sys.argv[1:3])
wrapper = sys.argv[3:]
timing = "emulated" if wrapper else "measured"
workplace("clu-suite")
suite = ["--model=synthetic:stories260K", "--suite=clu"]


def run(*args):
    return subprocess.run([*wrapper, bench, *args], capture_output=True, timeout=100)


refused = refuser(run)
refused(["--suite=clu", "--reps=3"], "--reps")
measure = [*suite, "--variant=paper,aos", "--cache=L1:32K:8:64,L2:256K:8:64,L3:4M:16:64"]
r = run(*measure, "--out=clu")
refused([*suite, "--cache=L1:1000:3:64"], "--cache")
if b"no traced twin" in r.stderr:
    skip("bench --suite=clu", "this build traces no kernels")
    done()

ok(r.returncode == 0 and widest(r.stdout) <= 80, "a table of 80 columns", r)
clu, rows = read_csv("clu/clu.csv"), read_csv("clu/results.csv")
ok(list(clu[0]) == schema_columns(schema, "clu.csv"), "clu.csv: the columns that SCHEMA.md lists", list(clu[0]))
of_token = {(x["variant"], x["metric"]): x for x in rows if x["phase"] == "token"}
unknown = {x["metric"] for x in rows} - schema_metrics(schema)
ok(not unknown and all(x["provenance"] == "modelled" for x in of_token.values()),
   "metrics that SCHEMA.md lists, modelled", unknown)
ok(all(x["provenance"] in ("modelled", timing, "unavailable") for x in rows if x["metric"] != "warning"),
   "other rows are counters")


def value(variant, metric):
    return float(of_token[variant, metric]["value"])


dim, hidden, kv, layers, vocab = 64, 172, 32, 5, 512
shapes = [*[(dim, dim)] * 2 * layers, *[(kv, dim)] * 2 * layers, *[(hidden, dim)] * 2 * layers,
          *[(dim, hidden)] * layers, (vocab, dim)]
share = sum(r * c for r, c in shapes) / sum(-(-r // 16) * 16 * c for r, c in shapes)
ok(abs(value("tvl", "clu_l1") / share - 1) < 1e-6, "tvl: its rows of padding are waste",
   (value("tvl", "clu_l1"), share))
ok(value("aos/aos/heap", "clu_llc") == 0.25, "aos: a quarter", of_token["aos/aos/heap", "clu_llc"])
splits = [value(v, "split_load_fraction") for v in ("mmap", "neon", "tvl")]
ok(splits == [0.25, 0, 0], "split loads: a quarter of mmap's, none of neon's and tvl's", splits)
ok(value("tvl", "jumps") == 0 and value("neon", "jumps") > 5 * layers, "tvl: one forward sweep")
ok(all(int(x["fills"]) * int(x["line_bytes"]) >= int(x["used_bytes"]) for x in clu),
   "clu.csv: at most the bytes of the fills are used")

r = run(*measure, "--out=clu-md", "--format=md", "--quiet")
tables = markdown_tables(r.stdout.decode())
if ok(r.returncode == 0 and tables is not None and len(tables) == 3, "--format=md: three tables", r):
    of_tokens, *of_offsets = (rows for _, _, rows in tables)
    ok([x[0] for x in of_tokens] == ["scalar", "neon", "mmap", "tvl", "aos/aos/heap"] and
       of_tokens[3][1] == f"{share:.3f}", "one line per variant: utilization per token", tables[0])
    ok([x[0] for t in of_offsets for x in t] == ["scalar", "neon"] * 2 and
       of_offsets[0][1][1:] == ["0.0", "25.0", "25.0", "25.0"] and
       of_offsets[1][1][1:] == ["0.0", "12.5", "12.5", "12.5"], "split loads by offset, per line size", tables[1:])
done()
