r"""A calibration for every value of a column: one that all share, and what each value's rows add to it.

A model may be right on average and wrong for each of two hospitals. Fitting every group by itself cures that where rows
are many; where they are few, what a group's own rows say is mostly chance, and the rows of all others know better. So
every group gets a part of its own, by its number of rows, and rows left out choose how fast that part grows.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from softargmax._arrays import Array, as_sample_weight, narrow
from softargmax._codes import as_codes
from softargmax._fields import ArrayField, Field, RealField, StateField, StatesField, TextsField
from softargmax._groups import check_number_of_groups, groups_in
from softargmax._logits import Logits, block_slices, codes_in, logits_in
from softargmax._options import as_integer
from softargmax._parameters import require_fitted
from softargmax._renamed import provisional
from softargmax.calibration._contenders import Contender, compared, with_one_chosen
from softargmax.calibration._folds import Fold, Units, apart_from_copies, cross_fit, losses_of
from softargmax.calibration._labelled import CELLS, LabelledRows, counted_rows
from softargmax.calibration.calibration import Calibration, ClassCalibration, check_inner
from softargmax.calibration.parametric import PlattScaling
from softargmax.calibration.scaling import VectorScaling
from softargmax.exceptions import ArgumentError
from softargmax.probabilities import softmax

# Numbers of rows of which one is chosen, at which a group is half its own: from a group of ten to one of ten thousand,
# two to a decade.
_HALVES = (10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4)
# Fewer rows than this cannot choose.
_FEWEST = 20
# What is fitted to the rows of a group.
_OWN = ("platt", "vector")


@provisional
class GroupedCalibration(Calibration):
    r"""Calibrate the rows of every group as far as they differ from all the others.

    .. math::
        z' = (1 - \lambda_g)\, c(z) + \lambda_g\, c_g(c(z)), \qquad \lambda_g = \frac{n_g}{n_g + \kappa}

    with c fitted to all rows, and c_g, a slope and an intercept for two classes and `VectorScaling` for more, to what c
    makes of the rows of group g.

    Attributes
    ----------
    common_ : Calibration
        c, fitted.
    kappa_ : float
        The number of rows at which a group is half its own; infinite where all groups get the common calibration.
    groups_ : tuple of str
        The groups that have a part of their own, in order: their values as text.
    shares_ : ndarray, shape (n_groups,)
        lambda of each.
    maps_ : list of Calibration
        c_g of each, fitted.
    contenders_ : sequence of Contender
        How every kappa did on rows left out, beside the common calibration alone; empty where no rows could be left
        out, and after loading.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The largest of those of ``common_`` and ``maps_``.

    Parameters
    ----------
    calibration : Calibration
        Which one all groups share, such as ``AutoCalibration()``.
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.

    See Also
    --------
    softargmax.metrics.by_group : whether groups differ at all, with intervals.
    softargmax.AutoCalibration : what to share.

    Notes
    -----
    Kappa is chosen from 10 to 10,000 by the loss of rows that had no part in either fit. Groups get nothing of their
    own unless they gain more by it than a standard error of that gain. A group that was not there at fit gets the
    common calibration. Values are compared as text: 1 and "1" are one group, 1.0 is another.

    Whether a group should have a calibration of its own is not only a question of loss: there may be a law against it,
    or one that asks for it. Source of the mix: the linear credibility of Bühlmann, *ASTIN Bulletin* 4 (1967).

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.calibration import GroupedCalibration
    >>> rng = np.random.default_rng(0)
    >>> logits, ward = rng.normal(size=4000), np.repeat(["north", "south"], 2000)
    >>> y = (rng.random(4000) < sm.sigmoid(logits + np.where(ward == "north", 1.0, -1.0))).astype(int)
    >>> grouped = GroupedCalibration(sm.TemperatureScaling()).fit(logits, y, groups=ward)
    >>> p = grouped.predict_proba(logits, groups=ward)[:, 1]
    >>> bool(abs(p[ward == "north"].mean() - y[ward == "north"].mean()) < 0.01)
    True
    """

    kind = "grouped"
    _version = 1
    _wraps = True
    _learned: ClassVar[dict[str, Field]] = {
        "common_": StateField(),
        "kappa_": RealField(low=0.0, open_low=True, infinite=True),
        "groups_": TextsField("G"),
        "shares_": ArrayField("G", low=0.0, high=1.0),
        "maps_": StatesField(),
        "optimality_": RealField(),
    }

    common_: ClassCalibration
    kappa_: float
    groups_: tuple[str, ...]
    shares_: Array
    maps_: list[ClassCalibration]
    contenders_: Sequence[Contender] = ()

    def __init__(self, calibration: Calibration, *, cv: int = 5) -> None:
        self.calibration = calibration
        self.cv = cv

    def fit(
        self,
        logits: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        groups: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Learn from rows the model was not trained on, as `Calibration.fit` does.

        Parameters
        ----------
        logits : array-like, shape (n_rows, n_classes), or (n_rows,) or (n_rows, 1) for one sigmoid per row
        y : array-like of integer, shape (n_rows,)
            Codes of the true classes.
        groups : array-like, shape (n_rows,)
            The group of every row: anything, such as the values of a column. It has to be given.
        sample_weight : array-like, shape (n_rows,), optional

        Returns
        -------
        self

        Raises
        ------
        ShapeError, DTypeError, TargetError, ArgumentError
            For arrays that do not fit, more than 1000 groups, and a calibration of something else than logits.
        """
        self._tell(self._fit_groups(logits, y, sample_weight, groups), logits)
        return self

    def _fit(self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None) -> Sequence[str]:
        return self._fit_groups(logits, y, sample_weight, None)

    def transform(self, logits: npt.ArrayLike, *, groups: npt.ArrayLike | None = None) -> Array:
        """Give calibrated logits, in the shape and floating dtype of `logits`; `groups` has the group of every row."""
        given, places = self._checked(logits, groups)
        return self._in_blocks(given, places, given.restore, np.empty(given.shape, given.dtype))

    def predict_proba(self, logits: npt.ArrayLike, *, groups: npt.ArrayLike | None = None) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes); `groups` has the group of every row."""
        given, places = self._checked(logits, groups)
        return self._in_blocks(given, places, softmax, np.empty(given.values.shape, given.dtype))

    def _checked(self, logits: npt.ArrayLike, groups: npt.ArrayLike | None) -> tuple[Logits, Array]:
        """Bring in rows and the places of their groups, -1 for one that has no part of its own."""
        require_fitted(self, "n_logits_")
        given = logits_in(logits, n_classes=max(self.n_logits_, 2))
        known, which = _groups_of(groups, len(given))
        places = {name: place for place, name in enumerate(self.groups_)}
        return given, np.array([places.get(name, -1) for name in known], np.int64)[which]

    def _in_blocks(self, given: Logits, places: Array, finish: Callable[[Array], Array], result: Array) -> Array:
        shares, maps = np.append(self.shares_, 0.0), dict(enumerate(self.maps_))  # the last share is of the place -1
        for part in block_slices(len(given), given.n_classes, CELLS):
            common = self.common_._calibrated(given.values[part].astype(np.float64))
            own = _own(common, places[part], maps)
            with np.errstate(invalid="ignore"):  # NaN comes out where NaN went in
                result[part] = narrow(finish(_mixed(common, own, shares[places[part]])), result.dtype)
        return result

    def _fit_groups(
        self, logits: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None, groups: npt.ArrayLike | None
    ) -> Sequence[str]:
        cv = as_integer(self.cv, "cv", low=2)
        self._check_calibration()
        given = logits_in(logits)
        rows, (known, which) = LabelledRows.of(given, y, sample_weight), _groups_of(groups, len(given))
        check_number_of_groups(len(known))
        weight = np.ones(len(given)) if sample_weight is None else as_sample_weight(sample_weight, len(given))
        which = which[counted_rows(given.values, codes_in(as_codes(y, "y"), given), weight)]
        common, messages = self._fitted_common(rows)
        z = _of_all(common, rows)
        self.kappa_, self.contenders_ = self._choose(rows, which, z, cv)
        counts = np.bincount(which, rows.weight, minlength=len(known))
        own = np.flatnonzero(counts) if np.isfinite(self.kappa_) else np.zeros(0, np.int64)
        maps = _maps(rows, z, which) if len(own) else {}
        self.common_, self.maps_ = common, [maps[place] for place in own.tolist()]
        self.groups_ = tuple(known[place] for place in own.tolist())
        self.shares_ = counts[own] / (counts[own] + self.kappa_)
        self.n_logits_ = 1 if given.was_sigmoid else given.n_classes
        self.optimality_ = max(each.optimality_ for each in [common, *self.maps_])
        return [*rows.messages, *messages]

    def _check_calibration(self) -> None:
        if not _calibrates_logits(self.calibration):
            raise ArgumentError(
                "calibration: expected one of logits of exclusive classes, such as AutoCalibration(), got "
                f"{self.calibration!r}",
                parameter="calibration",
            )

    def _fitted_common(self, rows: LabelledRows) -> tuple[ClassCalibration, Sequence[str]]:
        common = self.calibration.clone()
        assert isinstance(common, ClassCalibration)
        messages = common._learn(rows)
        common.n_logits_ = rows.n_classes
        return common, messages

    def _choose(self, rows: LabelledRows, which: Array, z: Array, cv: int) -> tuple[float, Sequence[Contender]]:
        """Give the kappa that does best on rows left out, infinite if none gains more than may be chance."""
        units = Units(rows, apart_from_copies(rows.logits, rows.codes), rows.weight)
        folds = units.folds(z, cv)
        if rows.total < _FEWEST or len(folds) < 2 or len(np.unique(which)) < 2:
            return np.inf, ()

        def losses(fold: Fold) -> Array:
            fitted, judged = rows.take(fold.inside), rows.take(fold.outside)
            common, _ = self._fitted_common(fitted)
            shared, inside = _of_all(common, judged), which[fold.inside]
            counts = np.bincount(inside, fitted.weight, minlength=int(which.max()) + 1)[which[fold.outside]]
            own = _own(shared, which[fold.outside], _maps(fitted, _of_all(common, fitted), inside))
            mixed = [_mixed(shared, own, counts / (counts + kappa)) for kappa in (np.inf, *_HALVES)]
            return np.stack([losses_of(each, judged.codes) for each in mixed], axis=1)

        names = ["the same for all", *(f"kappa = {kappa:g}" for kappa in _HALVES)]
        contenders = compared(names, list(cross_fit(folds, losses).T), units)
        worthy = [j for j, each in enumerate(contenders) if each.gain > each.standard_error]
        best = min(worthy, key=lambda j: contenders[j].loss, default=0)
        return (np.inf, *_HALVES)[best], with_one_chosen(contenders, best)

    def _check_learned(self) -> None:
        names = list(self.groups_)
        if names != sorted(set(names)) or len(self.maps_) != len(names):
            raise ValueError(f"expected a calibration for each of {len(names)} different groups in their order")
        for each in [self.common_, *self.maps_]:
            check_inner(self, each)
        if not _calibrates_logits(self.common_) or any(each.kind not in _OWN for each in self.maps_):
            raise ValueError("expected calibrations of logits")


def _calibrates_logits(calibration: Calibration) -> bool:
    return isinstance(calibration, ClassCalibration) and calibration._takes_logits


def _groups_of(groups: npt.ArrayLike | None, n_rows: int) -> tuple[list[str], Array]:
    if groups is None:
        raise ArgumentError(
            "groups: expected the group of every row, got none; where groups are not known, calibrate with the "
            "calibration that all of them share",
            parameter="groups",
        )
    return groups_in(groups, n_rows)


def _of_all(calibration: ClassCalibration, rows: LabelledRows) -> Array:
    """Give what a calibration makes of rows."""
    return np.concatenate([calibration._calibrated(block.logits.astype(np.float64)) for block in rows.blocks()])


def _maps(rows: LabelledRows, z: Array, which: Array) -> dict[int, ClassCalibration]:
    """Fit a map to what the common calibration made of the rows of every group."""
    maps: dict[int, ClassCalibration] = {}
    for place in np.unique(which).tolist():
        members = which == place
        of_group = z[members]
        fitted: ClassCalibration = PlattScaling() if rows.n_classes == 2 else VectorScaling()
        top = of_group.max(axis=1, keepdims=True)
        fitted._learn(LabelledRows(of_group, top, rows.codes[members], rows.weight[members]))
        fitted.n_logits_ = rows.n_classes
        maps[place] = fitted
    return maps


def _own(z: Array, which: Array, maps: dict[int, ClassCalibration]) -> Array:
    """Give what the groups' own maps make of rows; of a group that has none, the same."""
    own = z.copy()
    for place in np.unique(which).tolist():
        if place in maps:
            own[which == place] = maps[place]._calibrated(z[which == place])
    return own


def _mixed(common: Array, own: Array, share: Array) -> Array:
    """Give a weighted mean of logits; a class that is ruled out stays so."""
    share = share[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(common), common, (1.0 - share) * common + share * own)
