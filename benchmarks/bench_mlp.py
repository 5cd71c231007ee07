"""SoftmaxMLP beside scikit-learn's MLPClassifier: log loss, accuracy, time, time to the peer's best validation loss.

Every model gets the same rows to fit and the same tenth of them to validate by; losses are those of the test part.
Tables of other people are given by path, as .npz with X, y (to fit) and Xt, yt (to test), labels as codes:

    python -m benchmarks.bench_mlp [letter.npz ...]
"""

import statistics
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softargmax as sm
from benchmarks.measure import machine

SEEDS = (0, 1, 2)
MOST_EPOCHS = 200


def tables(paths: list[Path]) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    for name, load in (("digits", load_digits), ("breast cancer", load_breast_cancer)):
        X, y = load(return_X_y=True)
        X, Xt, y, yt = train_test_split(X.astype(np.float32), y, test_size=0.5, random_state=0, stratify=y)
        yield name, X, y, Xt, yt
    for path in paths:
        data = np.load(path)
        yield path.stem, data["X"], data["y"], data["Xt"], data["yt"]


def judge(probabilities: Any, y: Any) -> tuple[float, float]:
    """Give log loss and accuracy."""
    p = np.asarray(probabilities, np.float64)
    tiny = np.finfo(np.float64).tiny
    return float(-np.log(np.maximum(p[np.arange(len(p)), y], tiny)).mean()), float(np.mean(p.argmax(axis=1) == y))


def timed_fit(model: Any, X: Any, y: Any, **options: Any) -> float:
    begin = time.perf_counter()
    model.fit(X, y, **options)
    return time.perf_counter() - begin


def race(X: Any, y: Any, Xv: Any, yv: Any, seed: int) -> tuple[float, float, float]:
    """Give scaled MLPClassifier()'s best validation loss, its seconds to it and ours, infinity for never."""
    scaler = StandardScaler().fit(X)
    Z, Zv = scaler.transform(X), scaler.transform(Xv)
    peer = MLPClassifier(random_state=seed)
    classes = np.unique(y)
    spent, best, best_at, since = 0.0, np.inf, 0.0, 0
    for _ in range(MOST_EPOCHS):
        begin = time.perf_counter()
        peer.partial_fit(Z, y, classes=classes)
        spent += time.perf_counter() - begin
        loss = judge(peer.predict_proba(Zv), yv)[0]
        since += 1
        if loss < best:
            best, best_at, since = loss, spent, 0
        if since == 20:
            break
    reached = [np.inf]
    begin = time.perf_counter()

    def watch(progress: Any) -> None:
        if progress.validation_loss <= best:
            reached.append(time.perf_counter() - begin)

    sm.SoftmaxMLP(random_state=seed).fit(X, y, validation_data=(Xv, yv), progress=watch)
    return best, best_at, reached[1] if len(reached) > 1 else np.inf


def main(arguments: list[str]) -> None:
    print(machine())
    warnings.simplefilter("ignore")
    models: dict[str, Any] = {
        "SoftmaxMLP": lambda seed: sm.SoftmaxMLP(random_state=seed),
        "no smoothing": lambda seed: sm.SoftmaxMLP(label_smoothing=0.0, random_state=seed),
        "MLPClassifier": lambda seed: MLPClassifier(random_state=seed),
        "scaled": lambda seed: make_pipeline(StandardScaler(), MLPClassifier(random_state=seed)),
        "scaled, (256, 256), early stopping": lambda seed: make_pipeline(
            StandardScaler(), MLPClassifier((256, 256), early_stopping=True, random_state=seed)
        ),
    }
    print("\n### tables: test log loss (nats) / accuracy / seconds to fit; medians over seeds\n")
    print(f"| table | seeds | {' | '.join(models)} | best validation loss of scaled, and seconds to it | ours to it |")
    print("|---" * (len(models) + 4) + "|", flush=True)
    for name, X, y, Xt, yt in tables([Path(a) for a in arguments]):
        results: dict[str, list[tuple[float, float, float]]] = {model: [] for model in models}
        races = []
        seeds = SEEDS if len(X) * X.shape[1] < 100_000 else SEEDS[:1]
        for seed in seeds:
            X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.1, random_state=seed, stratify=y)
            for label, make in models.items():
                model = make(seed)
                ours = isinstance(model, sm.SoftmaxMLP)
                options = {"validation_data": (X_held, y_held)} if ours else {}
                # A peer that holds rows out itself may have all of them.
                rows = (X, y) if "early" in label else (X_fit, y_fit)
                seconds = timed_fit(model, *rows, **options)
                results[label].append((*judge(model.predict_proba(Xt), yt), seconds))
            races.append(race(X_fit, y_fit, X_held, y_held, seed))
        cells = []
        for values in results.values():
            loss, accuracy, seconds = (statistics.median(column) for column in zip(*values, strict=True))
            cells.append(f"{loss:.4f} / {accuracy:.4f} / {seconds:.1f}")
        best, theirs, ours_at = (statistics.median(column) for column in zip(*races, strict=True))
        reached = f"{ours_at:.2f}" if np.isfinite(ours_at) else "never"
        print(f"| {name} | {len(seeds)} | {' | '.join(cells)} | {best:.4f}, {theirs:.2f} | {reached} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
