"""Shared by the tests of figures: draws them, and finds texts that cannot be read. It needs matplotlib."""
import importlib

import matplotlib.backends.backend_agg as agg
import matplotlib.text

from figure_data import data
from tap import ok

drawn = []
draw_text = matplotlib.text.Text.draw
matplotlib.text.Text.draw = lambda self, renderer, *a, **k: (drawn.append(self), draw_text(self, renderer, *a, **k))[1]


def faults(figure):
    """(texts over each other, outside of the figure, too small) and the number of texts."""
    drawn.clear()
    agg.FigureCanvasAgg(figure).draw()
    texts = [t for t in dict.fromkeys(drawn) if t.get_visible() and t.get_text().strip()]
    boxes = [(t.get_text().strip(), matplotlib.text.Text.get_window_extent(t)) for t in texts]
    over = [(a, b) for i, (a, x) in enumerate(boxes) for b, y in boxes[:i]
            if min(x.x1, y.x1) - max(x.x0, y.x0) > 1 and min(x.y1, y.y1) - max(x.y0, y.y0) > 1.5]
    right, top = figure.bbox.x1 + 1, figure.bbox.y1 + 1
    outside = [a for a, x in boxes if x.x0 < -1 or x.y0 < -1 or x.x1 > right or x.y1 > top]
    small = [t.get_text() for t in drawn if t.get_text().strip() and t.get_fontsize() < 7]
    return over, outside, small, len(boxes)


def check_texts(name, figure):
    found = faults(figure)
    ok(not any(found[:3]) and found[3] > 5 and figure.get_figwidth() in (3.3, 7.0),
       f"{name}: no text over another, outside or under 7 points", (found, figure.get_figwidth()))


def figure_of(name, *folders):
    module = importlib.import_module("fig2_latency" if name.startswith("fig2") else name)
    source = data.Data(folders)
    return module.draw_all(source) if name.endswith("_all") else module.draw(source)


