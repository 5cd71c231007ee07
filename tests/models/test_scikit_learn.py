"""The estimators keep scikit-learn's contract, as scikit-learn itself checks it."""

from sklearn.utils.estimator_checks import parametrize_with_checks

import softargmax as sm


@parametrize_with_checks([sm.SoftmaxRegression(), sm.SoftmaxMLP(hidden_layer_sizes=(32,), dropout=0.0)])
def test_estimator_contract(estimator, check):
    check(estimator)
