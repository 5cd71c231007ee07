"""The kernels' headers, compiled for other processors, give the true values there too."""

import contextlib
import subprocess
from pathlib import Path

import pytest

import foreign
import wasm

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "cpp"
OPTIONS = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", f"-I{HEADERS}"]
MOST = 2.0  # ulp


def first_of(*names):
    """Give the first of some programs that is there."""
    with skipped():
        return wasm.first_of(*names)


@contextlib.contextmanager
def skipped():
    """Skip the test for which something is missing."""
    try:
        yield
    except wasm.MissingError as error:
        pytest.skip(str(error))


def arm64():
    """GCC, and an emulator of the processor."""
    gcc = first_of("aarch64-linux-gnu-g++")
    return [gcc, "-static"], [first_of("qemu-aarch64-static", "qemu-aarch64")]


def wasm32():
    """Clang, and the WebAssembly of Node."""
    with skipped():
        return wasm.compiler(), [first_of("node"), "--no-warnings", HERE / "wasi.mjs"]


@pytest.mark.parametrize("machine", [arm64, wasm32], ids=lambda machine: machine.__name__)
def test_kernels_give_the_true_values_on_another_machine(machine, tmp_path, record_property):
    compiler, run = machine()
    program = tmp_path / "rows"
    compiled = subprocess.run([*compiler, *OPTIONS, HERE / "rows.cpp", "-o", program], capture_output=True, text=True)
    assert compiled.returncode == 0, compiled.stderr
    answers = subprocess.run(
        [*run, program], input=foreign.questions(), capture_output=True, text=True, check=True
    ).stdout
    worst = foreign.worst_errors(answers)
    record_property(machine.__name__, f"{max(worst.values()):.2f} ulp")
    assert max(worst.values()) <= MOST, worst
