"""Threads and instruction sets: what they may change is time only."""

import importlib
import multiprocessing
import os
import platform
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from softargmax import _kernels
from softargmax.exceptions import ArgumentError

FUNCTIONS = {
    "softmax": sm.softmax,
    "log_softmax": sm.log_softmax,
    "logsumexp": sm.logsumexp,
    "entropy": lambda x: sm.entropy(logits=x),
    "sigmoid": sm.sigmoid,
    "sparsemax": sm.sparsemax,
    "argmax": sm.argmax,
    "gradient": lambda x: sm.cross_entropy_and_gradient(x, np.arange(len(x)) % x.shape[1])[1],
}


@pytest.fixture
def threads():
    before = sm.get_num_threads()
    yield sm.set_num_threads
    sm.set_num_threads(before)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize(("n", "k"), [(200_001, 3), (60_001, 10), (3_000, 300)])
def test_any_number_of_threads_gives_the_same_bits(rng, threads, function, n, k):
    x = rng.normal(size=(n, k)).astype(np.float32) * 9
    threads(1)
    alone = function(x)
    for count in (2, 3, 7):
        threads(count)
        assert np.array_equal(function(x), alone)


@pytest.mark.parametrize("shape", [(20_000, 10), (1, 400_000)])
def test_calls_from_many_threads_at_once(rng, threads, shape):
    threads(2)
    x = rng.normal(size=shape)
    expected, wrong = sm.softmax(x), []

    def work():
        for _ in range(20):
            if not np.array_equal(sm.softmax(x), expected):
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def _softmax_in_child(queue, x):
    queue.put(sm.softmax(x))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("shape", [(50_000, 4), (1, 400_000)])
def test_a_forked_child_starts_its_own_threads(rng, threads, shape):
    threads(2)
    x = rng.normal(size=shape)
    expected = sm.softmax(x)  # the helpers run now
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_softmax_in_child, args=(queue, x))
    child.start()
    assert np.array_equal(queue.get(timeout=60), expected)
    child.join(timeout=60)
    assert child.exitcode == 0


@pytest.mark.parametrize("n", [0, -1, 1.5, "two", True, 2000])
def test_a_number_of_threads_is_a_number(n):
    with pytest.raises(ArgumentError, match="n: expected an integer"):
        sm.set_num_threads(n)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True)


def test_the_environment_sets_threads_and_instruction_set():
    lowest = sm.cpu_features().available[0]
    code = "import softargmax as sm; print(sm.get_num_threads(), sm.cpu_features().used)"
    assert python(code, SOFTARGMAX_NUM_THREADS="3", SOFTARGMAX_ISA=lowest).stdout == f"3 {lowest}\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_affinity_is_respected():
    code = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); import softargmax as sm; print(sm.get_num_threads())"
    assert python(code).stdout == "1\n"


# Runs a child whose affinity changes, or whose quotas do; `cores` waits for an answer that comes within a second.
WATCHING = """
import os, sys, time
import softargmax as sm
from softargmax import _kernels

def cores(expected, patience=60):
    end = time.monotonic() + patience
    while sm.get_num_threads() != expected and time.monotonic() < end:
        time.sleep(.01)
    return sm.get_num_threads()
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_affinity_may_change_after_the_import():
    code = """
before, mask = sm.get_num_threads(), os.sched_getaffinity(0)
os.sched_setaffinity(0, [min(mask)])
print(sm.get_num_threads())
os.sched_setaffinity(0, mask)
print(sm.get_num_threads() == before)
"""
    assert python(WATCHING + code).stdout == "1\nTrue\n"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_a_number_of_threads_that_was_set_stays_what_it_is():
    code = "sm.set_num_threads(3); os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); print(sm.get_num_threads())"
    assert python(WATCHING + code).stdout == "3\n"


def control_groups(root: Path, mounts: list[str], groups: list[str], files: dict[str, str]) -> Path:
    """Write what Linux shows of control groups below another root."""
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/mountinfo").write_text("".join(f"{line}\n" for line in mounts))
    (root / "proc/self/cgroup").write_text("".join(f"{line}\n" for line in groups))
    for name, content in files.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


DISK = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard"
V2 = "30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "31 24 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:5 master:1 - cgroup cgroup rw,cpu,cpuacct"
MEMORY = "32 24 0:29 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"


@pytest.mark.skipif(sys.platform != "linux", reason="needs control groups")
@pytest.mark.parametrize(
    ("mounts", "groups", "files", "cores"),
    [
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "150000 100000\n"}, 2, id="rounded up"),
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "5000 100000\n"}, 1, id="at least one"),
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "max 100000\n"}, 0, id="no limit"),
        pytest.param(
            [V2],
            ["0::/a/b/c"],
            {"a/cpu.max": "200000 100000\n", "a/b/c/cpu.max": "900000 100000\n"},
            2,
            id="an outer group's, and a group without one between",
        ),
        pytest.param(
            [V2],
            ["0::/a/b"],
            {"a/cpu.max": "max 100000\n", "a/b/cpu.max": "350000 50000\n"},
            7,
            id="an inner group's",
        ),
        pytest.param([V2], ["0::/a"], {"b/cpu.max": "100000 100000\n"}, 0, id="not a neighbour's"),
        pytest.param([V2], ["0::/"], {"cpu.max": "300000 100000\n"}, 3, id="a container that sees itself as the root"),
        pytest.param([V2], ["0::/../x"], {"cpu.max": "300000 100000\n"}, 3, id="a group outside of what is mounted"),
        pytest.param(
            [V2.replace("0:27 / ", "0:27 /docker/7 ")],
            ["0::/docker/7/a"],
            {"cpu.max": "400000 100000\n", "a/cpu.max": "300000 100000\n"},
            3,
            id="a container's part is mounted",
        ),
        pytest.param(
            [V1],
            ["5:memory:/m", "4:cpu,cpuacct:/a", "0::/"],
            {"cpu/a/cpu.cfs_quota_us": "250000\n", "cpu/a/cpu.cfs_period_us": "50000\n"},
            5,
            id="version 1",
        ),
        pytest.param(
            [V1],
            ["4:cpu,cpuacct:/a"],
            {"cpu/a/cpu.cfs_quota_us": "-1\n", "cpu/a/cpu.cfs_period_us": "100000\n"},
            0,
            id="version 1, no limit",
        ),
        pytest.param(
            [V1.replace("0:28 / ", "0:28 /docker/7 ")],
            ["4:cpu,cpuacct:/docker/7"],
            {"cpu/cpu.cfs_quota_us": "400000\n", "cpu/cpu.cfs_period_us": "100000\n"},
            4,
            id="version 1, a container's part is mounted",
        ),
        pytest.param(
            [MEMORY],
            ["5:memory:/"],
            {"memory/cpu.cfs_quota_us": "100000\n", "memory/cpu.cfs_period_us": "100000\n"},
            0,
            id="another hierarchy of version 1",
        ),
        pytest.param([V2], ["0::/a"], {}, 0, id="no files"),
        pytest.param([V2], [], {"cpu.max": "300000 100000\n"}, 3, id="no group named"),
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "\n"}, 0, id="an empty file"),
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "many 100000\n"}, 0, id="no number"),
        pytest.param([V2], ["0::/a"], {"a/cpu.max": "100000 0\n"}, 0, id="no period"),
        pytest.param([V2, "30 24 0:27"], ["0::/a", "0", ":"], {"a/cpu.max": "200000 100000\n"}, 2, id="broken lines"),
    ],
)
def test_quotas_of_control_groups_are_read(tmp_path, mounts, groups, files, cores):
    root = control_groups(tmp_path, [DISK, MEMORY, *mounts], groups, files)
    try:
        assert _kernels.look_for_quotas_in(str(root)) == cores
    finally:
        _kernels.look_for_quotas_in("")


@pytest.mark.skipif(sys.platform != "linux", reason="needs control groups")
def test_a_quota_may_change_after_the_import_and_so_may_the_group(tmp_path):
    root = control_groups(tmp_path, [V2], ["0::/a"], {"a/cpu.max": "max 100000\n", "b/cpu.max": "100000 100000\n"})
    code = f"""
root = {str(root)!r}
many = len(os.sched_getaffinity(0))
assert _kernels.look_for_quotas_in(root) == 0
assert sm.get_num_threads() == many
def write(name, content):
    with open(root + name, "w") as file:
        file.write(content)
write("/sys/fs/cgroup/a/cpu.max", "70000 100000\\n")
assert cores(1) == 1
write("/sys/fs/cgroup/a/cpu.max", "max 100000\\n")
assert cores(many) == many
write("/proc/self/cgroup", "0::/b\\n")
assert cores(1) == 1
sm.set_num_threads(2)
assert sm.get_num_threads() == 2
"""
    child = python(WATCHING + code)
    assert child.returncode == 0, child.stderr


HELPERS = """
import os, time
import numpy as np
import softargmax as sm

def helpers():
    return [tid for tid in map(int, os.listdir("/proc/self/task")) if named(tid) == "softargmax"]

def named(tid):
    with open(f"/proc/self/task/{tid}/comm") as file:
        return file.read().strip()

def sleeps(tid):
    with open(f"/proc/self/task/{tid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return lines["State"].split()[0] == "S", int(lines["voluntary_ctxt_switches"])

def asleep():
    before = None
    while True:  # until all sleep and nothing has changed meanwhile
        now = {tid: sleeps(tid) for tid in helpers()}
        if now == before and all(sleeping for sleeping, _ in now.values()):
            return {tid: count for tid, (_, count) in now.items()}
        before = now
        time.sleep(.05)
"""
needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="needs /proc")


@needs_proc
@pytest.mark.unsanitized
@pytest.mark.parametrize(
    ("call", "count"),
    [
        pytest.param("sm.softmax(np.zeros((100, 1000), 'f4'))", 0, id="many numbers, soon done"),
        pytest.param("sm.sparsemax(np.zeros((200, 100), 'f4'))", 1, id="fewer numbers that take longer"),
        pytest.param("sm.softmax(np.zeros((100_000, 2), 'f4'))", 1, id="few classes take longer per number"),
        pytest.param("sm.softmax(np.zeros((200, 1000)))", 1, id="doubles take longer"),
    ],
)
def test_the_time_that_a_call_will_take_decides_whether_it_is_shared(call, count):
    before = "before = len(os.listdir('/proc/self/task'))"
    code = f"sm.set_num_threads(2)\n{before}\n{call}\nprint(len(os.listdir('/proc/self/task')) - before)"
    assert python(HELPERS + code).stdout == f"{count}\n"


@needs_proc
def test_helpers_that_are_not_wanted_stay_asleep():
    code = """
x = np.zeros((100_000, 100))
sm.set_num_threads(7)
sm.softmax(x)
assert len(helpers()) == 6
before = asleep()
sm.set_num_threads(2)
for _ in range(20):
    sm.softmax(x)
after = asleep()
print(sum(after[tid] != before[tid] for tid in before) <= 1)
"""
    assert python(HELPERS + code).stdout == "True\n"


@needs_proc
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs affinity")
def test_helpers_run_where_the_calling_thread_may():
    code = """
x = np.zeros((10_000, 100))
sm.set_num_threads(2)
sm.softmax(x)
only = {min(os.sched_getaffinity(0))}
os.sched_setaffinity(0, only)
end = time.monotonic() + 60
while time.monotonic() < end and any(os.sched_getaffinity(tid) != only for tid in helpers()):
    sm.softmax(x)
print([os.sched_getaffinity(tid) == only for tid in helpers()])
"""
    assert python(HELPERS + code).stdout == "[True]\n"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SOFTARGMAX_NUM_THREADS", "many", "expected a number of threads between 1 and 1024, got 'many'"),
        ("SOFTARGMAX_NUM_THREADS", "0", "expected a number of threads between 1 and 1024, got '0'"),
        ("SOFTARGMAX_NUM_THREADS", "9" * 5000, "expected a number of threads between 1 and 1024, got '999"),
        ("SOFTARGMAX_ISA", "mmx", "on this machine, got 'mmx'"),
    ],
)
def test_a_wrong_environment_is_an_error(name, value, message):
    assert message in python("import softargmax", **{name: value}).stderr
    command = [sys.executable, "-m", "softargmax", "softmax", "1"]
    said = subprocess.run(command, capture_output=True, text=True, env=os.environ | {name: value})
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith(f"softargmax: {name}: ")
    assert message in said.stderr
    assert said.stderr.count("\n") == 1


def test_the_best_instruction_set_is_used_unless_another_is_asked_for():
    features = sm.cpu_features()
    assert features.used == os.environ.get("SOFTARGMAX_ISA", features.available[-1])


# What GCC and Clang mean by -march=x86-64-v3 and -march=x86-64-v4, in Linux's words and in NumPy's.
V3 = {"avx": "AVX", "avx2": "AVX2", "bmi1": "BMI", "bmi2": "BMI2", "f16c": "F16C", "fma": "FMA3", "abm": "LZCNT"}
V3 |= {"movbe": "MOVBE", "xsave": "AVX"}
V4 = {f"avx512{part}": f"AVX512{part.upper()}" for part in ("f", "bw", "cd", "dq", "vl")}


def levels_of(flags):
    v3 = V3.keys() <= flags
    return ["x86-64-v2", *["x86-64-v3"] * v3, *["x86-64-v4"] * (v3 and V4.keys() <= flags)]


needs_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="asks an x86-64 processor")


@needs_x86
@pytest.mark.skipif(not os.path.exists("/proc/cpuinfo"), reason="needs /proc/cpuinfo")
def test_linux_and_the_kernels_see_the_same_processor():
    flags = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    assert list(sm.cpu_features().available) == levels_of(set(flags.split()))


@needs_x86
def test_numpy_and_the_kernels_see_the_same_processor():
    core = importlib.import_module(f"numpy.{'_core' if np.__version__ >= '2' else 'core'}._multiarray_umath")
    seen = core.__cpu_features__
    # Versions of NumPy differ in which features they ask for: the others are as good as the level needs them.
    flags = {flag for flag, name in (V3 | V4).items() if seen.get(name, True)}
    assert list(sm.cpu_features().available) == levels_of(flags)


def test_the_kernels_cannot_be_loaded_twice_and_stay_whole():
    code = (
        "import sys, softargmax as sm\n"
        "sm.softmax([1.0, 2.0])\n"
        "del sys.modules['softargmax._kernels']\n"
        "try: import softargmax._kernels\n"
        "except ImportError as error: print(error.__cause__ or error)\n"
        "print(float(sm.softmax([1.0, 1.0])[0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["softargmax._kernels: cannot be loaded more than once per process", "0.5"]


def test_versions_are_shown_of_what_is_there_and_of_what_is_not(capsys, monkeypatch):
    from softargmax import _versions

    monkeypatch.setattr(_versions, "_optional", lambda: ["no-such-library"])
    sm.show_versions()
    said = capsys.readouterr().out
    assert f"softargmax       {sm.__version__}" in said
    assert f"numpy            {np.__version__}" in said
    assert "no-such-library  not installed" in said
    assert sm.cpu_features().used in said
