"""Timing that can be trusted on a noisy machine: interleaved runs, medians, ratios."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

import softargmax as sm

Run = Callable[[], object]


@dataclass(frozen=True)
class Measured:
    """Median seconds per call of ours and of every peer, for one function, dtype and shape."""

    function: str
    dtype: str
    threads: int
    shape: tuple[int, ...]
    seconds: dict[str, float]

    @property
    def case(self) -> str:
        """Name the shape."""
        return " x ".join(map(str, self.shape))

    def ratio(self, peer: str) -> float:
        """How many times ours a peer takes."""
        return self.seconds[peer] / self.seconds["ours"]


def interleaved(runs: dict[str, Run], repeats: int = 11, least_seconds: float = 2e-3) -> dict[str, float]:
    """Give the median seconds per call of every run; the runs take turns, so drift hits all of them alike."""
    loops = {}
    for name, run in runs.items():
        run()
        begin = time.perf_counter()
        run()
        loops[name] = max(1, int(least_seconds / max(time.perf_counter() - begin, 1e-9)))
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            begin = time.perf_counter()
            for _ in range(loops[name]):
                run()
            seconds[name].append((time.perf_counter() - begin) / loops[name])
    return {name: median(values) for name, values in seconds.items()}


def print_table(title: str, rows: Sequence[Measured]) -> list[Measured]:
    """Print medians in microseconds and, for every peer, how many times ours it takes."""
    names = list(dict.fromkeys(name for row in rows for name in row.seconds))
    heads = [*(f"{name} (µs)" for name in names), *(f"{name} / ours" for name in names[1:])]
    print(f"\n### {title}\n\n| shape | {' | '.join(heads)} |")
    print("|---" * (len(heads) + 1) + "|", flush=True)
    for row in rows:
        cells = [f"{row.seconds[name] * 1e6:.4g}" if name in row.seconds else "" for name in names]
        ratios = [f"{row.ratio(name):.2f}" if name in row.seconds else "" for name in names[1:]]
        print(f"| {row.case} | {' | '.join([*cells, *ratios])} |")
    return list(rows)


def machine() -> str:
    """Name the machine and the threads it may use."""
    return (
        f"{_processor()}, {sm.get_num_threads()} cores, kernels {sm.cpu_features().used}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            names = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        return f"{names.get('model name', platform.processor())} (family {names.get('cpu family', '?')})"
    except OSError:
        return platform.processor() or os.uname().machine
