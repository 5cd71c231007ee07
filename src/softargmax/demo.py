"""The main job on real data: scikit-learn's handwritten digits, written out as Parquet tables."""

from pathlib import Path

import numpy as np

TRAIN, TEST = "digits-train.parquet", "digits-test.parquet"

COMMANDS = (
    ("fit", TRAIN, "--target", "digit", "--output", "digits.softargmax"),
    ("evaluate", "digits.softargmax", TEST),
    ("predict", "digits.softargmax", TEST, "--output", "predictions.parquet"),
    ("inspect", "digits.softargmax"),
)


def write_tables(folder: Path) -> None:
    """Write a training and a test table: one row per image, one column per pixel, and the digit."""
    import pyarrow as pa
    import pyarrow.parquet
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ((TEST, order[: len(order) // 5]), (TRAIN, order[len(order) // 5 :])):
        columns = {column: digits.data[rows, j] for j, column in enumerate(digits.feature_names)}
        pa.parquet.write_table(pa.table({**columns, "digit": digits.target[rows]}), folder / name)
