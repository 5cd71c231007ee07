"""Run every benchmark and print Markdown tables."""

from benchmarks import bench_models, bench_probabilities
from benchmarks.measure import machine


def main() -> None:
    print(machine())
    bench_probabilities.main()
    bench_models.main()


if __name__ == "__main__":
    main()
