"""Calibration and prediction sets beside their peers: log loss, Brier score, calibration errors, coverage, size, time.

Every method is fitted to one half of a set and judged on the other; fits take turns. Seconds are those of the
processor, of all threads together, so that other work on the machine does not count: medians of three where one takes
less than five. Sets of other people are given by path, files or folders, .npz with `predictions` and
`ground_truth` or `logits` and `y`, or .csv with `obs` and a probability of each class; without any, a regression on
scikit-learn's digits stands in:

    python -m benchmarks.bench_trust [lenet-5-cifar-100.npz ...]
"""

import contextlib
import importlib.metadata
import io
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.measure import interleaved, machine
from benchmarks.trust_peers import FitSets, calibrations, installed, prediction_sets, probmetrics
from benchmarks.trust_sets import Set, sets
from softargmax import metrics

REPEATS, LONG = 3, 5.0
ALPHA = 0.1
HEAD = "| calibration | log loss | Brier | ECE, 15 bins | smooth ECE | fit, seconds |\n|---|---|---|---|---|---|"


def taking_turns(runs: dict[str, Callable[[], Any]]) -> tuple[dict[str, Any], dict[str, float]]:
    """Give every run's result, or what it raised, and the median of its processor's seconds."""
    results: dict[str, Any] = {}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, run in runs.items():
            if seconds[name] and (seconds[name][0] > LONG or isinstance(results[name], Exception)):
                continue
            begin = time.process_time()
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    results[name] = run()
            except Exception as error:  # a peer that fails is a result
                results[name] = error
            seconds[name].append(time.process_time() - begin)
    return results, {name: median(times) for name, times in seconds.items()}


def judged(p: Any, y: Any, n_classes: int) -> str:
    """Give log loss with probabilities of 1e-38 and more, Brier score and calibration errors, ready to print."""
    p = np.asarray(p, np.float64)
    if p.shape[1] != n_classes:
        return f"{p.shape[1]} columns | | | "
    with np.errstate(invalid="ignore"):
        p = p / p.sum(axis=1, keepdims=True)
    if not np.isfinite(p).all():
        return "NaN | | | "
    loss = -np.log(np.maximum(p[np.arange(len(p)), y], 1e-38)).mean()
    brier = np.square(p - np.eye(n_classes)[y]).sum(axis=1).mean()
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    cell = np.clip(np.ceil(confidence * 15).astype(int) - 1, 0, 14)
    error = np.abs(np.bincount(cell, confidence - right, minlength=15)).sum() / len(y)
    smooth = metrics.smooth_calibration_error(y, probabilities=p, of="label")
    return f"{loss:.5f} | {brier:.5f} | {error:.4f} | {smooth.value:.4f} [{smooth.low:.4f}, {smooth.high:.4f}]"


def calibration(each: Set) -> None:
    print(f"\n{HEAD}", flush=True)
    print(f"| none | {judged(sm.softmax(each.zt), each.yt, each.n_classes)} | |")
    fits = calibrations(each.n_classes)
    fitted, seconds = taking_turns({name: partial(fit, each.z, each.y) for name, fit in fits.items()})
    for name, predict in fitted.items():
        try:
            if isinstance(predict, Exception):
                raise predict
            cells = judged(predict(each.zt), each.yt, each.n_classes)
        except Exception as error:  # a peer that fails is a result
            cells = f"{type(error).__name__} | | | "
        print(f"| {name} | {cells} | {seconds[name]:.3f} |", flush=True)


def conformal(each: Set) -> None:
    print("\n| sets | coverage | mean size | fit and predict, seconds |\n|---|---|---|---|", flush=True)

    def sets_of(fit: FitSets) -> Any:
        return np.asarray(fit(each.z, each.y, ALPHA)(each.zt))

    made, seconds = taking_turns({name: partial(sets_of, fit) for name, fit in prediction_sets().items()})
    for name, inside in made.items():
        if isinstance(inside, Exception):
            cells = f"{type(inside).__name__} | "
        elif inside.shape != each.zt.shape:
            cells = f"{inside.shape[1]} columns | "
        else:
            cells = f"{inside[np.arange(len(inside)), each.yt].mean():.4f} | {inside.sum(axis=1).mean():.3f}"
        print(f"| {name} | {cells} | {seconds[name]:.3f} |", flush=True)


def temperature_before_sets(each: Set, n_splits: int = 20) -> None:
    """Show what a temperature does to sets: fitted to a third of the rows, sets to a second, judged on the last."""
    z, y = np.vstack([each.z, each.zt]), np.concatenate([each.y, each.yt])
    temperatures, found = [], {score: np.empty((n_splits, 2, 2)) for score in ("lac", "aps", "raps")}
    for seed in range(n_splits):
        first, second, last = np.array_split(np.random.default_rng(seed).permutation(len(z)), 3)
        temperatures.append(sm.TemperatureScaling().fit(z[first], y[first]).temperature_)
        for score, values in found.items():
            for k, T in enumerate((1.0, temperatures[-1])):
                made = sm.ConformalClassifier(score, confidence=1 - ALPHA).fit(z[second] / T, y[second])
                quality = made.evaluate(z[last] / T, y[last])
                classes = np.sort(quality.class_coverage[quality.class_counts >= 5])
                values[seed, k] = quality.mean_size, classes[: max(1, len(classes) // 10)].mean()
    heads = f"T = {np.mean(temperatures):.2f} first | mean size | after T | larger in, of {n_splits} splits"
    print(f"\n| {heads} | least covered tenth of the classes | after T |\n|---|---|---|---|---|---|")
    for score, values in found.items():
        (size, least), (after, least_after) = values.mean(axis=0)
        larger = int((values[:, 1, 0] > values[:, 0, 0]).sum())
        print(f"| {score} | {size:.3f} | {after:.3f} | {larger} | {least:.3f} | {least_after:.3f} |", flush=True)


def which_score(each: Set, n_rows: int = 1000, confidence: float = 0.95, n_splits: int = 12) -> None:
    """Show what every score makes of so many calibration rows, judged by other rows; means over random splits."""
    z, y = np.vstack([each.z, each.zt]), np.concatenate([each.y, each.yt])
    print("\n| score | coverage | mean size | one class | least covered tenth of the classes |\n|---|---|---|---|---|")
    for score in ("lac", "aps", "raps", "saps", "margin"):
        found = []
        for seed in range(n_splits):
            first, second = np.split(np.random.default_rng(seed).permutation(len(z))[: n_rows + 2500], [n_rows])
            sets = sm.ConformalClassifier(score, confidence=confidence).fit(z[first], y[first])
            quality = sets.evaluate(z[second], y[second])
            classes = np.sort(quality.class_coverage[quality.class_counts >= 5])
            least = classes[: max(1, len(classes) // 10)].mean()
            found.append((quality.coverage.value, quality.mean_size, quality.singletons, least))
        coverage, size, single, least = np.mean(found, axis=0)
        print(f"| {score} | {coverage:.4f} | {size:.3f} | {single:.3f} | {least:.3f} |", flush=True)


def many_classes(n: int = 50000, n_classes: int = 1000) -> tuple[Any, Any]:
    """Make float32 logits that are 1.7 times too large."""
    rng = np.random.default_rng(0)
    h = rng.normal(size=(n, n_classes)).astype(np.float32) * 2
    h[np.arange(n), rng.integers(0, n_classes, n)] += 8
    y = sm.argmax(h + rng.gumbel(size=h.shape).astype(np.float32))
    return (1.7 * h).astype(np.float32), np.asarray(y)


def temperature_speed(n: int) -> None:
    z, y = many_classes(n)
    runs: dict[str, Callable[[], Any]] = {"ours": lambda: sm.TemperatureScaling().fit(z, y).temperature_}
    if installed("probmetrics"):
        fit = probmetrics("temp-scaling")
        runs["probmetrics"] = lambda: fit(z, y)
    with contextlib.suppress(ImportError):
        from sklearn.calibration import _TemperatureScaling

        runs["scikit-learn"] = lambda: _TemperatureScaling().fit(z, y)
    seconds = interleaved(runs, repeats=REPEATS, least_seconds=0.0)
    print(f"\n### One temperature for {n} x 1000, float32\n\n| | seconds | / ours |\n|---|---|---|")
    for name, median_seconds in seconds.items():
        print(f"| {name} | {median_seconds:.3f} | {median_seconds / seconds['ours']:.1f} |", flush=True)


def assessment_speed() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(10**6, 10)) * 2
    y = sm.argmax(z / 1.5 + rng.gumbel(size=z.shape))
    begin = time.perf_counter()
    metrics.assess(y, logits=z)
    print(f"\nassess of 1000000 x 10 with intervals: {time.perf_counter() - begin:.2f} s")


def versions() -> str:
    names = ("scikit-learn", "probmetrics", "torch", "netcal", "splinecalib", "betacal", "MAPIE", "crepes", "torchcp")
    found = []
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    return ", ".join(found)


def main(arguments: list[str]) -> None:
    warnings.simplefilter("ignore")
    print(f"{machine()}\n{versions()}")
    for each in sets([Path(a) for a in arguments]):
        print(f"\n### {each.name}: {len(each.z)} rows to fit, {len(each.zt)} to judge, {each.n_classes} classes")
        calibration(each)
        conformal(each)
        which_score(each)
        temperature_before_sets(each)
    temperature_speed(50000 if arguments else 5000)
    assessment_speed()


if __name__ == "__main__":
    main(sys.argv[1:])
