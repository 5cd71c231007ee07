"""The commands that are tried, what they read, and a process in which one of them runs."""

import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import softargmax as sm
from softargmax import cli

# Every command that writes a file, its words, and the file. Each gives the same bytes however often it is run.
WRITING = {
    "fit": ("fit train.csv --target kind --model regression -o m.softargmax", "m.softargmax"),
    "fit --report": ("fit train.csv --target kind --model regression -o m.softargmax --report r.html", "r.html"),
    "predict": ("predict model.softargmax train.csv -o p.csv", "p.csv"),
    "predict to Parquet": ("predict model.softargmax train.csv -o p.parquet", "p.parquet"),
    "calibrate": ("calibrate z.npy y.csv -o c.json", "c.json"),
    "apply": ("apply calibration.json z.npy -o q.csv", "q.csv"),
    "report": ("report model.softargmax train.csv -o r.html", "r.html"),
    "export": ("export model.softargmax -o e.onnx", "e.onnx"),
}
READING = {
    "look": "look train.csv",
    "evaluate": "evaluate model.softargmax train.csv",
    "inspect": "inspect model.softargmax",
    "assess": "assess z.npy y.csv",
    "compare": "compare model.softargmax model.softargmax train.csv",
    "softmax": "softmax 1 3 2",
}
OLD = b"the file that was there before"


class Ended(NamedTuple):
    """How a process ended: its status, or the signal as a negative number; and what it wrote on standard error."""

    status: int
    said: str


def words(command: str) -> list[str]:
    """Give the words of a command."""
    return (WRITING[command][0] if command in WRITING else READING[command]).split()


def make_inputs(folder: Path, n_rows: int = 60) -> None:
    """Write what the commands read into a folder."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(3, size=n_rows)
    sizes, ages = rng.normal(size=n_rows) + kinds, rng.integers(1, 90, size=n_rows)
    rows = [
        f"r{i:04d},{sizes[i]:.3f},{('red', 'green')[i % 2]},{ages[i]},{('cat', 'dog', 'owl')[kinds[i]]}"
        for i in range(n_rows)
    ]
    (folder / "train.csv").write_text("\n".join(["id,size,colour,age,kind", *rows]) + "\n")
    z = rng.normal(size=(n_rows, 3)) * 3
    y = (z + rng.gumbel(size=z.shape)).argmax(axis=1)
    np.save(folder / "z.npy", z)
    (folder / "y.csv").write_text("y\n" + "\n".join(map(str, y)) + "\n")
    sm.TemperatureScaling().fit(z, y).save(folder / "calibration.json")
    ended = apart(lambda: run([*words("fit")[:-1], "model.softargmax"]), folder)
    assert ended.status == 0, ended


def run_apart(command: str, folder: Path, before: Callable[[], None] = lambda: None) -> Ended:
    """Run a command in a process of its own, in which something is done before."""

    def both() -> int:
        before()
        return run(words(command))

    return apart(both, folder)


class Begun(NamedTuple):
    """A process that was begun, and where to read what it writes on standard error."""

    number: int
    said: int

    def wait(self) -> Ended:
        """Wait for its end."""
        with open(self.said, encoding="utf-8", errors="replace") as file:
            said = file.read()
        _, status = os.waitpid(self.number, 0)
        return Ended(os.waitstatus_to_exitcode(status), said)


def apart(do: Callable[[], int], folder: Path) -> Ended:
    """Call a function in a copy of this process, whose modules are there already and whose threads are not."""
    return begun(do, folder).wait()


def begun(do: Callable[[], int], folder: Path) -> Begun:
    """Begin a function in a copy of this process."""
    sys.stdout.flush()
    said, theirs = os.pipe()  # not a file, for files may be forbidden to grow
    process = os.fork()
    if process:
        os.close(theirs)
        return Begun(process, said)
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor, place in ((nothing, 0), (nothing, 1), (theirs, 2)):
        os.dup2(descriptor, place)
    # Anew, for what is open already may have a place in a file, and the command writes to it as if it were this one's.
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = 70
    try:
        status = do()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def started(arguments: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    """Start the command line as a user does in the foreground, where Ctrl-C is Python's to handle."""
    as_in_the_foreground = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[0] = 'softargmax'; "
        "from softargmax.__main__ import main; sys.exit(main())"
    )
    with open(folder / "said", "wb") as said:
        return subprocess.Popen(
            [sys.executable, "-c", as_in_the_foreground, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )


def whole_output(command: str, folder: Path) -> bytes:
    """Run a writing command undisturbed, and give what it writes; leave the old file in its place."""
    ended = run_apart(command, folder)
    assert ended.status == 0, f"undisturbed, it ends with {ended}"
    output = folder / WRITING[command][1]
    new = output.read_bytes()
    output.write_bytes(OLD)
    return new


def assert_old_or_new(command: str, folder: Path, new: bytes) -> bool:
    """Hold that a command left the old file or the new one, whole, and tell whether it was the new one."""
    output = folder / WRITING[command][1]
    content = output.read_bytes()
    assert content in (OLD, new), f"{output.name} is neither the old file nor the new one"
    return content == new


def leftovers(folder: Path) -> list[str]:
    """List what unfinished files there are."""
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".partial"))


def has_traceback(said: str) -> bool:
    """Tell whether Python's own words for an error were printed, or ours for a bug."""
    return any(mark in said for mark in ("Traceback", "This is a bug", "Exception ignored", "terminate called"))


def run(arguments: Sequence[str]) -> int:
    """Run the command line in this process, where signals end it as they end any other."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    return cli.run(arguments)
