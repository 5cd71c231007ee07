"""A fitted model as a graph of ONNX, for services without Python: `export`.

======================  ==========================================================================
`exporting`             `export`: which models have a graph; checked, then written
`graph`                 nodes made by arithmetic on values; the versions of operators
`formulas`              functions of values, with all their digits
`draft`                 a graph before it is checked, and its outputs
`self_check`            the graph is run on rows made for it, and compared with the model
`table_models`          a model of tables: columns → features → members → their pool
`column_features`       the inputs of a table, and the features that they become
`made_rows`             rows of a table, made to check a graph on
`forests`               trees
`estimators`            `SoftmaxMLP`, `SoftmaxRegression`, and either calibrated
`layers`                a network's layers
`calibrations_alone`    a calibration by itself
`calibration_formulas`  which formula a calibration has
`map_formulas`          temperatures, affine and additive maps, mixtures
`curve_formulas`        curves of one class against the rest
======================  ==========================================================================

The graph has operators of ONNX's own only. Nothing of it is loaded before it is used; it needs `onnx`, and ONNX Runtime
where it is installed.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
