"""Killed and interrupted at random moments."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jobs

_KILLS, _INTERRUPTS = 200, 50
# Before the package is there Ctrl-C is Python's. A process that does nothing else takes this long on a slow machine.
_PYTHON_SECONDS = 0.1
_PATIENCE = 1.0


def commands_that_write() -> Iterator[str]:
    """Name the commands that write a file."""
    yield from jobs.WRITING


def all_commands() -> Iterator[str]:
    """Name every command that is tried."""
    yield from jobs.WRITING
    yield from jobs.READING


def prove_kills(command: str, folder: Path) -> dict[str, float]:
    """Kill a command at 200 moments: the old file or the new one is there, and the next run leaves nothing else."""
    jobs.make_inputs(folder)
    begun = time.monotonic()
    new = jobs.whole_output(command, folder)
    seconds = time.monotonic() - begun
    rng, came = random.Random(command), Counter[str]()
    for _ in range(_KILLS):
        process = jobs.begun(lambda: jobs.run(jobs.words(command)), folder)
        # More often late than early, for that is when files are written.
        time.sleep(seconds * rng.random() ** 0.5 * 1.1)
        os.kill(process.number, signal.SIGKILL)  # which is there until it was waited for
        came["killed"] += process.wait().status == -signal.SIGKILL
        came["new files"] += jobs.assert_old_or_new(command, folder, new)
        came["leftovers"] += len(jobs.leftovers(folder))
        (folder / jobs.WRITING[command][1]).write_bytes(jobs.OLD)
    ended = jobs.run_apart(command, folder)
    assert ended.status == 0, f"after all the kills it ends with {ended}"
    assert not jobs.leftovers(folder), f"the next run left {jobs.leftovers(folder)}"
    return {"kills": _KILLS, **came}


def prove_interrupts(command: str, folder: Path) -> dict[str, float]:
    """Interrupt a command at 50 moments from its start on: status 130 within a second, and no traceback."""
    jobs.make_inputs(folder)
    if command in jobs.WRITING:
        jobs.whole_output(command, folder)
    begun = time.monotonic()
    undisturbed = jobs.started(jobs.words(command), folder).wait()
    assert undisturbed == 0, f"undisturbed, it ends with {undisturbed}"
    seconds = time.monotonic() - begun
    rng, came, worst = random.Random(command), Counter[str](), 0.0
    for _ in range(_INTERRUPTS):
        process = jobs.started(jobs.words(command), folder)
        after = _PYTHON_SECONDS + rng.random() * (seconds - _PYTHON_SECONDS)
        time.sleep(after)
        if process.poll() is not None:
            came["too late"] += 1
            continue
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        status = process.wait()
        took = time.monotonic() - sent
        said = (folder / "said").read_text(errors="replace")
        assert not jobs.has_traceback(said), f"after {after:.3f} s: {said}"
        # Its last breath may be Python's, which ends of the signal itself; a shell says 130 of both.
        assert status in (130, -signal.SIGINT), f"after {after:.3f} s: status {status}, {said}"
        assert took <= _PATIENCE, f"after {after:.3f} s it took {took:.2f} s to end: {said}"
        assert not jobs.leftovers(folder), f"left {jobs.leftovers(folder)}"
        came["interrupted"] += 1
        worst = max(worst, took)
    return {**came, "worst seconds to end": round(worst, 3)}


PROOFS = ((commands_that_write, prove_kills), (all_commands, prove_interrupts))
