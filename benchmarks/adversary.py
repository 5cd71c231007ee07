"""Search for the rows that the kernels compute worst, and print each in a line that can be pasted.

Random tables hardly see what the errors of a softmax can add up to: those of the terms average out in the sum. They do
not where many terms are equal. So the rows here have few different values, of which one fills most of the row: a
maximum, one other, and many that are equal, near the maximum or far below it, with offsets, ties, -inf, and results
that are subnormal or near 1. Such a row costs the oracle three exponentials (tools/oracle.py), so a search sees about a
million rows in a second.

Nothing is known here about the kernels: a search is by evolution. Rows are drawn and the worst are kept; of these, one
value is drawn again or all are moved by a few ulps. The error of an exponential is as good as random in its argument,
and those of a row's values add up, so this finds the worst fill first and then the worst other value for it.
Run: python -m benchmarks.adversary [--seconds 10] [--functions softmax entropy] [--dtypes float32].
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tools import oracle

import softargmax as sm
from benchmarks.measure import machine
from softargmax import _kernels

Array = Any
CLASSES = (2, 3, 10, 32, 47, 48, 100, 128, 129, 257, 1_000, 4_096, 100_000)
NUMBERS = 150_000  # per evaluation: what stays in a cache
KEPT = 48
TEMPERATURES = (0.1, 0.7, 3.0, 7.3)


@dataclass(frozen=True)
class Family:
    """Rows with the same shape: how often each value occurs in n classes, and how far below the maximum it lies."""

    name: str
    counts: Callable[[int], tuple[int, ...]]
    depths: tuple[tuple[float, float], ...]  # of every value: the smallest and the largest distance, in units of FAR
    spread: float = 0.0  # how far from 0 the maximum is
    cancels: bool = False  # the maximum and log(n) cancel in logsumexp

    def of(self, n_classes: int) -> tuple[int, ...] | None:
        """Give the counts, or nothing where such a row needs more classes."""
        counts = self.counts(n_classes)
        return counts if min(counts) > 0 and sum(counts) == n_classes else None


def _one_other(n: int) -> tuple[int, ...]:
    return (1, 1, n - 2) if n > 2 else (1, 1)


# The distance at which a probability leaves the normal numbers.
FAR = {"float32": 87.3, "float64": 708.4}
NONE = (np.inf, np.inf)
FAMILIES = (
    Family("many equal", _one_other, ((0, 0), (0, 0.12), (0, 0.12))),
    Family("many equal, far from 0", _one_other, ((0, 0), (0, 0.12), (0, 0.12)), 300.0),
    Family("result near 0", _one_other, ((0, 0), (0, 0.12), (0, 0.12)), 0.5, cancels=True),
    Family("ties", lambda n: (n // 2, 1, n - n // 2 - 1), ((0, 0), (0, 0.12), (0, 0.12))),
    Family("small tail", _one_other, ((0, 0), (0.1, 1.1), (0.1, 1.1))),
    Family("small tail, far from 0", _one_other, ((0, 0), (0.1, 1.1), (0.1, 1.1)), 300.0),
    Family("two of the small", lambda n: (1, n // 2, n - n // 2 - 1), ((0, 0), (0.02, 0.3), (0.02, 0.3))),
    Family("far below", lambda n: (1, 1, n - 2), ((0, 0), (0.8, 1.5), (0, 0.12))),
    Family("half -inf", lambda n: (1, 1, (n - 2) // 2, n - 2 - (n - 2) // 2), ((0, 0), (0, 0.5), (0, 0.12), NONE)),
)


@dataclass
class Island:
    """One family at one number of classes, with the worst rows found so far."""

    family: Family
    counts: tuple[int, ...]
    dtype: Any
    reverse: bool  # the maximum last
    values: Array
    errors: Array

    def distances(self, rng: Any, rows: int) -> Array:
        """Draw how far below the maximum the values lie: uniform, or uniform in their logarithm."""
        low, high = np.array(self.family.depths[: len(self.counts)]).T
        flat = low + rng.random((rows, len(low))) * np.where(np.isinf(low), 1, high - low)
        steep = np.maximum(low, high * 2.0 ** -rng.uniform(0, 8, size=flat.shape))
        return np.where(rng.random(flat.shape) < 0.5, flat, steep) * FAR[np.dtype(self.dtype).name]

    def drawn(self, rng: Any, rows: int) -> Array:
        """Draw rows."""
        # The logsumexp of many equal values is near 0 for a maximum near -log n.
        middle = -np.log(sum(self.counts)) if self.family.cancels else 0.0
        top = middle + rng.normal(size=(rows, 1)) * self.family.spread
        return (top - self.distances(rng, rows)).astype(self.dtype)

    def bred(self, rng: Any, rows: int) -> Array:
        """Give changed copies of the worst rows: one value drawn again, or all moved by up to 100 ulps."""
        parents = self.values[rng.integers(len(self.values), size=rows)]
        again = (parents[:, :1] - self.distances(rng, rows)).astype(self.dtype)
        place = rng.integers(1, max(2, len(self.counts)), size=(rows, 1))
        redrawn = np.where(np.arange(parents.shape[1]) == place, again, parents)
        moved = parents + rng.integers(-100, 101, size=parents.shape) * np.spacing(parents)
        changed = np.where(rng.random((rows, 1)) < 0.7, redrawn, np.where(np.isinf(parents), parents, moved))
        changed = changed.astype(self.dtype)
        return np.minimum(changed, changed[:, :1])

    def step(self, measure: "Measure", rng: Any) -> None:
        """Try one cache full of rows and keep the worst."""
        rows = max(4, min(4_000, NUMBERS // sum(self.counts)))
        new = self.bred(rng, rows) if len(self.values) >= KEPT and rng.random() < 0.9 else self.drawn(rng, rows)
        values = np.concatenate([self.values, new])
        errors = np.concatenate([self.errors, measure(new, self.counts, self.reverse)])
        best = np.argsort(-errors, kind="stable")[:KEPT]
        self.values, self.errors = values[best], errors[best]

    def line(self) -> str:
        """Write the worst row so that it can be pasted."""
        order = slice(None, None, -1) if self.reverse else slice(None)
        values = ", ".join("-np.inf" if np.isinf(v) else repr(float(v)) for v in self.values[0][order])
        return f"np.repeat(np.{np.dtype(self.dtype).name}([{values}]), {list(self.counts[order])})"


# From rows of few values, their counts and whether they are laid in reverse, to the worst error of every row.
Measure = Callable[[Array, tuple[int, ...], bool], Array]


def laid(values: Array, counts: tuple[int, ...], reverse: bool) -> tuple[Array, Array]:
    """Give whole rows, and where in them the first of every value stands."""
    if reverse:
        x = np.repeat(values[:, ::-1], counts[::-1], axis=1)
        return x, sum(counts) - np.cumsum(counts)
    return np.repeat(values, counts, axis=1), np.cumsum(counts) - np.asarray(counts)


def _softmax(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    return oracle.ulps(sm.softmax(x)[:, first], oracle.Rows.of(values, counts).softmax()).max(axis=1)


def _log_softmax(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    return oracle.ulps(sm.log_softmax(x)[:, first], oracle.Rows.of(values, counts).log_softmax()).max(axis=1)


def _temperature(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    t = values.dtype.type(TEMPERATURES)[np.arange(len(values)) % len(TEMPERATURES)][:, np.newaxis]
    true = oracle.Rows.of(values, counts, t)
    worst = oracle.ulps(sm.softmax(x, temperature=t)[:, first], true.softmax())
    return np.maximum(worst, oracle.ulps(sm.log_softmax(x, temperature=t)[:, first], true.log_softmax())).max(axis=1)


def _logsumexp(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    return oracle.ulps(sm.logsumexp(laid(values, counts, reverse)[0]), *oracle.Rows.of(values, counts).logsumexp())


def _cross_entropy(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    true = -oracle.Rows.of(values, counts).log_softmax()
    got = [sm.cross_entropy(x, np.full(len(x), place), reduction="none") for place in first]
    return oracle.ulps(np.stack(got, axis=1), true).max(axis=1)


def _gradient(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, first = laid(values, counts, reverse)
    true = oracle.Rows.of(values, counts)
    worst = np.zeros(len(x))
    for j, place in enumerate(first):
        _, got = sm.cross_entropy_and_gradient(x, np.full(len(x), place), reduction="sum")
        at_truth = np.arange(len(counts)) == j
        expected = np.where(at_truth, -true.others(), true.softmax())
        # Of a value that occurs more than once, what was looked at first is the one that is true.
        worst = np.maximum(worst, oracle.ulps(got[:, first], expected).max(axis=1))
    return worst


def _entropy(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
    x, _ = laid(values, counts, reverse)
    return oracle.ulps(sm.entropy(logits=x), oracle.Rows.of(values, counts).entropy())


def _backward(forward: Any, ours: Any, true: Any) -> Measure:
    def measure(values: Array, counts: tuple[int, ...], reverse: bool) -> Array:
        x, first = laid(values, counts, reverse)
        # The gradient follows from the values' last bits: as good as random, and the same whenever a row is tried.
        few = ((values.view(f"u{values.itemsize}") % 1009).astype(values.dtype) - 504) / 64
        g, given = laid(few, counts, reverse)[0], forward(x)
        expected, scale = true(few, given[:, first], np.asarray(counts))
        # A probability below the normal numbers has too few digits for what follows from it to have more.
        p = given if forward is sm.softmax else np.exp(given)
        normal = np.finfo(values.dtype).smallest_normal
        whole = (p[:, first] > normal * 2**20) & (scale > normal * 2**20)
        return np.where(whole, oracle.ulps(ours(g, given)[:, first], expected, scale), 0.0).max(axis=1)

    return measure


FUNCTIONS: dict[str, Measure] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "cross_entropy": _cross_entropy,
    "its gradient": _gradient,
    "temperature": _temperature,
    "entropy": _entropy,
    "softmax_backward": _backward(sm.softmax, sm.softmax_backward, oracle.softmax_backward),
    "log_softmax_backward": _backward(sm.log_softmax, sm.log_softmax_backward, oracle.log_softmax_backward),
}


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
                found.append((f"{dtype} {function}, {name}: {cells[-1]} ulp ({worst.family.name})", worst))
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
