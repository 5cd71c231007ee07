"""Timing that can be trusted on a noisy machine: interleaved runs, medians, ratios."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np

Run = Callable[[], object]


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


def print_table(title: str, rows: Sequence[tuple[str, dict[str, float]]]) -> None:
    """Print medians in microseconds and, for every peer, how many times ours it takes."""
    names = list(dict.fromkeys(name for _, times in rows for name in times))
    print(f"\n### {title}\n")
    print(
        "| case | "
        + " | ".join(f"{name} (µs)" for name in names)
        + " | "
        + " | ".join(f"{n} / ours" for n in names[1:])
        + " |"
    )
    print("|---" * (2 * len(names)) + "|")
    for case, times in rows:
        cells = [f"{times[name] * 1e6:.1f}" if name in times else "" for name in names]
        ratios = [f"{times[name] / times[names[0]]:.2f}" if name in times else "" for name in names[1:]]
        print(f"| {case} | " + " | ".join([*cells, *ratios]) + " |")


def machine() -> str:
    """Name the machine and the threads it may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, NumPy {np.__version__}"
