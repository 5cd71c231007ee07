"""An additive map: lines per class, a mix of classes and a curve that all share, as far as rows support each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from softargmax._arrays import Array
from softargmax._engine import opened
from softargmax._fields import ArrayField, Field, RealField
from softargmax._options import as_integer
from softargmax._renamed import provisional
from softargmax.calibration._affine import AffineMap, offsets
from softargmax.calibration._affine_calibration import FIELDS_OF_MAP, MappedCalibration
from softargmax.calibration._binary import LARGEST
from softargmax.calibration._contenders import Contender, compared, with_weights
from softargmax.calibration._curve import CERTAIN, N_ROW_FEATURES, SharedMap
from softargmax.calibration._folds import Units, better_by, losses_of
from softargmax.calibration._labelled import LabelledRows, missing_classes
from softargmax.calibration._log_pool import PoolLoss, drawn_back, pool
from softargmax.calibration._path import (
    Paths,
    Rung,
    left_out,
    n_plain_for,
    place_of_simplest,
    plain_starts,
    pooled_map,
    shares_left_out,
)
from softargmax.calibration._start import Start
from softargmax.probabilities import sigmoid

# Fewer rows than this cannot say anything about maps.
_FEWEST = 20
# Maps are weighed on at most so many numbers, of 100 classes 20 000 rows: every map is kept in memory for all of them,
# and fitted five times. C belongs to the sum of losses, so weights suit more rows too.
_WEIGHED = 2**21
# What a map has to pay for its weight, in standard errors of its gain on rows left out; and the number of rows at which
# that is doubled, since of few rows the standard error is a guess too. Chosen by hand: without it, subsets of 50 rows
# of two models' logits lost .027 and .008 nats to a temperature on average, and with it .018 and .003; the rest is for
# `drawn_back`.
_PRICE, _DOUBLED_AT = 1.0, 50.0
# Weights below this part of their sum are dropped.
_LEAST = 0.01
# Newton's steps to the right share at most, the step that ends them, and the least bend they divide by.
_MOST_STEPS, _NEAR, _FLAT = 100, 1e-12, 1e-12


@provisional
class AdditiveCalibration(MappedCalibration):
    r"""Add lines per class, a mix of classes and a shared curve to log-probabilities, as far as the rows support each.

    .. math::
        z'_k = \rho L_k + a_k L_k + b_k + \sum_j M_{jk} L_j + h(o_k) + (v \cdot r) L_k, \qquad
        L = \log \mathrm{softmax}(z / T),\; o_k = L_k - \log(1 - e^{L_k})

    with a, b per class, a matrix M, a curve h of the log-odds that all classes share, and r, numbers of the row: its
    entropy, its largest log-probability, its distance to the next one, and how far it is from 1.

    Attributes
    ----------
    temperature_ : float
        T, fitted first.
    shift_ : ndarray, shape (n_classes,), or None
        What is taken off the logits of every class before that: for two classes always, so that temperature and shift
        are a slope and an intercept; for more where no temperature suits them as they are.
    power_ : float
        rho, the sum of the weights of all maps that were pooled.
    scale_, bias_ : ndarray, shape (n_classes,)
        a and b.
    basis_, weights_ : ndarray, shapes (n_classes, rank) and (rank, n_classes)
        M is their product; an empty basis stands for the identity.
    knots_ : ndarray
        Log-odds at which the curve bends; none if there is no curve.
    shared_ : ndarray, shape (n_knots + 5,), or (0,)
        How much the slope of h changes at each knot, how much of log(1 - p) is in it, and v.
    contenders_ : sequence of Contender
        What was compared and pooled, in order: what the logits are without a map, then the maps; empty after loading.
        Gains are those over the first, which for more than two classes may have a level of every class taken off,
        and then the temperature alone, the simplest, is the second.
    n_logits_ : int
        Logits per row: the number of classes, or 1 for one sigmoid.
    optimality_ : float
        The mean penalised losses of the maps that were pooled are at most this far above their minima, in nats.

    Parameters
    ----------
    cv : int, default 5
        Parts the rows are divided into, each of which is left out once.
    monotone : bool, default False
        Whether the order of the classes in a row must stay, so that the most probable class does. Then nothing is done
        but what all classes share: a temperature, and a curve h that is fitted so that the whole rises everywhere.

    See Also
    --------
    AutoCalibration : takes this one unless rows left out prefer the simplest.
    StructuredMatrixScaling : one map with one penalty, without a curve.

    Notes
    -----
    Maps with and without the matrix and with and without the curve are fitted under penalties from strong to weak; each
    is convex, given temperature and knots, and comes with its certificate. None is chosen: the logits are a weighted
    sum of theirs, which is one map again, with weights that are not negative and do best on rows left out (a
    logarithmic pool). Temperatures, knots and maps are fitted inside the folds. Each map pays a standard error of its
    gain, of few rows more; and all weights are drawn back to the simplest calibration, a temperature or for two classes
    a slope and an intercept, by the share of the pool's gain over it that may be chance (a James-Stein factor). So few
    rows leave the simplest, and there is no number of rows at which the method changes.

    What the numbers say alone is little: a per-class slope, the diagonal of the matrix and 1 / T can stand in for each
    other, and only the penalties share among them. The map is what is determined. It may change the order of
    classes, unless it is to be monotone; then for two classes nothing moves one half, and the mean probability is not
    the share of events.

    Sources: Yee, Wild, *J. R. Stat. Soc. B* 58 (1996), for additive models of several classes; Berta, Holzmüller,
    Jordan, Bach, arXiv 2511.03685 (2025), for the penalised matrix; Ranjan, Gneiting, *J. R. Stat. Soc. B* 72 (2010),
    for what speaks against pools of probabilities.

    Examples
    --------
    >>> import numpy as np, softargmax as sm
    >>> from softargmax.calibration import AdditiveCalibration
    >>> rng = np.random.default_rng(0)
    >>> logits = 2 * rng.normal(size=(2000, 3))
    >>> y = sm.argmax(np.where(logits > 0, logits / 2, logits) + rng.gumbel(size=(2000, 3)))
    >>> curved = AdditiveCalibration().fit(logits[:1000], y[:1000]).transform(logits[1000:])
    >>> tempered = sm.TemperatureScaling().fit(logits[:1000], y[:1000]).transform(logits[1000:])
    >>> bool(sm.cross_entropy(curved, y[1000:]) < sm.cross_entropy(tempered, y[1000:]))
    True
    """

    kind = "additive"
    _version = 1
    _learned: ClassVar[dict[str, Field]] = {
        **FIELDS_OF_MAP,
        "power_": RealField(low=0.0, high=LARGEST),
        "knots_": ArrayField("", low=-LARGEST, high=CERTAIN),
        "shared_": ArrayField("", low=-LARGEST, high=LARGEST),
        "optimality_": RealField(),
    }

    power_: float
    knots_: Array
    shared_: Array
    contenders_: Sequence[Contender] = ()
    # Whether it does more than the simplest calibration does, as a fit found.
    _adds: bool = True

    def __init__(self, *, cv: int = 5, monotone: bool = False) -> None:
        self.cv = cv
        self.monotone = monotone

    def _learn(self, rows: LabelledRows) -> Sequence[str]:
        """Weigh the maps by rows left out, and fit those that count to all rows."""
        cv, paths = as_integer(self.cv, "cv", low=2), Paths.of(rows.n_classes, monotone=bool(self.monotone))
        start = paths.start(rows)
        self.contenders_ = ()
        if not start.allows_map:
            self._keep_start(start, rows.n_classes)
            self._adds = not start.has_signal
            return start.messages
        weights = self._weigh(rows, start, paths, cv)
        self._adds = not _is_simplest(weights, rows, start)
        with opened() as engine:
            pooled, gap = pooled_map(rows, start, paths.rungs, weights, engine)
        shares = paths.log_shares(rows.codes, rows.weight, rows.n_classes)
        pooled = replace(pooled, bias=pooled.bias + (1.0 - weights.sum()) * shares)
        moves = rows.n_classes == 2 and not self.monotone
        self._keep(_with_right_share(pooled, rows) if moves else pooled, gap)
        return missing_classes(rows) if np.any(weights[-len(paths.rungs) :]) and not self.monotone else ()

    def _weigh(self, rows: LabelledRows, start: Start, paths: Paths, cv: int) -> Array:
        """Give the weights of no map and of all maps; those of the simplest alone where no rows can be left out."""
        n_plain = n_plain_for(start)
        simplest = np.zeros(n_plain + len(paths.rungs))
        simplest[place_of_simplest(rows.n_classes, start)] = 1.0
        units = Units.of(rows.sample(max(_WEIGHED // rows.n_classes, _FEWEST)))
        some, folds = units.rows, units.folds(offsets(units.rows, start), cv)
        if rows.total < _FEWEST or len(folds) < 2:
            return simplest
        members, shares = left_out(some, folds, paths, n_plain), shares_left_out(some, folds, paths)
        losses = [losses_of(each, some.codes) for each in members]
        contenders = compared(_names(paths.rungs, n_plain), losses, units)
        share = _PRICE * (1.0 + _DOUBLED_AT / some.total)
        price = share * some.total * np.array([each.standard_error for each in contenders])
        price[:n_plain] = 0.0
        loss = PoolLoss(members, some.codes, some.weight, price, shares)
        weights = pool(loss, least=_LEAST).weights
        gain = better_by(loss.losses(weights), loss.losses(simplest), some.weight, units.grain)
        weights = drawn_back(weights, simplest, *gain, some.total)
        weights[weights < _LEAST * weights.sum()] = 0.0
        self.contenders_ = with_weights(contenders, weights)
        return weights

    def _keep(self, fitted: AffineMap, gap: float) -> None:
        super()._keep(fitted, gap)
        common = fitted.common or SharedMap(np.zeros(0), np.zeros(0))
        self.power_, self.knots_, self.shared_ = fitted.power, common.knots, common.shared

    def _map(self) -> AffineMap:
        common = SharedMap(self.knots_, self.shared_) if len(self.knots_) else None
        return replace(super()._map(), common=common, power=self.power_)

    def _check_learned(self) -> None:
        super()._check_learned()
        n_shared = len(self.knots_) + 1 + N_ROW_FEATURES if len(self.knots_) else 0
        if len(self.shared_) != n_shared or np.any(np.diff(self.knots_) <= 0.0):
            raise ValueError("the parts of the curve do not fit together")


def _is_simplest(weights: Array, rows: LabelledRows, start: Start) -> bool:
    """Tell whether a temperature alone, for two classes a slope and an intercept, does the same as these weights."""
    place = place_of_simplest(rows.n_classes, start)
    alone = weights[place] == 1.0 and np.count_nonzero(weights) == 1
    return bool(alone) and (rows.n_classes == 2 or plain_starts(start, rows, place + 1)[place].shift is None)


def _with_right_share(pooled: AffineMap, rows: LabelledRows) -> AffineMap:
    """Move the log-odds of two classes until their mean probability is the share of events in the rows."""
    odds = np.concatenate([np.diff(pooled(block.logits.astype(np.float64)))[:, 0] for block in rows.blocks()])
    share, height = float(np.average(rows.codes, weights=rows.weight)), 0.0
    for _ in range(_MOST_STEPS):
        p = sigmoid(odds + height)
        bend = float(np.average(p * (1.0 - p), weights=rows.weight))
        step = (share - float(np.average(p, weights=rows.weight))) / max(bend, _FLAT)
        height += min(max(step, -1.0), 1.0)
        if abs(step) <= _NEAR:
            break
    return replace(pooled, bias=pooled.bias + np.array([0.0, height]))


def _names(rungs: Sequence[Rung], n_plain: int) -> list[str]:
    plain = ["temperature"] if n_plain == 1 else ["temperature and shift", "temperature"]
    return [*plain, *(f"{rung.name}, C = {rung.C:g}" for rung in rungs)]
