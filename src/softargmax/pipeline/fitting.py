"""From a table to a calibrated, scored model of it."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal, rows_of
from softargmax._lazy import load
from softargmax._progress import Progress, ProgressCallback
from softargmax._words import did_you_mean
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.exceptions import CalibrationWarning, TableError
from softargmax.labels import ClassLabels
from softargmax.metrics import Scores, scores
from softargmax.pipeline.members import Member, NetworkMember
from softargmax.pipeline.records import FitOptions, FitRecord, rare_classes
from softargmax.pipeline.suspicions import leaks, repeated_rows
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.opening import Table
from softargmax.tables.schema import DroppedColumn, Schema

# Fewer rows than this do not stop a fit: they would choose its epoch by chance.
_FEWEST_TO_STOP_BY = 50
# A calibration fitted to fewer rows than this would say more about them than about the model.
_FEWEST_TO_CALIBRATE = 10
_COUNTS = "it says how often a row counts"


def fit_table(
    table: Table,
    target: str,
    options: FitOptions,
    sample_weight: Array | None = None,
    progress: ProgressCallback | None = None,
) -> TableModel:
    """Decide what the columns are, train, calibrate, and score on rows kept aside.

    Parameters
    ----------
    table : Table
    target : str
        The column of class labels: its name, or its position from 1 (or from the end, -1 the last).
    options : FitOptions
    sample_weight : ndarray, shape (n_rows,), optional
        How often each row counts, where that is no column of the table.
    progress : callable, optional
        Called with a `Progress` after every batch that is read, and every epoch or iteration of the training.

    Raises
    ------
    TableError
        If nothing can be learned from the table; the message says what to do.
    """
    drop = tuple(options.drop) if options.weight is None else (*options.drop, options.weight)
    rows = _Rows(table, progress, options.weight)
    learned = learn_schema(rows, target, drop, options.kinds)
    schema = learned.schema
    if options.weight is not None:
        sample_weight = rows.weights()
    features, codes, is_labelled = encoded(learned, _Rows(table, progress, stage="encoding", total=learned.n_rows))
    if sample_weight is not None:
        sample_weight = sample_weight[is_labelled]
    if sample_weight is not None and len(np.unique(codes[sample_weight > 0.0])) < 2:
        raise TableError(f"{table.name}: the rows whose weight is not 0 are all of one class; expected at least two")
    if options.weight is not None:
        schema = _explained(schema, options.weight)
    suspicions = leaks(features, codes, schema)
    roles = deal(codes, shares=options.shares, random_state=options.random_state)
    dealt = tuple(rows_of(roles, 3))
    parts = tuple(features[rows] for rows in dealt)
    del features  # there is room for one copy of all rows, not for two
    suspicions += repeated_rows(parts[0], codes[dealt[0]], parts[2], codes[dealt[2]])
    member, calibration, record = _fitted(parts, dealt, codes, schema.labels, sample_weight, options, progress)
    reading = replace(table.reading, decimal=learned.decimal)
    notes = (*table.notes, *learned.notes, *suspicions)
    return TableModel(reading, schema, (member,), (1.0,), calibration, record, notes)


class _Rows:
    """The batches of a table, as often as they are wanted, and the weights of the rows that were read last."""

    def __init__(
        self,
        table: Table,
        progress: ProgressCallback | None,
        weight: str | None = None,
        stage: str = "reading",
        total: int | None = None,
    ) -> None:
        self._table = table
        self._progress = progress
        self._weight = weight
        self._stage = stage
        self._total = total
        self._weights: list[Array] = []

    def __iter__(self) -> Iterator[Batch]:
        self._weights, done = [], 0
        for batch in self._table.batches():
            if self._weight is not None:
                self._weights.append(_weights(batch, self._weight))
            yield batch
            done += batch.data.num_rows
            if self._progress is not None:
                self._progress(Progress(self._stage, done, self._total, "rows"))

    def weights(self) -> Array:
        """Give the weights of all rows."""
        found = np.concatenate(self._weights)
        if not found.any():
            message = f"{self._table.name}: column {self._weight!r}: every weight is 0, so no row counts"
            raise TableError(message, parameter="weight")
        return found


def _weights(batch: Batch, column: str) -> Array:
    if column not in batch:
        hint = did_you_mean(column, batch.names)
        raise TableError(f"{batch.file}: no column {column!r} of weights{hint}", parameter="weight")
    cells = Cells.of(batch, column)
    values = cells.numbers()
    wrong = ~(values >= 0.0)  # also where one is missing
    if wrong.any():
        raise cells.error(int(np.argmax(wrong)), "a weight, a number that is not negative")
    return values


def _explained(schema: Schema, weight: str) -> Schema:
    """Say why the column of weights is left out."""
    dropped = tuple(DroppedColumn(weight, _COUNTS) if column.name == weight else column for column in schema.dropped)
    return replace(schema, dropped=dropped)


def _fitted(
    parts: tuple[Array, ...],
    dealt: tuple[Array, ...],
    codes: Array,
    labels: ClassLabels,
    weight: Array | None,
    options: FitOptions,
    progress: ProgressCallback | None,
) -> tuple[Member, Calibration, FitRecord]:
    """Train on one part of the rows, calibrate on another, and score on a third whose labels nothing else has seen.

    The rows to calibrate on also choose the epoch to keep: the rows to score on stay untouched, and a calibration that
    is fitted to rows which chose an epoch is a small price for a larger training part. How much more than one
    temperature they support is decided on rows left out.
    """
    training, calibration, scoring = dealt
    X_training, X_calibration, X_scoring = parts
    estimator = _estimator(options)
    fit_options: dict[str, Any] = {"progress": progress}
    if options.model == "mlp" and len(calibration) >= _FEWEST_TO_STOP_BY:
        fit_options["validation_data"] = (X_calibration, labels.labels(codes[calibration]))

    def weights(rows: Array) -> Array | None:
        return None if weight is None else weight[rows]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(X_training, labels.labels(codes[training]), weights(training), **fit_options)
        member = NetworkMember(estimator.network_)
        calibrated = _calibrated(member.logits(X_calibration), codes[calibration], weights(calibration))
    notes = [_as_note(warning) for warning in caught if issubclass(warning.category, UserWarning)]
    if len(calibration) < _FEWEST_TO_CALIBRATE:
        notes.append(
            f"calibration: {len(calibration)} rows are too few to calibrate on; probabilities were left as they are"
        )
    if not len(scoring):
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    before, after = _before_and_after(member.logits(X_scoring), codes[scoring], weights(scoring), calibrated)
    record = FitRecord(
        rows={"training": len(training), "calibration": len(calibration), "score": len(scoring)},
        class_counts=tuple(np.bincount(codes, minlength=len(labels)).tolist()),
        model=options.model,
        n_iter=int(estimator.n_iter_),
        before=before,
        after=after,
        rare=rare_classes(labels, codes[scoring]),
        notes=tuple(notes),
    )
    return member, calibrated, record


def _calibrated(z: Array, codes: Array, weight: Array | None) -> Calibration:
    if len(z) < _FEWEST_TO_CALIBRATE:
        return TemperatureScaling.known(1.0, n_logits=z.shape[1])
    from softargmax.calibration import AutoCalibration  # here, because only a fit needs what it compares

    return AutoCalibration().fit(z, codes, sample_weight=weight).calibration_


def _as_note(warning: warnings.WarningMessage) -> str:
    """Say a warning's words; those about the calibration are told apart, because a report explains them."""
    return (
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
    )


def _before_and_after(
    z: Array, codes: Array, weight: Array | None, calibration: Calibration
) -> tuple[Scores | None, Scores | None]:
    if not len(z) or (weight is not None and not weight.any()):
        return None, None
    before = scores(codes, logits=z, sample_weight=weight)
    return before, scores(codes, logits=calibration.transform(z), sample_weight=weight)


def _estimator(options: FitOptions) -> Any:
    # Imported here, because it is the only thing that scikit-learn is needed for; predicting goes without.
    models = load("softargmax.models")
    class_weight = "balanced" if options.balanced else None
    if options.model == "regression":
        return models.SoftmaxRegression(class_weight=class_weight)
    return models.SoftmaxMLP(
        options.hidden_layer_sizes,
        max_epochs=options.max_epochs,
        class_weight=class_weight,
        random_state=options.random_state,
    )
