"""How often intervals of two classes hold the true value: simulated rows, whose true values are integrals.

    python -m benchmarks.bench_two_classes --runs 1000

A row's log-odds x, by which the model tells its risk, are normal; it is of class 1 with probability sigmoid(a + b x).
So slope and intercept of the calibration are b and a, or nearly, and every other figure is an integral over x. A second
model sees x with noise. Printed are, for every figure, the share of runs whose interval held the true value, and in
parentheses its mean length; of the promised .95, three errors of 1000 runs are .021.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np

import softargmax as sm
from softargmax import metrics
from softargmax._arrays import Array
from softargmax.metrics import Estimate, Interval
from softargmax.metrics._areas import Area, area_difference
from softargmax.metrics._judged import Judged
from softargmax.metrics._ranked import RankedRows
from softargmax.metrics._risks import intercept_of, ratio_of, slope_of

# Name: mean and spread of the log-odds, then a, b.
SETTINGS = {
    "calibrated, half events": (0.0, 1.5, 0.0, 1.0),
    "calibrated, one in five": (-2.0, 1.5, 0.0, 1.0),
    "too sure, one in five": (-2.5, 2.0, 0.3, 0.6),
}
SIZES = (50, 200, 1000, 10_000, 100_000)
NOISE = 0.7
THRESHOLDS = (0.1, 0.2, 0.5)


def drawn(rng: np.random.Generator, n: int, setting: tuple[float, float, float, float]) -> tuple[Array, Array, Array]:
    """Draw classes, the log-odds that the model tells, and those of a second model."""
    mean, spread, a, b = setting
    x = mean + spread * rng.normal(size=n)
    return (rng.random(n) < sm.sigmoid(a + b * x)).astype(int), x, x + NOISE * rng.normal(size=n)


def figures(y: Array, x: Array, other: Array) -> Iterator[tuple[str, Estimate | None]]:
    """Measure what is measured of two classes."""
    yield "AUC", metrics.auc(y, logits=x)
    second, first = (Judged.of(y, logits=each) for each in (other, x))
    yield "difference of AUC", area_difference(second, first, Interval())
    yield "calibration slope", slope_of(events := RankedRows.of(first, "positive"), Interval())
    yield "calibration intercept", intercept_of(events, Interval())
    yield "observed / expected", ratio_of(events, Interval())
    curve = metrics.decision_curve(y, logits=x, thresholds=THRESHOLDS)
    for i, t in enumerate(THRESHOLDS):
        parts = (curve.net_benefit, curve.low, curve.high), (curve.gain_over_all, curve.gain_low, curve.gain_high)
        for name, part in zip((f"net benefit from {t}", f"gain over all from {t}"), parts, strict=True):
            value, low, high = (float(column[i]) for column in part)
            yield name, Estimate(value, low, high, 0.95, len(y))


def truths(setting: tuple[float, float, float, float]) -> dict[str, float]:
    """Integrate: 4001 places of x, each with 41 of the noise."""
    mean, spread, a, b = setting
    places = np.linspace(-8.0, 8.0, 4001)
    mass = np.exp(-0.5 * places**2)
    x, mass = mean + spread * places, mass / mass.sum()
    risk = sm.sigmoid(a + b * x)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    area = _area(x, mass, risk)
    other = (x[:, np.newaxis] + NOISE * nodes).ravel()
    noisy = _area(other, np.outer(mass, weights / weights.sum()).ravel(), np.repeat(risk, len(nodes)))
    said, rate = sm.sigmoid(x), float((mass * risk).sum())
    found = {"AUC": area, "difference of AUC": area - noisy, "calibration slope": b}
    found["calibration intercept"] = _root(lambda shift: float((mass * (risk - sm.sigmoid(x + shift))).sum()))
    found["observed / expected"] = rate / float((mass * said).sum())
    for t in THRESHOLDS:
        odds, told = t / (1.0 - t), mass * (said >= t)
        found[f"net benefit from {t}"] = gain = float((told * (risk - odds * (1.0 - risk))).sum())
        found[f"gain over all from {t}"] = gain - (rate - odds * (1.0 - rate))
    return found


def _root(falling: Callable[[float], float]) -> float:
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if falling(middle) > 0.0 else (low, middle)
    return low


def _area(x: Array, mass: Array, risk: Array) -> float:
    order = np.argsort(x, kind="stable")
    found = Area.of((mass * risk)[order], (mass * (1.0 - risk))[order])
    assert found is not None
    return found.value


def measure(setting: tuple[float, float, float, float], n: int, runs: int) -> dict[str, tuple[float, float]]:
    """Give, for every figure, how often the interval held the truth, and its mean length."""
    truth, found = truths(setting), defaultdict[str, list[tuple[bool, float]]](list)
    rng = np.random.default_rng(n)
    for _ in range(runs):
        y, x, other = drawn(rng, n, setting)
        if 1 < y.sum() < n - 1:
            for name, one in figures(y, x, other):
                if one is not None:
                    found[name].append((one.low <= truth[name] <= one.high, one.high - one.low))
    return {name: tuple(np.mean(values, axis=0)) for name, values in found.items()}


def main() -> None:
    """Print a table for every setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    asked = parser.parse_args()
    for name, setting in SETTINGS.items():
        columns = [measure(setting, n, asked.runs) for n in asked.sizes]
        print(f"\n| {name} | " + " | ".join(f"{n:,} rows" for n in asked.sizes) + " |")
        print("|---|" + "---|" * len(asked.sizes))
        for figure in columns[-1]:
            cells = [f"{one[figure][0]:.3f} ({one[figure][1]:.3g})" if figure in one else "" for one in columns]
            print(f"| {figure} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
