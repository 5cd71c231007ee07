"""logits → decisions: the class with the largest logit, or the few largest."""

from softargmax.decisions.choice import TopK, argmax, top_k

__all__ = ["TopK", "argmax", "top_k"]
