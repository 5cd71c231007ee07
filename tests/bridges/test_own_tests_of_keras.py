"""Keras' own tests of its activations and losses, which are in its package, with ours in the place of its functions."""

import pytest

import peer_suites


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_keras_finds_nothing_wrong_with_our_activations_and_loss(monkeypatch, backend):
    pytest.importorskip("keras")
    pytest.importorskip(backend)
    monkeypatch.setenv("KERAS_BACKEND", backend)
    outcomes, _ = peer_suites.run("keras", None)
    result = peer_suites.judged(outcomes, peer_suites.written("keras"))
    assert result.wrong == {}
    assert result.right >= 20
