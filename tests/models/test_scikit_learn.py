"""The estimators keep scikit-learn's contract, as scikit-learn itself checks it."""

import pytest
import sklearn.linear_model.tests.test_logistic as theirs
from sklearn import calibration as scikit_learn
from sklearn.utils.estimator_checks import parametrize_with_checks

import softargmax as sm

# Some compare with LogisticRegressionCV, which announces other defaults.
pytestmark = pytest.mark.filterwarnings("ignore:The default value for l1_ratios:FutureWarning")

# The tests of LogisticRegression whose subject both have: what is predicted, what weights and penalties mean, dtypes.
SHARED = [
    "test_LogisticRegression_elastic_net_objective",
    "test_elastic_net_coeffs",
    "test_elastic_net_versus_sgd",
    "test_inconsistent_input",
    "test_logistic_regression_class_weights",
    "test_logistic_regression_sample_weights",
    "test_logistic_regression_solver_class_weights",
    "test_logistic_regression_solvers",
    "test_logistic_regression_solvers_multiclass",
    "test_logistic_regression_solvers_multiclass_unpenalized",
    "test_nan",
    "test_predict_2_classes",
    "test_predict_3_classes",
    "test_single_feature_newton_cg",
    "test_warm_start_converge_LR",
]
present = [name for name in SHARED if hasattr(theirs, name)]
# Before scikit-learn 1.8 these name a penalty, which C and l1_ratio say by themselves here and there now.
by_penalty = pytest.mark.skipif(
    not hasattr(scikit_learn, "_TemperatureScaling"), reason="these tests of an older scikit-learn name the penalty"
)
globals().update(
    {name: by_penalty(test) if "elastic" in name else test for name in present if (test := getattr(theirs, name))}
)


def test_scikit_learn_still_has_most_of_these_tests():
    assert len(present) > 10


class Adapter(sm.SoftmaxRegression):
    """`SoftmaxRegression` under the names of the peer's parameters; its solvers become ours."""

    def __init__(
        self,
        *,
        C=1.0,
        l1_ratio=0.0,
        tol=1e-4,
        fit_intercept=True,
        class_weight=None,
        random_state=None,
        solver="lbfgs",
        max_iter=100,
        warm_start=False,
    ):
        super().__init__(
            C=C,
            l1_ratio=l1_ratio,
            fit_intercept=fit_intercept,
            class_weight=class_weight,
            tol=min(tol, 1e-6),
            max_iter=max(max_iter, 200),
            warm_start=warm_start,
            random_state=random_state,
        )


@pytest.fixture(autouse=True)
def ours_in_the_place_of_theirs(monkeypatch):
    monkeypatch.setattr(theirs, "LogisticRegression", Adapter)


@pytest.fixture
def global_random_seed():
    return 0


@parametrize_with_checks(
    [
        sm.SoftmaxRegression(),
        sm.SoftmaxRegression(l1_ratio=0.5),
        sm.SoftmaxRegressionCV(Cs=[0.01, 0.1], cv=2),
        sm.SoftmaxMLP(hidden_layer_sizes=(32,), dropout=0.0),
    ]
)
def test_estimator_contract(estimator, check):
    check(estimator)
