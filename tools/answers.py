"""Answers the questions of foreign.py with the package that is installed."""

import sys

import numpy as np

import softargmax


def main() -> None:
    """Read questions from standard input; print a line of results for each."""
    lines = iter(sys.stdin)
    for question in lines:
        function, dtype, rows, classes = question.split()
        numbers = [float.fromhex(number) for number in next(lines).split()]
        logits = np.array(numbers, dtype).reshape(int(rows), int(classes))
        result = getattr(softargmax, function)(logits)
        print(*(float(number).hex() for number in np.ravel(result)))


if __name__ == "__main__":
    main()
