"""What a trained classifier says of rows: its logits, whatever library it comes from, in the order of its classes.

====================  ==================================================================================
`answer`              the numbers of some rows, what they are, and of which classes
`asking`              `logits_of`: which library's reader is asked; what lies inside of a pipeline or a search
`conventions`         models by scikit-learn's conventions: decision functions, or probabilities
`boosters`            XGBoost, LightGBM, CatBoost: raw scores
`torch_modules`       PyTorch's modules, and those of Hugging Face
`keras_models`        Keras 3
`onnx_sessions`       ONNX Runtime
`statsmodels_fits`    statsmodels: linear predictors
`token_bounds`        tokens of a language model behind a server: log-probabilities, and bounds for those cut off
`server_answers`      the three forms in which servers answer
====================  ==================================================================================

A reader gives the numbers that the model itself puts into its softmax or sigmoid. Where there are such numbers, they
are never made from probabilities again: of a probability near 1 the digits that tell how near are gone. docs/logits.md
says what is read of each library. To add one: a function ``(model, X) -> Response`` and a line in `asking`.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
