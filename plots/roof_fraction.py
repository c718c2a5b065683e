"""The share of the same-page roof that each variant reaches, by number of threads. The axis ends at the roof."""
import style

MARKERS = "osD^vPX"


def draw(data):
    run = data.run("decode", "roof_fraction")
    shares = run.units("roof_fraction")
    variants = list(dict.fromkeys(v for v, _ in shares))
    counts = sorted({t for _, t in shares})
    looks = style.of_variants(variants)
    figure, axes = style.new(style.COLUMN, 1.05 + 0.36 * len(variants))
    axes.set_xlim(0, 1)
    for (variant, threads), x in shares.items():
        rank = counts.index(threads)
        y = variants.index(variant) + (rank - (len(counts) - 1) / 2) * 0.6 / len(counts)
        colour, value = looks[variant][0], x.number("value")
        style.whiskers(axes, value, y, *x.interval(), colour=colour)
        if value <= 1:
            point, = axes.plot(value, y, MARKERS[rank % len(MARKERS)], color=colour,
                               mfc=colour if rank == 0 else "white", clip_on=False, zorder=5)
            style.hint(point, f"{variant}, {style.plural(threads, 'thread')}: {style.value_text(x, ' of the roof')}")
        axes.text(1.035, y, f"{value:.2f}", transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(1, color=style.RED, lw=1.4, clip_on=False)
    axes.set_yticks(range(len(variants)), [style.short(v) for v in variants])
    axes.set_ylim(len(variants) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel("share of the same-page roof (1)")
    keys = [style.line(style.plural(t, "thread"), color="black", ls="", marker=MARKERS[i % len(MARKERS)],
                       mfc="black" if i == 0 else "white") for i, t in enumerate(counts)]
    keys.append(style.line("roof", color=style.RED, lw=1.4))
    style.legend_above(axes, keys, left=0.02)
    style.caption(figure, run.caption(run.sample(shares.values(), "tokens per point"), run.intervals()))
    return figure
