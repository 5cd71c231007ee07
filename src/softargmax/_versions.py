"""What to put into a report of a fault: versions, and what of the machine the kernels use."""

import importlib.metadata
import platform
import re
import sys

from softargmax._settings import cpu_features, get_num_threads


def show_versions() -> None:
    """Print the versions of softargmax, Python and the libraries it works with, and what it uses of the machine.

    Nothing is imported for it: the versions are those of what is installed.

    Parameters
    ----------
    None

    Returns
    -------
    None

    Raises
    ------
    Nothing.

    See Also
    --------
    cpu_features : which kernels there are here.
    get_num_threads : how many threads a call may use.

    Examples
    --------
    >>> import softargmax as sm
    >>> sm.show_versions()  # doctest: +ELLIPSIS
    softargmax       ...
    Python           ...
    numpy            ...
    """
    print(f"{'softargmax':<16} {sys.modules['softargmax'].__version__}")
    print(f"{'Python':<16} {sys.version.split()[0]}, {platform.platform()}")
    for name in ("numpy", *_optional()):
        print(f"{name:<16} {_version(name)}")
    print(f"{'kernels':<16} {cpu_features().used} of {', '.join(cpu_features().available)}")
    print(f"{'threads':<16} {get_num_threads()}")


def _optional() -> list[str]:
    # What the package's own extras name, each once.
    try:
        asked = importlib.metadata.requires("softargmax") or []
    except importlib.metadata.PackageNotFoundError:
        return []  # the package is used where it lies, and nothing was installed
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked if "extra ==" in line]
    return sorted(set(names) - {"softargmax"})


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
