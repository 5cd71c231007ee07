"""What fits say of rows they have not seen: every row calibrated by a fit that left its fold out."""

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_floating, as_sample_weight
from softargmax._codes import as_codes
from softargmax._logits import codes_in
from softargmax._options import as_integer
from softargmax._renamed import provisional
from softargmax.calibration._folds import Fold, apart_from_copies, cross_fit, folds_by_loss, folds_in
from softargmax.calibration._labelled import LabelledRows
from softargmax.calibration._start import tempered
from softargmax.calibration._temperature import find_temperature
from softargmax.calibration.calibration import Calibration, ClassCalibration
from softargmax.exceptions import ArgumentError, ShapeError


@provisional
def out_of_fold(
    calibration: Calibration,
    logits: npt.ArrayLike,
    y: npt.ArrayLike,
    folds: int | npt.ArrayLike = 5,
    *,
    sample_weight: npt.ArrayLike | None = None,
) -> Array:
    r"""Give every row calibrated logits by a fit that left its fold out.

    .. math:: z'_i = c_{-f(i)}(z_i), \qquad c_{-f} \text{ fitted to the rows outside of fold } f

    Measured on these, a calibration looks as good as it will be on new rows; measured on the rows it was fitted to, it
    looks better than it is.

    Parameters
    ----------
    calibration : Calibration
        Which one; it stays as it is, copies are fitted.
    logits : array-like, shape (n_rows, n_classes), or what the calibration takes
        For `ProbabilityCalibration` probabilities, for `MultilabelCalibration` logits of labels.
    y : array-like of integer, shape (n_rows,)
        Codes of the true classes.
    folds : int or array-like of integer, shape (n_rows,), default 5
        The number of every row's fold; or how many folds there are. Then they are dealt by the rank of the rows'
        loss after one temperature, so that neither the order of rows nor that of classes matters, and equal rows are
        left out together.
    sample_weight : array-like, shape (n_rows,), optional
        As for `Calibration.fit`.

    Returns
    -------
    ndarray
        Calibrated logits, in the shape and floating dtype of `logits`.

    Raises
    ------
    ShapeError, DTypeError, TargetError, ArgumentError
        For arrays that do not fit, and folds that are fewer than two.

    See Also
    --------
    Calibration.fit : with all rows, which is what to keep; it also warns where rows do not suffice.
    AutoCalibration : lets rows left out in this way decide how to calibrate.

    Notes
    -----
    Source: Stone, "Cross-validatory choice and assessment of statistical predictions", *J. R. Stat. Soc. B* 36 (1974).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.calibration import out_of_fold
    >>> rng = np.random.default_rng(0)
    >>> logits = rng.normal(size=(500, 20))
    >>> y = sm.argmax(logits + rng.gumbel(size=logits.shape))
    >>> scaling = sm.MatrixScaling()
    >>> promised = sm.cross_entropy(scaling.clone().fit(logits, y).transform(logits), y)
    >>> bool(promised + 0.5 < sm.cross_entropy(out_of_fold(scaling, logits, y), y))
    True
    """
    given, codes = as_floating(logits, "logits"), as_codes(y, "y")
    if codes.shape[:1] != given.shape[:1] or codes.ndim == 0:
        raise ShapeError(f"expected as many rows of logits as of y, got {given.shape} and {codes.shape}", parameter="y")
    weight = None if sample_weight is None else as_sample_weight(sample_weight, len(codes))
    if isinstance(folds, int | np.integer):
        parts = _by_loss(calibration, given, codes, weight, as_integer(folds, "folds", low=2))
    else:
        numbers = as_codes(folds, "folds")
        if numbers.shape != codes.shape[:1]:
            raise ShapeError(
                f"folds: expected a number per row, shape {codes.shape[:1]}, got {numbers.shape}", parameter="folds"
            )
        parts = folds_in(numbers)
    if len(parts) < 2:
        raise ArgumentError("folds: expected at least two, got one; no row would be left to fit to", parameter="folds")

    def transformed(fold: Fold) -> Array:
        fitted = calibration.clone()
        fitted._fit(given[fold.inside], codes[fold.inside], None if weight is None else weight[fold.inside])
        return fitted.transform(given[fold.outside])

    return cross_fit(parts, transformed)


def _by_loss(calibration: Calibration, given: Array, codes: Array, weight: Array | None, n_folds: int) -> list[Fold]:
    """Give folds dealt by the rows' loss after one temperature."""
    if not isinstance(calibration, ClassCalibration):
        raise ArgumentError(
            f"folds: expected the number of every row's fold, as {type(calibration).__name__} takes more than logits "
            "of exclusive classes, by whose loss rows are dealt",
            parameter="folds",
        )
    rows = calibration._to_fit(given)
    temperature = find_temperature(LabelledRows.of(rows, codes, weight)).temperature
    z = tempered(rows.values, temperature)
    codes = codes_in(codes, rows)
    return folds_by_loss(z, codes, n_folds, apart_from_copies(rows.values, codes))
