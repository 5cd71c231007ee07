"""Where the kernels' C++ headers lie, for programs that compile them themselves."""

from pathlib import Path

from softargmax import _kernels


def get_include() -> str:
    """Tell the directory of the C++ headers, to be given to a compiler with ``-I``.

    ``softargmax.hpp`` has `softmax`, `log_softmax` and `logsumexp` for rows of contiguous floats or doubles, in C++17,
    for the instruction set that the program is compiled for; nothing has to be linked. What the headers declare is
    provisional: it may change in any release. ``-ffp-contract=off`` is needed, and the header says why.

    Parameters
    ----------
    None

    Returns
    -------
    str
        The directory. The headers are installed beside the extension module.

    Raises
    ------
    Nothing.

    See Also
    --------
    cpu_features : which instruction set the package itself uses.

    Examples
    --------
    >>> import os
    >>> import softargmax as sm
    >>> os.path.basename(sm.get_include())
    'include'
    """
    return str(Path(_kernels.__file__).parent / "include")
