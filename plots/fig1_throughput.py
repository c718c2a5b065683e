"""The paper's Fig. 1: tokens/s of every variant as measured here and, in a panel of its own, as the paper published."""
import math

import style

# arXiv 2601.03324, Table 1 and Fig. 1: M2 Pro, one thread. The figure shows another value for NEON than the table.
PUBLISHED = [("scalar C++", 24, None), ("bare-metal, NEON", 61.3, 63.6), ("PyTorch, Accelerate", 298.7, None)]


def roof_rates(run):
    """{unit: tokens/s at its same-page roof}, and the highest tokens/s that any roof of the run allows."""
    stored, needed = run.units("bytes_stored_mb"), run.units("bytes_needed_mb")
    rates = {u: x.number("value") * 1e3 / stored[u].number("value")
             for u, x in run.units("roof_gbs").items() if u in stored}
    machine = [x.number("value") * 1e3 / needed[u].number("value")
               for u, x in run.units("machine_roof_gbs").items() if u in needed]
    return rates, max([*rates.values(), *machine], default=math.nan)


def shade(rank, counts):
    """How much lighter the bars are of the rank-th number of threads."""
    return 0.25 + 0.6 * rank / len(counts)


def draw_measured(axes, run, rates):
    roofs, highest = roof_rates(run)
    variants = list(dict.fromkeys(v for v, _ in rates))
    counts = sorted({t for _, t in rates})
    axes.set_xlim(0, highest if math.isfinite(highest) else 1.1 * max(x.number("value") for x in rates.values()))
    looks, height = style.of_variants(variants), 0.8 / len(counts)
    for (variant, threads), x in rates.items():
        colour, rank = looks[variant][0], counts.index(threads)
        y = variants.index(variant) - 0.4 + height * (rank + 0.5)
        value = x.number("value")
        bar = axes.barh(y, value, height * 0.92, color=style.lighter(colour, shade(rank, counts)),
                        edgecolor=colour, lw=0.6)
        style.hint(bar[0], f"{variant}, {style.plural(threads, 'thread')}: {style.value_text(x, ' tokens/s')}")
        style.whiskers(axes, value, y, *x.interval())
        if (variant, threads) in roofs:
            axes.plot([roofs[variant, threads]] * 2, [y - height / 2, y + height / 2], color=style.RED, lw=1.4)
        axes.text(1.035, y, f"{value:.1f}", transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(variants)), [style.short(v) for v in variants])
    axes.set_ylim(len(variants) - 0.4, -0.6)
    axes.set_xlabel("tokens/s, measured" + (" (axis ends at the highest roof)" if roofs else ""), loc="right")
    keys = [style.swatch(style.plural(t, "thread"), edgecolor="black",
                         facecolor=style.lighter("black", shade(rank, counts))) for rank, t in enumerate(counts)]
    if roofs:
        keys.append(style.line("same-page roof", color=style.RED, lw=1.4))
    style.legend_above(axes, keys, left=0.02)
    axes.tick_params(axis="y", length=0)


def draw_published(axes):
    for y, (_, value, shown) in enumerate(PUBLISHED):
        axes.barh(y, value, 0.7, facecolor="white", edgecolor=style.GREY, hatch="/////", lw=0.6)
        text = f"{value:g}"
        if shown:
            axes.plot([shown] * 2, [y - 0.35, y + 0.35], color="black", lw=0.8)
            text += f" (its figure shows {shown:g})"
        if value < 200:
            axes.text((shown or value) + 6, y, text, va="center")
        else:  # right of the axes
            axes.text(1.02, y, text, transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(PUBLISHED)), [name for name, _, _ in PUBLISHED])
    axes.invert_yaxis()
    axes.set_xlim(0, 300)
    axes.set_xlabel("tokens/s, published, not measured here (M2 Pro)", loc="right")
    axes.tick_params(axis="y", length=0)


def draw(data):
    run = data.run("decode", "tokens_per_s")
    rates = run.units("tokens_per_s")
    bars, variants = len(rates), len({v for v, _ in rates})
    figure, (top, bottom) = style.new(style.COLUMN, 1.75 + 0.14 * bars + 0.08 * variants, 2,
                                      gridspec_kw={"height_ratios": [0.14 * bars + 0.08 * variants, 0.5]})
    draw_measured(top, run, rates)
    draw_published(bottom)
    style.caption(figure, run.caption(run.sample(rates.values(), "tokens per bar"), run.intervals(),
                                      "hatched: arXiv 2601.03324"))
    return figure
