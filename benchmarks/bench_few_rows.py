"""Few rows: whether `AutoCalibration` is worse than what everybody knows, a temperature or a slope and an intercept.

Random subsets of real sets, of those of `bench_unseen` and of any that are given by path, as for `bench_trust`, each
judged on the rows that are not for fitting: the mean log loss less that of the simplest calibration fitted to the same
rows. Then simulated events, whose true risks are known: rare ones of a model that is too sure and too high, and models
trained at other shares of events than there are.

    python -m benchmarks.bench_few_rows [--seconds 60] [lenet-5-cifar-100.npz ...]

A set and a size get 200 subsets, or as many as fit into so many seconds of the processor, and at least ten.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import softargmax as sm
from benchmarks.bench_unseen import unseen
from benchmarks.measure import machine
from benchmarks.trust_sets import Set, sets
from softargmax.calibration import PlattScaling

SIZES = (50, 150, 500, 2000)
MOST, FEWEST, SECONDS = 200, 10, 60.0
# Rows that a subset is judged on at most.
JUDGED = 3000
N_NEW = 20_000
SIMULATED = 100
KNOWN: dict[str, Callable[[], sm.Calibration]] = {
    "temperature": sm.TemperatureScaling,
    "slope and intercept": PlattScaling,
    "auto": sm.AutoCalibration,
}


def simplest(n_classes: int) -> sm.Calibration:
    """Give what must not be lost to."""
    return PlattScaling() if n_classes == 2 else sm.TemperatureScaling()


def lost(each: Set, n: int, rng: np.random.Generator) -> float:
    """Give by how much the mean loss of a random subset's calibration is above the simplest one's."""
    while True:
        chosen = rng.choice(len(each.z), n, replace=False)
        if len(np.unique(each.y[chosen])) > 1:  # rows of one class say nothing about two
            break
    new, truth = each.zt[:JUDGED], each.yt[:JUDGED]
    auto, other = (
        sm.cross_entropy(calibration.fit(each.z[chosen], each.y[chosen]).transform(new), truth)
        for calibration in (sm.AutoCalibration(), simplest(each.n_classes))
    )
    return float(auto - other)


def subsets(each: Set, seconds: float) -> Iterator[str]:
    """Give a line for every size."""
    for n in [n for n in SIZES if n <= len(each.z)]:
        rng, begin = np.random.default_rng(n), time.process_time()
        found: list[float] = []
        while len(found) < MOST and (len(found) < FEWEST or time.process_time() - begin < seconds):
            found.append(lost(each, n, rng))
        values = np.array(found)
        error = values.std(ddof=1) / np.sqrt(len(values))
        cells = f"{values.mean():+.4f} | {error:.4f} | {np.median(values):+.4f} | {values.max():+.4f}"
        yield f"| {each.name} | {each.n_classes} | {n} | {len(values)} | {cells} |"


@dataclass(frozen=True)
class Events:
    """Simulated log-odds of an event, normal, and what a model says of them: a slope and a shift away."""

    name: str
    mean: float
    slope: float
    shift: float
    n: int = 400

    def rows(self, n: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
        """Draw what the model says, whether the event occurred, and its true probability."""
        true = self.mean + 1.5 * rng.normal(size=n)
        risk = np.asarray(sm.sigmoid(true))
        return self.slope * true + self.shift, (rng.random(n) < risk).astype(int), risk


def events() -> list[Events]:
    """Give those of 15 %, and models trained at 1:1 where there are 1 to 50 others for each event."""
    found = [Events("15 %, too sure and too high", -2.35, 1.7, 0.9)]
    found += [Events(f"15 %, shifted by {shift:+}", -2.35, 1.0, shift) for shift in (0.8, -0.8)]
    found += [
        Events(f"1:{ratio} after 1:1", -float(np.log(ratio)), 1.0, float(np.log(ratio)), n)
        for n in (400, 2000)
        for ratio in (1, 5, 20, 50)
    ]
    return found


def simulated(each: Events) -> str:
    """Give a line: mean losses of all ways, in which the rows' luck is the same, and mean risks."""
    losses: dict[str, list[float]] = {name: [] for name in ("as it is", *KNOWN)}
    risks: dict[str, list[float]] = {name: [] for name in losses}
    rates = []
    for seed in range(SIMULATED):
        z, y, _ = each.rows(each.n, np.random.default_rng(seed))
        new, _, risk = each.rows(N_NEW, np.random.default_rng(seed + 10_000))
        rates.append(risk.mean())
        ways = {name: np.asarray(make().fit(z, y).transform(new)) for name, make in KNOWN.items()}
        for name, odds in ({"as it is": new} | ways).items():
            losses[name].append(float(np.mean(risk * sm.softplus(-odds) + (1.0 - risk) * sm.softplus(odds))))
            risks[name].append(float(np.mean(sm.sigmoid(odds))))
    cells = [f"{np.mean(losses[name]):.4f}" for name in losses]
    behind = np.mean(losses["auto"]) - min(np.mean(values) for name, values in losses.items() if name != "auto")
    off = np.mean(risks["auto"]) - np.mean(rates)
    return f"| {each.name} | {each.n} | {' | '.join(cells)} | {behind:+.4f} | {np.mean(rates):.4f} | {off:+.4f} |"


def main(arguments: list[str]) -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    seconds = SECONDS
    if arguments[:1] == ["--seconds"]:
        seconds, arguments = float(arguments[1]), arguments[2:]
    print(machine())
    print("\n| set | classes | rows | subsets | less the simplest | standard error | median | worst |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for each in [*sets([Path(a) for a in arguments]), *unseen()]:
        for line in subsets(each, seconds):
            print(line, flush=True)
    print(
        f"\n| events, {SIMULATED} sets each | rows | {' | '.join(('as it is', *KNOWN))} | auto less the best other",
        end="",
    )
    print(" | rate | auto's mean risk less it |\n|---|---|---|---|---|---|---|---|---|", flush=True)
    for each_event in events():
        print(simulated(each_event), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
