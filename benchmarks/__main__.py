"""Run every benchmark and print Markdown tables: python -m benchmarks [what bench_probabilities takes]."""

import sys

from benchmarks import bench_mlp, bench_probabilities, bench_regression, bench_trust, peer_bugs
from benchmarks.measure import machine


def main() -> None:
    print(machine())
    bench_probabilities.main(sys.argv[1:])
    bench_mlp.main([])
    bench_trust.main([])
    peer_bugs.main()
    bench_regression.main([])  # the longest: peers get up to 40 seconds per fit


if __name__ == "__main__":
    main()
