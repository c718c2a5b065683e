"""What the figures of suite why share: the run, the variant they show, and its rows. It draws nothing."""
from data import Missing

METRICS = ("ceiling_us", "token_us", "tokens_per_s")


def chosen(data):
    """The run, a variant of it (--variant, or the first), and {threads: {metric: row}} of that variant."""
    run = data.run("why", "ceiling_us").of("why")
    tables = {metric: run.units(metric) for metric in METRICS}
    units = [u for u in tables["ceiling_us"] if all(u in rows for rows in tables.values())]
    if not units:
        raise Missing(f"{run.folder}/results.csv: no variant has all of {', '.join(METRICS)}")
    variant = data.asked[0] or units[0][0]
    counts = sorted(t for v, t in units if v == variant)
    if not counts:
        raise Missing(f"{run.folder} holds no ceiling of variant {variant[:60]}; its first one is {units[0][0]}")
    return run, variant, {t: {metric: tables[metric][variant, t] for metric in METRICS} for t in counts}


def ceiling_text(run, variant):
    """What a caption says of the ceiling. Without huge pages there is no machine roof."""
    huge = any(v == variant for v, _ in run.units("machine_roof_gbs"))
    return "ceiling: all weights read at the " + ("machine roof, on huge pages" if huge else "roof of their own pages")


def fastest(rows):
    """The number of threads with the most tokens/s."""
    return max(rows, key=lambda t: rows[t]["tokens_per_s"].number("value"))


def per_second(rate):
    """Tokens/s as text."""
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
