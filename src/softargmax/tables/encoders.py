"""Which encoder a column has, by what it holds."""

from typing import Any

from softargmax.tables.quantity_encoders import BooleanEncoder, DateEncoder, NumberEncoder
from softargmax.tables.word_encoders import CategoryEncoder, TextEncoder

ENCODERS: dict[str, Any] = {
    "number": NumberEncoder,
    "boolean": BooleanEncoder,
    "date": DateEncoder,
    "category": CategoryEncoder,
    "text": TextEncoder,
}
