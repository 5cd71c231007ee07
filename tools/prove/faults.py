"""Disks that are full, and system calls that fail or are the last."""

import errno
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jobs
from moments import commands_that_write

# Calls by which a file comes to be, changes, gets its name or goes. Reading has its own list.
_WRITES = "write,writev,pwrite64,fsync,fchmod,chmod,rename,renameat,renameat2,unlink,unlinkat,flock,ftruncate"
_READS = "read,readv,pread64,lseek,mmap"
_MOST_STEPS = 250  # a page has tens of thousands of bytes: this many of its lengths, evenly


def prove_full_disk(command: str, folder: Path) -> dict[str, float]:
    """Let no file grow beyond every length up to that of the output: one sentence, and the old file is there."""
    jobs.make_inputs(folder, n_rows=12)
    new = jobs.whole_output(command, folder)
    step = -(-len(new) // _MOST_STEPS)
    lengths = range(0, len(new), step)
    for length in lengths:

        def short_of_space(limit: int = length) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then the call fails, as it does on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        ended = jobs.run_apart(command, folder, short_of_space)
        assert ended.status == 1, f"with {length} of {len(new)} bytes: {ended}"
        assert not jobs.has_traceback(ended.said), f"with {length} bytes: {ended.said}"
        assert not jobs.assert_old_or_new(command, folder, new), f"a new file of {length} bytes at most"
        assert not jobs.leftovers(folder), f"with {length} bytes it left {jobs.leftovers(folder)}"
    return {"lengths": len(lengths), "worst step in bytes": step}


def prove_last_calls(command: str, folder: Path) -> dict[str, float]:
    """Kill a command in each of its writing system calls: the old file or the new one is there, whole."""
    jobs.make_inputs(folder, n_rows=12)
    new = jobs.whole_output(command, folder)
    counts, came = _counted(command, folder, _WRITES), Counter[str]()
    for call, n_calls in counts.items():
        for number in range(1, n_calls + 1):
            (folder / jobs.WRITING[command][1]).write_bytes(jobs.OLD)
            status = _traced(command, folder, _WRITES, "-e", f"inject={call}:signal=KILL:when={number}")
            assert status == -signal.SIGKILL, f"{call} number {number}: not killed, status {status}"
            came["new files"] += jobs.assert_old_or_new(command, folder, new)
            came["kills"] += 1
    ended = jobs.run_apart(command, folder)
    assert ended.status == 0, ended
    assert not jobs.leftovers(folder), f"the next run left {jobs.leftovers(folder)}"
    return dict(came)


def prove_failing_calls(command: str, folder: Path) -> dict[str, float]:
    """Let each writing system call fail once: the old file or the new one is there, whole, and one sentence says so."""
    jobs.make_inputs(folder, n_rows=12)
    new = jobs.whole_output(command, folder)
    came: Counter[str] = Counter()
    for call, n_calls in _counted(command, folder, _WRITES).items():
        for number in range(1, n_calls + 1):
            (folder / jobs.WRITING[command][1]).write_bytes(jobs.OLD)
            fails = errno.errorcode[errno.EIO if call != "flock" else errno.ENOLCK]
            status = _traced(command, folder, _WRITES, "-e", f"inject={call}:error={fails}:when={number}")
            is_new = jobs.assert_old_or_new(command, folder, new)
            said = (folder / "said").read_text(errors="replace")
            assert status in (0, 1), f"{call} number {number}: status {status}, {said}"
            assert not jobs.has_traceback(said), f"{call} number {number}: {said}"
            assert is_new or status == 1, f"{call} number {number}: status 0 and no new file"
            came["failures"] += 1
            came["new files"] += is_new
    return dict(came)


def prove_failing_reads(command: str, folder: Path) -> dict[str, float]:
    """Let each system call fail that reads an input: one sentence says so, and the old file is there."""
    jobs.make_inputs(folder, n_rows=12)
    new = jobs.whole_output(command, folder)
    inputs = [name for name in jobs.words(command) if (folder / name).exists() and name != jobs.WRITING[command][1]]
    of_inputs = [part for name in inputs for part in ("-P", str(folder / name))]
    came: Counter[str] = Counter()
    for call, n_calls in _counted(command, folder, _READS, *of_inputs).items():
        for number in range(1, n_calls + 1):
            (folder / jobs.WRITING[command][1]).write_bytes(jobs.OLD)
            status = _traced(command, folder, _READS, *of_inputs, "-e", f"inject={call}:error=EIO:when={number}")
            is_new = jobs.assert_old_or_new(command, folder, new)
            said = (folder / "said").read_text(errors="replace")
            assert not jobs.has_traceback(said), f"{call} number {number}: {said}"
            assert status == (0 if is_new else 1), f"{call} number {number}: status {status}, {said}"
            came["failures"] += 1
            came["new files"] += is_new  # where a call is a question whose answer does not matter
    return dict(came)


def _counted(command: str, folder: Path, calls: str, *filters: str) -> dict[str, int]:
    """Count the calls that a command makes."""
    assert _traced(command, folder, calls, *filters) == 0, (folder / "said").read_text()
    names = re.findall(r"^\d* *(\w+)\(", (folder / "calls").read_text(errors="replace"), re.MULTILINE)
    return dict(Counter(names))


def _traced(command: str, folder: Path, calls: str, *options: str) -> int:
    """Run a command under strace, which lets a call fail or makes it the last."""
    assert shutil.which("strace"), "strace is not there; install it, or leave this proof out"
    here = str(Path(__file__).resolve().parent)
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    program = f"import sys, jobs; sys.exit(jobs.run({jobs.words(command)!r}))"
    strace = ["strace", "-f", "-qq", "-o", "calls", "-e", "signal=none", "-e", f"trace={calls}"]
    with open(folder / "said", "wb") as said:
        return subprocess.run(
            [*strace, *options, sys.executable, "-c", program],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        ).returncode


PROOFS = (
    (commands_that_write, prove_full_disk),
    (commands_that_write, prove_last_calls),
    (commands_that_write, prove_failing_calls),
    (commands_that_write, prove_failing_reads),
)
