"""logits → decisions: the class with the largest logit, the few largest, a set with a promise, or "I don't know"."""

from softargmax.decisions.choice import TopK, argmax, top_k
from softargmax.decisions.conformal import ConformalClassifier
from softargmax.decisions.selective import SelectiveClassifier, SelectiveQuality
from softargmax.decisions.set_quality import SetQuality

__all__ = ["ConformalClassifier", "SelectiveClassifier", "SelectiveQuality", "SetQuality", "TopK", "argmax", "top_k"]
