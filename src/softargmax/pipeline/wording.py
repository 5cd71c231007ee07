"""What a calibration does to a model's logits, in words: said by a report here and by the one on the terminal."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from softargmax.calibration import Calibration

# After the temperature, by kind; of a kind without words here a temperature is all there is.
_AFTERWARDS = {
    "dirichlet": ", then every class scaled, moved and mixed with the others (Dirichlet)",
    "histogram": ", then bins",
    "matrix": ", then every class mixed with the others",
    "vector": ", then every class scaled and moved",
    "venn-abers": ", then Venn-Abers",
    "beta": ", then a curve of three numbers (beta)",
    "ensemble": ", mixed with plain and uniform probabilities",
    "isotonic": ", then an increasing curve (isotonic)",
    "quadratic": ", then a parabola of the log-odds",
    "structured": ", then every class scaled, moved and mixed with the others",
}
# A temperature that is nearer to 1 than this changes no probability of two classes by much more than a thousandth: at
# most by .005 times the maximum of p (1 - p) log(p / (1 - p)), .224.
_NO_CHANGE = 0.005


def is_automatic(calibration: "Calibration") -> bool:
    """Tell whether the kind was chosen by the rows."""
    while calibration.kind != "auto" and hasattr(calibration, "calibration_"):
        calibration = calibration.calibration_
    return calibration.kind == "auto"


def what_it_does(calibration: Any, doubtful: bool) -> str:
    """Say it; `doubtful` where the data did not determine the calibration."""
    temperature = float(calibration.temperature_)
    if doubtful:
        meaning = "not determined by the data; see below"
    elif abs(temperature - 1.0) < _NO_CHANGE:
        meaning = "the model was as sure as it should be"
    else:
        meaning = "the model was too sure of itself" if temperature > 1.0 else "the model was not sure enough"
    mixes = calibration.kind != "structured" or len(calibration.weights_)
    words = _AFTERWARDS.get(calibration.kind if mixes else "vector", "")
    return f"temperature {temperature:.4g} ({meaning}){words}"


def said(calibration: "Calibration", doubtful: bool) -> str:
    """Say what a calibration does, and who chose it."""
    by = "chosen on rows left out" if is_automatic(calibration) else "as asked for"
    return f"{what_it_does(calibration.chosen_, doubtful)}; {by}"
