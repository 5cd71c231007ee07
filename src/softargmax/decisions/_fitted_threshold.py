"""What a selective classifier has learned: a threshold, and how the tested rows fare at it; as plain data and back."""

import math
from dataclasses import asdict, dataclass, replace

from softargmax._binomial import upper_bound
from softargmax._fields import Field, IntegerField, RealField, TextField, fields_of, state_of
from softargmax._logits import steady
from softargmax._state import State
from softargmax.decisions._fixed_sequence import N_STARTS
from softargmax.decisions._sureness import SURENESS
from softargmax.exceptions import ArtifactError

KIND = "selective"
# Since version 2 cuts are rounded, and that of the entropy is a logarithm.
# Since version 3 thresholds may be tested from the surest rows on, by all rows.
VERSION = 3
ORDERS = ("surest_first", "proposed")

FIELDS: dict[str, Field] = {
    "score": TextField(tuple(SURENESS)),
    "order": TextField(ORDERS, optional=True),  # of every version but the first two
    "risk": RealField(0.0, 1.0, open_low=True, open_high=True),
    "confidence": RealField(0.0, 1.0, open_low=True, open_high=True),
    "random_state": IntegerField(high=1 << 1024, optional=True),
    # On the scale of `_sureness`; -inf answers every row. Without it no row is answered.
    "cut": RealField(infinite=True, optional=True),
    "n_tested": IntegerField(1),
    "n_answered": IntegerField(),
    "n_errors": IntegerField(),
    "n_calibration": IntegerField(1),
    "n_classes": IntegerField(2),
}


@dataclass(frozen=True)
class FittedThreshold:
    """The options of the fit, the least sureness that is answered (None if no row is), and counts of tested rows."""

    score: str
    order: str
    risk: float
    confidence: float
    random_state: int | None
    cut: float | None
    n_tested: int
    n_answered: int
    n_errors: int
    n_calibration: int
    n_classes: int

    @property
    def least(self) -> float:
        """The cut as a number to compare with: nothing is as sure as NaN."""
        return math.nan if self.cut is None else self.cut

    @property
    def published(self) -> float:
        """The cut on the scale of the probability, margin or entropy; NaN if no row is answered."""
        return SURENESS[self.score].published(self.least)

    @property
    def error_rate(self) -> float:
        """The share of wrong ones among the tested rows that are answered; NaN of none."""
        return self.n_errors / self.n_answered if self.n_answered else math.nan

    @property
    def risk_bound(self) -> float:
        """The upper limit of the error rate at this threshold; NaN if no row is answered."""
        return upper_bound(self.n_errors, self.n_answered, self.confidence) if self.n_answered else math.nan

    def nothing_passes(self) -> str:
        """Say that no threshold keeps the promise, and how many rows it would take."""
        # Three starts share the level where the surest rows come first.
        level = (1.0 - self.confidence) / (N_STARTS if self.order == "surest_first" else 1)
        fewest = math.ceil(math.log(level) / math.log1p(-self.risk))
        return (
            f"no threshold keeps the errors below {self.risk:g} with confidence {self.confidence:g} on these "
            f'{self.n_tested} rows, so every answer is "I don\'t know"; it takes {fewest} rows answered without error, '
            "or more with errors"
        )

    def to_state(self) -> State:
        """Give all of it as plain data."""
        return state_of(KIND, VERSION, FIELDS, asdict(self))

    @classmethod
    def from_state(cls, state: State) -> "FittedThreshold":
        """Take it back, every field checked.

        Raises
        ------
        ArtifactError
            For a field that is missing, wrong, or does not go with the others.
        """
        if state.kind != KIND:
            raise ArtifactError(f"expected a selective classifier, of kind {KIND!r}, got {state.kind!r}")
        fields = fields_of(state, FIELDS, newest=VERSION)
        if state.version >= 3 and fields["order"] is None:
            raise ArtifactError(f"the state of {KIND!r} is damaged: order: expected one of {', '.join(ORDERS)}")
        found = cls(**fields | {"order": fields["order"] or "proposed"})
        if state.version == 1 and found.cut is not None:
            found = replace(found, cut=_steady_cut(found.score, found.cut))
        damaged = f"the state of {KIND!r} is damaged"
        if not found.n_errors <= found.n_answered <= found.n_tested <= found.n_calibration:
            raise ArtifactError(f"{damaged}: n_errors: expected no more errors than answers, nor answers than rows")
        if (found.cut is None) != (found.n_answered == 0):
            raise ArtifactError(f"{damaged}: cut: expected where rows are answered, and only there")
        return found


def _steady_cut(score: str, cut: float) -> float:
    """Give the cut of a file of version 1 on the scale of now: that of the entropy was minus the entropy."""
    if score == "entropy":
        cut = -math.log(-cut) if cut < 0.0 else math.inf
    return float(steady(cut))
