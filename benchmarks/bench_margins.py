"""Boosters calibrated on their margins beside the same ones calibrated on the logarithms of their probabilities.

Tables are those of `bench_tables`, text in codes. Of each split half of the rows train a booster with its defaults, a
quarter calibrates it, once on each of the two, and a quarter judges: the mean log loss, and by how much the margins are
worse at most.

    make bench-data
    python -m benchmarks.bench_margins build/bench-data [--splits 5] [--tables german,segment]

Exit status 1 if the margins are worse by more than a thousandth of a nat on any table.
"""

import argparse
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import softargmax as sm
from benchmarks.measure import machine
from benchmarks.table_sources import TARGET, make

TABLES = ("german", "spambase", "contraceptive", "segment", "page-blocks", "texture")
WORSE = 1e-3
TREES = 100


def boosters() -> dict[str, Callable[[int], Any]]:
    """Name those that are installed; one thread each."""
    found: dict[str, Callable[[int], Any]] = {}
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        found["LightGBM"] = lambda seed: LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1)
    if find_spec("xgboost"):
        from xgboost import XGBClassifier

        found["XGBoost"] = lambda seed: XGBClassifier(random_state=seed, n_jobs=1)
    if find_spec("catboost"):
        from catboost import CatBoostClassifier

        found["CatBoost"] = lambda seed: CatBoostClassifier(
            iterations=TREES, random_seed=seed, thread_count=1, verbose=False, allow_writing_files=False
        )
    return found


def numbers(frame: pd.DataFrame) -> tuple[Any, Any]:
    """Give features and codes of classes, text as codes."""
    X = frame.drop(columns=TARGET).apply(lambda x: x if pd.api.types.is_numeric_dtype(x) else pd.factorize(x)[0])
    return X.to_numpy(np.float64), pd.factorize(frame[TARGET], sort=True)[0]


def losses(booster: Callable[[int], Any], X: Any, y: Any, seed: int) -> tuple[float, float, float]:
    """Give the log loss of a booster as it is, calibrated on its margins, and on its log-probabilities."""
    known, rest, y_known, y_rest = train_test_split(X, y, train_size=0.5, stratify=y, random_state=seed)
    fit, new, y_fit, truth = train_test_split(rest, y_rest, train_size=0.5, stratify=y_rest, random_state=seed)
    model = booster(seed).fit(known, y_known)
    ways: tuple[Literal["decision_function"], Literal["predict_proba"]] = ("decision_function", "predict_proba")
    calibrated = [sm.CalibratedModel(model, cv="prefit", response_method=way).fit(fit, y_fit) for way in ways]
    raw = sm.cross_entropy(sm.logits_of(model, new), truth)
    margins, logarithms = (
        sm.cross_entropy(each.calibration_.transform(what_is_calibrated(each, new)), truth) for each in calibrated
    )
    return float(raw), float(margins), float(logarithms)


def what_is_calibrated(model: sm.CalibratedModel, X: Any) -> Any:
    """Give what a calibrated model's calibration takes: the booster's margins or its probabilities."""
    if model.response_method == "predict_proba":
        return model.estimator_.predict_proba(X)
    return sm.logits_of(model.estimator_, X)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Boosters calibrated on margins and on log-probabilities.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--tables", default=",".join(TABLES))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{machine()}; {given.splits} splits\n")
    print("| table | booster | as it is | on margins | on log-probabilities | margins worse by at most |")
    print("|---|---|---|---|---|---|")
    worst = -np.inf
    for table in given.tables.split(","):
        X, y = numbers(make(table, given.folder))
        for name, booster in boosters().items():
            found = np.array([losses(booster, X, y, seed) for seed in range(given.splits)])
            apart = found[:, 1] - found[:, 2]
            worst = max(worst, float(apart.mean()))
            cells = " | ".join(f"{x:.4f}" for x in found.mean(axis=0))
            print(f"| {table} | {name} | {cells} | {round(float(apart.max()), 5) + 0.0:.5f} |", flush=True)
    return int(worst > WORSE)


if __name__ == "__main__":
    sys.exit(main())
