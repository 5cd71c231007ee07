"""What every test may use."""

import functools
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from softargmax import _kernels

# A loaded machine is slow now and then; that is no property of ours. Of fixtures, only the instruction set is per test.
settings.register_profile(
    "calm", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("calm")

# A relative tolerance is relative. Beside it pytest allows an absolute one of 1e-12, and a test of smaller numbers
# could not fail. Whoever wants one says abs=.
_approx = pytest.approx


@functools.wraps(_approx)
def approx(expected, rel=None, abs=None, nan_ok=False):
    return _approx(expected, rel, 0.0 if rel is not None and abs is None else abs, nan_ok)


pytest.approx = approx

# Folders whose tests are a tier of their own, run by `make test-bridges` and so on: they need more than the package
# and its extras, or more time. Every other test belongs to `make test`.
TIERS = ("bridges", "cluster", "browser", "fuzz", "cross")


def pytest_collection_modifyitems(items):
    """Mark a test with its tier."""
    for item in items:
        tier = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if tier in TIERS:
            item.add_marker(tier)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261122)


@pytest.fixture(params=_kernels.instruction_sets())
def instruction_set(request):
    """Run a test with the kernels of every instruction set that this machine has."""
    before = _kernels.instruction_set()
    assert _kernels.use_instruction_set(request.param)
    yield request.param
    _kernels.use_instruction_set(before)


@pytest.fixture(scope="session")
def in_its_own_order():
    """A class of classifiers that name their classes in another order than the alphabet's."""
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.linear_model import LogisticRegression

    class InItsOwnOrder(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.inner_ = LogisticRegression().fit(X, y)
            self.classes_ = self.inner_.classes_[::-1]
            return self

        def predict_proba(self, X):
            return self.inner_.predict_proba(X)[:, ::-1]

    return InItsOwnOrder


@pytest.fixture
def few_threads(monkeypatch):
    """Let the system start only so many more threads: `few_threads(1)`."""
    start, left = threading._start_new_thread, []

    def start_or_fail(*arguments):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        return start(*arguments)

    def allow(count):
        left.extend(range(count))
        monkeypatch.setattr(threading, "_start_new_thread", start_or_fail)

    return allow
