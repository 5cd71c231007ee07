"""Groups of rows, such as those of one hospital or one country: whatever has a value per row, compared as text."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array
from softargmax.exceptions import ArgumentError, ShapeError

# More groups than this are no groups but names of rows.
_MOST = 1000


def groups_in(groups: npt.ArrayLike, n_rows: int, name: str = "group") -> tuple[list[str], Array]:
    """Give the values of a column as text, ascending, and the place of every row's value among them.

    Raises
    ------
    ShapeError
        Unless every row has one; `name` is what the column is called.
    """
    array = np.asarray(groups)
    if array.shape != (n_rows,):
        raise ShapeError(
            f"groups: expected {n_rows} in {name!r}, one for each row, got an array of shape {array.shape}",
            parameter="groups",
        )
    known, place = np.unique(np.array([str(value) for value in array.tolist()], object), return_inverse=True)
    return [str(value) for value in known.tolist()], place.ravel()


def check_number_of_groups(n_groups: int) -> None:
    """Refuse more groups than are groups, with an ArgumentError."""
    if n_groups > _MOST:
        raise ArgumentError(
            f"groups: expected at most {_MOST} different ones, got {n_groups}; a column in which nearly every row has "
            "a value of its own makes no groups",
            parameter="groups",
        )
