"""logits → decisions: the largest, the few largest, the cheapest, by chance; and whether the input is new."""

from softargmax.decisions.choice import TopK, argmax, top_k
from softargmax.decisions.cost import bayes_decision, expected_cost
from softargmax.decisions.detection import auroc, false_alarm_threshold, fpr_at_tpr
from softargmax.decisions.novelty import out_of_distribution_score
from softargmax.decisions.sampling import sample

__all__ = [
    "TopK",
    "argmax",
    "auroc",
    "bayes_decision",
    "expected_cost",
    "false_alarm_threshold",
    "fpr_at_tpr",
    "out_of_distribution_score",
    "sample",
    "top_k",
]
