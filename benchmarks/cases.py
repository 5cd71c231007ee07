"""What is measured of softmax and its family: functions, dtypes, shapes and kinds of rows, in groups."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Array = Any
FUNCTIONS = ("softmax", "log_softmax", "logsumexp")
# Where something changes, or might: few classes, the last tile and the first row along a vector, one number more
# than whole vectors, and vocabularies.
CLASSES = (2, 3, 10, 32, 48, 64, 100, 128, 129, 200, 256, 257, 300, 1_000, 4_096, 32_000, 128_256)
CLASSES_IN_DOUBLE = (2, 3, 10, 64, 100, 128, 129, 256, 1_000, 4_096, 32_000)
IN_CACHE = 2**18  # bytes of logits: with as many of results, half of a cache of 1 MB
COLD = 96 * 2**20  # bytes: three times a last cache of 32 MB
KINDS = ("confident", "half -inf", "far below", "subnormal")


@dataclass(frozen=True)
class Case:
    """One cell of a table."""

    group: str
    function: str
    dtype: str
    shape: tuple[int, int]
    kind: str = "random"
    into: bool = True  # the result goes into an array that exists

    @property
    def key(self) -> str:
        """Name it."""
        function = f"{self.function}(out=)" if self.group == "one call" and self.into else self.function
        return f"{self.group}: {function} {self.dtype} {self.shape[0]} x {self.shape[1]}, {self.kind}"

    @property
    def numbers(self) -> int:
        """How many logits a call is given."""
        return self.shape[0] * self.shape[1]

    def plain(self) -> dict[str, Any]:
        """Give it as what JSON holds."""
        return asdict(self)

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Case":
        """Take it from JSON."""
        return cls(**{**fields, "shape": tuple(fields["shape"])})


def cases(groups: Sequence[str]) -> list[Case]:
    """List the cases of some groups."""
    return [case for group in groups for case in GROUPS[group]]


def logits(case: Case) -> Array:
    """Make the rows of a case, the same every time."""
    rng = np.random.default_rng(0)
    rows, n = case.shape
    made = min(rows, max(1, 2**20 // n))  # what fits into no cache is the same rows again and again
    x = rng.normal(size=(made, n)) * 5
    if case.kind != "random":
        x = _special(case.kind, x, rng)
    x = np.tile(x.astype(np.float32 if case.dtype == "bfloat16" else case.dtype), (-(-rows // made), 1))[:rows]
    if case.dtype != "bfloat16":
        return x
    import ml_dtypes

    return x.astype(ml_dtypes.bfloat16)


def _special(kind: str, x: Array, rng: Any) -> Array:
    top = np.zeros(x.shape, bool)
    top[np.arange(len(x)), rng.integers(x.shape[1], size=len(x))] = True
    if kind == "confident":
        return np.where(top, x.max(axis=1, keepdims=True) + 25, x)
    below = {"half -inf": (np.inf, 1), "far below": (70, 130), "subnormal": (88, 103)}[kind]
    chosen = (rng.random(x.shape) < 0.5) & ~top
    depth = np.full(x.shape, np.inf) if kind == "half -inf" else rng.uniform(*below, size=x.shape)
    largest = np.where(chosen, -np.inf, x).max(axis=1, keepdims=True)
    return np.where(chosen, largest - depth, x)


def _in_cache(function: str, dtype: str, n: int, **other: Any) -> Case:
    width = {"float32": 4, "float64": 8, "bfloat16": 2}[dtype]
    return Case(other.pop("group", "in cache"), function, dtype, (max(1, IN_CACHE // width // n), n), **other)


GROUPS = {
    "in cache": [
        *(_in_cache(function, "float32", n) for function in FUNCTIONS for n in CLASSES),
        *(_in_cache(function, "float64", n) for function in FUNCTIONS for n in CLASSES_IN_DOUBLE),
        *(_in_cache(function, "bfloat16", n) for function in FUNCTIONS for n in (10, 100, 1_000)),
    ],
    "special rows": [
        _in_cache(function, "float32", n, group="special rows", kind=kind)
        for function in FUNCTIONS
        for kind in KINDS
        for n in (10, 100, 1_000)
    ],
    "loss": [_in_cache("cross_entropy_and_gradient", "float32", n, group="loss") for n in (10, 100, 1_000)],
    "cold": [Case("cold", "softmax", "float32", (COLD // 4 // n, n)) for n in (32, 64, 128, 256, 1_000)],
    "one call": [
        Case("one call", "softmax", "float64", (1, 3), into=False),
        Case("one call", "softmax", "float32", (1, 10), into=False),
        Case("one call", "softmax", "float32", (1, 10)),
        Case("one call", "log_softmax", "float32", (1, 10)),
        Case("one call", "softmax", "float32", (1, 1_000)),
    ],
    "curve": [
        _in_cache(function, "float32", n, group="curve")
        for n in range(2, 301)
        for function in ("softmax", "log_softmax")
    ],
}
