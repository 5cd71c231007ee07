import numpy as np
import pytest

import softargmax as sm


def draw(rng, honest):
    """Labels that the logits are right about."""
    return sm.argmax(honest + rng.gumbel(size=honest.shape))


@pytest.fixture
def multiclass(rng):
    """Logits of four classes whose truth is another mixture of them, and over-confident by 2."""
    z = rng.normal(size=(1200, 4)) * 2
    mixing = np.eye(4) + 0.5 * np.eye(4, k=1)
    return 2 * z, draw(rng, z @ mixing + [0.0, 0.0, 0.5, -0.5])


@pytest.fixture
def binary(rng):
    """Log-odds that are too large above 0 and too small below."""
    z = rng.normal(size=1500) * 2
    return z, (rng.random(1500) < sm.sigmoid(np.where(z > 0, 0.5 * z, 1.5 * z))).astype(int)
