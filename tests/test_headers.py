"""The kernels' headers compile outside the package and give its numbers."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm

CPP = Path(__file__).parent.parent / "cpp"
EXAMPLE = CPP.parent / "examples" / "softmax.cpp"
# Clang has its version in its name where there is no default one.
CLANG = [Path(path) for path in ("/usr/bin", "/usr/local/bin")]
CLANG = sorted(
    {file.name for path in CLANG for file in path.glob("clang++*") if file.name[7:].strip("-0123456789") == ""}
)
COMPILERS = [name for name in ("g++", *CLANG) if shutil.which(name)]
LEVELS = {"x86-64-v2", "x86-64-v3", "x86-64-v4"} & set(sm.cpu_features().available)
LOGITS = np.array([[1, 3, 2], [-700, 0.5, 700], [0, -1e-9, 1e-9]])


def compiled(compiler, *options, into):
    command = [
        compiler,
        "-std=c++17",
        "-O1",
        "-ffp-contract=off",
        *options,
        f"-I{sm.get_include()}",
        EXAMPLE,
        "-o",
        into,
    ]
    return subprocess.run(command, capture_output=True, text=True)


def included_by(header, seen):
    """The names of a header and of all that it includes."""
    if header not in seen:
        seen.add(header)
        for other in re.findall(r'#include "(\w+)\.hpp"', (CPP / f"{header}.hpp").read_text()):
            included_by(other, seen)
    return seen


def test_a_wheel_has_the_headers_that_a_program_includes():
    installed = re.search(r"set\(SOFTARGMAX_HEADERS ([^)]*)\)", (CPP.parent / "CMakeLists.txt").read_text())[1]
    assert set(installed.split()) == included_by("softargmax", set())


def test_a_compiler_is_there():
    assert COMPILERS, "the example needs g++ or clang++: install one of them"


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("options", [[], *([f"-march={level}"] for level in sorted(LEVELS))], ids=" ".join)
def test_the_example_gives_the_packages_probabilities(tmp_path, compiler, options):
    done = compiled(compiler, *options, into=tmp_path / "example")
    assert done.returncode == 0, done.stderr
    lines = "".join(" ".join(map(repr, row)) + "\n" for row in LOGITS.tolist())
    out = subprocess.run([tmp_path / "example"], input=lines, capture_output=True, text=True, check=True).stdout
    found = np.array([[float(number) for number in line.split()] for line in out.splitlines()])
    np.testing.assert_array_max_ulp(found, sm.softmax(LOGITS), maxulp=4)


@pytest.mark.parametrize("compiler", COMPILERS)
def test_options_that_would_spoil_the_results_are_refused(tmp_path, compiler):
    done = compiled(compiler, "-ffast-math", into=tmp_path / "example")
    assert done.returncode != 0
    assert "-ffast-math" in done.stderr
