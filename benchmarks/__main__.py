"""Run every benchmark, print Markdown tables and draw the picture: python -m benchmarks [picture.svg]."""

import importlib.util
import sys
from pathlib import Path

from benchmarks import bench_mlp, bench_probabilities, bench_regression, bench_trust, peer_bugs
from benchmarks.measure import machine
from benchmarks.picture import draw


def main() -> None:
    print(machine())
    rows = bench_probabilities.main()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("softmax-ratios.svg")
    if importlib.util.find_spec("matplotlib"):
        draw(rows, target)
        print(f"\npicture: {target}")
    else:
        print("\nno picture: matplotlib is not installed")
    bench_mlp.main([])
    bench_trust.main([])
    peer_bugs.main()
    bench_regression.main([])  # the longest: peers get up to 40 seconds per fit


if __name__ == "__main__":
    main()
