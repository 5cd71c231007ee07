"""What every test may use."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# A loaded machine is slow now and then; that is no property of ours.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261122)
