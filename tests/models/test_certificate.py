"""The duality gap of a fit in single precision."""

from functools import partial

import numpy as np
import pytest

import softargmax as sm
from softargmax._engine import opened
from softargmax.models.posing import pose
from softargmax.models.solvers import certificate


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_gap_in_single_precision_is_taken_where_the_totals_are_right(n_classes, monkeypatch):
    """The bound holds for probabilities whose totals are those of the labels, and for no others.

    Rare classes, so that the totals of a float32 gradient are far off beside them.
    """
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50_000, 3)).astype(np.float32)
    z = 0.5 * X[:, :n_classes] + np.where(np.arange(n_classes) == 0, 7.0, 0.0)
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    seen = []
    make = certificate._Transport.of

    def watched(objective, excess):
        seen.append(make(objective, excess))
        return seen[-1]

    monkeypatch.setattr(certificate._Transport, "of", watched)
    with opened() as engine:
        objective = pose(sm.SoftmaxRegression(), X, y, None).problem.objective(0, 1.0, 0.0, engine)
        V = 0.3 * rng.normal(size=objective.shape)
        V[-1] += 3.0 * (np.arange(V.shape[1]) == 0) * (1 if n_classes > 2 else -1)
        certificate.duality_gap(objective, V, objective.value_and_gradient(V)[1])
        (transport,) = seen
        _, dual = objective.sum_over_rows(V, partial(transport.divergence, shortening=1.0))
    # Shares of the rows' weight; with totals from the gradient they are off by 2e-11 and 6e-10.
    assert np.abs(dual[-1]).max() < 1e-12
