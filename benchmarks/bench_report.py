"""The same predictions as a page or pictures of softargmax, skore, evidently and scikit-learn: size, time, memory.

Every way has a process of its own each time, and the ways take turns. Seconds are of the processor, importing left out;
memory is the most that the process had. Whether a page loads anything a browser says, if there are Chromium and Node
with playwright-core, where NODE_PATH leads to it; whether it holds single rows, the share of 400 rows whose largest
probability stands in its text to seven digits. What is not installed is named:

    python -m benchmarks.bench_report [--repeats 3]
    python -m benchmarks.bench_report --quick          2,000 rows of two and ten classes, once
"""

import argparse
import importlib.metadata
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.measure import machine
from benchmarks.report_peers import WAYS, missing

CASES = ((20_000, 2), (20_000, 10), (200_000, 10), (10_000, 200))
LIMIT = 600  # seconds of the processor
ASKED = 400
SCREENSHOT = Path(__file__).parents[1] / "tools" / "screenshot.js"


def predictions(n: int, n_classes: int) -> tuple[Any, Any]:
    """Give probabilities that are too sure, and codes of classes."""
    rng = np.random.default_rng(0)
    logits = 2.5 * rng.normal(size=(n, n_classes))
    y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return sm.softmax(1.6 * logits), y


def one(way: str, n: int, n_classes: int, folder: Path) -> None:
    """Make a page or pictures, twice, so that what is imported late counts as importing; print what it took."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    small = folder / "small"
    small.mkdir()
    make = WAYS[way][1]
    begin = time.process_time()
    make(*predictions(500, n_classes), small)
    imported = time.process_time() - begin
    shutil.rmtree(small)
    p, y = predictions(n, n_classes)
    begin = time.process_time()
    make(p, y, folder)
    seconds = time.process_time() - begin
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"imported": imported, "seconds": seconds, "megabytes": megabytes}))


def run(way: str, n: int, n_classes: int, folder: Path) -> dict[str, float] | str:
    """Run one way in a process, and give what it took or why it gave nothing."""
    command = [sys.executable, "-m", "benchmarks.bench_report", "--one", way, str(n), str(n_classes), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"not done after {LIMIT} seconds, or out of memory"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:80]
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def requests(page: Path) -> str:
    """Ask a browser how often a page asks for anything but itself."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        return "no browser"
    shot = page.with_suffix(".png")
    done = subprocess.run([node, SCREENSHOT, chromium, page, shot, "1200", "900"], capture_output=True, text=True)
    shot.unlink(missing_ok=True)
    return str(int(done.stdout) - 1) if done.returncode == 0 else "no browser"


def rows_held(text: str, p: Any) -> float:
    """Give the share of some rows whose largest probability stands in a text to seven digits."""
    numbers = {float(f"{float(number):.6e}") for number in re.findall(r"\d*\.\d{6,}(?:e-\d+)?", text)}
    asked = np.random.default_rng(1).choice(len(p), min(ASKED, len(p)), replace=False)
    sure = [float(f"{value:.6e}") for value in p[asked].max(axis=1)]
    return sum(value in numbers for value in sure) / len(sure)


def table(n: int, n_classes: int, repeats: int) -> None:
    """Let all ways take turns, and print a line for each."""
    print(f"\n### {n:,} rows, {n_classes} classes\n")
    head = ("", "files", "kB", "seconds", "first page, seconds", "MB", "requests", "of 400 rows, held")
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    found: dict[str, list[dict[str, float] | str]] = {way: [] for way in WAYS}
    seen: dict[str, list[str]] = {}
    for _ in range(repeats):
        for way, (modules, _make) in WAYS.items():
            if missing(modules) or any(isinstance(each, str) for each in found[way]):
                continue
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch)
                found[way].append(run(way, n, n_classes, folder))
                seen[way] = _looked_at(folder, predictions(n, n_classes)[0])
    for way, (modules, _make) in WAYS.items():
        if missing(modules):
            print(f"| {way} | not installed: {missing(modules)} |{' |' * (len(head) - 2)}")
            continue
        failed = [each for each in found[way] if isinstance(each, str)]
        if failed:
            print(f"| {way} | {failed[0]} |{' |' * (len(head) - 2)}")
            continue
        took = {
            name: median(float(each[name]) for each in found[way] if not isinstance(each, str))
            for name in ("seconds", "imported", "megabytes")
        }
        files, size, asked, held = seen[way]
        times = f"{took['seconds']:.2f} | {took['imported']:.1f} | {took['megabytes']:.0f}"
        print(f"| {way} | {files} | {size} | {times} | {asked} | {held} |", flush=True)


def _looked_at(folder: Path, p: Any) -> list[str]:
    """Count the files, their thousands of bytes, requests of the pages among them, and rows in them."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    if not files:
        return ["0", "", "", ""]
    size = sum(file.stat().st_size for file in files) / 1e3
    asked = [requests(file) for file in files if file.suffix == ".html"]
    held = rows_held("\n".join(file.read_text(encoding="utf-8") for file in files), p)
    return [str(len(files)), f"{size:,.0f}", *(asked or [""]), f"{held * ASKED:.0f}"]


def versions() -> str:
    """Name what is installed."""
    found = []
    for name in ("skore", "evidently", "scikit-learn", "matplotlib", "pandas"):
        with suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    return ", ".join(found)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=4, metavar=("WAY", "ROWS", "CLASSES", "FOLDER"))
    options = parser.parse_args(arguments)
    if options.one:
        way, n, n_classes, folder = options.one
        one(way, int(n), int(n_classes), Path(folder))
        return
    print(f"{machine()}\n{versions()}")
    for n, n_classes in ((2000, 2), (2000, 10)) if options.quick else CASES:
        table(n, n_classes, 1 if options.quick else options.repeats)


if __name__ == "__main__":
    main(sys.argv[1:])
