#!/usr/bin/env python3
"""Makes result folders of many hosts from one real result folder: other host names and run ids, and values that differ
a little from host to host and from process to process.

    many_hosts.py RESULT_FOLDER OUT HOSTS [SPREAD]

SPREAD is the standard deviation of the logarithm of a host's speed (0.05); 0: all hosts are equally fast.
"""
import csv
import math
import os
import random
import shutil
import sys

SCALED = ("tokens_per_s", "roof_fraction")


def make(source, out, hosts, spread=0.05, noise=0.01, seed=1):
    """Writes OUT/hostN for N from 1 to `hosts`; the same arguments make the same folders."""
    draw = random.Random(seed)
    with open(os.path.join(source, "results.csv"), newline="", encoding="utf-8") as f:
        names, *rows = csv.reader(f)
    at = {name: i for i, name in enumerate(names)}
    old_id, old_host = rows[0][at["run_id"]], rows[0][at["host"]]
    for n in range(1, hosts + 1):
        host, run_id, speed = f"host{n:03}", f"20261130T{n // 3600:02}{n // 60 % 60:02}{n % 60:02}Z-{n}", {}
        folder = os.path.join(out, host)
        os.makedirs(folder)
        with open(os.path.join(folder, "results.csv"), "w", newline="", encoding="utf-8") as f:
            to = csv.writer(f, lineterminator="\n")
            to.writerow(names)
            for row in rows:
                row = list(row)
                row[at["host"]], row[at["run_id"]] = host, run_id
                if row[at["metric"]] in SCALED and row[at["rep"]] and row[at["value"]]:
                    factor = speed.setdefault(row[at["metric"]], draw.gauss(0, spread)) + draw.gauss(0, noise)
                    row[at["value"]] = f"{float(row[at['value']]) * math.exp(factor):.7g}"
                to.writerow(row)
        for name in sorted(os.listdir(source)):
            if name == "results.csv":
                continue
            shutil.copyfile(os.path.join(source, name), os.path.join(folder, name))
            if name.endswith((".csv", ".json")):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    text = f.read()
                with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                    f.write(text.replace(old_id, run_id).replace(f'"host": "{old_host}"', f'"host": "{host}"'))


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    make(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(float, sys.argv[4:]))
