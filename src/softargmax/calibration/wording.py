"""What a calibration does to a model's logits, in words: said by a report, on the terminal and in a notebook."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softargmax.calibration import AutoCalibration, Calibration
    from softargmax.calibration._contenders import Contender

# Above what `contenders` gives.
COMPARED = "Compared on rows left out by their log loss, in nats; * has a part in the calibration"
# After the temperature, by kind; of a kind without words here a temperature is all there is.
_AFTERWARDS = {
    "additive": ", then every class scaled, moved and mixed with the others",
    "dirichlet": ", then every class scaled, moved and mixed with the others (Dirichlet)",
    "histogram": ", then bins",
    "matrix": ", then every class mixed with the others",
    "vector": ", then every class scaled and moved",
    "venn-abers": ", then Venn-Abers",
    "beta": ", then a curve of three numbers (beta)",
    "ensemble": ", mixed with plain and uniform probabilities",
    "isotonic": ", then an increasing curve (isotonic)",
    "platt": ", then a slope and an intercept of the log-odds (Platt)",
    "quadratic": ", then a parabola of the log-odds",
    "structured": ", then every class scaled, moved and mixed with the others",
}
# A temperature that is nearer to 1 than this changes no probability of two classes by much more than a thousandth: at
# most by .005 times the maximum of p (1 - p) log(p / (1 - p)), .224.
_NO_CHANGE = 0.005


def choice_in(calibration: "Calibration") -> "AutoCalibration | None":
    """Give the calibration that let the rows choose, perhaps inside of a wrapper; None if nothing was to choose."""
    inner: Any = calibration
    while inner.kind != "auto" and hasattr(inner, "calibration_"):
        inner = inner.calibration_
    return inner if inner.kind == "auto" else None


def contenders(calibration: "Calibration") -> "Sequence[Contender]":
    """Give all that were compared on rows left out; those of a weight above 0 have a part in the result."""
    auto = choice_in(calibration)
    return () if auto is None else auto.contenders_


def said_of(contender: "Contender") -> str:
    """Say how one did: its loss, the difference from the first, and its weight in a pool."""
    weight = f", weight {contender.weight:.2f}" if contender.weight not in (0.0, 1.0) else ""
    if contender.standard_error == 0.0:
        return f"{contender.loss:z.4f}{weight}"
    word = "lower" if contender.gain >= 0.0 else "higher"
    difference = f"{word} by {abs(contender.gain):z.4f} (standard error {contender.standard_error:z.4f})"
    return f"{contender.loss:z.4f}, {difference}{weight}"


def what_it_does(calibration: Any, doubtful: bool) -> str:
    """Say it; `doubtful` where the data did not determine the calibration."""
    temperature = float(calibration.temperature_)
    if doubtful:
        meaning = "not determined by the data; see below"
    elif abs(temperature - 1.0) < _NO_CHANGE:
        meaning = "the model was as sure as it should be"
    else:
        meaning = "the model was too sure of itself" if temperature > 1.0 else "the model was not sure enough"
    has_no_mix = calibration.kind in ("additive", "structured") and not len(calibration.weights_)
    words = _AFTERWARDS.get("vector" if has_no_mix else calibration.kind, "")
    if len(getattr(calibration, "knots_", ())):
        words += ", and a curve that all classes share"
    return f"temperature {temperature:.4g} ({meaning}){words}"


def said(calibration: "Calibration", doubtful: bool) -> str:
    """Say what a calibration does, and who chose it."""
    by = "as asked for"
    if choice_in(calibration) is not None:
        parts = sum(each.weight > 0.0 for each in contenders(calibration))
        by = "chosen on rows left out" if parts else "too few rows differ to compare it with others"
        if parts > 1:
            by = f"a pool of {parts} maps, whose weights rows left out chose"
    return f"{what_it_does(calibration.chosen_, doubtful)}; {by}"
