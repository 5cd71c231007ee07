"""logits → decisions: one class, a few, a set with a promise, "I don't know", or "this is new".

==============  ==================================================================
`choice`        the class with the largest logit, or the few with the largest
`cost`          the action with the least expected cost
`sampling`      a class drawn by chance
`conformal`     a set that holds the true class as often as promised
`selective`     an answer only where few are wrong
`novelty`       how unlike anything seen a row is
`alarm`         from which score of novelty on to raise an alarm
`_roc`          how well such scores tell new from known
==============  ==================================================================

Promises need rows that the model has not seen: `ConformalClassifier` promises how often a set holds the true class,
`SelectiveClassifier` how few answers are wrong. Neither needs calibrated logits. What temperature scaling before a
conformal step does: see `ConformalClassifier`.
"""

from typing import TYPE_CHECKING

from softargmax._lazy import attach

if TYPE_CHECKING:
    from softargmax.decisions._roc import auroc as auroc
    from softargmax.decisions._roc import fpr_at_tpr as fpr_at_tpr
    from softargmax.decisions.alarm import false_alarm_threshold as false_alarm_threshold
    from softargmax.decisions.choice import TopK as TopK
    from softargmax.decisions.choice import argmax as argmax
    from softargmax.decisions.choice import top_k as top_k
    from softargmax.decisions.conformal import ConformalClassifier as ConformalClassifier
    from softargmax.decisions.cost import bayes_decision as bayes_decision
    from softargmax.decisions.cost import expected_cost as expected_cost
    from softargmax.decisions.novelty import out_of_distribution_score as out_of_distribution_score
    from softargmax.decisions.sampling import sample as sample
    from softargmax.decisions.selective import SelectiveClassifier as SelectiveClassifier
    from softargmax.decisions.selective import SelectiveQuality as SelectiveQuality
    from softargmax.decisions.set_quality import SetQuality as SetQuality

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "alarm": ["false_alarm_threshold"],
        "choice": ["TopK", "argmax", "top_k"],
        "conformal": ["ConformalClassifier"],
        "cost": ["bayes_decision", "expected_cost"],
        "_roc": ["auroc", "fpr_at_tpr"],
        "novelty": ["out_of_distribution_score"],
        "sampling": ["sample"],
        "selective": ["SelectiveClassifier", "SelectiveQuality"],
        "set_quality": ["SetQuality"],
    },
)
