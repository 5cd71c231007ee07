"""Arrays, saved files and tables of any kind, each for as long as SECONDS_TO_FUZZ says."""

import os
import time

import pytest

import fuzz
import fuzz_saved
import fuzz_tables


@pytest.mark.parametrize("fuzzer", [fuzz, fuzz_saved, fuzz_tables], ids=["arrays", "saved", "tables"])
def test_what_comes_in_may_be_anything(fuzzer, record_property):
    seed = int(os.environ.get("FUZZ_SEED", time.time_ns() % 2**32))
    rounds = fuzzer.fuzz(float(os.environ.get("SECONDS_TO_FUZZ", 10)), seed)
    record_property(f"{fuzzer.__name__} rounds", rounds)
    record_property(f"{fuzzer.__name__} seed", seed)
    assert rounds > 0
