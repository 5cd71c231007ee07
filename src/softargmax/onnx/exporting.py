"""Any model of ours as a file of ONNX, checked before it is written."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from softargmax._atomic import refuse_unwritable, written_whole
from softargmax._options import as_choice
from softargmax._renamed import provisional
from softargmax.calibration.calibration import Calibration
from softargmax.exceptions import ArtifactError, NotFittedError, UnsupportedError
from softargmax.onnx.calibrations_alone import draft_of_calibration
from softargmax.onnx.draft import Draft
from softargmax.onnx.self_check import check


@dataclass(frozen=True)
class Exported:
    """What was written, and how it was checked.

    Attributes
    ----------
    inputs, outputs : tuple of str
        The names of the graph's inputs and outputs.
    opsets : dict
        The versions of the sets of operators, by their domain.
    runtime : str
        What ran the graph for the check, with its version.
    n_rows : int
        How many rows were made to check it on.
    distance : float
        How far its probabilities were at most from those of `predict_proba` on these rows.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opsets: dict[str, int]
    runtime: str
    n_rows: int
    distance: float


@provisional
def export(model: Any, path: str | os.PathLike[str], *, dtype: Literal["float64", "float32"] = "float64") -> Exported:
    """Write a fitted model as a graph of ONNX that gives the same labels and probabilities, wherever it runs.

    Parameters
    ----------
    model : TableModel, TableClassifier, SoftmaxMLP, SoftmaxRegression, any calibration, or CalibratedModel
        Fitted; a `CalibratedModel` of one of our estimators.
    path : path
        The file to write, whole or not at all.
    dtype : {"float64", "float32"}, default "float64"
        The type of hidden layers, of probabilities, and of features or logits that come in as one array. All else is
        computed in float64, and numbers and dates of a table come in so.

    Returns
    -------
    Exported
        The names of inputs and outputs, the opsets, and how near the graph was to the model.

    Raises
    ------
    UnsupportedError
        For a model, or a part of one, that has no exact graph, which is named; and if the graph does not say what the
        model says. Then nothing is written.
    NotFittedError, ArtifactError
        For a model that is not fitted, and a file that cannot be written.
    MissingDependencyError
        If `onnx` is not installed.

    See Also
    --------
    softargmax.load : models are kept in files of our own; a graph only predicts.

    Notes
    -----
    Labels come out as `label`, probabilities as `probabilities`. Each column of a table is an input of its own, with
    its name: numbers, booleans (1 and 0) and dates (seconds since 1970, UTC) as double, NaN where they are missing;
    categories as strings, empty where they are missing. A column of texts has no exact graph.

    Before the file is written, rows that are made for it go through the graph, by ONNX Runtime or, if that is not
    installed, by the reference that `onnx` brings: labels must be those of `predict` wherever the two likeliest classes
    are more than 1e-9 apart, and probabilities at most 1e-12 away, in float32 2e-6. What `predict` refuses, such as NaN
    and infinity among features, gives NaN as probabilities.

    Examples
    --------
    >>> import os, tempfile, softargmax as sm
    >>> from softargmax.onnx import export
    >>> calibration = sm.TemperatureScaling().fit([[2.0, 0.0]] * 4, [0, 0, 0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = export(calibration, os.path.join(folder, "calibration.onnx"))
    >>> written.inputs, written.outputs
    (('logits',), ('label', 'probabilities'))
    """
    as_choice(dtype, "dtype", ("float64", "float32"))
    refuse_unwritable(path)
    model = getattr(model, "model_", model)  # of a TableClassifier
    draft = _way_of(model)(model, dtype)
    from softargmax import __version__

    made = draft.graph.model(__version__)
    runtime, distance = check(draft, made, dtype)
    content = made.SerializeToString()
    try:
        with written_whole(Path(path)) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise ArtifactError(f"{path}: the graph cannot be written: {error.strerror or error}") from error
    inputs, outputs = (tuple(each.name for each in part) for part in (made.graph.input, made.graph.output))
    return Exported(inputs, outputs, draft.graph.opsets, runtime, len(draft.answers[0].labels), distance)


def _way_of(model: Any) -> Callable[[Any, str], Draft]:
    """Give what drafts the graph of such a model.

    What needs more than NumPy is imported for a model that has needed it already.
    """
    if isinstance(model, Calibration):
        if not hasattr(model, "n_logits_"):
            raise NotFittedError(f"this {type(model).__name__} is not fitted yet; call fit(logits, y) first")
        return draft_of_calibration
    classes = {each.__name__ for each in type(model).__mro__ if each.__module__.startswith("softargmax.")}
    if "TableClassifier" in classes:
        raise NotFittedError("this TableClassifier is not fitted yet; call fit(table, target=...) first")
    if "LogitClassifier" in classes or "CalibratedModel" in classes:
        from softargmax.onnx.estimators import draft_of_calibrated, draft_of_estimator

        of_network = "LogitClassifier" in classes
        if not hasattr(model, "network_" if of_network else "calibration_"):
            raise NotFittedError(f"this {type(model).__name__} is not fitted yet; call fit(X, y) first")
        return draft_of_estimator if of_network else draft_of_calibrated
    if "TableModel" in classes:
        from softargmax.onnx.table_models import draft_of_table_model

        return draft_of_table_model
    raise UnsupportedError(
        "model: expected a model of tables, a SoftmaxMLP, a SoftmaxRegression or a calibration, got "
        f"{type(model).__name__}; a classifier of another library is exported by that library's means",
        parameter="model",
    )
