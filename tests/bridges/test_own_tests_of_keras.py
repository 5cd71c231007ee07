"""Keras' own tests of its activations and losses, which are in its package, with ours in the place of its functions."""

from importlib.util import find_spec

import pytest

import peer_suites


# Keras is imported by the process that is started, which knows its backend; here it might find none.
@pytest.mark.skipif(find_spec("keras") is None, reason="keras is not installed")
@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_keras_finds_nothing_wrong_with_our_activations_and_loss(monkeypatch, backend):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    outcomes, _ = peer_suites.run("keras", None)
    result = peer_suites.judged(outcomes, peer_suites.written("keras"))
    assert result.wrong == {}
    assert result.right >= 20
