"""Memory that runs out."""

import resource
from collections import Counter
from pathlib import Path

import jobs
from moments import all_commands

_STEP = 8 << 20


def prove_little_memory(command: str, folder: Path) -> dict[str, float]:
    """Give a command less and less address space: it does its work, or says in one sentence that memory ran out."""
    jobs.make_inputs(folder)
    new = jobs.whole_output(command, folder) if command in jobs.WRITING else b""
    came: Counter[str] = Counter()
    more = 1 << 31
    while more >= 0:

        def little(limit: int = _address_space() + more) -> None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        ended = jobs.run_apart(command, folder, little)
        words = f"with {more >> 20} MB more than its modules take: {ended}"
        assert ended.status in (0, 1), words
        assert not jobs.has_traceback(ended.said), words
        if command in jobs.WRITING:
            is_new = jobs.assert_old_or_new(command, folder, new)
            assert is_new == (ended.status == 0), words
            assert not jobs.leftovers(folder), words
            (folder / jobs.WRITING[command][1]).write_bytes(jobs.OLD)
        came["trials"] += 1
        came["short of memory"] += ended.status
        more = more // 2 if more > 1 << 28 else more - _STEP
    return dict(came)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


PROOFS = ((all_commands, prove_little_memory),)
