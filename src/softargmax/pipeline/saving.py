"""A fitted classifier as plain data, and back: every field is checked on the way in."""

from dataclasses import asdict, replace
from typing import Any

from softargmax._fields import ArrayField, Field, PlainField, StateField, TextField, fields_of, state_of
from softargmax._options import as_real
from softargmax._state import State
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.exceptions import ArtifactError, SoftargmaxError
from softargmax.metrics import Scores
from softargmax.models.network import Network
from softargmax.models.outputs import SigmoidOutput, SoftmaxOutput
from softargmax.pipeline.fitting import Fitted
from softargmax.pipeline.records import FitRecord
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema

_OUTPUTS: dict[str, Any] = {"sigmoid": SigmoidOutput, "softmax": SoftmaxOutput}

KIND = "table-classifier"
# Versions 1 and 2 are what files of formats 1 and 2 held: version 1 knows a temperature and no other calibration,
# version 2 holds a calibration's state in the form that version 0.1 of the library gave it.
# Version 4 says whose calibration error the record holds. Before, the Brier score of two classes was the sum over both.
# Version 5 holds how tables are read; before, there was a delimiter, and whether there is a header.
VERSION = 5
_FIELDS: dict[str, Field] = {
    "schema": PlainField(),
    "reading": PlainField(optional=True),
    "csv": PlainField(optional=True),
    "network": PlainField(),
    "output": TextField(("sigmoid", "softmax")),
    "record": PlainField(),
    "mean": ArrayField("", dtype=None),
    "scale": ArrayField("", dtype=None, low=0.0, open_low=True),
    "parameters": ArrayField("", dtype=None),
}


def to_state(schema: Schema, fitted: Fitted, reading: Reading) -> State:
    """Give everything as plain data."""
    network = fitted.network
    values = {
        "schema": schema.to_json(),
        "reading": reading.to_json(),
        "network": {"layer_sizes": list(network.layer_sizes), "clip": network.clip, "activation": "silu"},
        "output": next(name for name, kind in _OUTPUTS.items() if isinstance(fitted.output, kind)),
        "calibration": fitted.calibration.to_state(),
        "record": asdict(fitted.record),
        "mean": network.mean,
        "scale": network.scale,
        "parameters": network.flat,
    }
    return state_of(KIND, VERSION, {**_FIELDS, "calibration": StateField()}, values)


def from_state(state: State) -> tuple[Schema, Fitted, Reading]:
    """Rebuild what `to_state` described.

    Raises
    ------
    ArtifactError
        For anything amiss.
    """
    if not isinstance(state, State) or state.kind != KIND:
        raise ArtifactError(
            f"expected a model of tables, got a file of kind {getattr(state, 'kind', type(state).__name__)!r}; "
            "softargmax.load reads any kind, and the command apply takes calibrations"
        )
    data = fields_of(state, _FIELDS, newest=VERSION)
    try:
        schema = Schema.from_json(data["schema"])
        output = _OUTPUTS[data["output"]](schema.labels)
        network = _network_from(data, schema.n_features, output.n_outputs)
        calibration = _calibration_from(state, len(schema.labels))
        record = _record_from_json(data["record"], len(schema.labels), state.version)
        return schema, Fitted(network, output, calibration, record), _reading_from(data, state.version)
    except (SoftargmaxError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ArtifactError(f"the model file is damaged: {type(error).__name__}: {error}") from error


def _network_from(data: dict[str, Any], n_features: int, n_outputs: int) -> Network:
    described = data["network"]
    sizes = tuple(int(size) for size in described["layer_sizes"])
    if (sizes[0], sizes[-1]) != (n_features, n_outputs):
        raise ValueError(f"layers {sizes} do not lead from {n_features} features to {n_outputs} outputs")
    if described["activation"] != "silu":
        raise ValueError(f"unknown activation {described['activation']!r}")
    clip = None if described["clip"] is None else as_real(described["clip"], "clip", low=0.0, open_low=True)
    return Network(data["mean"], data["scale"], sizes, data["parameters"], clip)


def _calibration_from(state: State, n_classes: int) -> Calibration:
    saved = state.values.get("calibration")
    if state.version == 1 and isinstance(saved, dict):
        return TemperatureScaling.known(saved["temperature"], n_logits=n_classes)
    calibration = Calibration.from_state(saved)  # type: ignore[arg-type]
    if calibration.n_logits_ != n_classes:
        raise ValueError(f"a calibration for {calibration.n_logits_} classes, of which there are {n_classes}")
    return calibration


def _reading_from(data: dict[str, Any], version: int) -> Reading:
    if version >= 5:
        return Reading.from_json(data["reading"])
    header, delimiter = data["csv"]["header"], data["csv"]["delimiter"]
    return Reading.from_json(
        {"encoding": "utf-8", "delimiter": delimiter, "header": header is not False, "skip_rows": 0}
    )


def _record_from_json(data: dict[str, Any], n_classes: int, version: int) -> FitRecord:
    def scores(item: Any) -> Scores | None:
        if item is None:
            return None
        found = Scores.from_dict(item)
        if version >= 4 or n_classes != 2:
            return found
        brier = found.brier_score
        half = {name: 0.5 * getattr(brier, name) for name in ("value", "low", "high")}
        return replace(found, brier_score=replace(brier, **half))

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
