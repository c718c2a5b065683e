"""Tables and sentences of the report about machines that were not at hand, from rows of suite predict."""
import statistics

import predictions
from markdown import digits, table, with_interval

PAPERS = "m2-pro"  # the machine of the paper, and its program in results/machines/published.csv
PROGRAM = "paper NEON"
MACHINES = (PAPERS, "pi5-a76", "graviton2-n1", "graviton3-v1", "graviton4-v2")
VARIANTS = ("paper", "neon4", "neon/rowmajor/heap@f16", "tvl16_neon/tvl/heap@f16",
            *(f"{kernel}@{dtype}" for dtype in ("q8_0", "q6_K", "q5_K", "q4_K", "q4_0")
              for kernel in ("neon_dotprod/rowmajor/heap", "tvl16_neon_dotprod/tvl/heap")))  # of the command
ORDER = ("f32", "bf16", "f16", "q8_0", "q6_K", "q5_K", "q4_K", "q4_0")


def run_of(source):
    return source.optional("predict", "tokens_per_s")


def rows_of(run):
    """The predictions of these machines."""
    return [x for x in predictions.decoding(run) if x.param("machine") in MACHINES]


def one_thread(rows, machine=None):
    """{kernel: row} of one machine, or the rows of all."""
    chosen = [x for x in rows if x["threads"] == "1"]
    return chosen if machine is None else {predictions.kernel(x): x for x in chosen if x.param("machine") == machine}


def cell(row):
    return f"{with_interval(row)}, {' and '.join(predictions.binds(row))}" if row else "-"


def by_machine(source, threads):
    """A row per kernel, a column per machine; `threads` chooses one of the numbers of threads of a machine."""
    run = run_of(source)
    rows = rows_of(run) if run else []
    if not rows:
        return None
    header, found = ["kernel"], {}
    for machine in MACHINES:
        counts = [x.whole("threads") for x in rows if x.param("machine") == machine]
        if counts:
            n = threads(counts)
            header.append(f"{machine}, {n} thread{'s' if n > 1 else ''}")
            found[machine] = {predictions.kernel(x): x for x in rows
                              if x.param("machine") == machine and x.whole("threads") == n}
    names = predictions.names(run, rows)
    order = sorted(names, key=lambda k: ORDER.index(k[1]) if k[1] in ORDER else len(ORDER))  # stable
    lines = [(names[k], *(cell(of.get(k)) for of in found.values())) for k in order]
    return table(header, lines, [20] + [18] * len(found))


def predicted_one(source):
    return by_machine(source, min)


def predicted_all(source):
    return by_machine(source, max)


def prediction_command(_):
    """A block of code with the command that makes a folder for this section."""
    return "```\nbuild/bench --suite=predict --out=predict --variant=\\\n" + ",\\\n".join(VARIANTS) + "\n```"


# --- sentences; each is None without its rows

def list_of(words):
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def span(values):
    low, high = digits(min(values)), digits(max(values))
    return low if low == high else f"{low} to {high}"


def of_the_paper(run, _):
    """The published speed of the paper's loop, its prediction, and how far what reading allows is from both."""
    pair = next(((a, b) for a, b in predictions.published(run)
                 if a.param("machine") == PAPERS and a.param("program") == PROGRAM), None)
    if not pair:
        return None
    actual, predicted = pair
    value, ratio = actual.number("value"), predicted.number("value") / actual.number("value")
    text = (f"The paper publishes {digits(value)} tokens/s for its NEON program on one thread of {PAPERS}; the model "
            f"predicts {with_interval(predicted)} for its loop (kernel `{predicted['kernel']}`), {digits(ratio)} "
            f"times as many, limited by {list_of(predictions.binds(predicted))}.")
    limit = predictions.reading_limit(predicted)
    if limit:
        rate, at_most = limit
        text += (f" Reading the weights alone would allow {'at most ' if at_most else ''}{digits(rate)} tokens/s on "
                 f"that core, {digits(rate / value)} times the published speed")
        text += "; no source says what one core reads, so the bandwidth of all cores stands in." if at_most else "."
    return text


def of_memory(run, rows):
    """On which machines memory limits the f32 kernels."""
    f32 = [x for x in rows if x["dtype"] == "f32"]
    one, many = one_thread(f32), [x for x in f32 if x["threads"] != "1"]
    if not one:
        return None
    names, parts = predictions.names(run, one), []
    for key, name in names.items():
        same = [x for x in one if predictions.kernel(x) == key]
        where = [x.param("machine") for x in same if predictions.reading_binds(x)]
        everywhere = len(where) == len(same) > 1
        parts.append(f"`{name}` " + (f"on all {len(same)} machines" if everywhere else "on " + list_of(where) if where
                                     else "nowhere"))
    text = f"On one thread, memory limits {'; '.join(parts)}."
    if many:
        bound = sum(map(predictions.reading_binds, many))
        text += f" With all cores it limits {bound} of {len(many)} f32 predictions."
    return text


def of_the_layout(_, rows):
    """Tiled over naive, and what four accumulators reach of the tiled kernel in the layout of the checkpoint."""
    keys = [(name, "f32") for name in ("neon", "neon4", "tvl16_neon")]
    of = {m: one_thread(rows, m) for m in MACHINES}
    complete = {m: [kernels[k].number("value") for k in keys] for m, kernels in of.items()
                if all(k in kernels for k in keys)}
    if not complete:
        return None
    gain = {m: tiled / naive for m, (naive, _, tiled) in complete.items()}
    least, most = min(gain, key=gain.get), max(gain, key=gain.get)
    ends = (f"{digits(gain[least])} ({least}) to {digits(gain[most])} ({most})" if least != most else
            f"{digits(gain[least])} ({least})")
    four = [four / naive for naive, four, _ in complete.values()]
    return (f"The tiled kernel is predicted to be {ends} times as fast as the naive one on one thread. Four "
            f"accumulators in the layout of the checkpoint (`neon4`) give a factor of {span(four)}.")


def of_small_weights(_, rows):
    """What smaller weights gain where the core, not memory, may be the limit."""
    best = {}
    for x in one_thread(rows):
        key = x.param("machine"), x["dtype"]
        if key not in best or x.number("value") > best[key].number("value"):
            best[key] = x
    parts = []
    for dtype in ORDER[1:]:
        pairs = [(best[m, dtype], best[m, "f32"]) for m in MACHINES if (m, dtype) in best and (m, "f32") in best]
        if pairs:
            core = sum(not predictions.reading_binds(x) for x, _ in pairs)
            gain = span([x.number("value") / f32.number("value") for x, f32 in pairs])
            parts.append(f"{dtype} {gain} (limited by the core on {core} of {len(pairs)} machines)")
    return (f"Tokens/s of the best kernel for smaller weights over those of the best f32 kernel, on one thread: "
            f"{'; '.join(parts)}.") if parts else None


def of_trust(run, _):
    """How good predictions are where others published a speed."""
    ratios = predictions.judging(run)
    if not ratios:
        return None
    listed = predictions.judging(run, listed="yes")
    good, of_listed = (sum(abs(r - 1) <= predictions.WITHIN for r in some) for some in (ratios, listed))
    before = f" (of the {len(listed)} that were chosen before there was a model, {of_listed})" if listed else ""
    return (f"Of {len(ratios)} published speeds to which no input was fitted, {good} are predicted within "
            f"{100 * predictions.WITHIN:.0f} %{before}; the median prediction is {digits(statistics.median(ratios))} "
            "times the published speed. No more accuracy can be expected of the tables above.")


def conclusions(source):
    """A list of sentences, each computed from the rows."""
    run = run_of(source)
    rows = rows_of(run) if run else []
    makers = (of_the_paper, of_memory, of_the_layout, of_small_weights, of_trust)
    texts = [make(run, rows) for make in makers] if run else []
    return "\n".join(f"- {text}" for text in texts if text) or None
