"""Which library's reader is asked, and that asking imports none."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import softargmax as sm
from softargmax.exceptions import ArgumentError, UnsupportedError


def test_asking_imports_no_library():
    code = (
        "import sys, numpy as np, softargmax as sm\n"
        "from softargmax.responses import asking\n"
        "class Model:\n"
        "    classes_ = np.arange(3)\n"
        "    def decision_function(self, X): return X\n"
        "sm.logits_of(Model(), np.ones((2, 3)))\n"
        "print(sorted(set(asking._READERS) & set(sys.modules) - {'softargmax'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_model_s_attributes_do_not_make_it_a_pipeline():
    class Model:
        classes_, steps = np.arange(2), 50

        def decision_function(self, X):
            return X[:, 0]

    np.testing.assert_array_equal(sm.logits_of(Model(), np.eye(2)), [[0, 1], [0, 0]])


def test_an_output_of_a_hugging_face_model_is_read_without_rows():
    # By the name of its module alone: the library itself is not here.
    class SequenceClassifierOutput(dict):
        __module__ = "transformers.modeling_outputs"

        def __getattr__(self, name):
            return self.get(name)

    np.testing.assert_array_equal(sm.logits_of(SequenceClassifierOutput(logits=[[1.0, 2.0, 3.0]])), [[1, 2, 3]])
    with pytest.raises(
        UnsupportedError, match="a SequenceClassifierOutput with last_hidden_state; give one with logits"
    ):
        sm.logits_of(SequenceClassifierOutput(last_hidden_state=[[1.0]]))


def test_rows_that_are_missing_are_asked_for():
    with pytest.raises(ArgumentError, match="X: expected the rows that the model is asked of, got None") as caught:
        sm.logits_of(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    assert caught.value.parameter == "X"


def test_an_error_about_a_model_names_the_parameter_that_it_was_given_as():
    with pytest.raises(UnsupportedError) as caught:
        sm.logits_of(object(), [[0.0]])
    assert caught.value.parameter == "model"
    with pytest.raises(UnsupportedError) as caught:
        sm.CalibratedModel(object()).fit([[0.0], [1.0]], [0, 1])
    assert caught.value.parameter == "estimator"
