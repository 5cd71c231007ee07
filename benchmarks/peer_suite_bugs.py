"""Bugs of packages beside ours that came to light when their own tests were run against ours; `peer_bugs` runs them."""

import importlib
import importlib.util
import math
import sys
import unittest.mock
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.bug_case import Case, about
from softargmax import metrics

# A row whose most probable class has .6: without a random share its SAPS score is .6, whoever asks (Huang et al.,
# 2024).
SURE = np.array([[0.6, 0.3, 0.1]])


def alone(module: str) -> Any:
    """Load a module without what its packages import beside it, which is large, or has to be compiled."""
    root, *inner, _ = module.split(".")
    spec = importlib.util.find_spec(root)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(root)
    place, packages = Path(spec.submodule_search_locations[0]), {}
    for depth in range(len(inner) + 1):
        package = ".".join([root, *inner[:depth]])
        packages[package] = ModuleType(package)
        packages[package].__path__ = [str(place.joinpath(*inner[:depth]))]
    with unittest.mock.patch.dict(sys.modules, packages):
        return importlib.import_module(module)


def torchcp_saps() -> str:
    """Give the score of the most probable class when calibrating, and when predicting."""
    torch: Any = importlib.import_module("torch")
    score = alone("torchcp.classification.score.saps").SAPS(randomized=False)
    p = torch.from_numpy(SURE)
    at_fit = score._calculate_single_label(p.clone(), torch.tensor([0]))
    at_predict = score._calculate_all_label(p.clone())[0, 0]
    return f"{float(at_fit[0]):g} and {float(at_predict):g}"


def our_saps() -> str:
    """Give the threshold of rows that all have that score, and whether the class is in the set."""
    rows = np.log(np.repeat(SURE, 9, axis=0))
    sets = sm.ConformalClassifier("saps", randomized=False, confidence=0.5).fit(rows, [0] * 9)
    alike = sets.p_values(np.log(SURE))[0, 0] == 1.0  # no row of the fit has a larger score, and none a smaller one
    return ".6 and .6" if alike else "two scores"


# Four risks are too low, and the last is too high: the sums of what came beyond the risks rise, then fall a little.
# Their range is from the 0 they begin with to the highest.
RISKS = np.array([0.3, 0.31, 0.32, 0.33, 0.7])
CAME = np.array([1, 1, 1, 1, 0])


def right_range() -> float:
    """Give the definition, over 0 <= j <= k <= n: the first sum is 0."""
    sums = np.concatenate([[0.0], np.cumsum(CAME - RISKS)])
    return float(np.ptp(sums) / math.sqrt(np.sum(RISKS * (1 - RISKS))))


def mapie_kuiper() -> float:
    return float(importlib.import_module("mapie.metrics.calibration").kuiper_statistic(CAME, RISKS))


def our_kuiper() -> float:
    return float(metrics.kuiper(CAME, probabilities=np.column_stack([1 - RISKS, RISKS])).statistic)


def signed_logsumexp_error(package: str) -> float:
    """Give the largest error of logsumexp with weights of either sign, of 2000 float32 rows, beside float64's."""
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(2, 2000, 3)).astype(np.float32)
    total = (b.astype(np.float64) * np.exp(x.astype(np.float64))).sum(axis=1)
    if package == "softargmax":
        size, _ = sm.logsumexp(x, weights=b, return_sign=True)
    else:
        module: Any = importlib.import_module({"scipy": "scipy.special", "jax": "jax.scipy.special"}[package])
        size = np.asarray(module.logsumexp(x, b=b, axis=1, return_sign=True)[0])
    return float(np.max(np.abs(size - np.log(np.abs(total)))))


def drawn_probabilities() -> tuple[Any, Any]:
    """Draw probabilities of three classes, and classes that have nothing to do with them."""
    rng = np.random.default_rng(0)
    return rng.dirichlet(np.ones(3), size=200), rng.integers(3, size=200)


def torchmetrics_ece() -> float:
    torch: Any = importlib.import_module("torch")
    classification: Any = importlib.import_module("torchmetrics.functional.classification")
    p, y = map(torch.from_numpy, drawn_probabilities())
    given = classification.multiclass_calibration_error(p, y, num_classes=3, n_bins=15, norm="l1")
    return abs(float(given) - right_ece())


def our_ece() -> float:
    p, y = drawn_probabilities()
    return abs(metrics.expected_calibration_error(y, probabilities=p, n_bins=15).value - right_ece())


def right_ece() -> float:
    """Give the mean distance of frequency from mean probability in 15 bins of equal width, one row after the other."""
    sums = [[0.0, 0.0] for _ in range(15)]
    p, y = drawn_probabilities()
    for row, label in zip(p.tolist(), y.tolist(), strict=True):
        of_bin = sums[math.ceil(max(row) * 15) - 1]
        of_bin[0] += max(row)
        of_bin[1] += row.index(max(row)) == label
    return math.fsum(abs(promised - came) for promised, came in sums) / len(p)


# The example of torch-uncertainty's docstring: the two surest rows are right and the third is wrong, so that the share
# of errors is 0, 0 and 1/3, whose mean, its docstring says, is the area.
ANSWERED = np.array([[0.7, 0.3], [0.6, 0.4], [0.8, 0.2]])
ANSWERS = np.array([0, 1, 0])


def torch_uncertainty_area() -> float:
    torch: Any = importlib.import_module("torch")
    area = alone("torch_uncertainty.metrics.classification.risk_coverage").AURC()
    area.update(torch.from_numpy(ANSWERED), torch.from_numpy(ANSWERS))
    return float(area.compute())


def our_area() -> float:
    return float(metrics.aurc(ANSWERS, probabilities=ANSWERED).value)


def suite_cases() -> list[Case]:
    return [
        Case(
            "calibration error of float64 probabilities in 15 bins: its error",
            "torchmetrics",
            "torchmetrics",
            torchmetrics_ece,
            "below 1e-12",
            our_ece,
            lambda error: error < 1e-12,
        ),
        Case(
            "area under the risk-coverage curve, errors 0, 0 and 1/3: their mean",
            "torch-uncertainty",
            "torch_uncertainty",
            torch_uncertainty_area,
            f"{1 / 9:.4g}",
            our_area,
            about(1 / 9),
        ),
        Case(
            "SAPS without randomness: score of the likeliest class, p = .6, at fit and at predict",
            "torchcp",
            "torchcp",
            torchcp_saps,
            ".6 and .6",
            our_saps,
            lambda given: given == ".6 and .6",
        ),
        Case(
            "Kuiper's statistic where the sums never fall below the 0 they begin with",
            "MAPIE",
            "mapie",
            mapie_kuiper,
            f"{right_range():.4g}",
            our_kuiper,
            about(right_range()),
        ),
        *(
            Case(
                "float32 logsumexp with weights of either sign: largest error of 2000 rows",
                package,
                module,
                lambda module=module: signed_logsumexp_error(module),  # type: ignore[misc]
                "below 1e-6",
                lambda: signed_logsumexp_error("softargmax"),
                lambda error: error < 1e-6,
            )
            for package, module in (("scipy", "scipy"), ("jax", "jax"))
        ),
    ]
