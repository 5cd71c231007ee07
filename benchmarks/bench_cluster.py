"""A linear fit on a cluster of processes of this machine, beside the same fit in memory and on threads.

``python -m benchmarks.bench_cluster`` prints the tables of docs/cluster.md. ROWS, CLASSES and WORKERS may be given.
"""

import argparse
import operator
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import softargmax as sm
from softargmax._engine import LastingParts, LocalEngine, _on
from softargmax.models.solvers.part_sums import PartSums

FILES, FEATURES = 40, 20


def rows_of(number: int, n: int, n_classes: int) -> tuple[Any, Any]:
    rng = np.random.default_rng([number, n_classes])
    X = rng.normal(size=(n, FEATURES)).astype(np.float32)
    W = np.random.default_rng(n_classes).normal(size=(FEATURES, n_classes)) / 3.0
    return X, (X @ W + rng.gumbel(size=(n, n_classes))).argmax(axis=1)


def written(folder: Path, n_rows: int, n_classes: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for number in range(FILES):
        X, y = rows_of(number, n_rows // FILES, n_classes)
        pq.write_table(
            pa.table({f"x{j}": X[:, j] for j in range(FEATURES)} | {"y": y}), folder / f"{number:02}.parquet"
        )


class Passes:
    """Counts passes over the rows, and how long each took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._plain = PartSums._sum

    def __enter__(self) -> "Passes":
        def timed(sums: Any, *arguments: Any) -> Any:
            begin = time.perf_counter()
            try:
                return self._plain(sums, *arguments)
            finally:
                self.seconds.append(time.perf_counter() - begin)

        PartSums._sum = timed  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        PartSums._sum = self._plain  # type: ignore[method-assign]


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def exact(model: Any) -> Any:
    return model.network_.weights[0] / model.network_.scale[:, np.newaxis]


def fits(n_rows: int, n_classes: int, workers: list[int], memory: str) -> None:
    from distributed import Client, LocalCluster

    from softargmax.dask import on

    print(f"\n{n_rows} rows, {FEATURES} features in float32, {n_classes} classes, {FILES} files")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written(folder, n_rows, n_classes)
        X, y = map(np.concatenate, zip(*(rows_of(i, n_rows // FILES, n_classes) for i in range(FILES)), strict=True))

        def fitted(label: str, *rows: Any) -> Any:
            begin = time.perf_counter()
            with Passes() as passes:
                model = sm.SoftmaxRegression(tol=1e-9).fit(*rows)
            seconds = time.perf_counter() - begin
            middle = f"{1e3 * statistics.median(passes.seconds):.0f}" if passes.seconds else "-"
            count = len(passes.seconds) + bool(passes.seconds)  # the first one looks for classes and means
            far = float(np.abs(exact(model) - exact(best or model)).max())
            print(
                f"{label:24} {seconds:7.1f} s {count:3} passes {middle:>6} ms each "
                f"{model.n_iter_:3} iterations, {far:.0e} from memory",
                flush=True,
            )
            return model

        best: Any = None
        with _on(LocalEngine(1)):
            sm.set_num_threads(1)
            best = fitted("in memory, 1 thread", X, y)
            del X, y
            fitted("folder, 1 thread", folder, "y")
        for n_workers in workers:
            options = {"threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": memory}
            with LocalCluster(n_workers=n_workers, **options) as cluster, Client(cluster) as client, on(client):
                client.run(peak)  # everybody is there
                fitted(f"cluster, {n_workers} workers", folder, "y")
                peaks = client.run(peak)
                print(f"{'':24} peak memory of a worker {max(peaks.values()):.0f} MB")


def overhead() -> None:
    from distributed import Client, LocalCluster

    from softargmax.dask import ClusterEngine

    print("\nmilliseconds of a round trip, two workers, medians of 10, in turns")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        engine = ClusterEngine(client)
        for count in (8, 64, 512):
            ways: dict[str, Any] = {
                "Dask, no-op": lambda count=count: client.gather(client.map(operator.pos, range(count), pure=False)),
                "a part each": lambda count=count: engine.run(operator.pos, range(count), operator.add),
                "parts that last": lambda count=count: engine.run(
                    operator.pos, LastingParts(range(count)), operator.add
                ),
            }
            times: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(10):
                for name, way in ways.items():
                    begin = time.perf_counter()
                    way()
                    times[name].append(1e3 * (time.perf_counter() - begin))
            print(
                f"{count:4} parts  " + "  ".join(f"{n} {statistics.median(t):.0f}" for n, t in times.items()),
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--classes", type=int, nargs="*", default=[5, 50])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--memory", default="1 GB")
    parser.add_argument("--overhead", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    if given.overhead:
        overhead()
    for n_classes in given.classes:
        fits(given.rows, n_classes, given.workers, given.memory)
