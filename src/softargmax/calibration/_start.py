"""Where maps that are richer than a temperature begin: logits relative to a level of every class, tempered.

One temperature suits a model whose logits are only too large or too small. It cannot undo a shift in all logits of a
class, which is what training on reweighted or undersampled rows does: then the best temperature is far too high, and
divided by it the logits say next to nothing. So where a temperature leaves the classes' shares wrong, or hardly beats
equal probabilities, a level of every class is taken off first, found together with the temperature by maximum
likelihood:

    x = (z - shift) / T

Two classes always begin so. There shift and temperature are the slope and the intercept of a logistic regression on the
log-odds, two numbers that few rows determine, and a temperature alone would pull rare events towards one half.

What a map is fitted to then has its natural size, whatever the shift was, and a penalty on the map means what it means
elsewhere. Where even so no positive temperature helps, the scores carry no signal: the logits are equal, or larger ones
go with wrong classes. The classes' shares are the answer then, and a warning says so.
"""

from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._logits import block_slices
from softargmax.calibration._folds import losses_of
from softargmax.calibration._labelled import CELLS, LabelledRows
from softargmax.calibration._temperature import Tempering, find_temperature, quarter_gaps
from softargmax.probabilities import softmax

# Rows that show whether a temperature suffices, and rows of a class at least: a look at all of them would cost as much
# as some steps of a fit.
_LOOKED_AT, _LOOKED_AT_OF_CLASS = 2048, 40
# A temperature that gains less than this beside equal probabilities, in nats, may be hiding a shift; so may one that
# leaves the classes' shares wrong by this much more than chance does, in nats; and levels of the classes that are
# further apart than this, in standard deviations about them: there one temperature may give the right shares and yet no
# row its due.
_POOR, _WRONG_SHARES, _FAR_LEVELS = 0.1, 0.05, 4.0
# What a shift has to gain in nats to be worth taking off, where a temperature does help: in the mean, and for every
# class in the sum over rows, of which chance alone gains a half.
_WORTH, _WORTH_OF_CLASS = 5e-4, 1.0
# Steps of the joint fit at most, the relative change that ends it, and from what size of the tempered scores on there
# is a signal. A map is fitted afterwards, so a thousandth is near enough.
_STEPS, _NEAR, _SIGNAL = 60, 1e-3, 1e-4
# Scores that differ by less than this part of their size differ by rounding.
_ROUNDING = 1e-12
# Divided by this, all finite logits are equal.
_HIGHEST = float(np.finfo(np.float64).max)
# What is further below the largest logit than all numbers counts as this.
_LOWEST = -1e300

NO_SIGNAL = (
    "the scores carry no signal: larger logits do not go with the right classes, so every row gets the classes' shares "
    "among these rows; check that labels and logits belong together"
)


@dataclass(frozen=True)
class Start:
    """What logits become before a map is fitted: `shift` is taken off every class, then they are tempered.

    Without signal all finite logits become equal. `shares` are the classes' shares in the rows, none of them 0.
    """

    tempering: Tempering
    shift: Array | None = None
    shares: Array | None = None

    @property
    def temperature(self) -> float:
        """What logits are divided by."""
        if self.shares is not None:
            return _HIGHEST
        return self.tempering.scale or self.tempering.temperature

    @property
    def has_signal(self) -> bool:
        """Whether there is anything in the logits."""
        return self.shares is None

    @property
    def suffices(self) -> bool:
        """Whether the rows suffice for more than a temperature: not where all are classified right."""
        return not self.tempering.separated

    @property
    def allows_map(self) -> bool:
        """Whether a map can be fitted to what logits become."""
        return self.suffices and self.has_signal

    @property
    def messages(self) -> tuple[str, ...]:
        """Give what there is to warn of, where no map is fitted."""
        return self.tempering.messages if self.has_signal else (NO_SIGNAL,)


def tempered(logits: Array, temperature: float, shift: Array | None = None) -> Array:
    """Give (logits - shift) / temperature in float64, up to a constant per row.

    A finite logit stays finite: only -inf rules a class out. A shift is taken off the distances to the largest logit,
    since beside logits that are all large it would be lost.
    """
    z = np.asarray(logits, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        x = np.asarray((z if shift is None else z - z.max(axis=1, keepdims=True) - shift) / temperature)
        if np.isfinite(x).all():
            return x
        beyond = ~np.isfinite(x) & np.isfinite(z)
        rows = beyond.any(axis=1)
        if rows.any():
            halves = 0.5 * z[rows]
            halves -= halves.max(axis=1, keepdims=True)
            if shift is not None:
                halves -= 0.5 * shift
                halves -= halves.max(axis=1, keepdims=True)
            halves = 2.0 * (halves / temperature)
            x[rows] = np.where(np.isneginf(z[rows]), -np.inf, np.maximum(halves, _LOWEST))
    return x


def find_start(rows: LabelledRows) -> Start:
    """Find the temperature, and the shift where a temperature alone does not do."""
    tempering = find_temperature(rows)
    plain, of_two = Start(tempering), rows.n_classes == 2 and len(np.unique(rows.codes)) == 2
    if tempering.separated or not (of_two or _is_doubtful(rows, tempering)):
        return plain
    useless = bool(tempering.messages)
    shares = np.bincount(rows.codes, rows.weight, minlength=rows.n_classes) + 0.5  # none is 0
    shares /= shares.sum()
    shifted = _shifted(rows, shares, tempering)
    if shifted is None:
        by_shares = -float(np.average(np.log(shares)[rows.codes], weights=rows.weight))
        if useless or _loss(rows, plain) > by_shares - _WORTH:
            return Start(tempering, shares=shares)
        return plain
    worth = max(_WORTH, _WORTH_OF_CLASS * rows.n_classes / rows.total)
    if of_two or useless or _loss(rows, shifted) < _loss(rows, plain) - worth:
        return shifted
    return plain


def _loss(rows: LabelledRows, start: Start) -> float:
    z = tempered(rows.logits, start.temperature, start.shift)
    return float(np.average(losses_of(z, rows.codes), weights=rows.weight))


def _is_doubtful(rows: LabelledRows, tempering: Tempering) -> bool:
    """Tell whether a temperature hardly beats equal probabilities, gets shares wrong, or has nothing to divide."""
    if tempering.messages:
        return True
    rows = rows.sample(max(_LOOKED_AT, _LOOKED_AT_OF_CLASS * rows.n_classes))
    promised, loss = np.zeros(rows.n_classes), 0.0
    for part in block_slices(len(rows), rows.n_classes, CELLS):
        p = softmax(tempered(rows.logits[part], tempering.temperature))
        promised += rows.weight[part] @ p
        with np.errstate(divide="ignore"):
            loss -= float(rows.weight[part] @ np.log(p[np.arange(len(p)), rows.codes[part]]))
    if loss / rows.total > np.log(rows.n_classes) - _POOR:
        return True
    promised /= rows.total
    shares = np.bincount(rows.codes, rows.weight, minlength=rows.n_classes) / rows.total
    wrong = float(np.sum(np.square(shares - promised) / np.maximum(2.0 * promised, 1e-300)))
    by_chance = 0.5 * rows.n_classes / rows.total
    if wrong > _WRONG_SHARES + by_chance:
        return True
    levelled = _levelled(rows)
    if levelled is None:
        return True
    level = levelled.level[levelled.possible.any(axis=0)]
    return float(level.max() - level.min()) > _FAR_LEVELS * levelled.spread * float(np.sqrt(2.0 / rows.n_classes))


@dataclass(frozen=True)
class _Levelled:
    """Gaps of logits in some unit, relative to the level of their class, and the deviation about it of whole rows."""

    gaps: Array
    possible: Array
    level: Array
    spread: float
    unit: float


def _levelled(rows: LabelledRows) -> _Levelled | None:
    """Take the level off every class; None where nothing is left but rounding."""
    gaps = quarter_gaps(rows.logits, rows.top)
    possible, weight = np.isfinite(gaps), rows.weight / rows.total
    gaps[~possible] = 0.0
    level = (weight @ gaps) / np.maximum(weight @ possible, np.finfo(np.float64).tiny)
    gaps -= level
    gaps[~possible] = 0.0
    gaps[:, np.abs(gaps).max(axis=0) <= _ROUNDING * np.abs(level)] = 0.0
    largest = float(np.abs(gaps).max())
    if largest == 0.0:
        return None
    unit = float(np.ldexp(1.0, int(np.frexp(largest)[1]) - 1))
    with np.errstate(over="ignore"):
        gaps, level = gaps / unit, level / unit
    own = gaps.sum(axis=1, keepdims=True) / possible.sum(axis=1, keepdims=True)
    spread = float(np.sqrt(weight @ np.sum(np.square(gaps - own), axis=1, where=possible)))
    return _Levelled(gaps, possible, level, spread, unit) if spread > 0.0 and np.isfinite(level).all() else None


def _shifted(rows: LabelledRows, shares: Array, plain: Tempering) -> Start | None:
    """Give the likeliest levels of the classes and temperature; None if no positive one helps.

    Newton's steps by the inverse temperature in turn with proportional fitting of the classes' shares.
    """
    levelled = _levelled(rows)
    if levelled is None:
        return None
    spread, unit = levelled.spread, levelled.unit
    scores = levelled.gaps / spread
    slope = 0.0 if plain.messages else 4.0 * unit * spread / plain.temperature
    found = _joint_fit(scores.astype(np.float32), levelled.possible, rows, shares, slope)
    if found is None:
        return None
    beta, offset = found
    temperature = 4.0 * unit * spread / beta
    with np.errstate(over="ignore"):
        shift = 4.0 * unit * levelled.level - temperature * offset
    shift -= 0.5 * shift.max() + 0.5 * shift.min()
    if not (np.isfinite(shift).all() and 0.0 < temperature < np.inf):
        return None
    moved = tempered(rows.logits, 1.0, shift)
    again = LabelledRows(moved, moved.max(axis=1, keepdims=True), rows.codes, rows.weight)
    tempering = find_temperature(again)
    if tempering.messages and not tempering.separated:
        tempering = Tempering(temperature, 0.0)
    return Start(tempering, shift)


def _joint_fit(
    scores: Array, possible: Array, rows: LabelledRows, shares: Array, beta: float
) -> tuple[float, Array] | None:
    """Give the slope and the offsets of the likeliest softmax(slope * scores + offset); None without a positive one.

    In the precision of the scores, from the slope `beta` on.
    """
    offset, ruled_out = np.log(shares), not possible.all()
    weight = (rows.weight / rows.total).astype(scores.dtype)
    true = float(weight @ scores[np.arange(len(rows)), rows.codes])
    for _ in range(_STEPS):
        slope, bend, promised = true, 0.0, np.zeros(len(shares))
        for part in block_slices(len(scores), scores.shape[1], CELLS):
            s, w = scores[part], weight[part]
            z = beta * s
            z += offset.astype(s.dtype)
            if ruled_out:
                z[~possible[part]] = -np.inf
            p = softmax(z, out=z)
            promised += w @ p
            p *= s
            mean = p.sum(axis=1)
            slope -= float(w @ mean)
            bend += float(w @ (np.einsum("ij,ij->i", p, s) - np.square(mean)))
        if bend <= 0.0:
            break
        change = min(max(slope / bend, -0.5 * beta), max(beta, 1.0))  # from 0 only upwards
        step = np.log(shares / np.maximum(promised, 1e-300))
        beta, offset = beta + change, offset + step
        if abs(change) <= _NEAR * beta and float(np.abs(step).max()) <= _NEAR:
            break
    return (beta, offset) if beta > _SIGNAL else None
