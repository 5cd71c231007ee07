"""What a language model's server answered, brought from three forms into one: a token for each place, and its rivals.

Chat completions and llama.cpp have a list of tokens, each with the likeliest at its place; the older completions have
three lists beside each other, in which tokens are known by their text only.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from softargmax.exceptions import ArgumentError, ShapeError, UnsupportedError

# What OpenAI and vLLM write for "less than we tell", and llama.cpp, with the lowest float32, for 0.
_CUT_OFF = -9999.0
# Servers compute in float32: what is left of 1 is known up to some units of its last digit, times many terms.
_ROUNDING = 2.0**-20


@dataclass(frozen=True)
class Place:
    """What is known of one place of an answer.

    Attributes
    ----------
    text : str
        The token that was chosen.
    own : float or None
        Its log-probability; None where it was cut off.
    told : dict
        The log-probabilities of all tokens that were told, by their text.
    of_one_other, of_all_others : float
        The most that one token which was not told can have, and all of them together.
    """

    text: str
    own: float | None
    told: Mapping[str, float]
    of_one_other: float
    of_all_others: float


def places_of(response: Any, choice: int) -> list[Place]:
    """Read an answer in any of the forms.

    Raises
    ------
    UnsupportedError
        For an answer without log-probabilities of the model; ArgumentError for what is no answer.
    """
    entries, where = _entries_of(response, choice)
    return [_place(entry, f"{where}[{number}]") for number, entry in enumerate(entries)]


def _entries_of(response: Any, choice: int) -> tuple[list[Any], str]:
    """Give what is said of each place, in the words of chat completions, and where it stood."""
    response = response.model_dump() if hasattr(response, "model_dump") else response
    _require(response, Mapping, "a dictionary", "response")
    if "completion_probabilities" in response:
        where = "completion_probabilities"
        return _require(response[where], list, "a list", where), where
    choices = _require(response.get("choices"), list, "a list", "choices")
    if not isinstance(choice, int) or isinstance(choice, bool) or not 0 <= choice < len(choices):
        raise ArgumentError(
            f"choice: expected the number of one of {len(choices)} answers, got {choice!r}", parameter="choice"
        )
    where = f"choices[{choice}].logprobs"
    found = _require(choices[choice], Mapping, "a dictionary", f"choices[{choice}]").get("logprobs")
    if found is None:
        raise UnsupportedError(
            f"response: expected log-probabilities as {where}, got none; ask the server for them, with logprobs=True "
            "and top_logprobs=20, or logprobs=5 in the older completions",
            parameter="response",
        )
    _require(found, Mapping, "a dictionary", where)
    if "tokens" in found:
        return _as_in_chats(found, where), where
    return _require(found.get("content"), list, "a list", f"{where}.content"), f"{where}.content"


def _as_in_chats(found: Mapping[str, Any], where: str) -> list[Any]:
    """Bring the three lists of the older completions into the form of the newer ones."""
    tokens = _require(found["tokens"], list, "a list", f"{where}.tokens")
    own = _require(found.get("token_logprobs"), list, "a list", f"{where}.token_logprobs")
    tops = found.get("top_logprobs")
    tops = [None] * len(tokens) if tops is None else _require(tops, list, "a list", f"{where}.top_logprobs")
    if not len(tokens) == len(own) == len(tops):
        raise ShapeError(
            f"response: expected as many tokens as token_logprobs and top_logprobs in {where}, got {len(tokens)}, "
            f"{len(own)} and {len(tops)}",
            parameter="response",
        )
    entries = []
    for number, (text, x, top) in enumerate(zip(tokens, own, tops, strict=True)):
        pairs = _require(top or {}, Mapping, "a dictionary", f"{where}.top_logprobs[{number}]").items()
        told = [{"token": each, "logprob": value} for each, value in pairs]
        entries.append({"token": text, "logprob": x, "top_logprobs": told})
    return entries


def _place(entry: Any, where: str) -> Place:
    text, own = _token(entry, where)
    chosen = _identity(entry)
    others: dict[Any, tuple[str, float]] = {}
    for number, each in enumerate(_require(entry.get("top_logprobs") or [], list, "a list", f"{where}.top_logprobs")):
        other, x = _token(each, f"{where}.top_logprobs[{number}]")
        if x is not None:
            others[_identity(each)] = other, x
    if own is None and chosen in others:
        own = others[chosen][1]
    others.pop(chosen, None)
    everything = [*others.values(), *([] if own is None else [(text, own)])]
    told: dict[str, float] = {}
    for each, x in everything:
        told[each] = min(float(np.logaddexp(told.get(each, -math.inf), x)), 0.0)
    left = min(max(1.0 - math.fsum(math.exp(x) for _, x in everything), 0.0) + _ROUNDING, 1.0)
    # The chosen token may be told beside the likeliest, so that the least of the others is the bound, not its own.
    least = min((x for _, x in others.values()), default=0.0)
    return Place(text, own, told, min(least, math.log(left)), math.log(left))


def _token(entry: Any, where: str) -> tuple[str, float | None]:
    """Give a token's text and its log-probability; None where that was cut off."""
    _require(entry, Mapping, "a dictionary", where)
    if "logprob" not in entry and ("prob" in entry or "probs" in entry):
        raise UnsupportedError(
            f"response: expected log-probabilities of the model as {where}.logprob, got probabilities after its "
            "filters; ask llama.cpp with post_sampling_probs=false, in a version of 2025 or newer",
            parameter="response",
        )
    text = _require(entry.get("token"), str, "a text", f"{where}.token")
    x = entry.get("logprob")
    if x is None:
        return text, None
    # A softmax in float32 may end above 0 by its rounding.
    if isinstance(x, bool) or not isinstance(x, int | float) or not x <= 1e-3:
        raise ArgumentError(
            f"response: expected a logarithm of a probability, at most 0, or null as {where}.logprob, got {x!r}",
            parameter="response",
        )
    return text, min(float(x), 0.0) if x > _CUT_OFF else None


def _identity(entry: Mapping[str, Any]) -> Any:
    """Give what tells a token from others: its number, else its bytes, else its text."""
    if isinstance(number := entry.get("id"), int):
        return number
    given = entry.get("bytes")
    if isinstance(given, list) and given and all(isinstance(each, int) for each in given):
        return tuple(given)
    return entry["token"]


def _require(value: Any, kind: type, words: str, where: str) -> Any:
    if not isinstance(value, kind):
        shown = ", ".join(map(str, value)) if isinstance(value, Mapping) else type(value).__name__
        raise ArgumentError(
            f"response: expected {words} as {where}, got {shown}; give the JSON of chat completions, of completions, "
            "or of llama.cpp's /completion",
            parameter="response",
        )
    return value
