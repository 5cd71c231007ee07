"""The examples of a page: run when the site is built, and compared with what the page says they print.

An example is a block of ``python`` with prompts, as in docstrings, or of ``console``, where ``$`` stands before a
command. All examples of a page run in order, in one empty folder: one may use what another has made. In an answer,
``...`` stands for anything. What differs is told with its line. A page that begins with ``% needs: NAME`` is run only
where that library is installed.

A Chinese page shows the examples of the English one: ``{cell} 2`` is its second.
"""

import contextlib
import doctest
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


class Block(NamedTuple):
    """An example, and the line of the page where it begins."""

    language: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """Give the examples of a page."""
    found = re.finditer(r"^```(python|console)\n(.*?)^```$", text, re.M | re.S)
    return [Block(one[1], one[2], text.count("\n", 0, one.start(2))) for one in found]


def differences(text: str) -> list[tuple[int, str]]:
    """Run the examples of a page, and give the line and the words of each answer that is not as the page has it."""
    needed = re.match(r"% needs: (\w+)\n", text)
    if needed and importlib.util.find_spec(needed[1]) is None:
        return []
    names: dict[str, Any] = {}
    said: list[tuple[int, str]] = []
    with _empty_folder():
        for block in blocks(text):
            run = _python(block, names) if block.language == "python" else _console(block)
            said += run
    return said


@contextlib.contextmanager
def _empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _python(block: Block, names: dict[str, Any]) -> Iterator[tuple[int, str]]:
    test = doctest.DocTestParser().get_doctest(block.text, names, "page", None, None)
    test.globs = names  # what one example has made is there for the next
    said: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=FLAGS).run(test, out=said.append, clear_globs=False)
    for words in said:
        where = re.search(r"^Line (\d+), in", words, re.M)  # of the block
        yield block.line + (int(where[1]) if where else 0), words


def _console(block: Block) -> Iterator[tuple[int, str]]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
    for one in re.finditer(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", block.text, re.M):
        command = re.sub(r"^softargmax\b", f"{sys.executable} -m softargmax", one[1])
        run = subprocess.run(["bash", "-c", command], env=environment, text=True, capture_output=True, encoding="utf-8")
        got = run.stdout + (run.stderr if run.returncode else "")  # what is only said is left to who runs it
        if not doctest.OutputChecker().check_output(one[2], got, FLAGS):
            line = block.line + block.text.count("\n", 0, one.start()) + 1
            yield line, f"$ {one[1]}\nexpected:\n{one[2]}\ngot:\n{got}"


def with_shared_cells(text: str, english: Path) -> str:
    """Put the examples of the English page where a page of another language names them by number."""
    if "```{cell}" not in text:
        return text
    known = blocks(english.read_text(encoding="utf-8"))

    def block(named: re.Match[str]) -> str:
        language, code, _ = known[int(named[1]) - 1]
        return f"```{language}\n{code}```"

    return re.sub(r"^```\{cell\} (\d+)\n```$", block, text, flags=re.M)
