"""How often sets, risk control, selective answers and thresholds keep their promise: simulated rows, known truth.

    python -m benchmarks.bench_decisions --runs 1000 --sizes 50 200 1000

Labels of three classes are drawn from the softmax of normal logits; the model says them 1.5 times too large. Every run
fits to rows of its own, and is judged by the same 200,000 others (risk control by 20,000 of them), whose own chance is
in the error. Of sets, risk control and sensitivity the mean over runs is what is promised, so both sides count; of
answers, of which at most a fifth may be wrong, it is the share of runs that keep that, promised to be .95 or more. The
last column is the mean size of sets, the share of rows that is answered, or that gets a yes.
"""

import argparse
import warnings
from collections.abc import Callable

import numpy as np

import softargmax as sm
from softargmax._arrays import Array
from softargmax._logits import logits_in
from softargmax.decisions import RiskControl, ThresholdClassifier

SIZES = (50, 200, 1000, 10_000, 100_000)
JUDGES, CLASSES, SCALE = 200_000, 3, 1.5
CONFIDENCE, RISK, WRONG = 0.9, 0.1, 0.2

# From calibration rows to what was kept, and how large or how much that is.
Run = Callable[[Array, Array], tuple[float, float]]


def drawn(rng: np.random.Generator, n: int, n_classes: int = CLASSES) -> tuple[Array, Array]:
    """Draw logits that are too large, and classes."""
    z = 1.5 * rng.normal(size=(n, n_classes))
    return SCALE * z, np.asarray(sm.argmax(z + rng.gumbel(size=z.shape)))


def of_sets(score: str, z: Array, y: Array, *, allow_empty: bool = False) -> Run:
    """Judge by a sorted list of scores: a set holds a class whose score is at most the threshold."""
    scorer = sm.ConformalClassifier(score, confidence=CONFIDENCE, allow_empty=allow_empty)
    scorer.fit(z[:1000], y[:1000])
    everything = np.concatenate([scores for _, _, scores in scorer._fitted.plan.scorer(logits_in(z))])
    true, every = np.sort(everything[np.arange(len(y)), y]), np.sort(everything.ravel())

    def run(calibration: Array, codes: Array) -> tuple[float, float]:
        sets = sm.ConformalClassifier(score, confidence=CONFIDENCE, allow_empty=allow_empty).fit(calibration, codes)
        threshold = sets._fitted.taxonomy.thresholds(sets._fitted.plan.alpha, np.ones(1))[0, 0]
        inside = (np.searchsorted(column, threshold, "right") / len(true) for column in (true, every))
        covered, size = inside
        return float(covered), float(size)

    return run


def of_answers(z: Array, y: Array) -> Run:
    """Judge by the errors of all rows that are at least so sure."""
    top = sm.softmax(z).max(axis=1)
    order = np.argsort(-top)
    sure, errors = -top[order], np.cumsum(z.argmax(axis=1)[order] != y[order])

    def run(calibration: Array, codes: Array) -> tuple[float, float]:
        threshold = sm.SelectiveClassifier(WRONG).fit(calibration, codes).threshold_
        n = 0 if np.isnan(threshold) else int(np.searchsorted(sure, -threshold, "right"))
        return float(n == 0 or errors[n - 1] <= WRONG * n), n / len(sure)

    return run


def of_risk(z: Array, y: Array) -> Run:
    """Judge sets whose mean loss is promised, by the first rows."""
    z, y = z[:20_000], y[:20_000]

    def run(calibration: Array, codes: Array) -> tuple[float, float]:
        sets = RiskControl(risk=RISK).fit(calibration, codes).predict_set(z)
        return float(1.0 - sets[np.arange(len(y)), y].mean()), float(sets.sum(axis=1).mean())

    return run


def of_sensitivity(z: Array, y: Array) -> Run:
    """Judge a threshold of two classes by how many of class 1 it finds."""
    found = np.sort((z[:, 1] - z[:, 0])[y == 1])

    def run(calibration: Array, codes: Array) -> tuple[float, float]:
        log_odds = calibration[:, 1] - calibration[:, 0]
        threshold = ThresholdClassifier(sensitivity=CONFIDENCE).fit(log_odds, codes).threshold_
        with np.errstate(divide="ignore"):
            at = np.log(threshold) - np.log1p(-threshold)
        share = 1.0 - np.searchsorted(found, at, "left") / len(found)
        return float(share), float((z[:, 1] - z[:, 0] >= at).mean())

    return run


def measure(names: list[str], n: int, runs: int) -> dict[str, tuple[float, float, float]]:
    """Give, for every promise, the mean of what was kept, its Monte Carlo error, and the mean size."""
    rng = np.random.default_rng(7)
    three, two = drawn(rng, JUDGES), drawn(rng, JUDGES, 2)
    every: dict[str, tuple[Run, int]] = {
        f"sets, {score}": (of_sets(score, *three), 3) for score in ("lac", "aps", "margin")
    }
    every["sets, lac, which may be empty"] = of_sets("lac", *three, allow_empty=True), 3
    every |= {"risk control": (of_risk(*three), 3), "answers": (of_answers(*three), 3)}
    every["sensitivity"] = of_sensitivity(*two), 2
    found = {}
    for name in names or list(every):
        run, n_classes = every[name]
        rng = np.random.default_rng(n)
        kept = np.array([run(*drawn(rng, n, n_classes)) for _ in range(runs)])
        mean, size = kept.mean(axis=0)
        judges = JUDGES // (10 if name == "risk control" else 2 if name == "sensitivity" else 1)
        of_judges = 0.0 if name == "answers" else mean * (1.0 - mean) / judges
        found[name] = float(mean), float((kept[:, 0].var() / runs + of_judges) ** 0.5), float(size)
    return found


def main() -> None:
    """Print a table."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--names", nargs="*", default=[])
    asked = parser.parse_args()
    for n in asked.sizes:
        for name, (kept, error, size) in measure(asked.names, n, asked.runs).items():
            print(f"| {name} | {n} | {asked.runs} | {kept:.4f} ± {error:.4f} | {size:.3f} |", flush=True)


if __name__ == "__main__":
    main()
