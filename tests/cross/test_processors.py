"""A processor, emulated, is offered the kernels that it can run."""

import os
import platform
import shutil
import subprocess
import sys

import pytest

QEMU = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
pytestmark = [
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the extension is not compiled for x86-64"),
    pytest.mark.skipif(QEMU is None, reason="qemu-x86_64 is not on PATH; Debian's package qemu-user-static has it"),
]
LEVELS = ("x86-64-v2", "x86-64-v3")  # qemu 7 knows no more


@pytest.mark.parametrize(
    ("processor", "level"),
    [
        ("Nehalem", 2),
        ("IvyBridge", 2),
        ("Haswell", 3),
        ("EPYC", 3),
        *((f"Haswell,-{missing}", 2) for missing in ("abm", "avx", "avx2", "bmi2", "f16c", "fma", "movbe")),
        pytest.param("Haswell,-xsave", 2, id="an operating system that does not save the vectors"),
    ],
)
def test_a_processor_is_offered_what_it_can_run(processor, level):
    ask = "import softargmax as sm; print(*sm.cpu_features().available, float(sm.softmax([1.0, 1.0])[0]))"
    chosen = ("SOFTARGMAX_ISA", "OPENBLAS_CORETYPE")  # for this processor, and not for the emulated one
    here = {name: value for name, value in os.environ.items() if name not in chosen}
    run = [QEMU, "-cpu", processor, sys.executable, "-c", ask]
    answer = subprocess.run(run, env=here, capture_output=True, text=True, check=True).stdout
    assert answer.split() == [*LEVELS[: level - 1], "0.5"]
