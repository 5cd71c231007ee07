"""The whole way at once: a table in, a calibrated classifier out, and predictions from it.

Predicting needs NumPy, pyarrow and safetensors; only fitting needs scikit-learn and SciPy.
"""

from softargmax.pipeline.classifier import TableClassifier
from softargmax.pipeline.records import Evaluation, FitOptions, FitRecord

__all__ = ["Evaluation", "FitOptions", "FitRecord", "TableClassifier"]
