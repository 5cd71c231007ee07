"""Every public name of this package and the submodule it lives in: read by type checkers, and when it is imported."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # as in the stub of the root, which says why
    from .confusion_display import ConfusionDisplay as ConfusionDisplay
    from .reliability_display import ReliabilityDisplay as ReliabilityDisplay
    from .risk_coverage_display import RiskCoverageDisplay as RiskCoverageDisplay
    from .score_comparison_display import ScoreComparisonDisplay as ScoreComparisonDisplay
    from .set_size_display import SetSizeDisplay as SetSizeDisplay
