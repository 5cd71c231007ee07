"""What a call takes beside its arrays, a row's numbers once at most, and what it leaves behind: nothing to speak of."""

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import numpy as np
import softargmax as sm

def megabytes():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
    return int(lines["VmData"].split()[0]) / 1024

sm.set_num_threads(1)
x = np.zeros(2**24, np.float16)
into = np.empty_like(x)
sm.softmax(x[:2], out=into[:2])
before = megabytes()
sm.softmax(x, out=into)  # through scratch memory of 4 bytes a class
during = megabytes()
sm.softmax(x[:2], out=into[:2])
print(during - before, megabytes() - before)
"""


@pytest.mark.unsanitized
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux how much memory a process has")
def test_memory_for_a_long_row_is_given_back_by_the_next_short_one():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    during, after = map(float, done.stdout.split())
    assert during > 60  # or the row went another way, and this test tests nothing
    assert after < 10


MOST = """
import resource, sys
import numpy as np
import softargmax as sm

sm.set_num_threads(int(sys.argv[1]))
x = np.zeros((1, 2**24), sys.argv[2])
function = {"softmax": sm.softmax, "log_softmax": sm.log_softmax, "logsumexp": sm.logsumexp,
            "entropy": lambda x: sm.entropy(logits=x), "sigmoid": sm.sigmoid, "argmax": sm.argmax}[sys.argv[3]]
function(x[:, :40_000].copy())  # helpers run
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = function(x)
taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print((taken - result.nbytes) / x.size)
"""


@pytest.mark.unsanitized
@pytest.mark.skipif(sys.platform != "linux", reason="reads the most memory that was taken, in the unit of Linux")
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize(
    ("dtype", "function", "bytes_per_class"),
    [
        ("float16", "softmax", 4),
        ("float16", "log_softmax", 4),
        ("float16", "logsumexp", 4),
        ("float16", "entropy", 4),
        ("float16", "sigmoid", 0),
        ("float16", "argmax", 0),
        ("float32", "softmax", 0),
        ("float32", "logsumexp", 0),
        ("int8", "softmax", 8),
    ],
)
def test_a_row_is_copied_once_at_most(dtype, function, bytes_per_class, n_threads):
    command = [sys.executable, "-c", MOST, str(n_threads), dtype, function]
    per_class = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert per_class < bytes_per_class + 0.5
