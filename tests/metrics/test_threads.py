"""What is measured does not depend on how many threads there are, bit for bit."""

import os
import subprocess
import sys

CODE = """
import numpy as np, softargmax as sm
rng = np.random.default_rng(0)
for n, k in ((60_000, 10), (30_000, 2), (900, 300)):
    z = 2 * rng.normal(size=(n, k))
    y = (z / 1.5 + rng.gumbel(size=z.shape)).argmax(axis=1)
    options = {"sample_weight": rng.random(n), "interval": sm.metrics.Interval(n_resamples=200)}
    print(sm.assess(y, logits=z, **options).to_dict())
    print(sm.compare(y, logits=(z, 0.7 * z), **options).to_dict())
"""


def printed(threads: int) -> str:
    names = ("SOFTARGMAX_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    command = [sys.executable, "-c", CODE]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_no_bit_depends_on_the_number_of_threads():
    alone = printed(1)
    assert alone.count("accuracy") >= 6
    assert printed(2) == printed(3) == alone
