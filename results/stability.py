#!/usr/bin/env python3
"""The same run of bench several times in a row: do its intervals hold what they promise?

usage: stability.py OUT.csv RUNS BENCH [OPTIONS...]

OUT.csv gets the summary rows of tokens_per_s and roof_fraction of every run. For every variant and thread count stdout shows
the half-widths of the intervals of roof_fraction, the spread of its values between runs, how many intervals hold the pooled
value, and by how much tokens/s wandered. For suite `aa`: how many runs say `different`.
"""
import csv, io, math, statistics, subprocess, sys, tempfile, time

out, runs, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
rows = []
for run in range(1, runs + 1):
    start = time.time()
    folder = tempfile.mkdtemp(prefix="memwall-stability-")
    r = subprocess.run([*command, "--format=csv", "--quiet", f"--seed={run}", "--out=" + folder], capture_output=True, text=True)
    seconds = time.time() - start
    if r.returncode:
        print(f"run {run}: exit {r.returncode}: {r.stderr.strip()}", file=sys.stderr)
    for x in csv.DictReader(io.StringIO(r.stdout)):
        if x["metric"] in ("tokens_per_s", "roof_fraction", "aa_ratio") and not x["rep"] and x["phase"] == "steady" and x["value"]:
            rows.append({"run": run, "seconds": f"{seconds:.0f}", "exit": r.returncode,
                         **{c: x[c] for c in ("utc", "commit", "variant", "threads", "metric", "value", "ci_low", "ci_high",
                                              "n", "note")}})
    print(f"run {run}: {seconds:.0f} s, exit {r.returncode}", file=sys.stderr)
with open(out, "w", newline="", encoding="utf-8") as f:
    w = csv.DictWriter(f, rows[0], lineterminator="\n")
    w.writeheader()
    w.writerows(rows)

print(f"seconds a run: {min(int(x['seconds']) for x in rows)} to {max(int(x['seconds']) for x in rows)}")
for unit in dict.fromkeys((x["variant"], x["threads"]) for x in rows):
    mine = {m: [x for x in rows if (x["variant"], x["threads"]) == unit and x["metric"] == m]
            for m in ("roof_fraction", "tokens_per_s", "aa_ratio")}
    shares = mine["roof_fraction"]
    values = [float(x["value"]) for x in shares]
    pooled = math.exp(statistics.mean(map(math.log, values)))
    halves = [50 * (float(x["ci_high"]) - float(x["ci_low"])) / float(x["value"]) for x in shares]
    inside = sum(float(x["ci_low"]) <= pooled <= float(x["ci_high"]) for x in shares)
    rates = [float(x["value"]) for x in mine["tokens_per_s"]]
    print(f"{unit[0]}, threads {unit[1]}: roof fraction {pooled:.3f}, half-widths {min(halves):.1f} to {max(halves):.1f} % "
          f"(median {statistics.median(halves):.1f}), spread between runs {100 * statistics.stdev(values) / pooled:.1f} %, "
          f"{inside} of {len(values)} intervals hold {pooled:.3f}; tokens/s {min(rates):.1f} to {max(rates):.1f}")
    if mine["aa_ratio"]:
        print(f"    {sum('different' in x['note'] for x in mine['aa_ratio'])} of {len(values)} say different")
