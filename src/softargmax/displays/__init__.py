"""Pictures for notebooks, in matplotlib, made and used as scikit-learn's displays are. Nothing is computed here.

==========================  ========================================================================================
`reliability_display`       `ReliabilityDisplay`: what a model says against what happens, and where the rows are
`risk_coverage_display`     `RiskCoverageDisplay`: how many answers are wrong if only the surest rows are answered
`confusion_display`         `ConfusionDisplay`: which classes are taken for which
`set_size_display`          `SetSizeDisplay`: how long prediction sets are, and whether their promise is kept
`score_comparison_display`  `ScoreComparisonDisplay`: the errors of two models on the same rows
`display`                   how pictures of one model are made: of an estimator, of predictions, of an assessment
`canvas`                    axes, colours, words: what all pictures share
==========================  ========================================================================================

A display holds numbers that were measured, ``plot`` draws them, and what it drew are attributes that end in an
underscore. Colours are those of the page, for light and for dark axes, and never the only sign.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
