"""The kernels' headers, compiled for other processors, give the true values there too."""

import shutil
import subprocess
from pathlib import Path

import pytest

import foreign

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "cpp"
OPTIONS = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", f"-I{HEADERS}"]
MOST = 2.0  # ulp


def first_of(*names):
    """Give the first of some programs that is there."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    pytest.skip(f"{names[0]} is not on PATH; CONTRIBUTING.md says which packages have what this test needs")


def arm64():
    """GCC, and an emulator of the processor."""
    gcc = first_of("aarch64-linux-gnu-g++")
    return [gcc, "-static"], [first_of("qemu-aarch64-static", "qemu-aarch64")]


def wasm32():
    """Clang, and the WebAssembly of Node."""
    clang = first_of(*(f"clang++-{number}" for number in range(30, 15, -1)), "clang++")
    told = subprocess.run([clang, "-print-resource-dir"], capture_output=True, text=True, check=True).stdout
    library = Path(told.strip()).parents[2] / "include" / "wasm32-wasi" / "c++" / "v1"
    if not library.is_dir():
        pytest.skip(f"{library} is no folder; CONTRIBUTING.md says which packages have what this test needs")
    first_of("wasm-ld", f"wasm-ld-{library.parents[3].name.removeprefix('llvm-')}")
    flags = ["--target=wasm32-wasi", f"--sysroot={clang.parents[1]}", "-isystem", library, "-msimd128"]
    return [clang, *flags, "-fno-exceptions", "-Wno-psabi"], [first_of("node"), "--no-warnings", HERE / "wasi.mjs"]


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
