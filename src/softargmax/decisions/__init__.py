"""logits → decisions: the class with the largest logit, or the few largest."""

from softargmax.decisions.choice import TopK, argmax, top_k
from softargmax.decisions.sampling import sample

__all__ = ["TopK", "argmax", "sample", "top_k"]
