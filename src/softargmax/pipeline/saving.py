"""A model of tables as plain data, and back: every field is checked on the way in."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from softargmax._fields import Field, PlainField, StateField, StatesField, fields_of, state_of
from softargmax._options import as_real
from softargmax._state import State
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.exceptions import ArtifactError, SoftargmaxError
from softargmax.metrics import Scores
from softargmax.metrics._plain import plain
from softargmax.pipeline.kept_promises import KeptPromises
from softargmax.pipeline.members import FIELDS as FIELDS_OF_A_NETWORK
from softargmax.pipeline.members import Member, NetworkMember, member_from
from softargmax.pipeline.records import FitRecord, Importance, Split
from softargmax.pipeline.seen_rows import SeenRows
from softargmax.pipeline.table_decisions import NONE, Decisions
from softargmax.tables.marks import BEFORE
from softargmax.tables.notes import Note
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema

if TYPE_CHECKING:  # which is made of what is read here
    from softargmax.pipeline.table_model import TableModel

# What the file is called is older than the class that reads it, and stays.
KIND = "table-classifier"
# Versions 1 and 2 are what files of formats 1 and 2 held: version 1 knows a temperature and no other calibration,
# version 2 holds a calibration's state in the form that version 0.1 of the library gave it.
# Version 4 says whose calibration error the record holds. Before, the Brier score of two classes was the sum over both.
# Version 5 holds how tables are read, and members; before, there was one network, a delimiter, and whether there is a
# header.
# Version 6 says how rows were dealt, and what the score means.
# Version 7 remembers of every column what it held, so that other values are noticed at prediction.
# Version 8 may hold trees among its members, and says which members were taken and why.
# Version 9 says how important every column is, and knows the rows that were learned from.
# Version 10 may hold decisions: promises, and how they were kept.
VERSION = 10
_FIELDS: dict[str, Field] = {
    "schema": PlainField(),
    "reading": PlainField(),
    "notes": PlainField(),
    "members": StatesField(),
    "weights": PlainField(),
    "calibration": StateField(),
    "decisions": StateField(optional=True),
    "record": PlainField(),
    "seen": StateField(optional=True),
}
_FIELDS_BEFORE_5: dict[str, Field] = {
    "schema": PlainField(),
    "csv": PlainField(),
    "record": PlainField(),
    **FIELDS_OF_A_NETWORK,
}


def to_state(model: "TableModel") -> State:
    """Give everything as plain data."""
    values = {
        "schema": model.schema.to_json(),
        "reading": model.reading.to_json(),
        "notes": [note.to_json() for note in model.notes],
        "members": [member.to_state() for member in model.members],
        "weights": list(model.weights),
        "calibration": model.calibration.to_state(),
        "decisions": model.decisions.to_state() if model.decisions else None,
        "record": plain(model.record),
        "seen": None if model.seen is None else model.seen.to_state(),
    }
    return state_of(KIND, VERSION, _FIELDS, values)


def from_state(state: State, make: Callable[..., "TableModel"]) -> "TableModel":
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
    fields = _FIELDS if state.version >= 5 else _FIELDS_BEFORE_5
    data = fields_of(state, fields, newest=VERSION)
    try:
        schema = Schema.from_json(data["schema"])
        members, weights, reading, notes = _parts(data) if state.version >= 5 else _parts_before_5(data)
        calibration = _calibration_from(state, len(schema.labels))
        record = _record_from_json(data["record"], len(schema.labels), state.version)
        seen = None if data.get("seen") is None else SeenRows.from_state(data["seen"])
        decisions = NONE
        if data.get("decisions") is not None:
            decisions = Decisions.from_state(data["decisions"], len(schema.labels))
        return make(reading, schema, members, weights, calibration, record, notes, seen, decisions)
    except (SoftargmaxError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ArtifactError(f"the model file is damaged: {type(error).__name__}: {error}") from error


def _parts(data: dict[str, Any]) -> tuple[tuple[Member, ...], tuple[float, ...], Reading, tuple[Note, ...]]:
    return (
        tuple(member_from(state) for state in data["members"]),
        tuple(as_real(weight, "weights", low=0.0) for weight in data["weights"]),
        Reading.from_json({"missing": list(BEFORE)} | data["reading"]),
        tuple(Note.from_json(note) for note in data["notes"]),
    )


def _parts_before_5(data: dict[str, Any]) -> tuple[tuple[Member, ...], tuple[float, ...], Reading, tuple[Note, ...]]:
    header, delimiter = data["csv"]["header"], data["csv"]["delimiter"]
    known = {"encoding": "utf-8", "delimiter": delimiter, "header": header is not False, "skip_rows": 0}
    known |= {"missing": list(BEFORE), "decimal": "."}
    return (NetworkMember.of_fields(data),), (1.0,), Reading.from_json(known), ()


def _calibration_from(state: State, n_classes: int) -> Calibration:
    saved = state.values.get("calibration")
    if state.version == 1 and isinstance(saved, dict):
        return TemperatureScaling.known(saved["temperature"], n_logits=n_classes)
    calibration = Calibration.from_state(saved)  # type: ignore[arg-type]
    if calibration.n_logits_ != n_classes:
        raise ValueError(f"a calibration for {calibration.n_logits_} classes, of which there are {n_classes}")
    return calibration


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
        None if data.get("split") is None else Split.from_json(data["split"]),
        str(data.get("choice", "")),
        None if data.get("importance") is None else Importance.from_dict(data["importance"]),
        None if data.get("kept") is None else KeptPromises.from_dict(data["kept"]),
    )
