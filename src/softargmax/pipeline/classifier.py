"""TableClassifier: reads tables, holds what was learned from them, predicts and evaluates."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from softargmax._arrays import Array
from softargmax._atomic import refuse_overwriting
from softargmax._progress import Progress, ProgressCallback
from softargmax._renamed import renamed
from softargmax._saved import rebuilt_from
from softargmax._state import State
from softargmax.artifact import write_artifact
from softargmax.exceptions import TableError
from softargmax.metrics import scores
from softargmax.pipeline.fitting import Fitted, class_logits, fit_features
from softargmax.pipeline.records import Evaluation, FitOptions, rare_classes, unseen_notes
from softargmax.pipeline.saving import from_state, to_state
from softargmax.tables.batch import Batch
from softargmax.tables.files import Paths, resolve
from softargmax.tables.learning import learn_schema
from softargmax.tables.opening import Table, open_table
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema
from softargmax.tables.writing import check_output_name, table_writer


@dataclass(frozen=True)
class TableClassifier:
    """A schema, a network and a calibration: everything from a table's row to probabilities.

    Made by `fit` or `load`.

    Attributes
    ----------
    schema : Schema
        The columns and the classes.
    fitted : Fitted
        The network from features to logits, how its outputs are read, their calibration, and a record of the
        fit.
    reading : Reading
        How the tables it was fitted on were read.

    See Also
    --------
    SoftmaxMLP, SoftmaxRegression : the same models for feature matrices.

    Examples
    --------
    >>> from softargmax import TableClassifier
    >>> model = TableClassifier.fit(["animals.csv"], target="species")  # doctest: +SKIP
    >>> model.save("animals.softargmax")  # doctest: +SKIP
    """

    schema: Schema
    fitted: Fitted
    reading: Reading

    @classmethod
    def fit(
        cls,
        paths: Paths,
        *,
        target: str,
        options: FitOptions | None = None,
        reading: Reading | None = None,
        progress: ProgressCallback | None = None,
    ) -> "TableClassifier":
        """Learn from tables: decide what the columns are, train, calibrate, and score on rows kept aside.

        Parameters
        ----------
        paths : sequence of path
            CSV or Parquet files, or folders of them; "-" is standard input.
        target : str
            The column of class labels: its name, or its position from 1 (or from the end, -1 the last).
        options : FitOptions, optional
        reading : Reading, optional
            What is known about how they are read.
        progress : callable, optional
            Called with a `Progress` after every batch that is read, and every epoch or iteration of the training.

        Raises
        ------
        TableError
            If nothing can be learned from the tables; the message says what to do.
        """
        options = options or FitOptions()
        table = open_table(paths, reading)
        batches, read = [], 0
        for batch in table.batches():
            batches.append(batch)
            read += batch.data.num_rows
            if progress is not None:
                progress(Progress("reading", read, None, "rows"))
        schema, features, codes = learn_schema(batches, target, options.drop, options.kinds)
        del batches  # the features are enough from here on
        return cls(schema, fit_features(features, codes, schema.labels, options, progress), table.reading)

    def logits(self, features: Array) -> Array:
        """Give uncalibrated logits, shape (n_rows, n_classes)."""
        return class_logits(self.fitted.network, features)

    def predict_proba(self, features: Array) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        return self.fitted.calibration.predict_proba(self.logits(features))

    def open(self, paths: Paths, reading: Reading | None = None) -> Table:
        """Open tables that are read as at fit, but for what `reading` says."""
        known = replace(self.reading, names=self.schema.names, target=self.schema.target)
        return open_table(paths, known.but(reading))

    @renamed(on_rows="progress, which is called with a Progress")
    def predict(
        self,
        paths: Paths,
        output: str | None,
        *,
        keep: Sequence[str] = (),
        reading: Reading | None = None,
        progress: ProgressCallback | None = None,
    ) -> Counter[str]:
        """Write label and probabilities of every row, in bounded memory.

        Parameters
        ----------
        paths : sequence of path
            CSV or Parquet files, or folders of them; "-" is standard input.
        output : str or None
            A .csv, .csv.gz or .parquet file; None or "-" is CSV on standard output.
        keep : sequence of str
            Columns of the input to copy before the predictions.
        reading : Reading, optional
            What is different about the files than at fit.
        progress : callable, optional
            Called with a `Progress` after every batch; how many rows there are is not known before the last.

        Returns
        -------
        Counter
            How many values of each column were not known at fit.

        Raises
        ------
        TableError
            If the tables do not fit the model or the output cannot be written; then it is not there.
        """
        unseen: Counter[str] = Counter()
        done = 0
        files = resolve(paths)
        if output is not None and output != "-":
            check_output_name(output)
            refuse_overwriting(output, files)
        with table_writer(output) as writer:
            for batch in self.open(files, reading).batches():
                features = self.schema.features(batch, lambda name, count: unseen.update({name: count}))
                writer.write(self._predictions(batch, features, keep))
                done += len(features)
                if progress is not None:
                    progress(Progress("predicting", done, None, "rows"))
        return unseen

    def _predictions(self, batch: Batch, features: Array, keep: Sequence[str]) -> Any:
        probabilities = self.predict_proba(features)
        columns: dict[str, Any] = {}
        for name in keep:
            self.schema.cells(batch, name, "which was to be kept")  # the clear error if it is not there
            columns[name] = batch.data.column(batch.names.index(name))
        classes = self.schema.labels.classes.tolist()
        labels = self.schema.labels.argmax(probabilities).tolist()
        predicted: dict[str, Any] = {"label": pa.array(labels, pa.array(classes).type)}
        for j, label in enumerate(classes):
            predicted[f"probability_{label}"] = pa.array(probabilities[:, j])
        twice = [name for name in columns if name in predicted]
        if twice:
            raise TableError(
                f"keep={twice[0]!r}: the output has a column of that name already; rename it in the input",
                parameter="keep",
            )
        return pa.table(columns | predicted)

    def evaluate(self, paths: Paths, reading: Reading | None = None) -> Evaluation:
        """Measure the model on tables with labels.

        Raises
        ------
        TableError
            If the tables do not fit the model, or hold labels it does not know.
        """
        logits, codes = [], []
        unseen: Counter[str] = Counter()
        for batch in self.open(paths, reading).batches():
            if batch.data.num_rows:
                codes.append(self.schema.codes(batch))
                features = self.schema.features(batch, lambda name, count: unseen.update({name: count}))
                logits.append(self.logits(features))
        if not codes:
            raise TableError(f"{resolve(paths)[0]}: expected rows, got a table with column names only")
        z, y = np.concatenate(logits), np.concatenate(codes)
        return Evaluation(
            len(y),
            len(self.schema.labels),
            scores(y, logits=z),
            scores(y, logits=self.fitted.calibration.transform(z)),
            rare_classes(self.schema.labels, y),
            unseen_notes(unseen),
        )

    def to_state(self) -> State:
        """Give everything that was learned as plain data."""
        return to_state(self.schema, self.fitted, self.reading)

    @classmethod
    def from_state(cls, state: State) -> "TableClassifier":
        """Rebuild it from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        return cls(*from_state(state))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, whole or not at all: a container of arrays, whatever it is called.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        write_artifact(path, self.to_state())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TableClassifier":
        """Read a model file; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, truncated, foreign, newer or inconsistent.
        """
        return rebuilt_from(path, cls.from_state)
