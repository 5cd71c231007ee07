"""``softargmax demo``: the main job on real data, scikit-learn's handwritten digits."""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from softargmax._words import printable
from softargmax.cli.app import call
from softargmax.cli.output import say

TRAIN, TEST = "digits-train.parquet", "digits-test.parquet"

STEPS = (
    ("fit", TRAIN, "--target", "digit", "--output", "digits.softargmax"),
    ("evaluate", "digits.softargmax", TEST),
    ("report", "digits.softargmax", TEST, "--output", "report.html"),
    ("predict", "digits.softargmax", TEST, "--output", "predictions.parquet"),
    ("inspect", "digits.softargmax"),
)


def demo(
    *,
    folder: Annotated[str, Parameter(help="Where to put the tables and what is made of them.")] = "softargmax-demo",
) -> None:
    """Do the main job on real data: learn to read handwritten digits, and show the commands.

    Examples
    --------
    softargmax demo --folder digits
    """
    write_tables(Path(folder))
    shown = printable(folder)
    say(f"scikit-learn's handwritten digits, written to {shown}/\n")
    with contextlib.chdir(folder):
        for step in STEPS:
            say(f"$ softargmax {' '.join(step)}")
            call(step)
            sys.stdout.flush()
            say("")
    page, predictions = Path(shown) / "report.html", Path(shown) / "predictions.parquet"
    say(f"The page to look at is {page}, and the predictions are in {predictions}.")


def write_tables(folder: Path) -> None:
    """Write a training and a test table: one row per image, one column per pixel, and the digit."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in ((TEST, order[: len(order) // 5]), (TRAIN, order[len(order) // 5 :])):
        columns = {column: digits.data[rows, j] for j, column in enumerate(digits.feature_names)}
        pa.parquet.write_table(pa.table({**columns, "digit": digits.target[rows]}), folder / name)
