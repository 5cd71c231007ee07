"""The whole way at once: a table in, a calibrated classifier out, and predictions from it.

Predicting needs NumPy, pyarrow and safetensors; only fitting needs scikit-learn and SciPy.
"""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from softargmax import __version__
from softargmax._arrays import Array
from softargmax._options import as_integer, as_real
from softargmax.calibration import TemperatureScaling
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, TableError
from softargmax.metrics import Estimate, Scores, score
from softargmax.models.network import Network
from softargmax.models.outputs import SigmoidOutput, SoftmaxOutput
from softargmax.models.splitting import stratified_split
from softargmax.probabilities import softmax
from softargmax.tables.reading import Batch, CsvFormat, read_batches, resolve
from softargmax.tables.schema import Schema, learn_schema
from softargmax.tables.writing import check_output_name, table_writer

if TYPE_CHECKING:
    from softargmax.models.training import ProgressCallback

ModelName = Literal["mlp", "regression"]
Paths = Sequence[str | os.PathLike[str]]

# A class with fewer rows than this among those scored is named: nothing can be said about it.
RARE = 10
# Fewer rows than this do not stop a fit: they would choose its epoch by chance.
_FEWEST_TO_STOP_BY = 50
# A temperature fitted to fewer rows than this would say more about them than about the model.
_FEWEST_TO_CALIBRATE = 10


@dataclass(frozen=True)
class FitOptions:
    """How to fit."""

    model: ModelName = "mlp"
    hidden_layer_sizes: tuple[int, ...] = (256, 256)
    max_epochs: int = 100
    balanced: bool = False
    calibration_fraction: float = 0.1
    score_fraction: float = 0.1
    seed: int = 0
    drop: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("calibration_fraction", "score_fraction"):
            as_real(getattr(self, name), name.replace("_", " "), low=0.0, high=0.5, open_high=True)
        as_integer(self.seed, "seed", low=0, high=2**32 - 1)
        as_integer(self.max_epochs, "max epochs", low=1)
        for size in self.hidden_layer_sizes:
            as_integer(size, "hidden layer sizes", low=1)


@dataclass(frozen=True)
class FitRecord:
    """What happened at fit, kept with the model."""

    rows: dict[str, int]  # by part: training, calibration, score
    class_counts: tuple[int, ...]
    model: str
    n_iter: int
    before: Scores | None
    after: Scores | None
    rare: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """How good the model is on a table."""

    n_rows: int
    before: Scores
    after: Scores
    rare: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TableClassifier:
    """A schema, a network and a temperature: everything from a table's row to probabilities.

    Made by `fit` or `load`.

    Attributes
    ----------
    schema : Schema
        The columns and the classes.
    network : Network
        Features to logits.
    output : SigmoidOutput or SoftmaxOutput
        How the network's outputs are read.
    temperature : float
        What the logits are divided by.
    csv_format : CsvFormat
        The layout of the CSV files it was fitted on.
    record : FitRecord
        What happened at fit.

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
    network: Network
    output: SigmoidOutput | SoftmaxOutput
    temperature: float
    csv_format: CsvFormat
    record: FitRecord

    @classmethod
    def fit(
        cls,
        paths: Paths,
        *,
        target: str,
        options: FitOptions | None = None,
        csv_format: CsvFormat | None = None,
        progress: "ProgressCallback | None" = None,
    ) -> "TableClassifier":
        """Learn from tables: decide what the columns are, train, calibrate, and score on rows kept aside.

        Parameters
        ----------
        paths : sequence of path
            CSV or Parquet files, or folders of them; "-" is standard input.
        target : str
            The column of class labels: its name, or its position from 1 (or from the end, -1 the last).
        options : FitOptions, optional
        csv_format : CsvFormat, optional
        progress : callable, optional
            Called with a `Progress` now and then.

        Raises
        ------
        TableError
            If nothing can be learned from the tables; the message says what to do.
        """
        options = options or FitOptions()
        csv_format = csv_format or CsvFormat()
        batches = list(read_batches(resolve([str(path) for path in paths]), csv_format))
        schema, features, codes = learn_schema(batches, target, options.drop, options.kinds)
        del batches
        return _fit(cls, schema, features, codes, options, csv_format, progress)

    def logits(self, features: Array) -> Array:
        """Give uncalibrated logits, shape (n_rows, n_classes)."""
        raw = self.network.logits(features)
        return np.concatenate([np.zeros_like(raw), raw], axis=1) if isinstance(self.output, SigmoidOutput) else raw

    def predict_proba(self, features: Array) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        return np.asarray(softmax(self.logits(features), temperature=self.temperature))

    def read(self, paths: Paths, csv_format: CsvFormat | None = None) -> Iterator[Batch]:
        """Read tables laid out as at fit, unless told otherwise."""
        chosen = csv_format or self.csv_format
        if chosen.header is False:
            chosen = CsvFormat(False, chosen.delimiter, self.schema.names, self.schema.target)
        return read_batches(resolve([str(path) for path in paths]), chosen)

    def predict(
        self,
        paths: Paths,
        output: str | None,
        *,
        keep: Sequence[str] = (),
        csv_format: CsvFormat | None = None,
        on_rows: Callable[[int], None] | None = None,
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
        csv_format : CsvFormat, optional
            If the files are laid out differently than at fit.
        on_rows : callable, optional
            Told the number of rows done.

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
        if output is not None and output != "-":
            check_output_name(output)
            refuse_overwriting(output, resolve([str(path) for path in paths]))
        batches = self.read(paths, csv_format)
        with table_writer(output) as writer:
            for batch in batches:
                features = self.schema.features(batch, lambda name, count: unseen.update({name: count}))
                writer.write(self._predictions(batch, features, keep))
                done += len(features)
                if on_rows is not None:
                    on_rows(done)
        return unseen

    def _predictions(self, batch: Batch, features: Array, keep: Sequence[str]) -> Any:
        probabilities = self.predict_proba(features)
        columns: dict[str, Any] = {}
        for name in keep:
            self.schema.cells(batch, name, "which was to be kept")  # the clear error if it is not there
            columns[name] = batch.data.column(batch.names.index(name))
        predicted: dict[str, Any] = {"label": pa.array(self.schema.labels.argmax(probabilities).tolist())}
        if batch.data.num_rows == 0:
            predicted["label"] = pa.array(self.schema.labels.classes.tolist()).slice(0, 0)
        for j, label in enumerate(self.schema.labels.classes.tolist()):
            predicted[f"probability_{label}"] = pa.array(probabilities[:, j])
        twice = [name for name in columns if name in predicted]
        if twice:
            raise TableError(f"--keep {twice[0]}: the output has a column of that name already; rename it in the input")
        return pa.table(columns | predicted)

    def evaluate(self, paths: Paths, csv_format: CsvFormat | None = None) -> Evaluation:
        """Measure the model on tables with labels.

        Raises
        ------
        TableError
            If the tables do not fit the model, or hold labels it does not know.
        """
        logits, codes = [], []
        unseen: Counter[str] = Counter()
        for batch in self.read(paths, csv_format):
            if batch.data.num_rows:
                codes.append(self.schema.codes(batch))
                features = self.schema.features(batch, lambda name, count: unseen.update({name: count}))
                logits.append(self.logits(features))
        if not codes:
            raise TableError(f"{paths[0]}: expected rows, got a table with column names only")
        z, y = np.concatenate(logits), np.concatenate(codes)
        return Evaluation(
            len(y),
            score(y, logits=z),
            score(y, logits=z / self.temperature),
            _rare(self.schema, y),
            unseen_notes(unseen),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file, whole or not at all.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        from softargmax.artifact import write_artifact

        metadata = {
            "schema": self.schema.to_json(),
            "csv": {"header": self.csv_format.header, "delimiter": self.csv_format.delimiter},
            "network": {"layer_sizes": list(self.network.layer_sizes), "clip": self.network.clip},
            "output": "sigmoid" if isinstance(self.output, SigmoidOutput) else "softmax",
            "calibration": {"method": "temperature", "temperature": self.temperature},
            "record": asdict(self.record),
        }
        arrays = {"mean": self.network.mean, "scale": self.network.scale, "parameters": self.network.flat}
        write_artifact(path, metadata, arrays, __version__)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TableClassifier":
        """Read a model file; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, truncated, foreign, newer or inconsistent.
        """
        from softargmax.artifact import read_artifact

        metadata, arrays = read_artifact(path)
        try:
            schema = Schema.from_json(metadata["schema"])
            outputs: dict[str, Any] = {"sigmoid": SigmoidOutput, "softmax": SoftmaxOutput}
            output = outputs[metadata["output"]](schema.labels)
            network = _network_from(metadata["network"], arrays, schema.n_features, output.n_outputs)
            calibration = metadata["calibration"]
            temperature = float(calibration["temperature"])
            if calibration["method"] != "temperature" or not 0.0 < temperature < np.inf:
                raise ValueError(f"unknown calibration {calibration}")
            csv = _csv_from_json(metadata["csv"])
            record = _record_from_json(metadata["record"], len(schema.labels))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
            raise ArtifactError(f"{path}: the model file is damaged: {type(error).__name__}: {error}") from error
        return cls(schema, network, output, temperature, csv, record)


def _fit(
    cls: type[TableClassifier],
    schema: Schema,
    features: Array,
    codes: Array,
    options: FitOptions,
    csv_format: CsvFormat,
    progress: "ProgressCallback | None",
) -> TableClassifier:
    rng = np.random.default_rng(options.seed)
    held = options.calibration_fraction, options.score_fraction
    training, calibration, scoring = stratified_split(codes, (1.0 - sum(held), *held), rng)
    labels = schema.labels
    y = labels.labels(codes)
    estimator = _estimator(options)
    fit_options: dict[str, Any] = {"progress": progress}
    if options.model == "mlp" and len(calibration) >= _FEWEST_TO_STOP_BY:
        fit_options["validation_data"] = (features[calibration], y[calibration])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(features[training], y[training], **fit_options)
        classifier = cls(schema, estimator.network_, estimator.output_layer_, 1.0, csv_format, _NO_RECORD)
        temperature = 1.0
        if len(calibration) >= _FEWEST_TO_CALIBRATE:
            scaling = TemperatureScaling().fit(classifier.logits(features[calibration]), codes[calibration])
            temperature = scaling.temperature_
    notes = [
        f"calibration: {warning.message}" if issubclass(warning.category, CalibrationWarning) else str(warning.message)
        for warning in caught
        if issubclass(warning.category, UserWarning)
    ]
    if len(calibration) < _FEWEST_TO_CALIBRATE:
        notes.append(f"calibration: {len(calibration)} rows are too few to calibrate on; the temperature was left at 1")

    before = after = None
    if len(scoring):
        z = classifier.logits(features[scoring])
        before, after = score(codes[scoring], logits=z), score(codes[scoring], logits=z / temperature)
    else:
        notes.append("no rows were left to score on: nothing is known about how good the model is")
    record = FitRecord(
        {"training": len(training), "calibration": len(calibration), "score": len(scoring)},
        tuple(np.bincount(codes, minlength=len(labels)).tolist()),
        options.model,
        int(estimator.n_iter_),
        before,
        after,
        _rare(schema, codes[scoring]),
        tuple(notes),
    )
    return cls(schema, classifier.network, classifier.output, temperature, csv_format, record)


_NO_RECORD = FitRecord({}, (), "", 0, None, None, (), ())


def _estimator(options: FitOptions) -> Any:
    import softargmax

    class_weight = "balanced" if options.balanced else None
    if options.model == "regression":
        return softargmax.SoftmaxRegression(class_weight=class_weight)
    return softargmax.SoftmaxMLP(
        options.hidden_layer_sizes,
        max_epochs=options.max_epochs,
        class_weight=class_weight,
        random_state=options.seed,
    )


def _rare(schema: Schema, codes: Array) -> tuple[str, ...]:
    counts = np.bincount(codes, minlength=len(schema.labels))
    return tuple(
        str(label) for label, count in zip(schema.labels.classes.tolist(), counts, strict=True) if count < RARE
    )


def refuse_overwriting(output: str | os.PathLike[str], inputs: Sequence[str]) -> None:
    """Refuse to write over something that is read.

    Raises
    ------
    ArgumentError
    """
    for path in inputs:
        if os.path.exists(output) and os.path.exists(path) and os.path.samefile(output, path):
            raise ArgumentError(f"{output}: this file is also read ({path}); choose another name for the output")


def unseen_notes(unseen: Counter[str]) -> tuple[str, ...]:
    """Say in words which columns had values that were not known at fit."""
    return tuple(
        f"column {name!r}: {count} values were not seen at fit and count as none of the known ones"
        for name, count in sorted(unseen.items())
    )


def _network_from(data: dict[str, Any], arrays: dict[str, Array], n_features: int, n_outputs: int) -> Network:
    sizes = tuple(int(size) for size in data["layer_sizes"])
    if (sizes[0], sizes[-1]) != (n_features, n_outputs):
        raise ValueError(f"layers {sizes} do not lead from {n_features} features to {n_outputs} outputs")
    for name in ("mean", "scale", "parameters"):
        if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} must be finite floating numbers")
    if not np.all(arrays["scale"] > 0.0):
        raise ValueError("scale must be positive")
    clip = None if data["clip"] is None else as_real(data["clip"], "clip", low=0.0, open_low=True)
    return Network(arrays["mean"], arrays["scale"], sizes, arrays["parameters"], clip)


def _csv_from_json(data: dict[str, Any]) -> CsvFormat:
    header, delimiter = data["header"], data["delimiter"]
    if header not in (None, True, False) or not isinstance(delimiter, str) or len(delimiter) != 1:
        raise ValueError(f"unknown layout of CSV files {data}")
    return CsvFormat(header, delimiter)


def _record_from_json(data: dict[str, Any], n_classes: int) -> FitRecord:
    def estimate(item: dict[str, Any]) -> Estimate:
        value, low, high, confidence = (float(item[name]) for name in ("value", "low", "high", "confidence"))
        return Estimate(value, low, high, confidence, int(item["n"]))

    def scores(item: Any) -> Scores | None:
        return None if item is None else Scores(**{name: estimate(value) for name, value in item.items()})

    class_counts = tuple(int(count) for count in data["class_counts"])
    if len(class_counts) != n_classes:
        raise ValueError(f"expected {n_classes} class counts, got {len(class_counts)}")
    return FitRecord(
        {str(part): int(count) for part, count in data["rows"].items()},
        class_counts,
        str(data["model"]),
        int(data["n_iter"]),
        scores(data["before"]),
        scores(data["after"]),
        tuple(str(name) for name in data["rare"]),
        tuple(str(note) for note in data["notes"]),
    )
