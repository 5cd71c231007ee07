"""Run Python on a copy of the package, and be sure that it is the copy.

Neither an editable install nor what is installed beside it may stand in for what was left out of the copy, or changed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from softargmax import _kernels

# Runs as Python starts.
STARTUP = """
import sys

sys.meta_path = [finder for finder in sys.meta_path if "Redirecting" not in type(finder).__name__]
"""


def environment_of(copy: Path, startup: str = "", **more: str) -> dict[str, str]:
    """Put the kernels into a copy's src, and give the environment in which Python imports the package from there.

    `startup` is run as Python starts, too.
    """
    package = copy / "src/softargmax"
    shutil.copy(str(_kernels.__file__), package)
    (copy / "src/sitecustomize.py").write_text(STARTUP + startup)
    environment = os.environ | more | {"PYTHONPATH": str(copy / "src")}
    where = [sys.executable, "-c", "import softargmax; print(softargmax.__file__)"]
    found = subprocess.run(where, env=environment, cwd=copy, check=True, capture_output=True, text=True).stdout.strip()
    assert Path(found).is_relative_to(copy), f"expected the copy, got {found}"
    return environment
