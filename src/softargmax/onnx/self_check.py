"""Whether a graph says what the model says, found by running it before anything is written."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax.exceptions import UnsupportedError
from softargmax.onnx.draft import Answer, Draft

# How far apart probabilities may be in a graph of either type, and how far apart the two likeliest of a row must be for
# its label to be compared.
TOLERANCES, CLEAR = {"float64": 1e-12, "float32": 2e-6}, 1e-9


def check(draft: Draft, model: Any, dtype: str) -> tuple[str, float]:
    """Run a model on the rows made for it; give what ran it, and how far apart probabilities were at most.

    Raises
    ------
    UnsupportedError
        If labels or probabilities are not those of `predict` and `predict_proba`.
    """
    runtime, found = run(model, draft.feeds)
    distance = 0.0
    for answer in draft.answers:
        distance = max(distance, _distance(found[answer.probabilities], answer.expected))
        wrong = _clear(answer) & np.asarray(found[answer.label] != answer.labels)
        if wrong.any() or not distance <= TOLERANCES[dtype]:
            far = f"probabilities that are up to {distance:.1e} from those of predict_proba"
            others = f"other labels in {np.count_nonzero(wrong)} of them, and " if wrong.any() else ""
            advice = "take dtype='float64'" if dtype == "float32" else "please report it, with the model"
            raise UnsupportedError(
                f"the graph does not say what the model says: of {len(answer.labels)} rows made to check it, {runtime} "
                f"gave {others}{far}; at most {TOLERANCES[dtype]:g} is allowed. Nothing was written; {advice}",
                parameter="dtype" if dtype == "float32" else "model",
            )
    return runtime, distance


def run(model: Any, feeds: Mapping[str, Array]) -> tuple[str, dict[str, Array]]:
    """Run a model by ONNX Runtime, or where that is not installed by the reference that comes with `onnx`.

    Returns
    -------
    runtime : str
        What ran it, with its version.
    outputs : dict
        Arrays by the names of the outputs.
    """
    names = [output.name for output in model.graph.output]
    fed = {name: array.astype(object) if array.dtype.kind == "U" else array for name, array in feeds.items()}
    try:
        import onnxruntime
    except ModuleNotFoundError:
        import onnx
        from onnx.reference import ReferenceEvaluator

        with np.errstate(all="ignore"):
            return f"the reference of onnx {onnx.__version__}", dict(
                zip(names, ReferenceEvaluator(model).run(None, fed), strict=True)
            )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return f"onnxruntime {onnxruntime.__version__}", dict(zip(names, session.run(None, fed), strict=True))


def _distance(found: Array, expected: Array) -> float:
    """Give the largest distance of probabilities; NaN is nowhere but where it is expected."""
    if found.shape != expected.shape or not np.array_equal(np.isnan(found), np.isnan(expected)):
        return float("inf")
    return float(np.nanmax(np.abs(found.astype(np.float64) - expected), initial=0.0))


def _clear(answer: Answer) -> Array:
    """Tell which labels rounding does not decide."""
    p = answer.expected.astype(np.float64)
    if answer.are_yes:
        return np.asarray(np.abs(p - 0.5) > CLEAR)
    best = np.sort(p, axis=1)
    return np.asarray(best[:, -1] - best[:, -2] > CLEAR)
