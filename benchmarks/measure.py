"""Timing that can be trusted on a noisy machine: interleaved runs, medians, ratios."""

import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

import softargmax as sm

Run = Callable[[], object]


class Timed:
    """A run, called so often in a row that the clock's steps do not show."""

    def __init__(self, run: Run, least_seconds: float, pause: bool) -> None:
        run()
        begin = time.perf_counter()
        run()
        self.run, self.pause = run, pause
        self.loops = max(1, int(least_seconds / max(time.perf_counter() - begin, 1e-9)))

    def __call__(self) -> float:
        """Give the seconds per call."""
        run = self.run
        if self.pause:
            # The threads of whoever ran before may still spin in wait for more work, on the core that ours need.
            time.sleep(3e-3)
        run()  # what another side left in the caches, and the clock its instructions left behind, are not ours
        begin = time.perf_counter()
        for _ in range(self.loops):
            run()
        return (time.perf_counter() - begin) / self.loops


def interleaved(
    runs: dict[str, Run], repeats: int = 25, least_seconds: float = 5e-4, pause: bool = False
) -> dict[str, float]:
    """Give the median seconds per call of every run; the runs take turns, so drift hits all of them alike.

    Many short turns: on a machine that others use too, the few that were interrupted do not move the median.
    """
    timed = {name: Timed(run, least_seconds, pause) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, call in timed.items():
            seconds[name].append(call())
    return {name: median(values) for name, values in seconds.items()}


def machine() -> str:
    """Name the machine and the threads it may use."""
    return (
        f"{processor()}, {sm.get_num_threads()} cores, kernels {sm.cpu_features().used}, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def processor() -> str:
    """Name the processor."""
    try:
        with open("/proc/cpuinfo") as lines:
            names = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        return f"{names.get('model name', platform.processor())} (family {names.get('cpu family', '?')})"
    except OSError:
        return platform.processor() or os.uname().machine


def commit(tree: Path) -> str:
    """Name the commit of a tree, and whether anything in it differs from that."""
    git = ["git", "-C", str(tree)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short=10", "HEAD"], check=True, capture_output=True, text=True)
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "no commit"
    return head.stdout.strip() + (" and changes" if changed.stdout.strip() else "")
