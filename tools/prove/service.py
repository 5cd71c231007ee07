"""A service that runs for long."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jobs
import numpy as np

import softargmax as sm
from softargmax.exceptions import SoftargmaxError

_ROUNDS = 10  # after each, memory and handles are looked at
_MEGABYTES = 24.0  # what allocators may keep from the second round to the last
_ROW = {"id": "r1", "size": 0.3, "colour": "red", "age": 40}


def _predict_rows(folder: Path) -> int:
    model = sm.load(folder / "model.softargmax")
    for number in range(10_000):
        model.predict_proba(_ROW | {"size": number / 100})
    return 10_000


def _calibrate(folder: Path) -> int:
    calibration = sm.load(folder / "calibration.json")
    z = np.load(folder / "z.npy")
    for _ in range(100_000):
        calibration.transform(z)
    return 100_000


def _fit_calibrations(folder: Path) -> int:
    z, y = np.load(folder / "z.npy"), np.arange(60) % 3
    for number in range(300):
        sm.TemperatureScaling().fit(z + number / 1000, y)
    return 300


def _load_and_drop(folder: Path) -> int:
    for _ in range(1000):
        sm.load(folder / "model.softargmax")
    return 1000


def _errors(folder: Path) -> int:
    model, refused = sm.load(folder / "model.softargmax"), 0
    (folder / "bad.softargmax").write_bytes((folder / "model.softargmax").read_bytes()[:-7])
    wrong: list[Callable[[], object]] = [
        lambda: sm.load(folder / "bad.softargmax"),
        lambda: sm.load(folder / "none.softargmax"),
        lambda: model.predict_proba({"size": "large"}),
        lambda: sm.softmax(np.zeros((3, 0))),
        lambda: sm.cross_entropy(np.zeros((3, 4)), [1, 2, 9]),
        lambda: sm.TemperatureScaling().fit(np.zeros((3, 4)), [1, 2]),
    ]
    for number in range(600):
        try:
            wrong[number % len(wrong)]()
        except (SoftargmaxError, OSError):
            refused += 1
    assert refused >= 500, f"of 600 wrong calls {refused} were refused"
    return 600


def _threads(folder: Path) -> int:
    model, z = sm.load(folder / "model.softargmax"), np.load(folder / "z.npy")
    right = model.predict_proba(_ROW), sm.softmax(z)

    def work(_: int) -> bool:
        return np.array_equal(model.predict_proba(_ROW), right[0]) and np.array_equal(sm.softmax(z), right[1])

    with ThreadPoolExecutor(64) as pool:
        assert all(pool.map(work, range(2000))), "64 threads give other numbers than one"
    return 2000


def _events(folder: Path) -> int:
    model = sm.load(folder / "model.softargmax")
    right = model.predict_proba(_ROW)

    async def all_of_them() -> list[object]:
        return list(await asyncio.gather(*(asyncio.to_thread(model.predict_proba, _ROW) for _ in range(1000))))

    assert all(np.array_equal(p, right) for p in asyncio.run(all_of_them()))
    return 1000


def _forks(folder: Path) -> int:
    z = np.random.default_rng(0).normal(size=(40_000, 20))
    right = sm.softmax(z)  # on several threads, where there are cores
    for _ in range(50):
        ended = jobs.apart(lambda: 0 if np.array_equal(sm.softmax(z), right) else 1, folder)
        assert ended.status == 0, f"a copy of a process whose threads had worked: {ended}"
    return 50


_LOOPS = {
    "rows predicted": (_predict_rows, 10),
    "logits calibrated": (_calibrate, 1),
    "calibrations fitted": (_fit_calibrations, 1),
    "models loaded and dropped": (_load_and_drop, 1),
    "errors": (_errors, 1),
    "calls from 64 threads": (_threads, 1),
    "calls from coroutines": (_events, 1),
    "copies of the process": (_forks, 1),
}


def loops() -> Iterator[str]:
    """Name what the service does."""
    yield from _LOOPS


def prove_long_service(name: str, folder: Path) -> dict[str, float]:
    """Do one thing up to a million times: memory and open files stay what they were after the first rounds."""
    jobs.make_inputs(folder)
    loop, repeats = _LOOPS[name]
    before, done = (0.0, 0), 0
    for number in range(_ROUNDS):
        done += sum(loop(folder) for _ in range(repeats))
        if number == 1:
            before = _megabytes(), _handles()
    grown, opened = _megabytes() - before[0], _handles() - before[1]
    assert grown <= _MEGABYTES, f"memory grew by {grown:.1f} MB in {_ROUNDS - 2} rounds"
    assert opened <= 0, f"{opened} more files are open"
    return {name: done, "worst growth in MB": round(grown, 2)}


def _megabytes() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _handles() -> int:
    return len(os.listdir("/proc/self/fd"))


PROOFS = ((loops, prove_long_service),)
