"""Build wheels that install on any Linux with glibc 2.28 or newer, and look at what came out.

Zig brings a C++ compiler for every processor and every glibc, so that wheels for x86-64 and for arm64 come from the
same machine. A wheel for x86-64 is installed into a clean environment, and its kernels answer the questions of
foreign.py there, with every instruction set of this machine. Of one for arm64, the kernels are compiled as a program
and run under qemu, where there is one. Run with a Python of 3.12 or newer, for the limited API begins there:

    python tools/wheels.py [x86_64] [aarch64]
"""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import foreign

ROOT = Path(__file__).parents[1]
WHERE = ROOT / "build" / "wheels"
GLIBC = (2, 28)
PROCESSORS = ("x86_64", "aarch64")
MOST_BYTES = 2_400_000  # 1.24 MB of extension, three instruction sets for float and for double; 0.9 MB of modules
MOST_ULPS = 2.0

# Zig writes x86_64_v3 where other compilers write x86-64-v3. Its C++ library does not include <cstdio> by accident, as
# nanobind expects.
WRAPPER = """#!/bin/sh
for option in "$@"; do
  shift
  case $option in -march=x86-64-v*) option=-march=x86_64_v${{option##*v}} ;; esac
  set -- "$@" "$option"
done
exec {python} -m ziglang {tool} "$@"
"""
TOOLCHAIN = """set(CMAKE_CXX_COMPILER {tools}/c++)
set(CMAKE_AR {tools}/ar)
set(CMAKE_RANLIB {tools}/ranlib)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -s)
set(CMAKE_MODULE_LINKER_FLAGS_INIT -s)
"""
ELSEWHERE = """set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {processor})
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE NEVER)
"""


def platform(processor: str) -> str:
    """Give the name that pip knows the machines by."""
    return f"manylinux_{GLIBC[0]}_{GLIBC[1]}_{processor}"


def write_wrappers(folder: Path, processor: str) -> None:
    """Write programs that call Zig under the names of the usual tools."""
    folder.mkdir(parents=True, exist_ok=True)
    compiler = f"c++ -target {processor}-linux-gnu.{GLIBC[0]}.{GLIBC[1]} -include cstdio"
    for name, tool in {"c++": compiler, "ar": "ar", "ranlib": "ranlib"}.items():
        file = folder / name
        file.write_text(WRAPPER.format(python=sys.executable, tool=tool))
        file.chmod(0o755)


def build(processor: str) -> Path:
    """Build the wheel for a processor, and give its file."""
    folder = WHERE / processor
    write_wrappers(folder / "tools", processor)
    toolchain = TOOLCHAIN.format(tools=folder / "tools")
    if processor != os.uname().machine:
        toolchain += ELSEWHERE.format(processor=processor)
    (folder / "toolchain.cmake").write_text(toolchain)
    shutil.rmtree(folder / "dist", ignore_errors=True)
    settings = {
        "cmake.define.CMAKE_TOOLCHAIN_FILE": folder / "toolchain.cmake",
        "build-dir": folder / "cmake",
        "install.strip": "false",  # the linker has done it, and the strip of this machine knows no other processors
        "wheel.tags": f"cp312-abi3-{platform(processor)}",
    }
    options = [f"--config-settings={name}={value}" for name, value in settings.items()]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel", "--no-build-isolation"]
    subprocess.run([*pip, "--no-deps", "--wheel-dir", folder / "dist", *options, ROOT], check=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


def complaints(wheel: Path, processor: str) -> list[str]:
    """Say what is wrong with a wheel: its size, its name, what its extension expects of the machine."""
    found = []
    if wheel.stat().st_size > MOST_BYTES:
        found.append(f"expected at most {MOST_BYTES} bytes, got {wheel.stat().st_size}")
    if not wheel.name.endswith(f"-cp312-abi3-{platform(processor)}.whl"):
        found.append(f"expected a name that ends in -cp312-abi3-{platform(processor)}.whl, got {wheel.name}")
    with zipfile.ZipFile(wheel) as archive:
        extensions = [name for name in archive.namelist() if name.endswith(".so")]
        if len(extensions) != 1:
            return [*found, f"expected one extension, got {extensions}"]
        binary = archive.read(extensions[0])
    versions = {(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", binary)}
    if not versions or max(versions) > GLIBC:
        found.append(f"expected symbols of glibc up to {GLIBC}, got {sorted(versions)}")
    needs = [name for name in ("libstdc++", "libgcc") if name.encode() in binary]
    return found + [f"expected no {name}, which may be missing or too old" for name in needs]


def audits(wheel: Path) -> None:
    """Let two programs look at a wheel that know more of such files."""
    subprocess.run([sys.executable, "-m", "auditwheel", "show", wheel], check=True)
    subprocess.run([sys.executable, "-m", "abi3audit", "--strict", "--summary", wheel], check=True)


def judged(name: str, program: Sequence[str | Path], environment: dict[str, str]) -> None:
    """Put the questions to a program and print its largest error."""
    done = subprocess.run(
        program, input=foreign.questions(), env=environment, capture_output=True, text=True, check=True
    )
    worst = max(foreign.worst_errors(done.stdout).values())
    print(f"{name}: {worst:.2f} ulp")
    if worst > MOST_ULPS:
        raise ValueError(f"{name}: expected an error of at most {MOST_ULPS} ulp, got {worst:.2f}")


def run_here(wheel: Path) -> None:
    """Install a wheel into a clean environment, and run its kernels there."""
    folder = WHERE / "clean"
    venv.create(folder, clear=True, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", wheel], check=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOFTARGMAX"))}
    ask = "import softargmax; print(*softargmax.cpu_features().available)"
    sets = subprocess.run([python, "-c", ask], cwd=folder, env=clean, capture_output=True, text=True, check=True).stdout
    for isa in sets.split():
        judged(f"{wheel.name}, {isa}", [python, ROOT / "tools" / "answers.py"], {**clean, "SOFTARGMAX_ISA": isa})


def run_elsewhere(processor: str) -> None:
    """Compile the kernels as a program for another processor, and run it under qemu."""
    emulator = shutil.which(f"qemu-{processor}-static") or shutil.which(f"qemu-{processor}")
    if emulator is None:
        print(f"{processor}: not run, for there is no qemu-{processor} on PATH")
        return
    program = WHERE / processor / "rows"
    compiler = [sys.executable, "-m", "ziglang", "c++", "-target", f"{processor}-linux-musl", "-static"]
    options = ["-std=c++17", "-O2", "-Wno-psabi", "-ffp-contract=off", f"-I{ROOT / 'cpp'}"]
    subprocess.run([*compiler, *options, ROOT / "tests" / "cross" / "rows.cpp", "-o", program], check=True)
    judged(f"kernels for {processor}, under qemu", [emulator, program], dict(os.environ))


def main(*processors: str) -> int:
    """Build and look at a wheel for each processor; give 1 if one is not as it should be."""
    if sys.version_info < (3, 12):
        print("tools/wheels.py: expected Python 3.12 or newer, with which one wheel serves all later versions")
        return 1
    bad = []
    for processor in processors or PROCESSORS:
        wheel = build(processor)
        bad += [f"{wheel.name}: {complaint}" for complaint in complaints(wheel, processor)]
        print(f"{wheel.name}: {wheel.stat().st_size} bytes")
        audits(wheel)
        if processor == os.uname().machine:
            run_here(wheel)
        else:
            run_elsewhere(processor)
    print(*bad, sep="\n", end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
