"""Two source trees with built extensions, timed against each other: is anything slower than it was?

python -m benchmarks.compare OLD NEW [--isa ...] [--threads 1] [--groups ...] [--json comparison.json]. Both trees are
served by processes of their own that live at the same time and take turns case by case, a millisecond each; that is
done with several pairs of processes, because a pair owes something to where its arrays happen to lie.
"""

import argparse
import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import softargmax as sm
from benchmarks.cases import GROUPS, Case, cases
from benchmarks.measure import commit, processor
from softargmax import _kernels

ROOT = Path(__file__).parents[1]
MOST = 1.05  # a cell above it is called slower, if it is so in every pair of processes


class Server:
    """A process that times the cases of one tree when it is asked to."""

    def __init__(self, tree: Path, isa: str, threads: int, groups: list[str]) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", "--serve", "--tree", str(tree), "--threads", str(threads)]
        environment = os.environ | {"SOFTARGMAX_ISA": isa, "OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [*command, "--groups", *groups],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        about = json.loads(self._line())
        if Path(about["package"]).parents[2] != tree.resolve() or about["ours"] != isa:
            raise sm.exceptions.ArgumentError(
                f"tree: expected the package of {tree} with kernels for {isa}; {about['package']} was imported, "
                f"with kernels for {about['ours']}; build the tree's extension in place"
            )

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise sm.exceptions.ArgumentError(f"tree: expected one whose benchmarks run; the process ended ({self})")
        return line

    def seconds(self, number: int) -> float:
        """Time a case."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        return float(self._line())

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@dataclass(frozen=True)
class Compared:
    """How many times the old tree's time the new one takes, for each pair of processes."""

    isa: str
    threads: int
    case: Case
    ratios: list[float]

    @property
    def ratio(self) -> float:
        """Their median."""
        return median(self.ratios)

    def plain(self) -> dict[str, Any]:
        """Give it as what JSON holds."""
        return {"isa": self.isa, "threads": self.threads, "case": self.case.plain(), "ratios": self.ratios}


def compared(
    trees: tuple[Path, Path], isa: str, threads: int, groups: list[str], pairs: int, turns: int
) -> list[Compared]:
    """Measure all cases of some groups."""
    chosen = cases(groups)
    ratios: list[list[float]] = [[] for _ in chosen]
    for _ in range(pairs):
        with Server(trees[0], isa, threads, groups) as old, Server(trees[1], isa, threads, groups) as new:
            for number in range(len(chosen)):
                taken = [(old.seconds(number), new.seconds(number)) for _ in range(turns)]
                ratios[number].append(median(n for _, n in taken) / median(o for o, _ in taken))
    return [Compared(isa, threads, case, found) for case, found in zip(chosen, ratios, strict=True)]


def main(arguments: list[str] | None = None) -> int:
    """Print a table, the geometric mean and the worst cell; give 1 if the new tree is slower."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--isa", nargs="+", default=_kernels.instruction_sets()[-2:])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--groups", nargs="+", default=["in cache", "special rows", "loss"], choices=list(GROUPS))
    parser.add_argument("--pairs", type=int, default=3, help="of processes")
    parser.add_argument("--turns", type=int, default=15, help="of half a millisecond, in every pair")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    options = parser.parse_args(arguments)
    trees = (options.old, options.new)
    found = []
    for isa in options.isa:
        for threads in options.threads:
            found += compared(trees, isa, threads, options.groups, options.pairs, options.turns)
    commits = [commit(tree) for tree in trees]
    print(f"\n{processor()}: {trees[1]} ({commits[1]}) against {trees[0]} ({commits[0]}), {options.pairs} pairs\n")
    if options.json:
        options.json.write_text(json.dumps({"commits": commits, "cells": [cell.plain() for cell in found]}, indent=1))
    return _judge(found)


def _judge(found: list[Compared]) -> int:
    print("| kernels | threads | case | new / old | least | most |\n|---|---|---|---|---|---|")
    for cell in sorted(found, key=lambda cell: -cell.ratio):
        least, most = min(cell.ratios), max(cell.ratios)
        print(f"| {cell.isa} | {cell.threads} | {cell.case.key} | {cell.ratio:.3f} | {least:.3f} | {most:.3f} |")
    mean = math.exp(fmean(math.log(cell.ratio) for cell in found))
    slower = [cell for cell in found if min(cell.ratios) > MOST]
    worst = max(found, key=lambda cell: cell.ratio)
    print(f"\ngeometric mean {mean:.3f}; worst cell {worst.ratio:.3f}: {worst.isa}, {worst.case.key}")
    print(f"{len(slower)} of {len(found)} cells take more than {MOST:g} times as long in every pair of processes")
    return int(mean > 1 or bool(slower))


if __name__ == "__main__":
    sys.exit(main())
