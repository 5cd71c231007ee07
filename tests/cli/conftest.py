"""Tables and a model in the current folder, and the command line run as users run it.

`cli.run` runs a command in this process; `process` in one of its own, where that makes a difference.
"""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli


def _rows(n, seed=0):
    rng = np.random.default_rng(seed)
    size, weight = rng.normal(size=n), rng.normal(size=n)
    kinds = np.array(["cat", "dog", "owl"])[np.clip(np.round(size + weight + 1), 0, 2).astype(int)]
    colors = rng.choice(["red", "green", ""], size=n)
    return pa.table({"id": [f"r{i}" for i in range(n)], "size": size, "weight": weight, "color": colors, "kind": kinds})


@pytest.fixture
def make_rows():
    """Make a table of animals: `make_rows(n, seed=0)`."""
    return _rows


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a table, as the current one."""
    monkeypatch.chdir(tmp_path)
    pa.csv.write_csv(_rows(300), "train.csv")
    pa.csv.write_csv(_rows(60, 1), "test.csv")
    pa.parquet.write_table(_rows(60, 1), "test.parquet")
    return tmp_path


@pytest.fixture
def model(folder):
    """A model file in that folder."""
    few = ["--target", "kind", "--model", "mlp", "--max-epochs", "3", "--hidden", "8"]
    assert cli.run(["fit", "train.csv", *few, "-o", "m.softargmax"]) == 0
    return folder / "m.softargmax"


@pytest.fixture
def process():
    """Run a command in a process of its own: `process(*arguments, **options)`."""

    def process(*arguments, **options):
        return subprocess.run(
            [sys.executable, "-m", "softargmax", *arguments], capture_output=True, text=True, timeout=120, **options
        )

    return process


@pytest.fixture
def leftovers():
    """Name what was begun in a folder and is still there: `leftovers(folder)`."""
    return lambda folder: [name for name in os.listdir(folder) if name.endswith(".partial")]


@pytest.fixture
def predictions_of(model):
    """Predict and read what was written: `predictions_of(*tables)`."""

    def predictions_of(*tables):
        assert cli.run(["predict", "m.softargmax", *tables, "-o", "p.parquet"]) == 0
        return pa.parquet.read_table("p.parquet")

    return predictions_of


@pytest.fixture
def logit_files(tmp_path, monkeypatch, rng):
    """Logits of animals and their labels in all kinds of files, in the current folder; gives both."""
    monkeypatch.chdir(tmp_path)
    names = ["cat", "dog", "owl"]
    honest = rng.normal(size=(600, 3)) * 2
    y = sm.argmax(honest + rng.gumbel(size=honest.shape))
    z = 2.5 * honest
    np.save("z.npy", z)
    np.save("y.npy", y)
    np.savez("both.npz", logits=z, labels=y)
    table = pa.table({name: z[:, j] for j, name in enumerate(names)})
    pa.csv.write_csv(table, "z.csv")
    pa.parquet.write_table(table, "z.parquet")
    pa.csv.write_csv(pa.table({"row": np.arange(600), "animal": [names[code] for code in y]}), "y.csv")
    return z, y
