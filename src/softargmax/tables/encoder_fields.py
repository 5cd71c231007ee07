"""An encoder as plain data, for the model file, and back: every field is checked on the way in."""

from dataclasses import asdict
from typing import Any

import numpy as np

from softargmax.tables.dates.calendars import CALENDARS
from softargmax.tables.dates.date_form import ORDERS
from softargmax.tables.encoders import ENCODERS
from softargmax.tables.quantity_encoders import CYCLES


def encoder_to_json(encoder: Any) -> dict[str, Any]:
    """Give all that was learned of a column as plain data, its kind included."""
    return {name: None if value == np.inf else value for name, value in asdict(encoder).items()}


def encoder_from_json(data: dict[str, Any]) -> Any:
    """Rebuild an encoder from its data, checking every field."""
    values = dict(data)
    kind = values.pop("kind", None)
    if kind not in ENCODERS:
        raise ValueError(f"unknown kind of column {kind!r}")
    for name in ("levels", "rare", "words", "cycles", "units"):
        if name in values:
            values[name] = tuple(values[name])
            if not all(isinstance(item, str) for item in values[name]):
                raise ValueError(f"{name} must be text")
    for name in ("mean", "scale"):
        if name in values:
            values[name] = float(values[name])
            if not np.isfinite(values[name]) or (name == "scale" and values[name] <= 0.0):
                raise ValueError(f"{name} must be finite, and a scale positive")
    if "limit" in values:
        values["limit"] = np.inf if values["limit"] is None else float(values["limit"])
        if not values["limit"] > 0.0:
            raise ValueError("limit must be positive")
    for name in ("flags_missing", "any_script", "is_hexadecimal"):
        if not isinstance(values.get(name, None if name == "flags_missing" else False), bool):
            raise ValueError(f"{name} must be true or false")
    if not isinstance(values.get("dress", ""), str):
        raise ValueError("dress must be text")
    if any(cycle not in CYCLES for cycle in values.get("cycles", ())):
        raise ValueError("unknown cycle of a date")
    if values.get("order", "ymd") not in ORDERS or values.get("calendar") not in (None, *CALENDARS):
        raise ValueError("unknown order or calendar of a date")
    if not all(isinstance(values.get(name, False), bool) for name in ("digits", "short_years")):
        raise ValueError("digits and short_years must be true or false")
    return ENCODERS[kind](**values)
