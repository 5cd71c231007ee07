"""What several processes measured: medians and ranges over them, tables, and the goals."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cases import Case


@dataclass(frozen=True)
class Setting:
    """How a process was started."""

    ours: str  # our instruction set
    theirs: str  # PyTorch's
    threads: int

    def __str__(self) -> str:
        return f"{self.threads} thread{'s' * (self.threads > 1)}, ours {self.ours}, PyTorch {self.theirs}"


@dataclass(frozen=True)
class Cell:
    """A case under one setting: the seconds of every side, one number for each process."""

    setting: Setting
    case: Case
    seconds: dict[str, list[float]]

    @property
    def ours(self) -> float:
        """Our median."""
        return median(self.seconds["ours"])

    @property
    def nanoseconds(self) -> float:
        """What a number of the input costs."""
        return self.ours / self.case.numbers * 1e9

    def ratios(self, peer: str) -> list[float]:
        """How many times ours a peer takes, process by process, in order of size."""
        return sorted(t / o for t, o in zip(self.seconds[peer], self.seconds["ours"], strict=True))

    def ratio(self, peer: str) -> float:
        """Their median."""
        return median(self.ratios(peer))


@dataclass(frozen=True)
class Results:
    """All processes of a measurement, with what they were measured on."""

    about: dict[str, Any]
    processes: list[dict[str, Any]]

    def save(self, file: Path) -> None:
        """Write it as JSON."""
        file.write_text(json.dumps({"about": self.about, "processes": self.processes}, indent=1) + "\n")

    @classmethod
    def load(cls, file: Path) -> "Results":
        """Read what `save` wrote."""
        return cls(**json.loads(file.read_text()))

    def cells(self) -> list[Cell]:
        """Gather what the processes measured of every case."""
        found: dict[tuple[Setting, Case], dict[str, list[float]]] = {}
        for process in self.processes:
            setting = Setting(process["ours"], process.get("theirs", "none"), process["threads"])
            for cell in process["cells"]:
                seconds = found.setdefault((setting, Case.read(cell["case"])), {})
                for side, value in cell["seconds"].items():
                    seconds.setdefault(side, []).append(value)
        return [Cell(setting, case, seconds) for (setting, case), seconds in found.items()]


def title(results: Results) -> str:
    """Say what the figures were measured by, on and with."""
    about = results.about
    return (
        f"Printed by `{about['command']}` at commit {about['commit']}, on {about['processor']}, {about['cores']} "
        f"cores (load {about['load']:.1f} before), {about['software']}. Medians over {about['processes']} "
        "processes; in brackets, the least and the most."
    )


def print_tables(results: Results) -> None:
    """Print a table for every setting and group."""
    print(title(results))
    cells = results.cells()
    for setting in dict.fromkeys(cell.setting for cell in cells):
        for group in dict.fromkeys(cell.case.group for cell in cells if cell.setting == setting):
            here = [cell for cell in cells if (cell.setting, cell.case.group) == (setting, group)]
            print(f"\n### {group}: {setting}\n")
            if group == "curve":
                _print_steps(here)
            else:
                _print_table(here)


def _print_table(cells: Sequence[Cell]) -> None:
    peers = list(dict.fromkeys(side for cell in cells for side in cell.seconds if side != "ours"))
    per_call = all(cell.case.group == "one call" for cell in cells)
    kinds = any(cell.case.kind != "random" for cell in cells)
    heads = ["function", "dtype", "rows x classes", *(["rows"] if kinds else [])]
    heads += ["ours, µs" if per_call else "ours, ns per number", *(f"{peer} / ours" for peer in peers)]
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for cell in cells:
        case = cell.case
        name = f"{case.function}, out=" if per_call and case.into else case.function
        ours = f"{cell.ours * 1e6:.2f}" if per_call else f"{cell.nanoseconds:.3f}"
        row = [name, case.dtype, " x ".join(map(str, case.shape)), *([case.kind] if kinds else []), ours]
        print(f"| {' | '.join([*row, *(_ratio(cell, peer) for peer in peers)])} |")


def _ratio(cell: Cell, peer: str) -> str:
    if peer not in cell.seconds:
        return ""
    ratios = cell.ratios(peer)
    return f"{_short(median(ratios))} ({_short(ratios[0])} to {_short(ratios[-1])})"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _print_steps(cells: Sequence[Cell]) -> None:
    print(
        "| function | ns per number at 2, 10, 100, 300 classes | largest step from one number of classes to the next |"
        "\n|---|---|---|"
    )
    for function, (n, step) in largest_steps(cells).items():
        curve = {cell.case.shape[1]: cell.nanoseconds for cell in cells if cell.case.function == function}
        chosen = ", ".join(f"{curve[k]:.3f}" for k in (2, 10, 100, 300) if k in curve)
        print(f"| {function} | {chosen} | {step:+.0%}, from {n} to {n + 1} |")


def largest_steps(cells: Iterable[Cell]) -> dict[str, tuple[int, float]]:
    """Give, per function, where the time per number rises most from one number of classes to the next."""
    curves: dict[str, dict[int, float]] = {}
    for cell in cells:
        curves.setdefault(cell.case.function, {})[cell.case.shape[1]] = cell.nanoseconds
    return {
        function: max(((n, curve[n + 1] / curve[n] - 1) for n in curve if n + 1 in curve), key=lambda step: step[1])
        for function, curve in curves.items()
    }
