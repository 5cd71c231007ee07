"""logits → logits that mean what they say.

==================  ==================================================================
`calibration`       the interface of all: fit, transform, predict_proba, save, load
`temperature`       one number
`scaling`           one or two numbers per class, or a matrix between classes, under a penalty that is given
`structured`        the same under a penalty that rows left out have chosen
`ensemble`          a mixture with plain and uniform probabilities
`parametric`        binary: a slope and an intercept (Platt), or three numbers (beta, quadratic)
`nonparametric`     binary: an increasing curve (isotonic), or bins
`venn_abers`        binary: a pair of increasing curves, and so an interval
`additive`          lines per class, a mix of classes and a curve that all share, pooled over penalties
`auto`              what rows left out decide for: that pool, the simplest, or one of several that are given
`_out_of_fold`      what a calibration says of rows it was not fitted to
`by_group`          for every value of a column: a common one, and what the rows of each value add to it
`wrapped`           for probabilities, and for several labels per row
`calibrated_model`  for scikit-learn's classifiers
`wording`           what a calibration does, in words
`calibration_card`  what a notebook shows of one
==================  ==================================================================

What stands behind them: `_labelled` (the rows of a fit), `_temperature` (where the temperature is found), `_start`
(what logits become before a richer map is fitted), `_newton` (losses of a few numbers), `_binary` (one class against
the rest), `_affine`, `_curve`, `_increasing`, `_affine_fitting`, `_truncated_newton`, `_penalised` and
`_affine_calibration` (a map, what its classes share, such a curve that keeps their order, one optimum, one of a large
matrix, which penalty, and what such calibrations share),
`_path` and `_log_pool` (maps under penalties from strong to weak, and the weights with which rows left out make them
one), `_folds` (rows that are left out), `_contenders` (how calibrations did on these), `_stored` (a fitted calibration
as plain data, and back).

Importing this package is cheap, and NumPy is enough; with SciPy affine maps of many classes are fitted faster.
`CalibratedModel` needs scikit-learn.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
