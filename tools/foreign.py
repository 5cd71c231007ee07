"""Questions about rows whose true values are stored, for a program that runs elsewhere; its answers, judged.

A question is a line "softmax float32 33 3" and 33 rows of 3 numbers, all of them the same row; the answer is a line of
results. Numbers are hexadecimal, so that every bit of them travels. tests/cross/rows.cpp answers.
"""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

STORED = Path(__file__).parents[1] / "tests" / "probabilities" / "reference_values.json"
FUNCTIONS = ("softmax", "log_softmax", "logsumexp")
COPIES = 33  # two tiles of the widest vectors and a row more


def _cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for case in json.loads(STORED.read_text()):
        for function in FUNCTIONS:
            yield function, case


def questions() -> str:
    """Give all of them."""
    asked = []
    for function, case in _cases():
        logits = case["logits"]
        asked += [f"{function} {case['dtype']} {COPIES} {len(logits)}", " ".join(logits * COPIES)]
    return "\n".join(asked) + "\n"


def worst_errors(answers: str) -> dict[str, float]:
    """Give the largest error in ulp of each function and dtype.

    Raises
    ------
    ValueError
        If an answer is missing, or if a row's bits depend on where it stands.
    """
    lines = answers.splitlines()
    cases = list(_cases())
    if len(lines) != len(cases):
        raise ValueError(f"expected {len(cases)} answers, got {len(lines)}")
    worst: dict[str, float] = {}
    for (function, case), line in zip(cases, lines, strict=True):
        true = case[function] if function != "logsumexp" else [case[function]]
        found = [float.fromhex(number) for number in line.split()]
        row = found[: len(true)]
        if found != row * COPIES:
            raise ValueError(f"expected {COPIES} times the same row, got others: {function} of {case['logits']}")
        errors = [_ulps(got, Fraction(value), case["dtype"]) for got, value in zip(row, true, strict=True)]
        key = f"{function} {case['dtype']}"
        worst[key] = max([worst.get(key, 0.0), *errors])
    return worst


def _ulps(got: float, true: Fraction, dtype: str) -> float:
    nearest = abs(np.array(float(true), dtype))
    return float(abs(Fraction(got) - true) / Fraction(float(np.spacing(nearest))))
