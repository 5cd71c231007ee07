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


def torchcp_score(name: str) -> Any:
    """Load a score's file alone: its packages import torchsort, which has to be compiled and which no score needs."""
    spec = importlib.util.find_spec("torchcp")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("torchcp")
    place, packages = Path(spec.submodule_search_locations[0]), {}
    for package in ("torchcp", "torchcp.classification", "torchcp.classification.score"):
        packages[package] = ModuleType(package)
        packages[package].__path__ = [str(place.joinpath(*package.split(".")[1:]))]
    with unittest.mock.patch.dict(sys.modules, packages):
        return importlib.import_module(f"torchcp.classification.score.{name}")


def torchcp_saps() -> str:
    """Give the score of the most probable class when calibrating, and when predicting."""
    torch: Any = importlib.import_module("torch")
    score = torchcp_score("saps").SAPS(randomized=False)
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


def suite_cases() -> list[Case]:
    return [
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
