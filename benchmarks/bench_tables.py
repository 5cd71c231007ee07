"""`fit` with its defaults, beside boosted trees with theirs, on 22 real tables: log loss, accuracy, calibration error.

Every model gets the same four fifths of the rows, and is judged by the others. A fit that was measured is not repeated:
each is a line of a file, and the tables are printed of all lines there are, also after Ctrl-C.

    make bench-data
    python -m benchmarks.bench_tables build/bench-data results.jsonl --splits 10
    python -m benchmarks.bench_tables build/bench-data results.jsonl --tables letter,adult --methods fit,XGBoost
    python -m benchmarks.bench_tables build/bench-data results.jsonl --splits 0        (prints what is there)
    python -m benchmarks.bench_tables build/bench-data results.jsonl --splits 0 --methods fit,LightGBM    (of these)

The peers are those that are installed, as they come, with text as categories. CatBoost alone has a limit, of 300 trees,
since it takes minutes on tables of many classes without one.
"""

import argparse
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

import softargmax as sm
from benchmarks.measure import machine
from benchmarks.table_sources import TABLES, TARGET
from softargmax.pipeline.records import ModelName

# What no probability is taken to be smaller than: an impossible event that happened would cost infinitely much.
LEAST = float(np.finfo(np.float64).eps)
BINS = 15
CATBOOST_TREES = 300
# The first is what the summary is about.
OURS = "fit"
Result = dict[str, Any]
# By table, method and split.
Cells = dict[str, dict[str, dict[int, Result]]]
# From the rows to fit, their codes and the rows to judge to probabilities of these.
Method = Callable[[pd.DataFrame, Any, pd.DataFrame, int], Any]


def _softargmax(**options: Any) -> Method:
    def run(known: pd.DataFrame, codes: Any, asked: pd.DataFrame, seed: int) -> Any:
        classifier = sm.TableClassifier(random_state=seed, **options)
        return classifier.fit(known, codes).predict_proba(asked)

    return run


def _peer(make: Callable[[int], Any]) -> Method:
    def run(known: pd.DataFrame, codes: Any, asked: pd.DataFrame, seed: int) -> Any:
        both = pd.concat([known, asked])
        for column in both.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in both.dtypes]]:
            both[column] = both[column].astype("category")
        return make(seed).fit(both[: len(known)], codes).predict_proba(both[len(known) :])

    return run


def _catboost(known: pd.DataFrame, codes: Any, asked: pd.DataFrame, seed: int) -> Any:
    from catboost import CatBoostClassifier

    texts = [name for name, kind in known.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    # A missing text is a category too: CatBoost takes none that is no text.
    known, asked = (
        frame.assign(
            **{name: frame[name].astype(object).where(frame[name].notna(), "missing").astype(str) for name in texts}
        )
        for frame in (known, asked)
    )
    model = CatBoostClassifier(
        iterations=CATBOOST_TREES, cat_features=texts, random_seed=seed, verbose=False, allow_writing_files=False
    )
    return model.fit(known, codes).predict_proba(asked)


def methods() -> dict[str, Method]:
    """Name what is compared: ours, each model of ours, and the peers that are installed."""
    found = {OURS: _softargmax()} | {f"{model}": _softargmax(model=model) for model in get_args(ModelName)}
    found.pop("auto", None)  # which is the default
    found["HistGradientBoosting"] = _peer(lambda seed: HistGradientBoostingClassifier(random_state=seed))
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        found["LightGBM"] = _peer(lambda seed: LGBMClassifier(random_state=seed, verbose=-1))
    if find_spec("xgboost"):
        from xgboost import XGBClassifier

        found["XGBoost"] = _peer(lambda seed: XGBClassifier(random_state=seed, enable_categorical=True))
    if find_spec("catboost"):
        found[f"CatBoost ({CATBOOST_TREES} trees)"] = _catboost
    return found


def judged(p: Any, codes: Any) -> Result:
    """Give mean log loss, accuracy, and the calibration error of the top label in bins of equal width."""
    p = np.asarray(p, np.float64)
    top, right = p.max(axis=1), p.argmax(axis=1) == codes
    which = np.minimum((top * BINS).astype(int), BINS - 1)
    error = np.abs(np.bincount(which, right - top, minlength=BINS)).sum() / len(p)
    loss = -np.log(np.maximum(p[np.arange(len(p)), codes], LEAST)).mean()
    return {"log loss": float(loss), "accuracy": float(right.mean()), "ECE": float(error)}


def measure(name: str, seed: int, method: Method, folder: Path) -> Result:
    """Fit and judge one method on one split of one table."""
    frame = pd.read_csv(folder / f"{name}.table.csv")
    codes = np.unique(frame.pop(TARGET), return_inverse=True)[1]
    known, asked, y, truth = train_test_split(frame, codes, test_size=0.2, random_state=seed, stratify=codes)
    begin, cpu = time.perf_counter(), time.process_time()
    p = method(known.reset_index(drop=True), y, asked.reset_index(drop=True), seed)
    seconds = {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu}
    return judged(p, truth) | {key: round(value, 2) for key, value in seconds.items()}


def read(path: Path) -> list[Result]:
    """Give what was measured so far; a last line that was cut short does not count."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def run(folder: Path, path: Path, tables: Iterable[str], chosen: dict[str, Method], splits: int) -> None:
    """Measure what is not there yet, all methods of a split one after the other."""
    done = {(each["table"], each["seed"], each["method"]) for each in read(path)}
    for seed in range(splits):
        for table in tables:
            for name, method in chosen.items():
                if (table, seed, name) in done:
                    continue
                result = {"table": table, "seed": seed, "method": name} | measure(table, seed, method, folder)
                with path.open("a") as file:
                    file.write(json.dumps(result) + "\n")


def show(results: list[Result]) -> None:
    """Print a table for each score, of the splits that all methods of a table have, and ratios to the best peer."""
    names = sorted(dict.fromkeys(each["method"] for each in results), key=lambda name: name != OURS)
    cells: Cells = defaultdict(lambda: defaultdict(dict))
    for each in results:
        cells[each["table"]][each["method"]][each["seed"]] = each
    tables = [name for name in TABLES if any(len(of) for of in cells[name].values())]
    for score in ("log loss", "accuracy", "ECE", "cpu"):
        print(f"\n**{'CPU seconds' if score == 'cpu' else score}**\n\n| table | splits | {' | '.join(names)} |")
        print("|---" * (len(names) + 2) + "|")
        ranks = []
        for table in tables:
            seeds = _common(cells[table], names)
            if seeds:
                means = [float(np.mean(_scores(cells[table], name, score, seeds))) for name in names]
                if score == "accuracy":
                    means = [-mean for mean in means]
                ranks.append(stats.rankdata(np.round(means, 12)))
                print(f"| {table} | {len(seeds)} | {' | '.join(_written(means, score))} |")
        if ranks:
            print(f"| mean rank | | {' | '.join(f'{rank:.2f}' for rank in np.mean(ranks, axis=0))} |", flush=True)
    _show_ratios(cells, tables, names)


def _common(of: dict[str, dict[int, Result]], names: Iterable[str]) -> list[int]:
    """Give the splits that all these methods have."""
    return sorted(set.intersection(*(set(of[name]) for name in names)))


def _scores(of: dict[str, dict[int, Result]], name: str, score: str, seeds: list[int]) -> Any:
    return np.array([of[name][seed][score] for seed in seeds])


def _written(means: list[float], score: str) -> list[str]:
    """Write a line of means, of which the smallest is the best, with two digits at least."""
    digits = 1 if score == "cpu" else max(4, 1 - int(np.floor(np.log10(max(min(map(abs, means)), 1e-9)))))
    return [f"**{abs(mean):.{digits}f}**" if mean == min(means) else f"{abs(mean):.{digits}f}" for mean in means]


def _show_ratios(cells: Cells, tables: list[str], names: list[str]) -> None:
    """Print by what the log loss of `fit` is multiplied beside the best peer's, with 95 % intervals over splits."""
    others = [name for name in names if name != OURS and name not in get_args(ModelName)]
    if OURS not in names or not others:
        return
    print("\n| table | splits | best peer | log loss of fit / its, geometric mean, 95 % interval | of the means |")
    print("|---" * 5 + "|")
    all_means = []
    for table in tables:
        seeds = _common(cells[table], (OURS, *others))
        if not seeds:
            continue
        losses = {name: _scores(cells[table], name, "log loss", seeds) for name in (OURS, *others)}
        best = min(others, key=lambda name: float(losses[name].mean()))
        ratio = np.log(losses[OURS] / losses[best])
        mean, interval = float(np.exp(ratio.mean())), "one split"
        if len(seeds) > 1:
            half = float(stats.t.ppf(0.975, len(seeds) - 1) * ratio.std(ddof=1) / np.sqrt(len(seeds)))
            interval = f"[{mean * np.exp(-half):.3f}, {mean * np.exp(half):.3f}]"
        all_means.append(mean)
        of_means = losses[OURS].mean() / losses[best].mean()
        print(f"| {table} | {len(seeds)} | {best} | {mean:.3f} {interval} | {of_means:.3f} |")
    if all_means:
        print(f"| median of {len(all_means)} | | | {np.median(all_means):.3f} | |")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where make bench-data put the tables")
    parser.add_argument("results", type=Path, help="the file of results, which is gone on with")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--tables", type=lambda text: text.split(","), default=list(TABLES))
    parser.add_argument("--methods", type=lambda text: text.split(","), default=None)
    asked = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    chosen = {name: method for name, method in methods().items() if asked.methods is None or name in asked.methods}
    run(asked.folder, asked.results, asked.tables, chosen, asked.splits)
    print(machine())
    show([each for each in read(asked.results) if asked.methods is None or each["method"] in asked.methods])


if __name__ == "__main__":
    main()
