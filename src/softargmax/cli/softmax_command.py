"""``softargmax softmax``: a few numbers in, probabilities out."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

from cyclopts import Parameter

from softargmax.cli.flags import Json
from softargmax.cli.output import dumps
from softargmax.exceptions import TableError


def softmax(
    *logits: float,
    temperature: Annotated[float, Parameter(help="Divides the logits; 0 gives argmax.")] = 1.0,
    json: Json = False,
) -> None:
    """Turn numbers into probabilities.

    Parameters
    ----------
    logits
        The numbers; without any, one row per line of standard input.
    """
    from softargmax import probabilities

    rows = [list(logits)] if logits else _rows_of_numbers(sys.stdin)
    for row in rows:
        shares = probabilities.softmax(row, temperature=temperature).tolist()
        if json:
            print(dumps([p if p == p else None for p in shares]))  # JSON knows no NaN
        else:
            print(*shares)


def _rows_of_numbers(stream: Iterable[str]) -> Iterator[list[float]]:
    for number, line in enumerate(stream, start=1):
        cells = line.replace(",", " ").split()
        if cells:
            try:
                yield [float(cell) for cell in cells]
            except ValueError:
                raise TableError(f"standard input, line {number}: expected numbers, got {line.strip()!r}") from None
