"""What a notebook shows of a calibration."""

from typing import TYPE_CHECKING

from softargmax._drawing.notebook import card, grid, line, more
from softargmax.calibration.wording import COMPARED, choice_in, contenders, said, said_of, what_it_does

if TYPE_CHECKING:
    from softargmax.calibration.calibration import Calibration


def calibration_card(calibration: "Calibration") -> str:
    """Say what it is and, once it is fitted, what it does, and what it was compared with."""
    if not hasattr(calibration, "n_logits_"):
        return card(repr(calibration), line("not fitted yet", soft=True))
    parts = []
    if hasattr(calibration.chosen_, "temperature_"):
        words = what_it_does(calibration.chosen_, False) if choice_in(calibration) is None else said(calibration, False)
        parts.append(line(words))
    n = calibration.n_logits_
    parts.append(line("one sigmoid per row" if n == 1 else f"{n:,} logits per row", soft=True))
    others = [("*" if one.weight else "", one.name, said_of(one)) for one in contenders(calibration)]
    if others:
        parts.append(more(COMPARED, grid((), others)))
    return card(repr(calibration), *parts)
