"""``softargmax`` and ``python -m softargmax``."""

import contextlib
import os
import signal
import sys
from types import FrameType

from softargmax import _interrupts
from softargmax._lazy import missing_dependency


class _Ended(BaseException):
    """The process was asked to end; what was begun is cleaned up on the way out."""


def main() -> int:
    """Run the command line and give its exit status."""
    _interrupts.watch()
    try:
        return _run()
    finally:
        _interrupts.end()


def _run() -> int:
    _read_arguments_as_utf_8()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    try:
        from softargmax.cli import run

        _interrupts.begin()
        return run(sys.argv[1:])
    except ModuleNotFoundError as error:
        problem = missing_dependency(error)
        if problem is None:
            raise
        print(f"softargmax: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _interrupts.end()
        print("softargmax: interrupted", file=sys.stderr)
        return 130
    except _Ended as ended:
        # All is cleaned up. At once, because pyarrow before 25 may be reading ahead, and aborts if Python winds up.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(128 + int(ended.args[0]))


def _read_arguments_as_utf_8() -> None:
    """Begin again with Python in its UTF-8 mode, where the locale cannot read the arguments and UTF-8 can.

    In a locale without letters, as LC_ALL=C may be, the bytes of a letter come as characters that no column's name has
    and no table can hold.
    """
    try:
        "".join(sys.argv).encode()
    except UnicodeEncodeError:
        command = [os.fsencode(part) for part in (sys.executable, "-X", "utf8", "-m", "softargmax", *sys.argv[1:])]
        with contextlib.suppress(UnicodeDecodeError, OSError):
            b"".join(command).decode()
            if not sys.flags.utf8_mode:
                os.execv(sys.executable, command)


def _end(number: int, _: FrameType | None) -> None:
    raise _Ended(number)


if __name__ == "__main__":
    sys.exit(main())
