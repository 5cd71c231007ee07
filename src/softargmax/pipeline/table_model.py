"""What was learned from a table: it reads tables, predicts, and is what a model file holds."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from softargmax._arrays import Array
from softargmax._progress import Progress, ProgressCallback
from softargmax._renamed import renamed
from softargmax._saved import rebuilt_from
from softargmax._state import State
from softargmax.artifact import write_artifact
from softargmax.calibration import Calibration
from softargmax.exceptions import ArgumentError
from softargmax.pipeline.costs import Costs
from softargmax.pipeline.deciding import Decide, Decided, decider
from softargmax.pipeline.members import Member, pooled
from softargmax.pipeline.records import Evaluation, FitRecord
from softargmax.pipeline.row_watch import RowWatch
from softargmax.pipeline.saving import from_state, to_state
from softargmax.pipeline.seen_rows import SeenRows
from softargmax.pipeline.table_decisions import NONE, Decisions
from softargmax.tables.drift_notes import DriftReport
from softargmax.tables.files import Paths, resolve
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema, Watch
from softargmax.tables.single_row import SingleRows

if TYPE_CHECKING:  # what needs Arrow is imported where a table is opened: one row as a dictionary goes without
    from softargmax.tables.batch import Batch
    from softargmax.tables.opening import Table


class LabelledPart(NamedTuple):
    """Rows that have a label: their batch, their places in it, their codes, uncalibrated logits and features."""

    batch: "Batch"
    rows: Array
    codes: Array
    logits: Array
    features: Array


@dataclass(frozen=True)
class TableModel:
    """Everything from a table's row to probabilities. It is made by `TableClassifier.fit` or `softargmax.load`.

    It needs neither scikit-learn nor SciPy. A table is a path, several, or a folder of files; a data frame of any
    library that speaks Arrow; or one row as a dictionary. Columns are found by their names, in any order.

    Attributes
    ----------
    reading : Reading
        How the tables it was fitted on were read. Files are read the same way at prediction.
    schema : Schema
        The columns and the classes.
    members : tuple of Member
        The models from features to logits.
    weights : tuple of float
        What the log-probabilities of each member count for.
    calibration : Calibration
        What is done to their logits, together.
    record : FitRecord
        How the fit went, and its scores.
    notes : tuple of Note
        What was decided about the tables it was fitted on.
    seen : SeenRows or None
        By what the rows are known that it learned from; files of before version 9 do not say it.
    decisions : Decisions
        What it promises.

    See Also
    --------
    TableClassifier : learns one.

    Examples
    --------
    >>> import softargmax as sm
    >>> rows = {"size": [0.5, 0.7, 2.1, 2.2] * 10, "animal": ["cat", "cat", "dog", "dog"] * 10}
    >>> model = sm.TableClassifier(model="regression").fit(rows, target="animal").model_
    >>> model.predict({"size": 0.6})
    array(['cat'], dtype='<U3')
    """

    reading: Reading
    schema: Schema
    members: tuple[Member, ...]
    weights: tuple[float, ...]
    calibration: Calibration
    record: FitRecord
    notes: tuple[Note, ...] = ()
    seen: SeenRows | None = None
    decisions: Decisions = NONE

    def __post_init__(self) -> None:
        if not self.members or len(self.members) != len(self.weights):
            raise ArgumentError(f"expected a weight for each of {len(self.members)} members, got {len(self.weights)}")
        for member in self.members:
            if (member.n_features, member.n_classes) != (self.schema.n_features, len(self.schema.labels)):
                raise ArgumentError(
                    f"a member from {member.n_features} features to {member.n_classes} classes does not fit "
                    f"{self.schema.n_features} features and {len(self.schema.labels)} classes"
                )

    @property
    def classes_(self) -> Array:
        """The labels of the classes, in the order of the columns of probabilities."""
        return self.schema.labels.classes

    def open(self, table: Any, reading: Reading | None = None) -> "Table":
        """Open a table that is read as at fit, but for what `reading` says; one that is open already stays as it is."""
        from softargmax.tables.opening import Table, open_table

        if isinstance(table, Table):
            return table
        known = replace(self.reading, names=self.schema.names, target=self.schema.target)
        return open_table(table, known.but(reading))

    def logits(self, features: Array) -> Array:
        """Give uncalibrated logits of rows of features, shape (n_rows, n_classes)."""
        return pooled(self.members, self.weights, features)

    def decision_function(self, table: Any, *, reading: Reading | None = None) -> Array:
        """Give calibrated logits, shape (n_rows, n_classes), or (n_rows,) for two classes: one sigmoid per row.

        Parameters
        ----------
        table : path, sequence of paths, data frame, or one row as a dictionary
        reading : Reading, optional
            What is different about the files than at fit.

        Raises
        ------
        TableError
            If the table cannot be read or does not fit the model.

        Warns
        -----
        DriftWarning
            Once, if columns of the table are unlike what they were at fit and chance does not explain it: far more
            missing values, numbers or dates far outside, categories and texts that are not known.
        """
        z = np.concatenate([self.calibration.transform(z) for z in self._logits(table, reading)])
        return z[:, 1] - z[:, 0] if len(self.classes_) == 2 else z

    def predict_proba(self, table: Any, *, reading: Reading | None = None) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes); see `decision_function` for the rest."""
        return np.concatenate([self.calibration.predict_proba(z) for z in self._logits(table, reading)])

    def predict(self, table: Any, *, reading: Reading | None = None) -> Array:
        """Give the most probable label of every row; see `decision_function` for the rest."""
        return self.schema.labels.argmax(self.predict_proba(table, reading=reading))

    def decide(
        self,
        table: Any,
        *,
        confidence: Any = None,
        risk: float | None = None,
        costs: Costs | None = None,
        positive: Any = None,
        reading: Reading | None = None,
    ) -> Decided:
        """Decide about every row: its label, and, by promises that were made at fit, a set, or no answer.

        Parameters
        ----------
        table, reading
            As for `decision_function`, and so are the rest of the errors and warnings.
        confidence : float or Fraction, optional
            Give every row a set of classes, which holds the true one so often. It may be another than that of the fit.
        risk : float, optional
            Answer only where at most this share of the answers is wrong; it is that of the fit. With a confidence too,
            sets hold the true class so often among the rows that are answered.
        costs : dict, optional
            Take the label that is expected to cost least: ``{("ill", "well"): 10}`` says that to call an ill one well
            costs 10. Any other mistake costs 1. Not with a risk.
        positive : label, optional
            Take a row for this class from the threshold on that was chosen at fit. Neither with a risk nor with costs.

        Raises
        ------
        ArgumentError
            For a promise that was not made at fit, and costs that do not fit the classes.

        Examples
        --------
        >>> import softargmax as sm
        >>> rows = {"size": [0.5, 0.7, 2.1, 2.2] * 100, "animal": ["cat", "cat", "dog", "dog"] * 100}
        >>> classifier = sm.TableClassifier("regression", confidence=0.9).fit(rows, target="animal")
        >>> decided = classifier.model_.decide({"size": [0.6, 2.2]}, confidence=0.9)
        >>> decided.sets
        array([[ True, False],
               [False,  True]])
        """
        decide = self._decider(confidence, risk, costs, positive)
        return Decided.joined([decide(z) for z in self._logits(table, reading)])

    def _decider(self, confidence: Any, risk: float | None, costs: Costs | None, positive: Any) -> Decide:
        known = self.calibration, self.schema.labels, self.decisions
        return decider(*known, confidence=confidence, risk=risk, costs=costs, positive=positive)

    def _logits(self, table: Any, reading: Reading | None) -> Iterator[Array]:
        """Give uncalibrated logits, batch by batch; a row as a dictionary takes the short way if it can."""
        features = self._single_rows.features(table) if reading is None else None
        if features is None:
            watch = RowWatch()
            yield from (z for _, z in self._batches(table, reading, watch))
            watch.report(self.schema).warn()
        else:
            yield self.logits(features)

    @cached_property
    def _single_rows(self) -> SingleRows:
        return SingleRows(self.schema, self.reading)

    def _batches(self, table: Any, reading: Reading | None, watch: "RowWatch") -> Iterator[tuple["Batch", Array]]:
        """Give every batch with its uncalibrated logits."""

        def asked(batch: "Batch", watch: Watch) -> tuple["Batch", Array]:
            return batch, self.logits(self.schema.features(batch, watch))

        return watch.over(asked, self._rows_of(self.open(table, reading)))

    def _rows_of(self, table: "Table") -> Iterator["Batch"]:
        """Read a table, whose numbers show its decimal mark where it is not known."""
        from softargmax.tables.one_mark import with_one_mark

        return with_one_mark(table, self.schema)

    def labelled(self, table: "Table", watch: "RowWatch | None" = None) -> Iterator[LabelledPart]:
        """Give every batch that has rows, with what is known of those that have a label.

        Raises
        ------
        TableError
            If the table does not fit the model, or holds labels it does not know.
        """

        def asked(batch: "Batch", watch: Watch) -> LabelledPart:
            codes, features = self.schema.codes(batch), self.schema.features(batch, watch)
            z, rows = self.logits(features), np.flatnonzero(codes >= 0)
            return LabelledPart(batch, rows, codes[rows], z[rows], features[rows])

        filled = (batch for batch in self._rows_of(table) if batch.data.num_rows)
        return (watch or RowWatch()).over(asked, filled)

    @renamed(on_rows="progress, which is called with a Progress")
    def predict_file(
        self,
        paths: "Paths | Table",
        output: str | None,
        *,
        confidence: Any = None,
        risk: float | None = None,
        costs: Costs | None = None,
        positive: Any = None,
        keep: str | Sequence[str] = (),
        keep_id: bool = False,
        top: int | None = None,
        rows: int | None = None,
        by: str | None = None,
        bom: bool = False,
        reading: Reading | None = None,
        progress: ProgressCallback | None = None,
    ) -> DriftReport:
        """Write what is decided about every row, and probabilities, in bounded memory.

        Parameters
        ----------
        paths : path or sequence of paths
            Files, or folders of them; "-" is standard input. Or what `open` gave.
        output : str or None
            A .csv, .csv.gz or .parquet file; None or "-" is CSV on standard output.
        confidence, risk, costs, positive : optional
            As for `decide`.
        keep : str or sequence of str
            Columns of the input to copy before the predictions.
        keep_id : bool
            Copy the columns too that the fit left out as identifiers.
        top : int, optional
            Write so many of the likeliest classes and their probabilities, instead of the probability of each class.
        rows, by : int and str, optional
            Write only so many rows, those with the largest probability first: that of their label ("probability"), or
            of a class ("probability_yes").
        bom : bool
            Begin CSV with a UTF-8 byte order mark, without which Excel takes letters for those of the local code page.
        reading : Reading, optional
            What is different about the files than at fit.
        progress : callable, optional
            Called with a `Progress` after every batch; how many rows there are is about right, if it is known.

        Returns
        -------
        DriftReport
            In what the rows are unlike those at fit; of what the other methods warn is here, and they are counted.

        Raises
        ------
        TableError
            If the tables do not fit the model or the output cannot be written; then it is not there.
        """
        from softargmax.pipeline.predicting import Wanted, write_predictions
        from softargmax.tables.opening import Table

        decide, watch = self._decider(confidence, risk, costs, positive), RowWatch()

        def predicted() -> Iterator[tuple["Batch", Decided]]:
            done, total = 0, None if progress is None else table.rows_about()
            for batch, z in self._batches(table, None, watch):
                yield batch, decide(z)
                done += len(z)
                if progress is not None:
                    progress(Progress("predicting", done, total, "rows"))

        table = paths if isinstance(paths, Table) else self.open(resolve(paths), reading)
        known = self.schema.identifiers if keep_id else ()
        if by is None and rows is not None and positive is not None:
            by = f"probability_{positive}"
        named = (keep,) if isinstance(keep, str) else keep
        wanted = Wanted(tuple(dict.fromkeys((*known, *named))), top, rows, by)
        write_predictions(predicted(), self.schema, table.files, output, wanted, bom)
        return watch.report(self.schema)

    def evaluate(
        self, table: Any, *, by: Sequence[str] = (), importance: bool = False, reading: Reading | None = None
    ) -> Evaluation:
        """Measure the model on a table with labels.

        If its fit kept the rows of groups together and the table has that column, intervals count groups here too. If
        the model learned from some of the rows, the notes say of how many.

        Parameters
        ----------
        table, reading
            As for `decision_function`.
        by : sequence of str
            Columns of which every value is scored by itself.
        importance : bool, default False
            Whether to measure how much the model depends on every column, by shuffling it among these rows.

        Raises
        ------
        TableError
            If the table does not fit the model, holds labels it does not know, or has no such column.
        """
        from softargmax.pipeline.evaluating import evaluate_table

        return evaluate_table(self, self.open(table, reading), by=by, importance=importance)

    def _repr_html_(self) -> str:
        """Show in a notebook what was learned."""
        from softargmax.pipeline.model_card import model_card

        return model_card(self)

    def to_state(self) -> State:
        """Give everything that was learned as plain data."""
        return to_state(self)

    @classmethod
    def from_state(cls, state: State) -> "TableModel":
        """Rebuild it from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        return from_state(state, cls)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, whole or not at all: a container of arrays, whatever it is called.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        write_artifact(path, self.to_state())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TableModel":
        """Read a model file; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, truncated, foreign, newer or inconsistent.
        """
        return rebuilt_from(path, cls.from_state)
