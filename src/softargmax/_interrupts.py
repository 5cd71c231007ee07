"""Ctrl-C in the command ``softargmax``: it ends the command wherever it comes, and is never lost.

Python raises KeyboardInterrupt between any two instructions of the main thread. Most code lets it pass. Extension
modules that are being loaded do not always: some clear it, and the command goes on; some make an ImportError of it, and
the user reads of a defect. What is raised while Python destroys an object is printed, and lost. So

- before the command has begun, and after it has ended, the process ends at once, for there is nothing to clean up;
- in between, an interrupt waits while modules are loaded, and what was lost is raised again.

This is loaded before everything else of the package, NumPy included, and by itself changes nothing: only where the
process is the command are signals caught. It needs few modules itself, because until it is there, Ctrl-C is Python's.
"""

import os
import sys
import time
from types import FrameType

_SECONDS_BETWEEN_TRIES = 0.005
# Modules written in Python let an interrupt pass, so the user, who is to wait a second at most, does not wait for them
# longer than this. Extension modules are waited for: each takes some milliseconds.
_PATIENCE_SECONDS = 0.4
_INTERRUPTED = 130  # what shells make of SIGINT


class _Watch:
    """What is known of the command, and of the interrupt that was asked for."""

    def __init__(self) -> None:
        self.has_begun = self.has_ended = self.is_waiting = False
        self.since = 0.0

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT, and the alarm that reminds of it."""
        self.is_waiting = False
        if self.has_ended:
            os._exit(_INTERRUPTED)
        if not self.has_begun:
            try:  # noqa: SIM105  # contextlib takes longer to load than all of this
                os.write(2, b"softargmax: interrupted\n")
            except OSError:
                pass
            os._exit(_INTERRUPTED)
        self.since = self.since or time.monotonic()
        if _is_loading(frame, extensions_only=time.monotonic() > self.since + _PATIENCE_SECONDS):
            self.try_again()
        else:
            self.since = 0.0
            raise KeyboardInterrupt

    def try_again(self) -> None:
        """Ask for an alarm; not after the end, where it would come when Python has given its handler back."""
        import signal

        if self.has_ended:
            os._exit(_INTERRUPTED)
        self.is_waiting = True
        signal.signal(signal.SIGALRM, self.interrupt)
        signal.setitimer(signal.ITIMER_REAL, _SECONDS_BETWEEN_TRIES)

    def not_raised(self, lost: "sys.UnraisableHookArgs") -> None:
        """Raise an interrupt again that came where nothing can be raised."""
        if issubclass(lost.exc_type, KeyboardInterrupt):
            self.try_again()
        else:
            sys.__unraisablehook__(lost)


_watch = _Watch()


def is_the_command() -> bool:
    """Tell whether Python was started for ``softargmax`` or ``python -m softargmax``."""
    program = sys.argv[0] if sys.argv else ""
    # While Python looks for the module that -m names, that flag stands in the place of the program's name.
    by_name = program == "-m" and sys.orig_argv[1:].count("softargmax") > 0
    return by_name or os.path.splitext(os.path.basename(program))[0] == "softargmax"


def watch() -> None:
    """Take care of Ctrl-C from now on; where it is ignored, as in a job started by nohup, it stays so."""
    import signal

    is_pythons_own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_pythons_own and hasattr(signal, "setitimer"):  # which Windows lacks
        signal.signal(signal.SIGINT, _watch.interrupt)
        sys.unraisablehook = _watch.not_raised


def begin() -> None:
    """Say that the command begins: from now on there may be something to clean up."""
    _watch.has_begun = True


def end() -> None:
    """Say that all is done and cleaned up, and Python winds up; an interrupt that still waits ends it here."""
    _watch.has_ended = True
    if _watch.is_waiting:
        os._exit(_INTERRUPTED)


def _is_loading(frame: FrameType | None, *, extensions_only: bool) -> bool:
    """Tell whether modules are being loaded where the program is."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib"):
            loader = type(frame.f_locals.get("self")).__name__
            if not extensions_only or loader == "ExtensionFileLoader":
                return True
        frame = frame.f_back
    return False


if is_the_command():
    watch()
