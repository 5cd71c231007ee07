"""Bounds that a score must keep, so that a program which runs a command can stop: ``--fail-if "log_loss>.4"``."""

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args

from cyclopts import Parameter

from softargmax._estimate import Estimate
from softargmax._words import did_you_mean
from softargmax.cli.errors import BrokenBoundError
from softargmax.exceptions import ArgumentError

FailIf = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help='End with status 3 if a score is so, like "log_loss>.4": a name that --json has, with dots between names '
        'that stand inside each other, as in "log_loss.low"; one of <, >, <=, >=; a number. Repeat for more.',
    ),
]

_HOLDS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_ALLOWS = {">=": "{} or more", "<=": "{} or less", ">": "more than {}", "<": "less than {}"}
_BOUND = re.compile(r"\s*([\w.\s-]*?)\s*(>=|<=|>|<)\s*(\S+)\s*")
# Numbers that say how something was measured, and not how good it is.
_NO_SCORES = {"confidence", "promised"}


@dataclass(frozen=True)
class Bound:
    """What a score, or an end of its range (``log_loss.low``), must not be; ``text`` is what the user wrote."""

    text: str
    name: str
    sign: str
    limit: float

    @classmethod
    def of(cls, text: str, known: Mapping[str, bool]) -> "Bound":
        """Read one; `known` are the names of scores, and whether they have a range.

        Raises
        ------
        ArgumentError
            For anything else than the name of a score, a comparison and a number.
        """
        match = _BOUND.fullmatch(text)
        if match is None or not _is_number(match[3]):
            raise ArgumentError(
                f'fail_if: expected a score, one of <, >, <=, >=, and a number, like "log_loss>.4", got {text!r}',
                parameter="fail_if",
            )
        name = re.sub(r"[\s-]+", "_", match[1])
        whole, _, end = name.rpartition(".")
        if name not in known and not (end in ("low", "high") and known.get(whole)):
            raise ArgumentError(
                f"fail_if: expected the name of a score, got {name!r}{did_you_mean(name, known) or '.'} "
                f"These are known: {', '.join(known)}",
                parameter="fail_if",
            )
        return cls(text, name, match[2], float(match[3]))

    def looked_at(self, measured: Any) -> dict[str, Any]:
        """Say what the score is and whether the bound is broken; one that cannot be told breaks it."""
        found = measured
        for name in self.name.split("."):
            found = None if found is None else getattr(found, name)
        value = found.value if isinstance(found, Estimate) else found
        broken = value is None or value != value or _HOLDS[self.sign](value, self.limit)
        ends = {"low": found.low, "high": found.high} if isinstance(found, Estimate) else {}
        return {"bound": self.text, "score": self.name, "value": value, **ends, "broken": broken}

    def sentence(self, seen: Mapping[str, Any]) -> str:
        """Say in a sentence that it is broken."""
        asked = f'--fail-if "{self.text}" allows no score that is {_ALLOWS[self.sign].format(f"{self.limit:g}")}'
        value = seen["value"]
        if value is None or value != value:
            return f"{self.name} cannot be told from these rows, and {asked}"
        if "low" not in seen:
            return f"{self.name} is {value:.6g}, and {asked}"
        low, high = seen["low"], seen["high"]
        chance = ""
        if low <= self.limit <= high:
            chance = "; the range holds that bound, so that chance may have decided"
        return f"{self.name} is {value:.6g} (range {low:.6g} to {high:.6g}), and {asked}{chance}"


def bounds_of(texts: Sequence[str], kind: type) -> tuple[Bound, ...]:
    """Read bounds of the scores that measurements of a kind hold; see `Bound.of` for errors."""
    known = dict(_names_in(kind)) if texts else {}
    return tuple(Bound.of(text, known) for text in texts)


def insist(bounds: Sequence[Bound], looked_at: Sequence[Mapping[str, Any]]) -> None:
    """Raise `BrokenBoundError` with a sentence for each bound that is broken."""
    broken = [bound.sentence(seen) for bound, seen in zip(bounds, looked_at, strict=True) if seen["broken"]]
    if broken:
        raise BrokenBoundError(*broken)


def _names_in(kind: type, before: str = "") -> Iterator[tuple[str, bool]]:
    """Name the scores in a dataclass of measurements, and in the dataclasses inside it; say which have a range."""
    for field in fields(kind):
        kinds = get_args(field.type) or (field.type,)
        if Estimate in kinds or (float in kinds and field.name not in _NO_SCORES):
            yield before + field.name, Estimate in kinds
        for inner in kinds:
            if isinstance(inner, type) and is_dataclass(inner) and inner is not Estimate:
                yield from _names_in(inner, f"{before}{field.name}.")


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False
