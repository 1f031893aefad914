"""What a shop's size costs it: throughput, latency and memory at 1,000 to 1,000,000 orders, one durable place each, drawn into one chart.

The orders are free ones of 99 quotas, made through GraphQL by the program itself; what is measured at each size are holds of one
more."""
import os
from measure import row, rss_mb
from onsale import Shop

SIZES = [int(size) for size in os.environ.get("TESSERA_BENCH_GROWTH", "1000 10000 100000 1000000").split()]
CHUNK_S, MEASURED_S = 5, 2
WIDTH, PANEL, LEFT, TOP, GAP = 640, 150, 80, 40, 50


class Panel:
    """One figure over all sizes, on an axis that begins at zero."""

    def __init__(self, title, unit, values):
        self.title, self.unit, self.values = title, unit, values

    def draw(self, sizes, top):
        most = max(self.values) or 1
        x = lambda i: LEFT + i * (WIDTH - LEFT - 60) / max(len(sizes) - 1, 1)
        y = lambda value: top + PANEL * (1 - value / most / 1.15)
        points = [(x(i), y(value)) for i, value in enumerate(self.values)]
        lines = [f'<text x="{LEFT}" y="{top - 8}" class="title">{self.title}</text>',
                 f'<line x1="{LEFT}" y1="{top + PANEL}" x2="{WIDTH - 40}" y2="{top + PANEL}"/>',
                 f'<line x1="{LEFT}" y1="{top}" x2="{LEFT}" y2="{top + PANEL}"/>',
                 '<polyline points="' + " ".join(f"{a:.0f},{b:.0f}" for a, b in points) + '"/>']
        for (a, b), size, value in zip(points, sizes, self.values):
            lines += [f'<circle cx="{a:.0f}" cy="{b:.0f}" r="3"/>', f'<text x="{a:.0f}" y="{b - 8:.0f}" class="value">{value:,.4g} {self.unit}</text>',
                      f'<text x="{a:.0f}" y="{top + PANEL + 16}" class="value">{size:,}</text>']
        return lines


def chart(path, title, sizes, panels):
    """An SVG file; black on white, so that it prints."""
    height = TOP + len(panels) * (PANEL + GAP) + 10
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">',
             "<style>text{font:12px sans-serif}.title{font-weight:bold}.value{text-anchor:middle}line{stroke:#888}polyline{fill:none;stroke:#06c;stroke-width:2}"
             "circle{fill:#06c}</style>", f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', f'<text x="{LEFT}" y="18">{title}</text>']
    for i, panel in enumerate(panels):
        lines += panel.draw(sizes, TOP + 10 + i * (PANEL + GAP))
    open(path, "w").write("\n".join([*lines, "</svg>"]) + "\n")


def bench_growth(folder, path):
    shop = Shop(folder, price="0.00")
    try:
        fill, holds, made, seen = shop.script("fill", shop.kinds[1:], free=True), shop.script("holds", shop.kinds[:1]), 0, []
        for size in SIZES:
            while made < size:
                made += shop.load(fill, CHUNK_S if size - made > 20000 else 1).acknowledged
            load = shop.load(holds, MEASURED_S)
            seen.append((made, load.acknowledged / load.seconds, load.p99_ms, rss_mb(shop.server.pid)))
            row(f"with {made:,} orders", f"{load.acknowledged / load.seconds:,.0f} holds/s", f"p50 {load.p50_ms:.2f} ms  p99 {load.p99_ms:.2f} ms",
                f"{seen[-1][3]:.0f} MB")
        chart(path, "Holds of one quota, durable, by the number of orders there are", [line[0] for line in seen],
              [Panel("holds a second", "", [line[1] for line in seen]), Panel("99 of 100 are answered within", "ms", [line[2] for line in seen]),
               Panel("resident memory", "MB", [line[3] for line in seen])])
        row("drawn into", path)
    finally:
        shop.server.kill()
        shop.server.wait()
