"""Two pictures: how many times our time every peer takes, and what a number costs, over the number of classes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Cell, Results

COLOURS = {"PyTorch": "#d1495b", "SciPy": "#2e6f95", "JAX": "#8e7cc3", "ONNX Runtime": "#4a7c59", "memcpy": "#999999"}
CURVES = {"softmax": "#d1495b", "log_softmax": "#2e6f95"}


def draw(results: Results, folder: Path) -> None:
    """Draw both into a folder; without matplotlib, say that nothing was drawn."""
    try:
        import matplotlib
    except ModuleNotFoundError:
        print("\nno pictures: matplotlib is not installed")
        return
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # text as text
    matplotlib.rcParams["svg.hashsalt"] = "softargmax"  # the same picture for the same figures
    cells = results.cells()
    ratios = [c for c in cells if (c.case.group, c.case.function, c.setting.threads) == ("in cache", "softmax", 1)]
    curve = [cell for cell in cells if cell.case.group == "curve"]
    if ratios:
        _draw_ratios([cell for cell in ratios if cell.case.dtype != "bfloat16"], folder / "softmax-ratios.svg")
    if curve:
        _draw_curve(curve, folder / "softmax-curve.svg")


def _draw_ratios(cells: Sequence[Cell], file: Path) -> None:
    panels = list(dict.fromkeys((cell.setting, cell.case.dtype) for cell in cells))
    figure, axes = _panels(len(panels), 3.0)
    for axis, (setting, dtype) in zip(axes, panels, strict=True):
        here = [cell for cell in cells if (cell.setting, cell.case.dtype) == (setting, dtype)]
        for peer, colour in COLOURS.items():
            with_peer = [cell for cell in here if peer in cell.seconds]
            if not with_peer:
                continue
            classes = [cell.case.shape[1] for cell in with_peer]
            ends = [cell.ratios(peer) for cell in with_peer]
            axis.plot(
                classes, [c.ratio(peer) for c in with_peer], "o-", color=colour, label=peer, markersize=3, linewidth=1.2
            )
            axis.fill_between(
                classes, [e[0] for e in ends], [e[-1] for e in ends], color=colour, alpha=0.2, linewidth=0
            )
        axis.axhline(1.0, color="black", linewidth=1)
        axis.set(xscale="log", yscale="log", xlabel="classes", title=f"{dtype}, {setting.ours}")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("time / ours (above 1: slower than ours)")
    _finish(figure, axes, "softmax in cache, 1 thread", file)


def _draw_curve(cells: Sequence[Cell], file: Path) -> None:
    settings = list(dict.fromkeys(cell.setting for cell in cells))
    figure, axes = _panels(len(settings), 5.0)
    for axis, setting in zip(axes, settings, strict=True):
        for function, colour in CURVES.items():
            here = [cell for cell in cells if (cell.setting, cell.case.function) == (setting, function)]
            here.sort(key=lambda cell: cell.case.shape[1])
            classes, costs = [cell.case.shape[1] for cell in here], [cell.nanoseconds for cell in here]
            axis.plot(classes, costs, color=colour, label=function, linewidth=1.2)
        axis.set(xlabel="classes", title=f"float32, 1 thread, {setting.ours}", ylim=(0, None), xlim=(0, 300))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("nanoseconds per number")
    _finish(figure, axes, "what a number costs, in cache", file)


def _panels(count: int, width: float) -> tuple[Any, Any]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, count, figsize=(width * count, 3.6), sharey=True, squeeze=False)
    return figure, axes[0]


def _finish(figure: Any, axes: Any, title: str, file: Path) -> None:
    from matplotlib import pyplot

    labels = dict(zip(*reversed(axes[0].get_legend_handles_labels()), strict=True))
    figure.legend(labels.values(), labels.keys(), loc="lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.suptitle(title)
    figure.tight_layout(rect=(0.0, 0.07, 1.0, 1.0))
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    print(f"\npicture: {file}")
