"""One process of a measurement: times cases and prints what it found as JSON.

The instruction set of ours and of PyTorch is chosen by the environment when they are imported, so every choice needs a
process of its own; and several processes show what a single one cannot, how much a ratio owes to where its arrays
happen to lie. Started by bench_probabilities.py and compare.py.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Time all cases of some groups, or serve one case after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", type=Path, help="the source tree whose package is measured")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--groups", nargs="+", default=["in cache"])
    parser.add_argument("--repeats", type=int, default=25)
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    if options.tree is not None:
        _take_from(options.tree)
    import softargmax as sm
    from benchmarks import sides
    from benchmarks.cases import cases

    sm.set_num_threads(options.threads)
    torch = None if options.serve else sides.module("torch")
    if torch is not None:
        torch.set_num_threads(options.threads)
    print(json.dumps(_about(sm, torch)), flush=True)
    if options.serve:
        _serve(cases(options.groups), options.threads)
    else:
        _all(cases(options.groups), options.repeats, options.threads)


def _take_from(tree: Path) -> None:
    """Import softargmax from this tree, also where another one is installed in editable form."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "ScikitBuildRedirectingFinder"]
    sys.path.insert(0, str(tree / "src"))


def _about(sm: Any, torch: Any) -> dict[str, Any]:
    about = {"package": str(Path(sm.__file__).resolve()), "version": sm.__version__, "ours": sm.cpu_features().used}
    if torch is not None:
        about |= {"torch": torch.__version__, "theirs": torch.backends.cpu.get_cpu_capability()}
    return about


def _all(cases: list[Any], repeats: int, threads: int) -> None:
    from benchmarks.measure import interleaved
    from benchmarks.sides import sides

    for case in cases:
        few = {"curve": 11, "cold": 5}.get(case.group, repeats)
        seconds = interleaved(sides(case), min(few, repeats), pause=threads > 1)
        print(json.dumps({"case": case.plain(), "seconds": seconds}), flush=True)


def _serve(cases: list[Any], threads: int) -> None:
    """Answer every number that comes with the seconds per call of that case."""
    from benchmarks.cases import logits
    from benchmarks.measure import Timed
    from benchmarks.sides import ours

    now, timed = -1, None
    for line in sys.stdin:
        if int(line) != now or timed is None:
            now = int(line)
            timed = Timed(ours(cases[now], logits(cases[now])), 5e-4, threads > 1)
        print(timed(), flush=True)


if __name__ == "__main__":
    main()
