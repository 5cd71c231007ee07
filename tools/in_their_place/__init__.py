"""Our functions in the place of a library's own, while that library's tests run: one file for each library.

This is the plugin of pytest that tools/peer_suites.py starts. It knows of every test whether one of ours was called in
it, and keeps what came of those in which one was.
"""

import functools
import importlib
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_calls = 0
# How often ours and theirs were compared on the same input; what was compared, in words.
beside: Counter[str] = Counter()


def counted(function: Callable[..., Any], like: Any = None) -> Callable[..., Any]:
    """Let a function count its calls, and look like the one whose place it takes."""

    def called(*args: Any, **options: Any) -> Any:
        global _calls
        _calls += 1
        return function(*args, **options)

    return functools.wraps(like if callable(like) else function)(called)


def put(module: Any, **ours: Callable[..., Any]) -> None:
    """Put functions into a module in the place of those of the same names."""
    for name, function in ours.items():
        setattr(module, name, counted(function, getattr(module, name)))


def pytest_configure(config: pytest.Config) -> None:
    """Put ours in place before a test file is read."""
    importlib.import_module(f"in_their_place.for_{os.environ['PEER']}").put_all()
    config.stash[_outcomes] = {}


_outcomes: pytest.StashKey[dict[str, list[str]]] = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep what came of a test in which one of ours was called."""
    global _calls
    report = (yield).get_result()
    if call.when == "setup":
        _calls = 0
    elif call.when == "call" and _calls:
        item.config.stash[_outcomes][item.nodeid] = [report.outcome, report.longreprtext]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave the outcomes to the program that started this."""
    left = {"tests": session.config.stash[_outcomes], "beside": beside}
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(left), encoding="utf-8")
