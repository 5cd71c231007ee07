"""SoftmaxRegression beside scikit-learn's solvers and PyTorch's L-BFGS, all stopped at the same objective.

Every solver is run with ever tighter tolerances until its objective is within 1e-6, relatively, of the best known one;
the time of that run counts. Each run is a forked process of its own, so that one that takes too long can be ended.
scikit-learn is tried with one BLAS thread and with all at its default tolerance, and goes on with the faster; PyTorch
runs once, to a gradient of 1e-8. Medians
of three runs where the first takes less than five seconds. Tables of other people are given by path:

    python -m benchmarks.bench_regression [letter.csv] [mnist.npz]
"""

import importlib
import importlib.util
import multiprocessing
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

import softargmax as sm
from benchmarks.measure import machine

GAP = 1e-6
LIMIT = 40.0


@dataclass(frozen=True)
class Case:
    """Rows, labels and a penalty."""

    name: str
    X: Any
    y: Any
    C: float = 1.0
    l1_ratio: float = 0.0

    def objective(self, coef: Any, intercept: Any) -> float:
        """Give the mean loss with penalty, in float64."""
        coef = np.asarray(coef, np.float64)
        z = np.asarray(self.X @ coef.T, np.float64) + intercept
        penalty = (1 - self.l1_ratio) * 0.5 * np.sum(coef**2) + self.l1_ratio * np.abs(coef).sum()
        if z.shape[1] == 1:
            loss = float(np.mean(sm.softplus(np.where(self.y == 1, -z[:, 0], z[:, 0]))))
        else:
            loss = float(sm.cross_entropy(z, self.y))
        return float(loss + penalty / (self.C * len(self.y)))


def ours(case: Case, tol: float) -> tuple[Any, Any]:
    model = sm.SoftmaxRegression(C=case.C, l1_ratio=case.l1_ratio, tol=tol, max_iter=5000).fit(case.X, case.y)
    return model.coef_, model.intercept_


def theirs(solver: str, threads: int | None) -> Callable[[Case, float], tuple[Any, Any]]:
    def run(case: Case, tol: float) -> tuple[Any, Any]:
        with threadpool_limits(threads, user_api="blas"):
            model = LogisticRegression(
                C=case.C, l1_ratio=case.l1_ratio, solver=solver, tol=tol, max_iter=100000, random_state=0
            ).fit(case.X, case.y)
        return model.coef_, model.intercept_

    return run


def torch_lbfgs(case: Case, tol: float) -> tuple[Any, Any]:
    torch: Any = importlib.import_module("torch")

    X, y = torch.from_numpy(np.asarray(case.X)), torch.from_numpy(np.asarray(case.y))
    n_classes = int(y.max()) + 1
    W = torch.zeros(X.shape[1], n_classes, dtype=X.dtype, requires_grad=True)
    b = torch.zeros(n_classes, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [W, b], max_iter=20000, tolerance_grad=tol, tolerance_change=0, line_search_fn="strong_wolfe", history_size=10
    )

    def closure() -> Any:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(X @ W + b, y) + 0.5 * (W**2).sum() / (case.C * len(y))
        loss.backward()
        return loss

    optimizer.step(closure)
    return W.detach().numpy().T, b.detach().numpy()


def made(n: int, d: int, n_classes: int, condition: float, *, unscaled: bool = False, seed: int = 0) -> tuple[Any, Any]:
    """Make rows whose features have the given condition number: by correlation, or by their units."""
    rng = np.random.default_rng(seed)
    sizes = np.logspace(0.0, -np.log10(condition), d)
    Z = rng.normal(size=(n, d))
    logits = Z @ rng.normal(size=(d, n_classes)) * (2.0 / np.sqrt(d))
    y = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    if unscaled:
        return (Z + 3.0 * rng.normal(size=d)) / sizes, y
    rotation = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (Z * sizes) @ rotation.T, y


def text(n: int, d: int, n_classes: int, words: int = 100, seed: int = 0) -> tuple[Any, Any]:
    """Make bags of words: few, frequent ones for all classes, many rare ones, some of them a class's own."""
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    common = np.minimum((rng.pareto(1.0, size=(n, words)) * 20).astype(int), d - 1)
    own = (y[:, np.newaxis] * 37 + rng.integers(40, size=(n, words))) % d
    columns = np.where(rng.random((n, words)) < 0.15, own, common)
    X = sparse.csr_matrix((np.ones(n * words), (np.repeat(np.arange(n), words), columns.ravel())), shape=(n, d))
    X.sum_duplicates()
    X.data = 1.0 + np.log(X.data)
    norms = np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1.0 / norms) @ X), y


def cases(paths: list[Path]) -> Iterator[Case]:
    yield Case("correlated, 20000 x 20, K=3, condition 1e2", *made(20000, 20, 3, 1e2))
    yield Case("correlated, 100000 x 50, K=10, condition 1e2", *made(100000, 50, 10, 1e2))
    yield Case("correlated, 20000 x 100, K=50, condition 1e4", *made(20000, 100, 50, 1e4))
    yield Case("correlated, 50000 x 200, K=5, condition 1e6", *made(50000, 200, 5, 1e6))
    yield Case("other units, 20000 x 50, K=5, condition 1e4", *made(20000, 50, 5, 1e4, unscaled=True))
    yield Case("other units, 20000 x 200, K=20, condition 1e6", *made(20000, 200, 20, 1e6, unscaled=True))
    X, y = load_digits(return_X_y=True)
    yield Case("digits as they are", X, y)
    for path in paths:
        if path.suffix == ".csv":
            table = pd.read_csv(path)
            y = np.unique(table.pop("lettr"), return_inverse=True)[1]
            yield Case("letter as it is", table.to_numpy(float), y)
            letter = table.to_numpy(float), y
            yield Case("letter, L1, C=0.01", *letter, C=0.01, l1_ratio=1.0)
            yield Case("letter, L1, C=1", *letter, l1_ratio=1.0)
        else:
            data = np.load(path)
            X, y = data["X"].reshape(len(data["y"]), -1) / 255.0, data["y"].astype(int)
            yield Case("MNIST, 60000 x 784, C=1e-3", X, y, C=1e-3)
            yield Case("MNIST, 60000 x 784, C=1", X, y)
    for n, d, n_classes in ((10000, 50, 5), (100000, 50, 3), (20000, 200, 10)):
        for l1_ratio, C in ((1.0, 0.01), (0.5, 0.01), (1.0, 1.0)):
            X, y = made(n, d, n_classes, 10.0)
            kind = "L1" if l1_ratio == 1.0 else "elastic net"
            yield Case(f"{kind}, {n} x {d}, K={n_classes}, C={C:g}", X, y, C, l1_ratio)
    yield Case("bags of words, 20000 x 16384, K=400", *text(20000, 2**14, 400))


def _child(pipe: Any, run: Callable[[Case, float], tuple[Any, Any]], case: Case, tol: float) -> None:
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    coef, intercept = run(case, tol)
    seconds = time.perf_counter() - begin
    pipe.send((seconds, case.objective(coef, intercept)))


def timed(run: Callable[[Case, float], tuple[Any, Any]], case: Case, tol: float) -> tuple[float, float] | None:
    """Give seconds and the objective reached; None if it takes longer than `LIMIT`."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, run, case, tol))
    child.start()
    sender.close()
    result = None
    if receiver.poll(LIMIT + 5.0):
        try:
            result = receiver.recv()
        except EOFError:  # it failed
            result = None
    child.kill()
    child.join()
    return result


Tolerances = tuple[float, ...]
OURS: Tolerances = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
THEIRS: Tolerances = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10)


def to_the_gap(
    run: Callable[[Case, float], tuple[Any, Any]], case: Case, best: float, tolerances: Tolerances
) -> tuple[str, float]:
    """Give what to print and the seconds until the gap is closed, infinity if it is not within the limit."""
    for tol in tolerances:
        result = timed(run, case, tol)
        if result is None:
            return f"> {LIMIT:.0f}", np.inf
        seconds, value = result
        if (value - best) <= GAP * abs(best):
            times = [seconds]
            if seconds < 5.0:
                times += [again[0] for again in (timed(run, case, tol) for _ in range(2)) if again is not None]
            seconds = statistics.median(times)
            return f"{seconds:.3g}", seconds
    return "never", np.inf


def _ratio(ratio: float, ours_seconds: float) -> str:
    if ratio == np.inf:
        return f"> {LIMIT / ours_seconds:.0f}"
    return f"{ratio:.1f}" if np.isfinite(ratio) else ""


def main(arguments: list[str]) -> None:
    print(machine())
    print(f"\n### softmax regression: seconds until the objective is within {GAP:g} of the best, relatively\n")
    smooth = [("lbfgs", "lbfgs"), ("newton-cg", "newton-cg"), ("newton-cholesky", "newton-cholesky")]
    heads = ["case", "ours", "ours, default tol", *(name for name, _ in smooth), "saga", "PyTorch L-BFGS"]
    print(f"| {' | '.join([*heads, 'lbfgs / ours', 'fastest / ours'])} |")
    print("|---" * (len(heads) + 2) + "|", flush=True)
    for warm in (LogisticRegression(), sm.SoftmaxRegression()):
        warm.fit([[0.0], [1.0], [2.0]], [0, 1, 2])
    paths = [Path(a) for a in arguments if not a.startswith("-")]
    only = [a[1:] for a in arguments if a.startswith("-")]
    for case in cases(paths):
        if only and not any(part in case.name for part in only):
            continue
        best = min(r[1] for tol in (1e-7, 1e-9) if (r := timed(ours, case, tol)) is not None)
        ours_text, ours_seconds = to_the_gap(ours, case, best, OURS)
        default = timed(ours, case, 1e-6)
        texts: dict[str, str] = {}
        seconds: dict[str, float] = {}
        peers: dict[str, list[Callable[[Case, float], tuple[Any, Any]]]] = {}
        if case.l1_ratio > 0.0:
            peers["saga"] = [theirs("saga", 1)]
        else:
            size = case.X.shape[1] * (int(case.y.max()) + 1)
            for name, solver in smooth:
                if solver == "newton-cholesky" and size > 12000:
                    continue
                peers[name] = [theirs(solver, 1), theirs(solver, None)]
            if not sparse.issparse(case.X) and importlib.util.find_spec("torch"):
                peers["PyTorch"] = [torch_lbfgs]
        for name, runs in peers.items():
            run = runs[0]
            if len(runs) > 1:
                first = [timed(each, case, 1e-4) for each in runs]
                run = runs[int(np.argmin([np.inf if each is None else each[0] for each in first]))]
                if all(each is None for each in first):
                    texts[name], seconds[name] = f"> {LIMIT:.0f}", np.inf
                    continue
            texts[name], seconds[name] = to_the_gap(run, case, best, (1e-8,) if name == "PyTorch" else THEIRS)
        cells = [texts.get(name, "") for name in ("lbfgs", "newton-cg", "newton-cholesky", "saga", "PyTorch")]
        fastest = min(value for name, value in seconds.items() if name != "PyTorch")
        ratios = [seconds.get("lbfgs", np.nan) / ours_seconds, fastest / ours_seconds]
        ends = [_ratio(each, ours_seconds) for each in ratios]
        tail = "" if default is None else f"{default[0]:.3g}"
        print(f"| {case.name} | {ours_text} | {tail} | {' | '.join(cells)} | {' | '.join(ends)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
