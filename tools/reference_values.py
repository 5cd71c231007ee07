"""Make tests/probabilities/reference_values.json: rows of logits and what is true of them, to 200 bits.

Logits are stored as hexadecimal floating-point numbers, results as decimals of 30 digits.
Run: python tools/reference_values.py
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.prec = 200
TARGET = Path(__file__).parents[1] / "tests" / "probabilities" / "reference_values.json"


def rows() -> list[tuple[str, np.ndarray]]:
    """Random rows of every spread, and the rows that are hard."""
    rng = np.random.default_rng(2026)
    made = []
    for dtype in ("float32", "float64"):
        for spread in (1, 5, 20, 90):
            made += [(dtype, (rng.normal(size=k) * spread).astype(dtype)) for k in (2, 3, 10, 33, 130)]
        eps, tiny = float(np.finfo(dtype).eps), float(np.finfo(dtype).tiny)
        hard = [
            [1 - np.log(eps), 0.0],  # scipy#19521: log_softmax is 0 in SciPy, PyTorch and JAX
            [1 - np.log(tiny), 0.0],
            [37.42994775023705, 0.0],  # pytorch#195680
            [0.0, -40.0],
            [1e8 + 8, 1e8, 1e8 - 16],
            [-1e30, -1e30, -1e30],
            [0.0, -80.0, -88.0, -95.0, -103.0],  # subnormal probabilities of float32
            [0.0, -700.0, -740.0, -745.0],  # and of float64
            [-0.19820909, -1.0289886],  # m and log(1 + tail) cancel
            [3.0] * 17,
        ]
        made += [(dtype, np.array(row, dtype)) for row in hard]
    return made


def exact(row: np.ndarray) -> dict[str, list[str] | str]:
    """softmax, log_softmax and logsumexp of a row."""
    x = [mp.mpf(float(value)) for value in row]
    terms = [mp.exp(value - max(x)) for value in x]
    others = mp.fsum(sorted(terms)[:-1])
    log_sum = mp.log1p(others)
    return {
        "softmax": [mp.nstr(term / (1 + others), 30) for term in terms],
        "log_softmax": [mp.nstr((value - max(x)) - log_sum, 30) for value in x],
        "logsumexp": mp.nstr(max(x) + log_sum, 30),
    }


def main() -> None:
    """Write the file."""
    cases = [{"dtype": dtype, "logits": [float(v).hex() for v in row], **exact(row)} for dtype, row in rows()]
    TARGET.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
