"""The estimators beside scikit-learn's, on data that scikit-learn ships or makes. Fits, so few repeats."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_digits, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softargmax as sm


def main() -> None:
    print("\n### fits: seconds, held-out accuracy and log loss (nats), medians of 3 seeds\n")
    print("| data | model | seconds | accuracy | log loss |\n|---|---|---|---|---|")
    for data, (X, y) in _tables().items():
        models: dict[str, Callable[[int], Any]] = {
            "SoftmaxMLP": lambda seed: sm.SoftmaxMLP(random_state=seed),
            "MLPClassifier, scaled": lambda seed: make_pipeline(
                StandardScaler(), MLPClassifier((256, 256), early_stopping=True, random_state=seed)
            ),
            "SoftmaxRegression": lambda seed: sm.SoftmaxRegression(random_state=seed),
            "LogisticRegression": lambda seed: LogisticRegression(max_iter=2000, random_state=seed),
        }
        results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in models}
        for seed in range(3):
            for name, make in models.items():
                results[name].append(_measure(make(seed), X, y, seed))
        for name, values in results.items():
            seconds, accuracy, loss = np.median(values, axis=0)
            print(f"| {data} | {name} | {seconds:.2f} | {accuracy:.4f} | {loss:.4f} |")


def _tables() -> dict[str, tuple[Any, Any]]:
    X, y = load_digits(return_X_y=True)
    made = make_classification(5000, 30, n_informative=20, n_classes=5, random_state=0)
    return {"digits": (X.astype(np.float32), y), "made, 5000 x 30, 5 classes": (made[0].astype(np.float32), made[1])}


def _measure(model: Any, X: Any, y: Any, seed: int) -> tuple[float, float, float]:
    X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.25, random_state=seed, stratify=y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        model.fit(X_fit, y_fit)
        seconds = time.perf_counter() - begin
    p = np.asarray(model.predict_proba(X_test), np.float64)
    codes = np.searchsorted(model.classes_, y_test)
    accuracy = float(np.mean(p.argmax(axis=1) == codes))
    return seconds, accuracy, float(-np.log(np.maximum(p[np.arange(len(p)), codes], 1e-300)).mean())


if __name__ == "__main__":
    main()
