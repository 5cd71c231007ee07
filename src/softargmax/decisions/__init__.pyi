"""The public names, each with the file it lives in; `__init__.py` imports them from here on first use."""

from typing import TYPE_CHECKING

# As in the package's own stub: mypy follows what stands under this line last.
if TYPE_CHECKING:
    from .alarm import false_alarm_threshold as false_alarm_threshold
    from .choice import TopK as TopK
    from .choice import argmax as argmax
    from .choice import top_k as top_k
    from .conformal import ConformalClassifier as ConformalClassifier
    from .cost import bayes_decision as bayes_decision
    from .cost import expected_cost as expected_cost
    from .disagreement import EnsembleUncertainty as EnsembleUncertainty
    from .disagreement import ensemble_uncertainty as ensemble_uncertainty
    from .filters import filter_logits as filter_logits
    from .novelty import out_of_distribution_score as out_of_distribution_score
    from .penalties import bias_logits as bias_logits
    from .penalties import penalize_logits as penalize_logits
    from .prior_shift import PriorShift as PriorShift
    from .risk_control import RiskControl as RiskControl
    from .sampling import sample as sample
    from .selective import SelectiveClassifier as SelectiveClassifier
    from .selective import SelectiveQuality as SelectiveQuality
    from .set_quality import SetQuality as SetQuality
    from .threshold import ThresholdClassifier as ThresholdClassifier
    from .threshold import ThresholdQuality as ThresholdQuality
