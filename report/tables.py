"""The tables of the page. Their cells are text; the template escapes it."""
import math

import predictions
from text import NOTHING, Cell, Column, Table, common_decimals, count, half_width, interval, link, number

# A table of results per lead metric: (id, caption, phase, lead metric, [(metric, heading, factor, what it is)]).
RESULTS = [
    ("decoding", "Decoding", "steady", "tokens_per_s",
     [("tokens_per_s", "tokens/s", 1, "tokens per second, warm-up excluded"),
      ("bandwidth_gbs", "GB/s", 1, "bytes that a token needs, over its time"),
      ("roof_fraction", "roof share", 1, "rate of reading over that of a sweep that only reads the same pages"),
      ("itl_p99_us", "P99 ms", 1e-3, "99th percentile of the time of a token")]),
    ("predictions", "Predictions for other machines", "steady", "tokens_per_s",
     [("tokens_per_s", "tokens/s", 1, "modelled, of matrix products alone"),
      ("bandwidth_gbs", "GB/s", 1, "bytes that a token needs, over its time")]),
    ("token-time", "Time of a token against its ceiling", "steady", "token_us",
     [("token_us", "token ms", 1e-3, "mean time of a token"),
      ("ceiling_us", "ceiling ms", 1e-3, "time to read the weights at the roof"),
      ("ceiling_share", "ceiling share", 1, "the second over the first")]),
    ("first-token", "Time to first token", "ttft", "from_exec_ms",
     [("ttft_ms", "first token ms", 1, "from opening the model file to the first token"),
      ("from_exec_ms", "from start ms", 1, "the same from before the process starts"),
      ("load_ms", "load ms", 1, "the part until the weights are loaded")]),
    ("utilization", "Cache-line utilization", "token", "clu_l1",
     [("clu_l1", "L1", 1, "used share of the bytes brought into the first-level cache"), ("clu_l2", "L2", 1, ""),
      ("clu_llc", "last level", 1, ""), ("split_load_fraction", "split loads", 1, "loads that touch two lines")]),
    ("quality", "Perplexity", "text", "perplexity_loss",
     [("perplexity", "perplexity", 1, "of a built-in story"),
      ("perplexity_loss", "loss", 1, "over the model in double precision, minus 1")]),
]
SMALL = ("perplexity_loss",)  # spans many powers of ten, so that each value has its own decimals
RUN = Column("run", title="number of the run, with its command and commit, in section Runs")
MARKS = {"measured": "", "emulated": "bad", "unavailable": "weak"}


def value(row, factor, places):
    """The cell of a number and that of its interval."""
    ends = interval(row, factor, places)
    return (Cell(number(row.number("value") * factor, places), "95 % interval: " + ends if ends else ""),
            half_width(row))


def provenance(*rows):
    kinds = sorted({x["provenance"] for x in rows})
    return Cell(", ".join(kinds), "", "", next((MARKS.get(k, "mark") for k in kinds if k != "measured"), ""))


def run_cell(view):
    return Cell(view.label, view.folder, "#" + view.id)


def whose(view):
    return [view.first["host"], view.first["cpu"]]


WHOSE = [Column("host", "host"), Column("CPU", "cpu")]


def belongs(name, view, row):
    """Whether a row is for the table `name`. Predictions have their own, by the rule that counts; those that are joined
    with a published speed, and those among the evidence of suite claims, are left out."""
    if row["suite"] != "predict":
        return name != "predictions"
    return (name == "predictions" and view.suite == "predict" and row.param("rule") == predictions.RULE and
            not row.param("program"))


def results(views, many):
    """The tables of RESULTS that have rows."""
    for name, caption, phase, lead, metrics in RESULTS:
        found = [(v, g) for v in views for g in v.groups if lead in g and g[lead]["phase"] == phase and
                 belongs(name, v, g[lead])]
        if found:
            yield one_result(name, caption, lead, metrics, found, many)


def one_result(name, caption, lead, metrics, found, many):
    metrics = [m for m in metrics if any(m[0] in g for _, g in found)]
    columns = [*(WHOSE if many else []), Column("variant", "variant"), Column("threads", number=True)]
    params = any(g[lead]["param"] for _, g in found)
    columns += [Column("case")] if params else []
    ways = []
    for metric, head, factor, title in metrics:
        rows = [g[metric] for _, g in found if metric in g]
        ranges = any(x["ci_low"] for x in rows)
        places = None if metric in SMALL else common_decimals([x.number("value") * factor for x in rows])
        ways.append((metric, factor, places, ranges))
        columns.append(Column(head, number=True, title=title))
        if ranges:
            columns.append(Column("\u00b1\u00a0%", number=True, title="half the width of the 95 % confidence interval, "
                                  "in percent of the value to the left"))
    columns += [Column("n", number=True, title="samples behind the first number"), Column("provenance"), RUN,
                Column("model"), Column("dtype", "dtype"), Column("suite", "suite")]
    rows = []
    for view, group in found:
        x = group[lead]
        cells = [*(whose(view) if many else []), x["variant"] or NOTHING, x["threads"]]
        cells += [x["param"].replace(";", ", ")] if params else []
        for metric, factor, places, ranges in ways:
            shown = value(group[metric], factor, places) if metric in group else ("", "")
            cells += shown if ranges else shown[:1]
        cells += [count(x["n"]), provenance(*(group[m[0]] for m in metrics if m[0] in group)), run_cell(view),
                  x["model"], x["dtype"], x["suite"]]
        rows.append(cells)
    return Table(name, caption, columns, rows, "results")


def findings(views, many):
    columns = [*(WHOSE if many else []), Column("variant", "variant"), Column("threads", number=True),
               Column("rank", number=True, title="1 is the most severe"),
               Column("share", number=True, title="share of the time of a token, or another share"),
               Column("what", wraps=True), Column("evidence", wraps=True), Column("advice", wraps=True), RUN]
    rows = []
    for view in views:
        for x in view.findings:
            size = x.number("size")
            rows.append([*(whose(view) if many else []), x["variant"], x["threads"], x["rank"],
                         number(100 * size, 1) + " %" if math.isfinite(size) else NOTHING,
                         Cell(x["what"], x["finding"], "", "strong" if x["rank"] == "1" else ""),
                         x["evidence"], x["advice"], run_cell(view)])
    return Table("findings", "What is in the way", columns, rows, "findings") if rows else None


VERDICTS = {"holds": "good", "holds in part": "part", "does not hold": "bad", "not testable here": "weak"}


PREDICTED = "modelled by suite predict for a machine that is not here; no verdict depends on it"


def predicted(x):
    """The cells of a prediction: the number with its range, and what it is by, or why there is none. Older folders
    lack the columns."""
    value, low, high = (x.number(c) if x.get(c) else math.nan for c in ("predicted", "predicted_low", "predicted_high"))
    if not math.isfinite(value):
        return "", x.get("predicted_note", "")
    unit = "" if x.get("paper_unit", "") in ("", "1") else " " + x["paper_unit"]
    ends = f" ({number(low)} to {number(high)})" if math.isfinite(low + high) else ""
    return number(value) + unit + ends, x.get("predicted_by", "")


def claims(views):
    """The whole ledger of one run; of several, how many runs came to which verdict."""
    ledgers = [v for v in views if v.claims]
    if not ledgers:
        return None
    if len(ledgers) > 1:
        return verdicts(ledgers)
    columns = [Column("id"), Column("claim", wraps=True), Column("verdict"), Column("paper", number=True),
               Column("here", number=True), Column("unit"), Column("95 % interval", number=True),
               Column("n", number=True), Column("provenance"), Column("measure", wraps=True),
               Column("rule", wraps=True), Column("note", wraps=True), Column("predicted", title=PREDICTED),
               Column("prediction", wraps=True), RUN]
    rows = []
    for x in ledgers[0].claims:
        paper = x.number("paper_value") if "paper_value" in x else math.nan
        verdict = Cell(x["verdict"], "", "", VERDICTS.get(x["verdict"], "mark"))
        rows.append([x["id"], Cell(x["claim"], x["where"]), verdict, number(paper) if math.isfinite(paper) else "",
                     number(x.number("value")) if x["value"] else "unavailable", x["unit"], interval(x),
                     count(x.get("n", "")), provenance(x), x["measure"], x["rule"], x["note"], *predicted(x),
                     run_cell(ledgers[0])])
    return Table("claims", "The claims of the paper", columns, rows)


def verdicts(ledgers):
    columns = [Column("id"), Column("claim", wraps=True), *(Column(v, number=True) for v in VERDICTS), Column("runs")]
    found = {}
    for view in ledgers:
        for x in view.claims:
            found.setdefault((x["id"], x["claim"]), []).append((x["verdict"], view.label))
    rows = [[*claim, *(str(sum(v == verdict for v, _ in said)) for verdict in VERDICTS),
             ", ".join(label for _, label in said[:8]) + (", \u2026" if len(said) > 8 else "")]
            for claim, said in found.items()]
    return Table("claims", "The claims of the paper: verdicts of all runs", columns, rows)


def numbers(view):
    """Every summary of a run."""
    if not view.numbers:
        return None
    columns = [Column("suite", "suite"), Column("phase"), Column("metric"), Column("dtype", "dtype"),
               Column("variant", "variant"), Column("kernel"), Column("threads", number=True), Column("case"),
               Column("value", number=True), Column("unit"), Column("95 % interval", number=True),
               Column("n", number=True), Column("provenance"), Column("note", wraps=True)]
    rows = []
    for x in view.numbers:
        kernel = "" if x["variant"] else x["kernel"]
        rows.append([x["suite"], x["phase"], x["metric"], x["dtype"], x["variant"], kernel, x["threads"],
                     x["param"].replace(";", ", "), number(x.number("value")) if x["value"] else "unavailable",
                     x["unit"], interval(x) if x["value"] else "", count(x["n"]), provenance(x), x["note"]])
    used = [i for i, c in enumerate(columns) if any(row[i] for row in rows)]
    return Table(view.id + "-numbers", f"All numbers of {view.label}", [columns[i] for i in used],
                 [[row[i] for i in used] for row in rows], "numbers")


def files(view, start):
    return [(name, link(f"{view.folder}/{name}", start)) for name in view.files]
