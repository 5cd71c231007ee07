"""logits → decisions: the class with the largest logit, the few largest, a set with a promise, or "I don't know".

Promises need rows that the model has not seen: `ConformalClassifier` promises how often a set holds the true class,
`SelectiveClassifier` how few answers are wrong. Neither needs calibrated logits. Temperature scaling before a conformal
step trades size for evenness: sets of an over-confident model grow, its least covered classes gain (see the class).
"""

from softargmax.decisions.choice import TopK, argmax, top_k
from softargmax.decisions.conformal import ConformalClassifier
from softargmax.decisions.selective import SelectiveClassifier, SelectiveQuality
from softargmax.decisions.set_quality import SetQuality

__all__ = ["ConformalClassifier", "SelectiveClassifier", "SelectiveQuality", "SetQuality", "TopK", "argmax", "top_k"]
