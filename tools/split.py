"""Run the core's tests in a copy that has nothing else: the core must not need what is built upon it.

The copy lies in build/core, with neither tables, pipeline, report nor command line, and none of the libraries that
only those need. Run: python tools/split.py
"""

import shutil
import subprocess
import sys
from pathlib import Path

from in_a_copy import environment_of

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "core"
# What is built upon the core; bridges to other libraries belong here as they come.
ABOVE = (
    "tables",
    "pipeline",
    "report",
    "displays",
    "networks",
    "onnx",
    "torch",
    "jax",
    "keras",
    "dask",
    "cli",
    "__main__",
)
# Tests of those, and of the house as a whole.
NOT_OF_THE_CORE = (
    *ABOVE,
    *("bridges", "cluster", "browser", "fuzz", "cross", "files", "samples", "typing"),
    *("test_architecture", "test_artifact", "test_docs", "test_headers", "test_probability_warning", "test_readme"),
    *("test_scope", "test_tools"),
)
LIBRARIES_ABOVE = ("pyarrow", "rich", "cyclopts")
# Runs as Python starts: no library of the upper rooms can stand in for what is missing.
STARTUP = f"""
class Missing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in {LIBRARIES_ABOVE}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing)
"""


def copy(folder: str, left_out: tuple[str, ...]) -> None:
    """Copy a folder, but for some names at its top."""

    def ignored(where: str, names: list[str]) -> set[str]:
        top = Path(where) == ROOT / folder
        return {name for name in names if name == "__pycache__" or (top and name.split(".")[0] in left_out)}

    shutil.copytree(ROOT / folder, COPY / folder, ignore=ignored)


def main() -> int:
    """Make the copy and run its tests; what is given is handed to pytest."""
    shutil.rmtree(COPY, ignore_errors=True)
    copy("src/softargmax", ABOVE)
    copy("tests", NOT_OF_THE_CORE)
    copy("tools", ())
    shutil.copy(ROOT / "pyproject.toml", COPY)
    environment = environment_of(COPY, STARTUP)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *sys.argv[1:]]
    return subprocess.run(command, env=environment, cwd=COPY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
