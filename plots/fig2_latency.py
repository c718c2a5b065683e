"""The paper's Fig. 2: distribution of token latency, and its moving average over the tokens of one process."""
import math

import numpy as np

import style
from data import Missing

WINDOW = 10   # tokens, as in the paper
DROPPED = 10  # the first tokens of a process, as in the paper
PERCENTILES = [(0.5, "P50", "-"), (0.99, "P99", "--"), (0.999, "P99.9", ":")]
COLUMNS = ("variant", "threads", "rep", "token_id", "position", "latency_us")


def of_processes(run, variant, threads, dropped):
    """[(token ids, positions, latencies)], one per process."""
    rows = [x for x in run.table("tokens.csv", COLUMNS)
            if x["variant"] == variant and x.whole("threads") == threads and x.whole("token_id") >= dropped]
    found = []
    for rep in dict.fromkeys(x["rep"] for x in rows):
        mine = [[x.whole("token_id"), x.whole("position"), x.number("latency_us")]
                for x in rows if x["rep"] == rep and x["latency_us"]]
        if mine:
            found.append(np.array(sorted(mine)).T)
    if not found:
        after = f" after the first {dropped}" if dropped else ""
        raise Missing(f"{run.folder}/tokens.csv has no token of variant {variant} with "
                      f"{style.plural(threads, 'thread')}{after}; --variant and --threads choose others")
    return found


def sample(data, processes):
    """What a caption says of these tokens: variant, threads, n."""
    n = sum(len(latency) for _, _, latency in processes)
    return (f"{data.variant}, {style.plural(data.threads, 'thread')}",
            f"n = {n:,} tokens, from {style.plural(len(processes), 'process', 'processes')}")


def least_n(p):
    """The least n with a two-sided 95 % interval of the p-quantile by order statistics: p^n <= 0.025."""
    return math.ceil(math.log(0.025) / math.log(p))


def draw_distribution(axes, latency, colour):
    n = len(latency)
    axes.step(np.sort(latency), np.arange(1, n + 1) / n, where="post", color=colour)
    notes = []
    for p, name, line in PERCENTILES:
        if n * (1 - p) < 1:  # not even one token lies above it
            notes.append(f"{name}: needs more than n = {n:,}")
            continue
        value = np.quantile(latency, p)  # definition 7 of Hyndman and Fan, as in results.csv
        axes.axvline(value, color="black", lw=0.8, ls=line)
        bound = "" if n >= least_n(p) else f" (no upper bound: n < {least_n(p):,})"
        notes.append(f"{name}: {value:,.0f} µs{bound}")
    axes.set_ylim(0, 1)
    axes.set_ylabel("share of tokens (1)")
    axes.set_xlabel("token latency (µs)")
    return notes


def moving(values, window):
    """Mean and standard deviation of each full window."""
    views = np.lib.stride_tricks.sliding_window_view(values, window)
    return views.mean(axis=1), views.std(axis=1, ddof=1)


def draw_average(axes, processes, colour):
    for ids, _, latency in processes[:0:-1]:
        if len(latency) >= WINDOW:
            axes.plot(ids[WINDOW - 1:], moving(latency, WINDOW)[0], color="0.7", lw=0.6)
    ids, _, latency = processes[0]
    if len(latency) >= WINDOW:
        mean, deviation = moving(latency, WINDOW)
        axes.fill_between(ids[WINDOW - 1:], mean - deviation, mean + deviation, color=colour, alpha=0.25, lw=0)
        axes.plot(ids[WINDOW - 1:], mean, color=colour)
    axes.set_xlabel("token")
    axes.set_ylabel("token latency (µs)")


def draw(data, dropped=DROPPED):
    run = data.run("decode", "tokens_per_s", file="tokens.csv")
    processes = of_processes(run, data.variant, data.threads, dropped)
    pooled = np.concatenate([latency for _, _, latency in processes])
    colour = style.of_variants([data.variant])[data.variant][0]
    figure, (left, right) = style.new(style.PAGE, 2.5, 1, 2)
    notes = draw_distribution(left, pooled, colour)
    draw_average(right, processes, colour)
    left.xaxis.set_major_locator(style.matplotlib.ticker.MaxNLocator(5))
    style.thousands(left.xaxis)
    style.thousands(right.yaxis)
    lines = [style.line(note, color="black", lw=0.8, ls="" if "needs more" in note else line)
             for (_, _, line), note in zip(PERCENTILES, notes)]
    style.legend_above(left, lines, columns=1)
    band = style.swatch(f"mean of {WINDOW} tokens, one standard deviation (process 1)",
                        facecolor=style.lighter(colour), edgecolor=colour)
    others = [style.line("the same mean, other processes", color="0.7", lw=0.6)] if len(processes) > 1 else []
    style.legend_above(right, [band, *others], columns=1, rows=3)
    what = f"first {dropped} tokens of each process dropped" if dropped else "no token dropped"
    style.caption(figure, run.caption(*sample(data, processes), what, "percentiles over the tokens of all processes",
                                      "upper bounds: two-sided 95 % intervals by order statistics"))
    return figure


def draw_all(data):
    """The same, with no token dropped."""
    return draw(data, 0)
