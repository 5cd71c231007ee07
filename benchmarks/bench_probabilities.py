"""softmax and its family beside the peers that are installed, both on the same instruction set.

Every setting (instruction set, threads) is measured in several processes of its own, in turns: python -m
benchmarks.bench_probabilities [--quick] [--json results.json] [--write docs/benchmarks.md] [--picture docs/]. With
--read, tables and pictures of results that were measured before.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import softargmax as sm
from benchmarks import goals, picture
from benchmarks.cases import GROUPS
from benchmarks.measure import commit, processor
from benchmarks.pages import section
from benchmarks.results import Results, print_tables
from softargmax import _kernels

ROOT = Path(__file__).parents[1]
# What PyTorch, and MKL in it, are told so that both sides use the same instructions.
THEIRS = {
    "x86-64-v4": {"ATEN_CPU_CAPABILITY": "avx512"},
    "x86-64-v3": {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
    "x86-64-v2": {"ATEN_CPU_CAPABILITY": "default", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2"},
}
QUICK = ["in cache", "special rows", "loss", "cold", "one call"]
# More than one thread matters where there is work for it, and a curve of one thread says enough.
ON_THREADS = ["in cache", "loss", "cold"]
PEERS = ("torch", "scipy", "jax", "onnxruntime")


def main(arguments: list[str] | None = None) -> Results:
    """Measure, print, and write what was asked for."""
    options = _options(arguments)
    results = Results.load(options.read) if options.read else _measured(options)
    if options.json:
        results.save(options.json)
    with section("tables", options.write):
        print_tables(results)
    goals.print_missed(results)
    if options.picture is not None:
        picture.draw(results, options.picture)
    return results


def _options(arguments: list[str] | None) -> argparse.Namespace:
    everything = sm.get_num_threads()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--isa", nargs="+", default=None, choices=_kernels.instruction_sets())
    parser.add_argument("--threads", nargs="+", type=int, default=sorted({1, everything}))
    parser.add_argument("--groups", nargs="+", default=None, choices=list(GROUPS))
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=25, help="in every process")
    parser.add_argument("--quick", action="store_true", help="the best instruction set only, eleven repeats, no curve")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    parser.add_argument("--read", type=Path, help="what to read instead of measuring")
    parser.add_argument("--write", type=Path, help="the page to put the tables into")
    parser.add_argument("--picture", type=Path, help="the folder to draw pictures into")
    options = parser.parse_args(arguments)
    options.isa = options.isa or _kernels.instruction_sets()[-1 if options.quick else -2 :]
    options.groups = options.groups or (QUICK if options.quick else list(GROUPS))
    options.repeats = min(options.repeats, 11) if options.quick else options.repeats
    return options


def _measured(options: argparse.Namespace) -> Results:
    begin, load, cores = time.perf_counter(), os.getloadavg()[0], _kernels.available_cores()
    if load > cores / 2:
        # Threads that wait for each other wait for whoever else was given their core; PyTorch's may lose 100-fold.
        _say(f"others are at work (load {load:.1f} on {cores} cores): no figure of more than one thread can be trusted")
    processes: list[dict[str, Any]] = []
    for number in range(options.processes):
        for isa in options.isa:
            for threads in options.threads:
                groups = [group for group in options.groups if threads == 1 or group in ON_THREADS]
                if "cold" in groups and threads == 1 and len(options.threads) > 1:
                    groups.remove("cold")  # one thread cannot use up the memory's bandwidth
                if groups:
                    _say(f"process {number + 1} of {options.processes}: {isa}, {threads} threads, {', '.join(groups)}")
                    processes.append(_process(isa, threads, groups, options.repeats) | {"process": number})
    command = " ".join(["python -m benchmarks.bench_probabilities", *_given(options)])
    about = {
        "command": command,
        "commit": commit(ROOT),
        "processor": processor(),
        "cores": cores,
        "load": load,
        "software": _software(),
        "processes": options.processes,
        "seconds": round(time.perf_counter() - begin),
    }
    return Results(about, processes)


def _process(isa: str, threads: int, groups: list[str], repeats: int) -> dict[str, Any]:
    """Start one process and gather what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MKL_ENABLE")}
    environment |= {"SOFTARGMAX_ISA": isa, "OMP_NUM_THREADS": str(threads), **THEIRS.get(isa, {})}
    command = [sys.executable, "-m", "benchmarks.worker", "--threads", str(threads), "--repeats", str(repeats)]
    ran = subprocess.run(
        [*command, "--groups", *groups], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    about, *cells = map(json.loads, ran.stdout.splitlines())
    if about["ours"] != isa:
        raise sm.exceptions.ArgumentError(f"isa: expected kernels for {isa}; the process used {about['ours']}")
    return {**about, "threads": threads, "cells": cells}


def _given(options: argparse.Namespace) -> list[str]:
    quick = ["--quick"] if options.quick else []
    settings = ["--isa", *options.isa, "--threads", *map(str, options.threads), "--processes", str(options.processes)]
    usual = options.groups == (QUICK if options.quick else list(GROUPS))
    return [*quick, *settings, *([] if usual else ["--groups", *map(repr, options.groups)])]


def _software() -> str:
    found = [f"Python {platform.python_version()}", f"NumPy {version('numpy')}"]
    for name in PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
