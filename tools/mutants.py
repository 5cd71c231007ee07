"""Put faults into a copy of the package and tell which ones the tests find.

Faults come from two places: those of mutants.toml, each with the promise it breaks and the tests that keep it; and any
number at random, small changes of numbers, comparisons and operators in files that changed since some commit, each run
against the tests of its folder. A fault that no test finds is a promise that nobody keeps. Run:

    python tools/mutants.py                        the stored ones in Python
    python tools/mutants.py --cpp                  those in C++ too, each of which is compiled (minutes)
    python tools/mutants.py --random 100 --since main --seed 1
    python tools/mutants.py border                 the stored ones whose name has that word in it

Exit status 1 if a stored fault survives or no longer fits its file, or if more than a fifth of those at random do.
"""

import argparse
import ast
import random
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from in_a_copy import environment_of

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "mutants"
STORED = Path(__file__).with_suffix(".toml")
# Seconds after which tests count as failed: a fault may make an endless loop.
PATIENCE = 600


@dataclass(frozen=True)
class Mutant:
    """One fault: what stands where in a file, and what is put there."""

    name: str
    file: str
    start: int
    old: str
    new: str
    tests: tuple[str, ...]
    breaks: str = ""

    def applied(self, text: str) -> str:
        """Give the file with the fault."""
        return text[: self.start] + self.new + text[self.start + len(self.old) :]


def stored(words: list[str], cpp: bool) -> tuple[list[Mutant], list[str]]:
    """Give the stored faults, and the names of those that no longer fit their files."""
    mutants, stale = [], []
    for entry in tomllib.loads(STORED.read_text(encoding="utf-8"))["mutant"]:
        name, file, old = entry["name"], entry["file"], entry["old"]
        if words and not any(word in name for word in words):
            continue
        text = (ROOT / file).read_text(encoding="utf-8")
        if text.count(old) != 1 or old == entry["new"] or not all((ROOT / test).exists() for test in entry["tests"]):
            stale.append(name)
        elif cpp or file.endswith(".py"):
            mutants.append(
                Mutant(name, file, text.index(old), old, entry["new"], tuple(entry["tests"]), entry["breaks"])
            )
    return mutants, stale


_COMPARISONS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "=="}
_OPERATORS = {ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*")}


def possible(text: str) -> Iterator[tuple[int, str, str]]:
    """Give every small change of a file: where, what stands there, and what to put there."""
    lines = [0]
    for line in text.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    source = text.encode()

    def span(node: ast.expr) -> tuple[int, int]:
        def at(line: int, column: int) -> int:  # columns are counted in bytes
            return lines[line - 1] + len(text[lines[line - 1] : lines[line]].encode()[:column].decode())

        return at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)

    def between(left: ast.expr, right: ast.expr, sign: str) -> int:
        begin = span(left)[1]
        return begin + text[begin : span(right)[0]].index(sign)

    for node in _computing(ast.parse(source)):
        match node:
            case ast.Constant(value=bool() as value):
                yield span(node)[0], str(value), str(not value)
            case ast.Constant(value=int() | float() as value):
                begin, end = span(node)
                yield begin, text[begin:end], repr(value + 1 if isinstance(value, int) else value * 1.5 + 0.1)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                sign = {"<=": "<", "<": "<=", ">=": ">", ">": ">=", "!=": "==", "==": "!="}[_COMPARISONS[type(op)]]
                yield between(left, right, sign), sign, _COMPARISONS[type(op)]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                sign, other = _OPERATORS[type(op)]
                yield between(left, right, sign), sign, other
            case ast.BoolOp(op=op, values=[left, right, *_]):
                sign, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                yield between(left, right, sign), sign, other
            case ast.UnaryOp(op=ast.Not()):  # without the blank behind it a line could begin with one
                begin = span(node)[0]
                yield begin, "not " if text[begin : begin + 4] == "not " else "not", ""
            case ast.UnaryOp(op=ast.USub()):
                yield span(node)[0], "-", "+"


def _computing(tree: ast.Module) -> Iterator[ast.AST]:
    """Walk over what is computed: neither annotations nor what an error says, nor what only a type checker reads."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.arg | ast.Import | ast.ImportFrom):
            continue
        yield node
        for name, child in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            children = child if isinstance(child, list) else [child]
            pending.extend(part for part in children if isinstance(part, ast.AST))


# Rooms that are tested beside other libraries, and the folder of their tests.
TESTED_IN = {"onnx": "bridges", "torch": "bridges", "jax": "bridges", "keras": "bridges", "dask": "cluster"}


def tests_of(file: str) -> tuple[str, ...]:
    """Give the tests of a source file: those of its folder, or of the floor those of its name and what rests on it."""
    inside = Path(file).relative_to("src/softargmax")
    if len(inside.parts) > 1:
        room = inside.parts[0].strip("_")
        return (f"tests/{TESTED_IN.get(room, room)}",)
    own = f"tests/test_{inside.stem.strip('_')}.py"
    return ((own,) if (ROOT / own).exists() else ()) + ("tests/probabilities", "tests/calibration", "tests/metrics")


def at_random(number: int, since: str, seed: int) -> list[Mutant]:
    """Draw faults from the lines that changed since a commit, no two of them in the same place."""
    git = ["git", "-C", str(ROOT), "diff", "--unified=0", "--diff-filter=AM", since, "--", "src/softargmax/*.py"]
    changed: dict[str, set[int]] = {}
    file = ""
    for line in subprocess.run(git, check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/")
        elif line.startswith("@@"):
            first, _, count = line.split()[2].removeprefix("+").partition(",")
            changed.setdefault(file, set()).update(range(int(first), int(first) + int(count or 1)))
    found = []
    for file, lines in sorted(changed.items()):
        text = (ROOT / file).read_text(encoding="utf-8")
        for start, old, new in sorted(possible(text)):
            line = text.count("\n", 0, start) + 1
            if line in lines:
                shown = f"{file}:{line}: {old.strip()} -> {new or '(nothing)'}"
                found.append(Mutant(shown, file, start, old, new, tests_of(file)))
    return random.Random(seed).sample(found, min(number, len(found)))


def prepare() -> dict[str, str]:
    """Make the copy, and give the environment in which its tests import it."""
    shutil.rmtree(COPY, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.so")
    for folder in ("src", "tests", "tools", "benchmarks", "docs", "cpp", "examples"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, COPY / folder, ignore=ignored)
    for path in ROOT.glob("*.*"):
        if path.is_file():
            shutil.copy(path, COPY)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return environment_of(COPY, **one_thread, PYTHONDONTWRITEBYTECODE="1")


def compile_copy() -> bool:
    """Compile the kernels of the copy, what has changed of them; tell whether that went well."""
    folder = COPY.parent / "mutants-cmake"
    nanobind = subprocess.run(
        [sys.executable, "-m", "nanobind", "--cmake_dir"], check=True, capture_output=True, text=True
    ).stdout.strip()
    definitions = {
        "CMAKE_BUILD_TYPE": "Release",
        "nanobind_DIR": nanobind,
        "Python_EXECUTABLE": sys.executable,
        "SKBUILD_PROJECT_NAME": "softargmax",
        "SKBUILD_PROJECT_VERSION": "0",
        "SKBUILD_SABI_VERSION": "",
    }
    options = [f"-D{name}={value}" for name, value in definitions.items()]
    for command in (["cmake", "-S", COPY, "-B", folder, "-G", "Ninja", *options], ["cmake", "--build", folder]):
        if subprocess.run(command, check=False, capture_output=True).returncode != 0:
            return False
    for old in (COPY / "src/softargmax").glob("_kernels*.so"):
        old.unlink()
    for built in folder.glob(f"_kernels*{sysconfig.get_config_var('SHLIB_SUFFIX') or '.so'}"):
        shutil.copy(built, COPY / "src/softargmax")
    return True


def all_pass(tests: tuple[str, ...], environment: dict[str, str], workers: int) -> bool:
    """Run tests in the copy up to the first that fails; an endless loop fails too."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", str(workers), *tests]
    try:
        done = subprocess.run(command, env=environment, cwd=COPY, check=False, capture_output=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def outcome(mutant: Mutant, environment: dict[str, str], workers: int, healthy: dict[tuple[str, ...], bool]) -> str:
    """Tell what the tests make of a fault: "killed", "survived", or why neither.

    `healthy` remembers which tests pass without any: from those that do not, nothing can be learned.
    """
    if mutant.tests not in healthy:
        healthy[mutant.tests] = all_pass(mutant.tests, environment, workers)
    if not healthy[mutant.tests]:
        return "unclear"
    path = COPY / mutant.file
    text = path.read_text(encoding="utf-8")
    harmed = mutant.applied(text)
    is_python = mutant.file.endswith(".py")
    if is_python:
        try:
            compile(harmed, mutant.file, "exec")
        except SyntaxError:
            return "no program"
    path.write_text(harmed, encoding="utf-8")
    try:
        if not is_python and not compile_copy():
            return "no program"
        return "survived" if all_pass(mutant.tests, environment, workers) else "killed"
    finally:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Put faults into a copy of the package; which ones do tests find?")
    parser.add_argument("words", nargs="*", help="only stored faults whose name has one of these in it")
    parser.add_argument("--cpp", action="store_true", help="faults in C++ too, each of which is compiled")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="faults at random instead of stored ones")
    parser.add_argument("--since", default="HEAD~1", metavar="COMMIT", help="lines changed since then")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes of a test run")
    given = parser.parse_args()
    mutants, stale = stored(given.words, given.cpp)
    if given.random:
        mutants, stale = at_random(given.random, given.since, given.seed), []
    for name in stale:
        print(f"stale     {name}: it no longer fits its file, or its tests are gone", flush=True)
    environment = prepare()
    counts: dict[str, int] = {}
    healthy: dict[tuple[str, ...], bool] = {}
    for number, mutant in enumerate(mutants, 1):
        begun = time.monotonic()
        result = outcome(mutant, environment, given.workers, healthy)
        counts[result] = counts.get(result, 0) + 1
        promise = f" ({mutant.breaks})" if mutant.breaks else ""
        took = time.monotonic() - begun
        print(f"{result:10}{mutant.name}{promise}  [{number} of {len(mutants)}, {took:.0f} s]", flush=True)
    survived, killed, unclear = (counts.get(word, 0) for word in ("survived", "killed", "unclear"))
    print(f"{killed} killed, {survived} survived, {unclear} unclear: tests that fail anyway, {len(stale)} stale")
    allowed = 0.2 * (killed + survived) if given.random else 0
    return int(survived > allowed or unclear > 0 or bool(stale))


if __name__ == "__main__":
    sys.exit(main())
