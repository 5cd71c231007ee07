"""Arrays of any kind, for as long as SECONDS_TO_FUZZ says."""

import os
import time

import fuzz


def test_the_kernels_stand_arrays_of_any_kind(record_property):
    seed = int(os.environ.get("FUZZ_SEED", time.time_ns() % 2**32))
    rounds = fuzz.fuzz(float(os.environ.get("SECONDS_TO_FUZZ", 10)), seed)
    record_property("rounds", rounds)
    record_property("seed", seed)
    assert rounds > 0
