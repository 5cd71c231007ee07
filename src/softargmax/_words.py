"""Small pieces of messages."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


def listed(values: Sequence[Any], most: int = 6) -> str:
    """Name a few values, and how many there are."""
    if len(values) == 0:
        return "none"
    shown = ", ".join(map(repr, values[:most]))
    return shown + (f", ... ({len(values)} in all)" if len(values) > most else "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest to `name`, upper and lower case apart; nothing if none is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def shortened(text: str, most: int = 60) -> str:
    """Cut a long text."""
    return text if len(text) <= most else text[: most - 3] + "..."
