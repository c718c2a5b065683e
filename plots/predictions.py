"""Rows of suite predict, as figures and the report of the paper need them. It draws nothing."""
import re

from data import Missing

RULE = "issue"  # by which figures and tables predict; MW_RULE_CHOSEN in bench/predict/predict.h
WITHIN = 0.2  # a prediction that is off by no more is called good


def binds(row):
    """[what limits a prediction, the strongest first], which its note starts with."""
    return row["note"].split("; ")[0].split(";")


def reading_binds(row):
    """Whether memory or a cache limits a prediction, not the core."""
    return bool(re.match(r"memory|L\d", binds(row)[0]))


def reading_limit(row):
    """(tokens/s that reading the weights would allow on one core, whether that is only an upper limit), or None."""
    found = re.search(r"(?:memory|reading) (at least )?([0-9.]+(?:e[+-]?[0-9]+)?) us", row["note"])
    if not found or float(found.group(2)) <= 0:
        return None
    return 1e6 / float(found.group(2)), bool(found.group(1))


def decoding(run):
    """Predictions of decoding with memwall's own kernels, of the first model of the run, in its order. Variants that
    differ in their load alone are predicted alike; only the first of them is here, as `names` tells."""
    rows = [x for x in run.summaries(suite="predict", metric="tokens_per_s", provenance="modelled")
            if x.param("rule") == RULE and not x.param("program")]
    found = {}
    for x in rows:
        if x["model"] == rows[0]["model"]:
            found.setdefault((x.param("machine"), x["kernel"], x["dtype"], x["threads"]), x)
    return list(found.values())


def kernel(row):
    """What tells predictions apart on one machine with one number of threads."""
    return row["kernel"], row["dtype"]


def names(run, rows):
    """{kernel(row): its name}: "neon, mmap" for the kernel of both variants, "tvl16_neon@f16" for others."""
    variants = {}
    for x in run.summaries(suite="predict", metric="tokens_per_s", provenance="modelled"):
        if not x.param("program"):
            short = x["variant"].partition("@")[0]
            name = x["kernel"] if "/" in short else short
            variants.setdefault(kernel(x), {})[name] = True
    return {k: ", ".join(variants[k]) + ("" if k[1] == "f32" else "@" + k[1]) for k in dict.fromkeys(map(kernel, rows))}


def published(run):
    """[(published row, its prediction)]; the two rows have all of these in common."""
    def subject(x):
        cells = [x[column] for column in ("variant", "threads", "model", "dtype")]
        return *cells, x.param("machine"), x.param("program")

    rows = [x for x in run.summaries(suite="predict", metric="tokens_per_s") if x.param("program")]
    predicted = {subject(x): x for x in rows if x.param("rule") == RULE}
    return [(x, predicted[subject(x)]) for x in rows if x["provenance"] == "published" and subject(x) in predicted]


def judging(run, **param):
    """Ratios of predictions over published speeds, without those that an input was fitted to."""
    return [x.number("value") for x in run.summaries(suite="predict", metric="prediction_ratio")
            if x.param("rule") == RULE and "fitted" not in x["note"] and all(x.param(k) == v for k, v in param.items())]


def gemvs(data):
    """[(measured row of suite micro, its prediction)] of kernels by themselves on the machine at hand; [] if the
    folders lack either. Only rows of the same CPU are compared. A folder that predicts kernels of several machines does
    not say which of them is at hand, so it is left out."""
    for run in data.runs:
        rows = [x for x in run.summaries(suite="predict", metric="bandwidth_gbs", provenance="modelled")
                if x["phase"].startswith("gemv/") and x.param("rule") == RULE]
        if len({x.param("machine") for x in rows}) != 1:
            continue
        predicted = {(x["phase"], x["dtype"], x["threads"]): x for x in rows}
        for other in data.runs:
            if other.cpu() != run.cpu():
                continue
            measured = other.summaries(suite="micro", metric="bandwidth_gbs", provenance="measured")
            pairs = [(x, predicted[key]) for x in measured
                     if (key := (x["phase"], x["dtype"], x["threads"])) in predicted]
            if pairs:
                run.used = other.used = True
                return pairs
    return []


def sensitivity(run):
    """({(machine, kernel(row)): {input: row}}, {input: how it changes}) for one thread and the first model."""
    rows = [x for x in run.summaries(suite="predict", metric="sensitivity", threads="1")
            if x.param("rule") == RULE and not x.param("program")]
    found, inputs = {}, {}
    for x in rows:
        if x["model"] == rows[0]["model"]:
            found.setdefault((x.param("machine"), kernel(x)), {}).setdefault(x.param("input"), x)
            inputs.setdefault(x.param("input"), x.param("by") or "+10%")
    if not found:
        raise Missing("no prediction for one thread says how much its inputs matter")
    return found, inputs
