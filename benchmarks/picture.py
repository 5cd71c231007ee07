"""One picture of the ratios: how many times our time every peer takes, over the number of classes."""

import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Measured

COLOURS = {"PyTorch": "#d1495b", "SciPy": "#2e6f95", "JAX": "#8e7cc3", "ONNX Runtime": "#4a7c59", "memcpy": "#999999"}


def draw(rows: Sequence[Measured], file: Path) -> None:
    """Draw softmax of 10^5 and more numbers, one panel per dtype and number of threads."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # text as text
    from matplotlib import pyplot

    softmax = [r for r in rows if r.function == "softmax" and r.dtype != "bfloat16" and math.prod(r.shape) >= 99_000]
    panels = sorted({(row.dtype, row.threads) for row in softmax})
    figure, axes = pyplot.subplots(1, len(panels), figsize=(3.4 * len(panels), 3.6), sharey=True, squeeze=False)
    for axis, (dtype, threads) in zip(axes[0], panels, strict=True):
        here = sorted((r for r in softmax if (r.dtype, r.threads) == (dtype, threads)), key=lambda row: row.shape[1])
        for peer, colour in COLOURS.items():
            points = [(row.shape[1], row.ratio(peer)) for row in here if peer in row.seconds]
            if points:
                axis.plot(*zip(*points, strict=True), "o-", color=colour, label=peer, markersize=4, linewidth=1.2)
        axis.axhline(1.0, color="black", linewidth=1)
        axis.set(xscale="log", yscale="log", xlabel="classes", title=f"{dtype}, {threads} thread{'s' * (threads > 1)}")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("time / ours (above 1: slower than ours)")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.suptitle("softmax, 100 000 numbers and more")
    figure.tight_layout(rect=(0.0, 0.07, 1.0, 1.0))
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)
