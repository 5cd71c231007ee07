"""Logits and true classes that a model was not trained on: from files given by path, or scikit-learn's digits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import softargmax as sm


@dataclass(frozen=True)
class Set:
    """Rows to calibrate by, and rows to judge by."""

    name: str
    z: Any
    y: Any
    zt: Any
    yt: Any

    @property
    def n_classes(self) -> int:
        """How many logits a row has."""
        return int(self.z.shape[1])


def split(name: str, z: Any, y: Any, part: Any = None) -> Set:
    """Deal rows to halves: by parity of what they were taken from where that is known, else at random."""
    if part is None:
        order = np.random.default_rng(0).permutation(len(z))
        first, second = order[: len(z) // 2], order[len(z) // 2 :]
    else:
        first, second = np.flatnonzero(part % 2 == 0), np.flatnonzero(part % 2 == 1)
    return Set(name, z[first], y[first], z[second], y[second])


def read(path: Path) -> Set:
    """Read `predictions` and `ground_truth`, or `logits`, `y` and perhaps `article`, or a table with `obs`."""
    if path.suffix == ".csv":
        table = pd.read_csv(path)
        classes = [name for name in table.columns if name in set(table["obs"])]
        y = np.array([classes.index(name) for name in table["obs"]])
        return split(path.stem, np.log(np.maximum(table[classes].to_numpy(float), 1e-38)), y)
    data = np.load(path)
    if "predictions" in data:
        p = np.asarray(data["predictions"], np.float64)
        return split(path.stem, np.log(np.maximum(p, 1e-38)), data["ground_truth"].astype(int).ravel())
    z, y = np.asarray(data["logits"], np.float64), data["y"].astype(int)
    return split(path.stem.removesuffix("_logits"), z, y, data.get("article"))


def digits() -> Set:
    """Stand in for a set of one's own: a regression with next to no penalty, fitted to 300 digits."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(X))
    model = sm.SoftmaxRegression(C=1e3).fit(X[order[:300]], y[order[:300]])
    return split("digits", model.decision_function(X[order[300:]]), y[order[300:]])


def sets(paths: list[Path]) -> Iterator[Set]:
    """Read every file; a folder stands for all .npz and .csv files in it."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    files = [file for file in files if file.suffix in (".npz", ".csv")]
    yield from map(read, files) if files else [digits()]
