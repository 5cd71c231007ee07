"""logits → decisions: one class, a few, a set with a promise, "I don't know", or "this is new".

==============  ==================================================================
`choice`        the class with the largest logit, or the few with the largest
`cost`          the action with the least expected cost
`threshold`     yes or no of two classes, by a sensitivity, a precision or by costs
`disagreement`  what several models say together, and how far they disagree
`prior_shift`   logits for rows among which classes are more or less common than before
`sampling`      a class drawn by chance
`penalties`     logits of tokens changed before a draw: a bias, penalties for what was there
`filters`       logits of what filters keep, in the order of other programs
`conformal`     a set that holds the true class as often as promised
`selective`     an answer only where few are wrong
`risk_control`  a set of labels whose mean loss is at most what was promised
`novelty`       how unlike anything seen a row is
`alarm`         from which score of novelty on to raise an alarm
==============  ==================================================================

Promises need rows that the model has not seen: `ConformalClassifier` promises how often a set holds the true class,
`SelectiveClassifier` how few answers are wrong. Neither needs calibrated logits. What temperature scaling before a
conformal step does: see `ConformalClassifier`. How well a score of novelty tells new from known is measured by
`softargmax.metrics.detection_auroc`.
"""

from softargmax._lazy import attach_stub

# What to write for a name that the package had in version 0.1.
_GONE = {
    "auroc": "metrics.detection_auroc(known=, new=)",
    "fpr_at_tpr": "metrics.detection_fpr(known=, new=, tpr=)",
}

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__, _GONE)
