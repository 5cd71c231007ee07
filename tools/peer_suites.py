"""Run other libraries' own tests of softmax and its family, with our functions in the place of theirs.

A test counts if one of ours was called in it. What comes out is "right", "wrong", or a difference that is written down
in tools/peer_differences.toml with its reason. SciPy's tests come with SciPy, PyTorch's samples with PyTorch, and those
of Keras with Keras, which runs on PyTorch unless KERAS_BACKEND says otherwise. The tests of the others are read from
clones, which lie under one folder by the names that GitHub has for them (jax, optax, entmax, transformers), beside the
libraries, which are installed. What is missing is said and left out. Run:

    python tools/peer_suites.py
    python tools/peer_suites.py --sources FOLDER optax jax

Exit status 1 if anything is wrong, if a written difference no longer shows, or if nothing ran.
"""

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = Path(__file__).parent
WRITTEN = TOOLS / "peer_differences.toml"

# Of each library, its test files: in a clone, in the installed package (a name with dots), or here; and which tests.
SUITES: dict[str, tuple[list[str], str]] = {
    "scipy": ([f"scipy.special.tests.test_{name}" for name in ("logsumexp", "logit", "log1mexp", "basic")], ""),
    "torch": (["in_their_place/torch_samples.py"], ""),
    "keras": (
        ["keras.src.activations.activations_test", "keras.src.losses.losses_test"],
        "softmax or sparsemax or CategoricalCrossentropyTest",
    ),
    "optax": (["optax/losses/_classification_test.py"], ""),
    "jax": (
        [f"tests/{name}.py" for name in ("nn_test", "lax_scipy_test", "lax_scipy_special_functions_test")],
        "softmax or logsumexp or sigmoid or softplus or onehot or logmeanexp or log1mexp or expit or logit or entr or "
        "xlogy or kl_div or dtypematches",
    ),
    "entmax": ([f"entmax/test_{name}.py" for name in ("losses", "topk", "root_finding", "mask")], ""),
    "transformers": (
        ["in_their_place/transformers_lists.py", "tests/generation/test_logits_process.py"],
        "list or dist_warper or normalization or repetition_penalty or bias_dist",
    ),
}

# What the tests of a library import beside it.
NEEDED = {
    "scipy": ("scipy",),
    "torch": ("torch", "expecttest"),
    "keras": ("keras", "torch"),
    "optax": ("optax", "jax", "absl"),
    "jax": ("jax", "scipy", "absl"),
    "entmax": ("entmax", "torch"),
    "transformers": ("transformers", "torch", "parameterized"),
}


@dataclass(frozen=True)
class Difference:
    """Where ours differs on purpose: which tests of which library fail, with which words, and why that is right."""

    peer: str
    test: str
    error: str
    reason: str

    def explains(self, test: str, failure: str) -> bool:
        """Tell whether a failure is this one."""
        return bool(re.search(self.test, test)) and bool(re.search(self.error, failure))


@dataclass
class Result:
    """What came of one library's tests."""

    right: int = 0
    wrong: dict[str, str] = field(default_factory=dict)
    different: Counter[Difference] = field(default_factory=Counter)


def written(peer: str) -> list[Difference]:
    """Read the differences from one library that are written down."""
    entries = tomllib.loads(WRITTEN.read_text(encoding="utf-8"))["difference"]
    return [
        Difference(peer, entry.get("test", ""), entry.get("error", ""), entry["reason"])
        for entry in entries
        if peer in entry["peers"]
    ]


def judged(outcomes: dict[str, tuple[str, str]], differences: list[Difference]) -> Result:
    """Sort outcomes into right, different for a written reason, and wrong; what was skipped is neither."""
    result = Result()
    for test, (outcome, failure) in outcomes.items():
        if outcome == "passed":
            result.right += 1
        elif outcome == "failed":
            reason = next((one for one in differences if one.explains(test, failure)), None)
            if reason is None:
                result.wrong[test] = failure
            else:
                result.different[reason] += 1
    return result


def missing(peer: str, sources: Path | None) -> str:
    """Say what a library's tests lack here; nothing if they can run."""
    if lacking := [name for name in NEEDED[peer] if importlib.util.find_spec(name) is None]:
        return f"{', '.join(lacking)} is not installed"
    files, _ = SUITES[peer]
    if all(_is_at_hand(file) for file in files):
        return ""
    if sources is None:
        return "its tests are in no package: say where clones lie, --sources FOLDER"
    absent = [file for file in files if not _is_at_hand(file) and not (sources / peer / file).exists()]
    return f"{sources / peer} lacks {', '.join(absent)}" if absent else ""


def _is_at_hand(file: str) -> bool:
    return (TOOLS / file).exists() or not file.endswith(".py")


def run(peer: str, sources: Path | None) -> tuple[dict[str, tuple[str, str]], dict[str, int]]:
    """Run a library's tests: what came of those in which ours were called, and how often what was compared in them."""
    files, chosen = SUITES[peer]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "in_their_place", "-p", "no:cacheprovider", "-W", "ignore"]
    at_home = sources is None or all(map(_is_at_hand, files))
    command += ["--tb=short", "--import-mode=importlib", "--rootdir", str(TOOLS if at_home else sources / peer)]
    command += ["-k", chosen] if chosen else []
    for file in files:
        if not file.endswith(".py"):
            command += ["--pyargs", file]
        else:
            command.append(str(TOOLS / file if _is_at_hand(file) or sources is None else sources / peer / file))
    with tempfile.TemporaryDirectory() as folder:
        outcomes = Path(folder, "outcomes.json")
        path = os.pathsep.join([str(TOOLS), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"PEER": peer, "OUTCOMES": str(outcomes), "PYTHONPATH": path}
        done = subprocess.run(command, env=environment, cwd=folder, check=False, capture_output=True, text=True)
        if done.returncode > 1 or not outcomes.exists():  # 1: some failed, which is judged; more: some did not run
            raise RuntimeError(f"{peer}: its tests did not run:\n{done.stdout}{done.stderr}")
        left = json.loads(outcomes.read_text())
        return {test: (outcome, text) for test, (outcome, text) in left["tests"].items()}, left["beside"]


def main() -> int:
    """Run what the command line asks for, and print the table."""
    parser = argparse.ArgumentParser(
        description="Run other libraries' tests with our functions in the place of theirs."
    )
    parser.add_argument("peers", nargs="*", help=f"of {', '.join(SUITES)}; all, unless some are named")
    parser.add_argument("--sources", type=Path, help="the folder in which clones of the libraries lie")
    given = parser.parse_args()
    if unknown := set(given.peers) - set(SUITES):
        parser.error(f"expected names out of {', '.join(SUITES)}, got {', '.join(sorted(unknown))}")
    good, ran = True, 0
    for peer in given.peers or SUITES:
        if lacks := missing(peer, given.sources):
            print(f"{peer:13}left out: {lacks}", flush=True)
            continue
        differences = written(peer)
        outcomes, beside = run(peer, given.sources)
        result = judged(outcomes, differences)
        counts = result.right, len(result.wrong), result.different.total()
        print(f"{peer:13}{counts[0]:5} right {counts[1]:4} wrong {counts[2]:4} different for a reason", flush=True)
        for what, number in beside.items():
            print(f"{'':13}{number:5} {what}")
        for difference, number in result.different.items():
            print(f"{'':13}{number:5} {difference.reason}")
        for difference in set(differences) - set(result.different):
            print(f"{'':13}no longer: {difference.reason}")
        for test, failure in result.wrong.items():
            print(f"{'':13}WRONG {test}\n{failure}")
        good = good and not result.wrong and set(differences) == set(result.different)
        ran += sum(counts)
    return int(not good or not ran)


if __name__ == "__main__":
    sys.exit(main())
