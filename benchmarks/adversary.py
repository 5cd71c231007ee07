"""Search for the rows that the kernels compute worst, and print each in a line that can be pasted.

The rows are those of tools/adversarial.py: of few values, one of which fills most of the row. A search sees about a
million of them in a second.

Nothing is known here about the kernels: a search is by evolution. Rows are drawn and the worst are kept; of these, one
value is drawn again or all are moved by a few ulps. The error of an exponential is as good as random in its argument,
and those of a row's values add up, so this finds the worst fill first and then the worst other value for it.
Run: python -m benchmarks.adversary [--seconds 10] [--functions softmax entropy] [--dtypes float32].
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import oracle
from adversarial import FAMILIES, FUNCTIONS, Family, Measure, temperatures
from benchmarks.measure import machine
from softargmax import _kernels

Array = Any
CLASSES = (2, 3, 10, 32, 47, 48, 100, 128, 129, 257, 1_000, 4_096, 100_000)
NUMBERS = 150_000  # per evaluation: what stays in a cache
KEPT = 48


@dataclass
class Island:
    """One family at one number of classes, with the worst rows found so far."""

    family: Family
    counts: tuple[int, ...]
    dtype: Any
    reverse: bool  # the maximum last
    values: Array
    errors: Array

    @property
    def n_classes(self) -> int:
        """How long the rows are."""
        return sum(self.counts)

    def bred(self, rng: Any, rows: int) -> Array:
        """Give changed copies of the worst rows: one value drawn again, or all moved by up to 100 ulps."""
        parents = self.values[rng.integers(len(self.values), size=rows)]
        again = (parents[:, :1] - self.family.distances(rng, rows, self.n_classes, self.dtype)).astype(self.dtype)
        place = rng.integers(1, max(2, len(self.counts)), size=(rows, 1))
        redrawn = np.where(np.arange(parents.shape[1]) == place, again, parents)
        moved = parents + rng.integers(-100, 101, size=parents.shape) * np.spacing(parents)
        changed = np.where(rng.random((rows, 1)) < 0.7, redrawn, np.where(np.isinf(parents), parents, moved))
        changed = changed.astype(self.dtype)
        return np.minimum(changed, changed[:, :1])

    def step(self, measure: "Measure", rng: Any) -> None:
        """Try one cache full of rows and keep the worst."""
        rows = max(4, min(4_000, NUMBERS // self.n_classes))
        new = (
            self.bred(rng, rows)
            if len(self.values) >= KEPT and rng.random() < 0.9
            else self.family.drawn(rng, rows, self.n_classes, self.dtype)
        )
        values = np.concatenate([self.values, new])
        errors = np.concatenate([self.errors, measure(new, self.counts, self.reverse)])
        best = np.argsort(-errors, kind="stable")[:KEPT]
        self.values, self.errors = values[best], errors[best]

    def line(self) -> str:
        """Write the worst row so that it can be pasted."""
        order = slice(None, None, -1) if self.reverse else slice(None)
        values = ", ".join("-np.inf" if np.isinf(v) else repr(float(v)) for v in self.values[0][order])
        return f"np.repeat(np.{np.dtype(self.dtype).name}([{values}]), {list(self.counts[order])})"


def search(measure: Measure, dtype: Any, seconds: float, classes: Sequence[int] = CLASSES, seed: int = 2026) -> Island:
    """Give the island with the worst row that was found in so many seconds."""
    rng = np.random.default_rng(seed)
    islands = list(_islands(dtype, classes))
    end = time.perf_counter() + seconds
    with np.errstate(all="ignore"):
        for island in islands:
            island.step(measure, rng)
        while time.perf_counter() < end:
            # The more promising half of the time, anybody the rest: what looks harmless may be only badly drawn.
            islands.sort(key=lambda island: -float(island.errors[0]))
            for island in [*islands[:6], *(islands[i] for i in rng.integers(len(islands), size=4))]:
                island.step(measure, rng)
    return max(islands, key=lambda island: float(island.errors[0]))


def _islands(dtype: Any, classes: Sequence[int]) -> Iterator[Island]:
    for n_classes in classes:
        for family in FAMILIES:
            counts = family.of(n_classes)
            for reverse in (False, True) if counts else ():
                assert counts is not None
                yield Island(family, counts, dtype, reverse, np.empty((0, len(counts)), dtype), np.empty(0))


def main(arguments: list[str] | None = None) -> None:
    """Print a Markdown table, and below it the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=10.0, help="per function, dtype and instruction set")
    parser.add_argument("--functions", nargs="+", default=list(FUNCTIONS), choices=list(FUNCTIONS))
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"], choices=["float32", "float64"])
    parser.add_argument("--classes", nargs="+", type=int, default=list(CLASSES))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--add-to", type=Path, help="the file of tests/probabilities that keeps such rows")
    options = parser.parse_args(arguments)
    if not oracle.FITS:
        raise SystemExit("long double is no wider than double here: true values cannot be computed")
    names = _kernels.instruction_sets()
    print(f"\n{machine()}; {options.seconds:g} seconds of search for every cell\n")
    print(f"| dtype | function | {' | '.join(names)} |\n|---|---{'|---' * len(names)}|", flush=True)
    found = []
    for dtype in options.dtypes:
        for function in options.functions:
            cells = []
            for name in names:
                _kernels.use_instruction_set(name)
                kind = np.dtype(dtype).type
                worst = search(FUNCTIONS[function], kind, options.seconds, options.classes, options.seed)
                cells.append(f"{worst.errors[0]:.3f}")
                with_what = {"temperature": f", T = {temperatures(worst.values)[0, 0]:g}"}.get(function, "")
                found.append((f"{dtype} {function}, {name}: {cells[-1]} ulp ({worst.family.name}{with_what})", worst))
            print(f"| {dtype} | {function} | {' | '.join(cells)} |", flush=True)
    print("\n```python\n" + "\n".join(f"# {title}\n{worst.line()}" for title, worst in found) + "\n```")
    if options.add_to is not None:
        add(options.add_to, [worst for _, worst in found])


def add(file: Path, found: Sequence[Island]) -> None:
    """Add rows to those that the tests try, each once."""
    kept = json.loads(file.read_text()) if file.exists() else []
    for worst in found:
        order = slice(None, None, -1) if worst.reverse else slice(None)
        row = {
            "dtype": np.dtype(worst.dtype).name,
            "counts": list(worst.counts[order]),
            "values": [float(value).hex() for value in worst.values[0][order]],
        }
        if row not in kept:
            kept.append(row)
    file.write_text("[\n" + ",\n".join(json.dumps(row) for row in kept) + "\n]\n")


if __name__ == "__main__":
    main()
