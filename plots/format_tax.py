"""What a dtype costs beyond its bytes: the share of the roof that the best variant of each dtype and layout reaches.
The format tax is what it loses against the widest dtype of the run, on the same number of threads."""
import style
from data import DTYPE_BITS, Missing

MARKERS = "osD^v"
LAYOUTS = {"tvl": ("layout tvl", style.BLUE), "rowmajor": ("row-major", style.ORANGE)}


def best(shares):
    """{(dtype, layout, threads): the row with the largest share}."""
    found = {}
    for (_, threads), x in shares.items():
        key = x["dtype"], x["layout"], threads
        if x["layout"] in LAYOUTS and (key not in found or x.number("value") > found[key].number("value")):
            found[key] = x
    return found


def tax(rows, key, widest):
    """The text next to a point: its share, and what it loses against the widest dtype, if that has this layout."""
    dtype, layout, threads = key
    share, base = rows[key].number("value"), rows.get((widest, layout, threads))
    if dtype == widest or base is None:
        return f"{share:.2f}"
    loss = round(100 * (share / base.number("value") - 1))
    return f"{share:.2f} ({loss:+d} %)" if loss else f"{share:.2f} (0 %)"


def draw(data):
    run = data.run("decode", "roof_fraction")
    shares = run.units("roof_fraction")
    rows = best(shares)
    dtypes = sorted({d for d, _, _ in rows}, key=lambda d: -DTYPE_BITS.get(d, 0))
    if len(dtypes) < 2:
        raise Missing(f"{run.folder} has weights of one dtype; bench --dtype=f32,bf16,q8_0,q4_0 measures several")
    counts = sorted({t for _, _, t in rows})
    layouts = [x for x in LAYOUTS if any(x == layout for _, layout, _ in rows)]
    lines = [(layout, t) for layout in layouts for t in counts]
    figure, axes = style.new(style.COLUMN, 1.05 + len(dtypes) * (0.1 + 0.13 * len(lines)))
    axes.set_xlim(0, 1)
    for key, row in rows.items():
        dtype, layout, threads = key
        rank, colour, value = counts.index(threads), LAYOUTS[layout][1], row.number("value")
        y = dtypes.index(dtype) + (lines.index((layout, threads)) - (len(lines) - 1) / 2) * 0.8 / len(lines)
        style.whiskers(axes, value, y, *row.interval(), colour=colour)
        if value <= 1:
            point, = axes.plot(value, y, MARKERS[rank % len(MARKERS)], color=colour,
                               mfc=colour if rank == 0 else "white", clip_on=False, zorder=5)
            style.hint(point, f"{row['variant']}, {style.plural(threads, 'thread')}: "
                       f"{style.value_text(row, ' of the roof')}")
        axes.text(1.035, y, tax(rows, key, dtypes[0]), transform=axes.get_yaxis_transform(), va="center")
    axes.axvline(1, color=style.RED, lw=1.4, clip_on=False)
    axes.set_yticks(range(len(dtypes)), [f"{d}\n{DTYPE_BITS.get(d, 0):g} bits" for d in dtypes])
    axes.set_ylim(len(dtypes) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.set_xlabel("share of the same-page roof (1)")
    keys = [style.line(LAYOUTS[x][0], color=LAYOUTS[x][1], lw=2) for x in layouts]
    keys += [style.line(style.plural(t, "thread"), color="black", ls="", marker=MARKERS[i % len(MARKERS)],
                        mfc="black" if i == 0 else "white") for i, t in enumerate(counts)]
    style.legend_above(axes, keys, columns=2, left=0.02)
    style.caption(figure, run.caption("best variant of each dtype and layout",
                                      f"per cent: format tax against {dtypes[0]}",
                                      run.sample(rows.values(), "tokens per point"), run.intervals()))
    return figure
