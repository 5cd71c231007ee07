"""The recipe of the network's training, step by step."""

import math

import numpy as np
import pytest

import softargmax as sm
from softargmax.models.training import Trainer


def test_the_learning_rate_rises_over_the_first_epoch_and_falls_along_a_cosine(rng, monkeypatch):
    rates = []
    run_epoch = Trainer.run_epoch

    def watched(self, rows, learning_rate):
        rates.append([learning_rate(share) for share in (0.0, 0.45, 0.95)])
        return run_epoch(self, rows, learning_rate)

    monkeypatch.setattr(Trainer, "run_epoch", watched)
    X = rng.normal(size=(60, 2))
    sm.SoftmaxMLP((4,), max_epochs=4, learning_rate=0.01, early_stopping=False, random_state=0).fit(X, X[:, 0] > 0)

    def cosine(done):
        return 0.01 * 0.5 * (1 + math.cos(math.pi * done / 4))

    assert len(rates) == 4
    assert rates[0] == pytest.approx([0.1 * cosine(0.0), 0.55 * cosine(0.45), cosine(0.95)], rel=1e-14)
    for epoch in (1, 2, 3):
        assert rates[epoch] == pytest.approx([cosine(epoch + share) for share in (0.0, 0.45, 0.95)], rel=1e-12)


def test_the_first_steps_of_partial_fit_are_not_warmed_up(rng, monkeypatch):
    rates = []
    monkeypatch.setattr(
        Trainer, "run_epoch", lambda self, rows, learning_rate: rates.append(learning_rate(np.float64(0.0))) or 0.0
    )
    sm.SoftmaxMLP((4,), learning_rate=0.02).partial_fit(rng.normal(size=(6, 2)), [0, 1] * 3, classes=[0, 1])
    assert rates == [0.02]
