"""``softargmax softmax``: a few numbers in, probabilities out."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from cyclopts import Parameter

from softargmax.cli.flags import Json
from softargmax.cli.output import dumps
from softargmax.exceptions import ArgumentError, TableError


def softmax(
    *logits: Annotated[str, Parameter(allow_leading_hyphen=True)],
    temperature: Annotated[float, Parameter(help="Divides the logits; 0 gives argmax.")] = 1.0,
    json: Json = False,
) -> None:
    """Turn numbers into probabilities.

    Parameters
    ----------
    logits
        The numbers, with blanks or commas between them; without any, one row per line of standard input.

    Examples
    --------
    softargmax softmax 1 3 2
    """
    from softargmax import probabilities

    rows = [_numbers_of(logits)] if logits else _rows_of_numbers(sys.stdin)
    for row in rows:
        shares = probabilities.softmax(row, temperature=temperature).tolist()
        if json:
            print(dumps([p if p == p else None for p in shares]))  # JSON knows no NaN
        else:
            print(*shares)


def _numbers_of(words: Sequence[str]) -> list[float]:
    for word in words:
        if word.startswith("--"):
            raise ArgumentError(f"unknown option {word}; run softargmax softmax --help to see what there is")
    try:
        return _numbers_in(" ".join(words))
    except ValueError:
        raise ArgumentError(f"logits: expected numbers, got {' '.join(words)!r}") from None


def _rows_of_numbers(stream: Iterable[str] | None) -> Iterator[list[float]]:
    if stream is None:
        raise TableError("standard input is closed; write the numbers behind the command")
    for number, line in enumerate(stream, start=1):
        try:
            row = _numbers_in(line)
        except ValueError:
            raise TableError(f"standard input, line {number}: expected numbers, got {line.strip()!r}") from None
        if row:
            yield row


def _numbers_in(text: str) -> list[float]:
    return [float(word) for word in text.replace(",", " ").split()]
