"""The threads of a cluster's workers, and which parts stay with which of them.

A fit goes over the same rows again and again, and a worker remembers rows that it has read. So each part should go to
the worker that had it the last time, as long as that lives. A slot is a place for one thread; when a worker is gone,
another one takes its slots, and all other parts stay where they are.
"""

from collections import Counter
from collections.abc import Mapping


class WorkerSlots:
    """Which worker has which slot, over the changes of a cluster."""

    def __init__(self) -> None:
        self.homes: list[str] = []

    def renew(self, threads: Mapping[str, int]) -> list[str]:
        """Take note of the workers of now and their threads; give the worker of every slot.

        Workers keep the slots that they had; those of the gone go to the new ones first, the rest is closed.
        """
        free = Counter(dict(threads))
        kept: list[str | None] = []
        for home in self.homes:
            kept.append(home if free[home] > 0 else None)
            free[home] -= 1
        new = [home for home in sorted(threads) for _ in range(max(free[home], 0))]
        filled = [home if home is not None else new.pop(0) if new else None for home in kept]
        self.homes = [home for home in filled if home is not None] + new
        return self.homes


def shares_of(count: int, slots: int) -> list[range]:
    """Deal neighbouring parts to slots, as evenly as they come; no slot is without one."""
    slots = min(slots, count)
    return [range(count * slot // slots, count * (slot + 1) // slots) for slot in range(slots)]
