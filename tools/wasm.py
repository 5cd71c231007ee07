"""Clang for WebAssembly, as Debian has it: where its parts are, and what is missing."""

import shutil
import subprocess
from pathlib import Path


class MissingError(Exception):
    """Something is not installed that WebAssembly takes."""


def first_of(*names: str) -> Path:
    """Give the first of some programs that is there.

    Raises
    ------
    MissingError
    """
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    raise MissingError(f"{names[0]} is not on PATH; CONTRIBUTING.md says which packages have what this needs")


def compiler() -> list[str]:
    """Give the command that compiles C++ without exceptions for WebAssembly with vectors.

    Raises
    ------
    MissingError
    """
    clang = first_of(*(f"clang++-{number}" for number in range(30, 15, -1)), "clang++")
    told = subprocess.run([clang, "-print-resource-dir"], capture_output=True, text=True, check=True).stdout
    library = Path(told.strip()).parents[2] / "include" / "wasm32-wasi" / "c++" / "v1"
    if not library.is_dir():
        raise MissingError(f"{library} is no folder; CONTRIBUTING.md says which packages have what this needs")
    first_of("wasm-ld", f"wasm-ld-{library.parents[3].name.removeprefix('llvm-')}")
    flags = ["--target=wasm32-wasi", f"--sysroot={clang.parents[1]}", "-isystem", str(library), "-msimd128"]
    return [str(clang), *flags, "-fno-exceptions", "-Wno-psabi"]
