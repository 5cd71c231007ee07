"""Install the package once more, compiled in another way, into a virtual environment of its own.

The environment lies in build/NAME and borrows every library of the one that runs this: only the package is its own.
What is compiled stays there, so that a second run compiles what has changed. Run:

    CXX=clang++ python tools/apart.py clang
    python tools/apart.py thread SOFTARGMAX_SANITIZE=thread
"""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def borrowing(folder: Path) -> Path:
    """Make the environment unless it is there, and give its Python.

    A folder that a .pth file names comes last on the path, and the .pth files in it are not read: neither the package
    that lies there nor the hook of an editable install can stand in for the one that is compiled apart.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, symlinks=True)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip()
    Path(own, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def main(name: str, *settings: str) -> int:
    """Install into build/NAME, with settings of CMake."""
    folder = ROOT / "build" / name
    python = borrowing(folder)
    options = [f"--config-settings=cmake.define.{setting}" for setting in settings]
    options += [f"--config-settings=build-dir={folder / 'cmake'}", "--no-build-isolation", "--no-deps"]
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall"]
    return subprocess.run([*install, *options, ROOT], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
