"""Known bugs of the packages beside ours, run: what each gives, what is right, what ours gives.

A package that is not installed gets a row that says so. Exits with 1 if ours is wrong anywhere:

    python -m benchmarks.peer_bugs
"""

import contextlib
import importlib
import importlib.metadata
import io
import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.bug_case import Case, about
from benchmarks.peer_suite_bugs import suite_cases
from benchmarks.trust_peers import Given, installed, scikit_learn
from softargmax import metrics


def rows(n: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Draw calibrated logits of three classes."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3))
    return z, np.asarray(sm.argmax(z + rng.gumbel(size=z.shape)))


def torch_logits(z: Any) -> Any:
    torch: Any = importlib.import_module("torch")
    distributions: Any = importlib.import_module("probmetrics.distributions")
    return distributions.CategoricalLogits(torch.from_numpy(np.ascontiguousarray(z)))


def probmetrics_fit(method: str, z: Any, y: Any) -> Any:
    torch: Any = importlib.import_module("torch")
    calibrators: Any = importlib.import_module("probmetrics.calibrators")
    calibrator = calibrators.get_calibrator(method)
    calibrator.fit_torch(torch_logits(z), torch.from_numpy(y))
    return calibrator


def probmetrics_logistic(z: Any, y: Any) -> Callable[[Any], Any]:
    calibrator = probmetrics_fit("logistic", z, y)
    return lambda zt: calibrator.predict_proba_torch(torch_logits(zt)).get_probs()


def their_temperature(z: Any, y: Any) -> float:
    return 1.0 / float(probmetrics_fit("temp-scaling", z, y).invtemp_)


def sklearn_temperature(z: Any, y: Any) -> float:
    calibration: Any = importlib.import_module("sklearn.calibration")
    return 1.0 / float(calibration._TemperatureScaling().fit(z, y).beta_)


def our_temperature(z: Any, y: Any) -> float:
    return float(sm.TemperatureScaling().fit(z, y).temperature_)


def said(run: Callable[[], float]) -> str:
    """Give a temperature, and whether it came with a warning."""
    run()  # what a first import warns of does not count
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        T = run()
    return f"{T:.3g}, {'warned' if caught else 'no warning'}"


# Every row right by a margin of 1: the likelihood grows for ever as T falls.
SEPARABLE = np.eye(3)[np.arange(60) % 3], np.arange(60) % 3
# The largest logit is always wrong: the likelihood prefers a negative T.
REVERSED = -np.eye(3)[np.arange(60) % 3], np.arange(60) % 3
Z, Y = rows()
SCALED = Z * 1e8, Y


def guessing(fit: Callable[[Any, Any], Callable[[Any], Any]]) -> float:
    """Give how far a row alone is from the same row in a batch."""
    row = np.array([[0.2, 0.3, 0.5]])
    predict = fit(Z, Y)
    return float(np.abs(predict(row)[0] - predict(np.vstack([row, Z]))[0]).max())


def sklearn_on_logits(z: Any, y: Any) -> Callable[[Any], Any]:
    calibration: Any = importlib.import_module("sklearn.calibration")
    return calibration._TemperatureScaling().fit(z, y).predict  # type: ignore[no-any-return]


def netcal_change(dtype: str) -> float:
    """Give by how much netcal's temperature changes probabilities that are too sure."""
    scaling: Any = importlib.import_module("netcal.scaling")
    p = sm.softmax(3 * Z).astype(dtype)
    calibrator = scaling.TemperatureScaling()
    calibrator.fit(p, Y)
    return float(np.abs(calibrator.transform(p) - p).max())


def our_change() -> float:
    p = sm.softmax(3 * Z).astype(np.float32)
    calibration = sm.ProbabilityCalibration(sm.TemperatureScaling()).fit(p, Y)
    return float(np.abs(calibration.predict_proba(p) - p).max())


SEEN = Y < 2


def columns(fit: Callable[[Any, Any], Callable[[Any], Any]]) -> int:
    """Give how many columns come out where calibration rows hold two of three classes."""
    return int(np.asarray(fit(Z[SEEN], Y[SEEN])(Z)).shape[1])


def venn_abers(z: Any, y: Any) -> Callable[[Any], Any]:
    package: Any = importlib.import_module("venn_abers")

    def predict(zt: Any) -> Any:
        return package.VennAbersCalibrator().predict_proba(p_cal=sm.softmax(z), y_cal=y, p_test=sm.softmax(zt))

    return predict


def full_confidence() -> float:
    torch: Any = importlib.import_module("torch")
    functional: Any = importlib.import_module("torchmetrics.functional.classification")
    return float(functional.binary_calibration_error(torch.tensor([0.95, 1.0]), torch.tensor([1, 0]), n_bins=10))


HALF = np.array([1.0] * 5000 + [0.5] * 5000)
CAME = np.array([1] * 8500 + [0] * 1500)


def relplot() -> float:
    return float(importlib.import_module("relplot").smECE(HALF, CAME))


def smooth() -> float:
    return metrics.smooth_calibration_error(CAME, probabilities=np.column_stack([1 - HALF, HALF])).value


# Logits (-s, 0), whose first class, the true one, has the score 1 - p = 1 / (1 + exp(-s)), here at nine levels.
LADDER = np.column_stack([-np.arange(1.0, 10.0), np.zeros(9)])
FIRST = np.zeros(9, int)
JUST_ABOVE = np.array([[-9.5, 0.0]])


def mapie_set(n: int) -> str:
    classification: Any = importlib.import_module("mapie.classification")
    model = classification.SplitConformalClassifier(Given(2), confidence_level=0.9, conformity_score="lac", prefit=True)
    y = FIRST[:n].copy()
    model.conformalize(LADDER[:n], y)
    return str(model.predict_set(JUST_ABOVE)[1][0, :, 0].astype(int))


def crepes_set(n: int) -> str:
    base: Any = importlib.import_module("crepes")
    model = base.ConformalClassifier()
    scores = 1 - sm.softmax(LADDER[:n])[:, 0]
    model.fit(scores)
    inside = model.predict_set(1 - sm.softmax(JUST_ABOVE), confidence=0.9, smoothing=False)
    return str(np.asarray(inside)[0].astype(int))


def our_set(n: int) -> str:
    return str(sm.ConformalClassifier("lac").fit(LADDER[:n], FIRST[:n]).predict_set(JUST_ABOVE)[0].astype(int))


def isotonic_loss(fit: Callable[[Any, Any], Callable[[Any], Any]]) -> float:
    z, y = rows(4000, 1)
    p = np.asarray(fit(z[:200], y[:200])(z[200:]), np.float64)
    with np.errstate(divide="ignore"):
        return float(-np.log(p[np.arange(len(p)), y[200:]]).mean())


# Two wrong classes whose probabilities beside the first one's vanish in float64.
SURE = np.array([[800.0, 40.0, 0.0]])


def mapie_saturated() -> int:
    aps: Any = importlib.import_module("mapie.conformity_scores.sets.aps")
    p = sm.softmax(SURE)
    scores = [
        float(np.ravel(aps.APSConformityScore().get_true_label_cumsum_proba(np.array([k]), p, np.arange(3))[0])[0])
        for k in (1, 2)
    ]
    return len(set(scores))


def our_saturated() -> int:
    z = np.vstack([SURE] * 9)
    fit = sm.ConformalClassifier("aps", randomized=False).fit(z, [1] * 9)
    return int(fit.predict_set(SURE)[0].sum())


def kumar_share() -> float:
    """Give the share of bootstrap values that the interval of "90 %" leaves out, from its percentiles."""
    utils: Any = importlib.import_module("calibration.utils")
    values: list[float] = []

    def mean(data: Any) -> float:
        values.append(float(np.mean(data)))
        return values[-1]

    np.random.seed(0)  # noqa: NPY002 (it draws from the global generator)
    low, _, high = utils.bootstrap_uncertainty(list(np.arange(200.0)), mean, num_samples=2000, alpha=0.1)
    drawn = 2 * values[0] - np.array(values[2:])
    return float(np.mean((drawn < low) | (drawn > high)))


def our_share() -> float:
    """Give how often a 90 % interval of the accuracy misses the truth, in 400 simulations."""
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(400):
        y = (rng.random(200) < 0.7).astype(int)
        found = metrics.accuracy(
            y, logits=np.tile([0.0, 1.0], (200, 1)), interval=metrics.Interval(confidence=0.9, n_resamples=1000)
        )
        missed += not found.low <= 0.7 <= found.high
    return missed / 400


def moderate(text: Any) -> bool:
    """Tell a temperature that leaves every probability inside (0, 1), and says that rows did not determine it."""
    T, _, rest = str(text).partition(", ")
    return 1e-2 < float(T) < 1e7 and rest == "warned"


IN_BOTH = str(np.array([1, 1]))
ONLY_SECOND = str(np.array([0, 1]))


def cases() -> list[Case]:
    sensible = "no T is best: probabilities inside (0, 1), and a warning"
    return [
        Case(
            "every row right: temperature",
            "probmetrics",
            "probmetrics",
            lambda: said(lambda: their_temperature(*SEPARABLE)),
            sensible,
            lambda: said(lambda: our_temperature(*SEPARABLE)),
            moderate,
        ),
        Case(
            "every row right: temperature",
            "scikit-learn",
            "sklearn",
            lambda: said(lambda: sklearn_temperature(*SEPARABLE)),
            sensible,
            lambda: said(lambda: our_temperature(*SEPARABLE)),
            moderate,
        ),
        Case(
            "largest logit always wrong: temperature",
            "probmetrics",
            "probmetrics",
            lambda: said(lambda: their_temperature(*REVERSED)),
            sensible,
            lambda: said(lambda: our_temperature(*REVERSED)),
            moderate,
        ),
        Case(
            "logits times 1e8: temperature",
            "probmetrics",
            "probmetrics",
            lambda: their_temperature(*SCALED) / their_temperature(Z, Y),
            "1e8 times that of the logits",
            lambda: our_temperature(*SCALED) / our_temperature(Z, Y),
            about(1e8, 1e-1),
        ),
        Case(
            "logits times 1e8: temperature",
            "scikit-learn",
            "sklearn",
            lambda: sklearn_temperature(*SCALED) / sklearn_temperature(Z, Y),
            "1e8 times that of the logits",
            lambda: our_temperature(*SCALED) / our_temperature(Z, Y),
            about(1e8, 1e-1),
        ),
        Case(
            "the row [.2, .3, .5] alone and in a batch: difference",
            "scikit-learn",
            "sklearn",
            lambda: guessing(sklearn_on_logits),
            "0",
            lambda: guessing(lambda z, y: sm.TemperatureScaling().fit(z, y).predict_proba),
            lambda d: d == 0,
        ),
        Case(
            "temperature of float32 probabilities: change",
            "netcal",
            "netcal",
            lambda: netcal_change("float32"),
            f"{netcal_change('float64'):.3f} (its own, float64)" if installed("netcal") else "above .1",
            our_change,
            lambda d: d > 0.1,
        ),
        *(
            Case(
                f"two of three classes seen, {method}: columns",
                "scikit-learn",
                "sklearn",
                lambda method=method: columns(scikit_learn(method)),  # type: ignore[misc]
                "3",
                lambda make=make: columns(lambda z, y: make().fit(z, y).predict_proba),  # type: ignore[misc]
                lambda n: n == 3,
            )
            for method, make in (("temperature", sm.TemperatureScaling), ("isotonic", sm.IsotonicCalibration))
        ),
        Case(
            "two of three classes seen, logistic: columns",
            "probmetrics",
            "probmetrics",
            lambda: columns(probmetrics_logistic),
            "3",
            lambda: columns(lambda z, y: sm.StructuredMatrixScaling().fit(z, y).predict_proba),
            lambda n: n == 3,
        ),
        Case(
            "two of three classes seen, Venn-Abers: columns",
            "venn-abers",
            "venn_abers",
            lambda: columns(venn_abers),
            "3",
            lambda: columns(lambda z, y: sm.VennAbers().fit(z, y).predict_proba),
            lambda n: n == 3,
        ),
        Case(
            "confidences .95 right, 1 wrong, 10 bins: ECE",
            "torchmetrics",
            "torchmetrics",
            full_confidence,
            ".475",
            lambda: (
                metrics.expected_calibration_error([1, 0], probabilities=[[0.05, 0.95], [0.0, 1.0]], n_bins=10).value
            ),
            about(0.475),
        ),
        Case("half the rows at confidence 1: smooth ECE", "relplot", "relplot", relplot, ".1", smooth, about(0.1)),
        Case(
            "isotonic: log loss",
            "scikit-learn",
            "sklearn",
            lambda: isotonic_loss(scikit_learn("isotonic")),
            "finite",
            lambda: isotonic_loss(lambda z, y: sm.IsotonicCalibration().fit(z, y).predict_proba),
            math.isfinite,
        ),
        *(
            Case(
                f"{n} rows, alpha .1, a class past the largest score",
                package,
                module,
                lambda peer=peer, n=n: peer(n),  # type: ignore[misc]
                right,
                lambda n=n: our_set(n),  # type: ignore[misc]
                lambda given, right=right: given == right,  # type: ignore[misc]
            )
            for n, right in ((9, ONLY_SECOND), (5, IN_BOTH))
            for package, module, peer in (("MAPIE", "mapie", mapie_set), ("crepes", "crepes", crepes_set))
        ),
        Case(
            "logits 800, 40, 0: APS tells the second from the third",
            "MAPIE",
            "mapie",
            lambda: mapie_saturated() == 2,
            "True",
            lambda: our_saturated() == 2,
            lambda told: told is True,
        ),
        Case(
            'a "90 %" interval: what it leaves out',
            "uncertainty-calibration",
            "calibration",
            kumar_share,
            ".1",
            our_share,
            lambda share: 0.06 < share < 0.14,
        ),
        *suite_cases(),
    ]


def shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def outcome(run: Callable[[], object]) -> object:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return run()
    except Exception as error:  # a failure is what is looked for
        return error


def main() -> int:
    warnings.simplefilter("ignore")
    wrong = 0
    print("| case | peer | it gives | right | ours |\n|---|---|---|---|---|")
    for case in cases():
        theirs, version = "not installed", ""
        if installed(case.module):
            version = f" {importlib.metadata.version(case.package)}"
            given = outcome(case.theirs)
            theirs = type(given).__name__ if isinstance(given, Exception) else shown(given)
        ours = outcome(case.ours)
        good = not isinstance(ours, Exception) and case.is_right(ours)
        wrong += not good
        mark = "" if good else " **wrong**"
        print(f"| {case.name} | {case.package}{version} | {theirs} | {case.right} | {shown(ours)}{mark} |", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
