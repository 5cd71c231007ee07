"""A fitted classifier as plain data, and back: every field is checked on the way in."""

from dataclasses import asdict
from typing import Any

import numpy as np

from softargmax._arrays import Array
from softargmax._options import as_real
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.metrics import Estimate, Scores
from softargmax.models.network import Network
from softargmax.models.outputs import SigmoidOutput, SoftmaxOutput
from softargmax.pipeline.fitting import Fitted
from softargmax.pipeline.records import FitRecord
from softargmax.tables.reading import CsvFormat
from softargmax.tables.schema import Schema

_OUTPUTS: dict[str, Any] = {"sigmoid": SigmoidOutput, "softmax": SoftmaxOutput}


def to_parts(schema: Schema, fitted: Fitted, csv_format: CsvFormat) -> tuple[dict[str, Any], dict[str, Array]]:
    """Give metadata and arrays for a model file."""
    network = fitted.network
    metadata = {
        "schema": schema.to_json(),
        "csv": {"header": csv_format.header, "delimiter": csv_format.delimiter},
        "network": {"layer_sizes": list(network.layer_sizes), "clip": network.clip, "activation": "silu"},
        "output": next(name for name, kind in _OUTPUTS.items() if isinstance(fitted.output, kind)),
        "calibration": fitted.calibration.to_state(),
        "record": asdict(fitted.record),
    }
    return metadata, {"mean": network.mean, "scale": network.scale, "parameters": network.flat}


def from_parts(metadata: dict[str, Any], arrays: dict[str, Array]) -> tuple[Schema, Fitted, CsvFormat]:
    """Rebuild what `to_parts` described; anything amiss is a ValueError, LookupError or TypeError."""
    schema = Schema.from_json(metadata["schema"])
    output = _OUTPUTS[metadata["output"]](schema.labels)
    network = _network_from(metadata["network"], arrays, schema.n_features, output.n_outputs)
    calibration = _calibration_from(metadata["calibration"], len(schema.labels))
    record = _record_from_json(metadata["record"], len(schema.labels))
    return schema, Fitted(network, output, calibration, record), _csv_from_json(metadata["csv"])


def _network_from(data: dict[str, Any], arrays: dict[str, Array], n_features: int, n_outputs: int) -> Network:
    sizes = tuple(int(size) for size in data["layer_sizes"])
    if (sizes[0], sizes[-1]) != (n_features, n_outputs):
        raise ValueError(f"layers {sizes} do not lead from {n_features} features to {n_outputs} outputs")
    for name in ("mean", "scale", "parameters"):
        if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} must be finite floating numbers")
    if not np.all(arrays["scale"] > 0.0):
        raise ValueError("scale must be positive")
    if data["activation"] != "silu":
        raise ValueError(f"unknown activation {data['activation']!r}")
    clip = None if data["clip"] is None else as_real(data["clip"], "clip", low=0.0, open_low=True)
    return Network(arrays["mean"], arrays["scale"], sizes, arrays["parameters"], clip)


def _calibration_from(state: dict[str, Any], n_classes: int) -> Calibration:
    if set(state) == {"method", "temperature"}:  # format 1
        return TemperatureScaling.known(state["temperature"], n_logits=n_classes)
    calibration = Calibration.from_state(state)
    if calibration.n_logits_ != n_classes:
        raise ValueError(f"a calibration for {calibration.n_logits_} classes, of which there are {n_classes}")
    return calibration


def _csv_from_json(data: dict[str, Any]) -> CsvFormat:
    header, delimiter = data["header"], data["delimiter"]
    if header not in (None, True, False) or not isinstance(delimiter, str) or len(delimiter) != 1:
        raise ValueError(f"unknown layout of CSV files {data}")
    return CsvFormat(header, delimiter)


def _record_from_json(data: dict[str, Any], n_classes: int) -> FitRecord:
    def estimate(item: dict[str, Any]) -> Estimate:
        value, low, high, confidence = (float(item[name]) for name in ("value", "low", "high", "confidence"))
        # Older files do not say how the interval was made.
        return Estimate(value, low, high, confidence, int(item["n"]), str(item.get("method", "")))

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
