"""Whether promises of models of tables hold: `fit --confidence --risk` and `predict`, run as commands, on real tables.

Every split deals a table at random: so many rows are fitted, others judge. A split that was measured is a line of a
file and is not repeated; the tables are printed of all lines there are.

    make bench-data
    python -m benchmarks.bench_promises build/bench-data promises.jsonl --splits 200
    python -m benchmarks.bench_promises build/bench-data promises.jsonl --splits 0        (prints what is there)

Beside our sets stand those of plain split conformal prediction, the ceil((n + 1) .95)-th smallest of 1 - p, written
down here once more: by the same rows, of the same model, for the same rows. The least answers of a risk are those of a
threshold that is chosen afterwards, by the rows that judge.
"""

import argparse
import contextlib
import io
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import softargmax as sm
from benchmarks.measure import machine
from benchmarks.table_sources import TARGET
from softargmax import cli
from softargmax.pipeline import FitOptions
from softargmax.pipeline.preparing import prepare
from softargmax.tables.opening import open_table

CONFIDENCE = 0.95
# Of the rows that are not fitted, so many judge at most.
JUDGED = 4000
# Table, rows to fit, and the risk that is promised: one at which a regression answers some of the rows.
TABLES = {"adult": (10_000, 0.05), "magic": (6000, 0.1), "letter": (6000, 0.1), "penbased": (6000, 0.02)}
Result = dict[str, Any]


def run(*arguments: str) -> None:
    """Run a command as a user does, and stop if it fails."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        status = cli.run(arguments)
    if status:
        raise RuntimeError(said.getvalue())


def measure(frame: pd.DataFrame, n_fitted: int, risk: float, seed: int) -> Result:
    """Fit to some rows and look at all others, with both promises and with each alone."""
    order = np.random.default_rng(seed).permutation(len(frame))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        known, asked, model = (str(folder / name) for name in ("known.csv", "asked.csv", "model"))
        frame.iloc[order[:n_fitted]].to_csv(known, index=False)
        frame.iloc[order[n_fitted : n_fitted + JUDGED]].to_csv(asked, index=False)
        promises = ["--confidence", str(CONFIDENCE), "--risk", str(risk)]
        common = ["--model", "regression", "--seed", str(seed)]
        run("fit", known, "--target", TARGET, *common, *promises, "-o", model)
        found = {}
        for name, flags in (("sets", promises[:2]), ("answers", promises[2:]), ("both", promises)):
            output = str(folder / f"{name}.parquet")
            run("predict", model, asked, *flags, "--keep", TARGET, "-o", output)
            found[name] = pd.read_parquet(output)
        plain = plain_sizes(known, found["sets"], model, risk, seed)
    return {
        **of_sets(found["sets"], ""),
        **of_answers(found["answers"], risk),
        **of_both(found["both"]),
        "plain": plain,
    }


def of_sets(found: pd.DataFrame, which: str) -> Result:
    """Give how often sets hold the true class, and their mean size."""
    texts = found[f"set_{TARGET}"].str.split("|")
    truth = found[TARGET].astype(str)
    covered = [own in classes for own, classes in zip(truth, texts, strict=True)]
    return {f"{which}coverage": float(np.mean(covered)), f"{which}size": float(found["set_size"].mean())}


def of_answers(found: pd.DataFrame, risk: float) -> Result:
    """Give how many rows are answered, how many of these are wrong, and how many could have been answered."""
    said = found[f"predicted_{TARGET}"].astype(str)
    answered = said != "unsure"
    classes = [name.removeprefix("probability_") for name in found.columns if name.startswith("probability_")]
    p = found[[f"probability_{name}" for name in classes]].to_numpy()
    wrong = np.array(classes)[p.argmax(axis=1)] != found[TARGET].astype(str).to_numpy()
    rates = np.cumsum(wrong[np.argsort(-p.max(axis=1), kind="stable")]) / np.arange(1, len(wrong) + 1)
    fine = np.flatnonzero(rates <= risk)
    most = (fine[-1] + 1) / len(wrong) if len(fine) else 0.0
    errors = float(wrong[answered].mean()) if answered.any() else 0.0
    return {"answered": float(answered.mean()), "errors": errors, "could be answered": float(most)}


def of_both(found: pd.DataFrame) -> Result:
    """Give the same of sets among rows that are answered, if any is."""
    among = found[found[f"predicted_{TARGET}"].astype(str) != "unsure"]
    return of_sets(among, "answered ") if len(among) else {}


def plain_sizes(known: str, asked: pd.DataFrame, path: str, risk: float, seed: int) -> float:
    """Give the mean size of plain split conformal sets by the rows that the command kept aside for its sets."""
    options = FitOptions(model="regression", confidence=CONFIDENCE, risk=risk, random_state=seed)
    _, rows, dealt = prepare(open_table([known], again=True), TARGET, options)
    model, places = sm.load(path), dealt.promised["confidence"]
    p = model.calibration.predict_proba(model.logits(rows.features[places]))
    scores = np.sort(1.0 - p[np.arange(len(places)), rows.codes[places]])
    threshold = scores[math.ceil((len(scores) + 1) * CONFIDENCE) - 1]
    new = asked[[name for name in asked.columns if name.startswith("probability_")]].to_numpy()
    return float(np.mean((1.0 - new <= threshold).sum(axis=1)))


def mean(values: list[float], digits: int = 4) -> str:
    """Write a mean with its Monte Carlo error, one standard deviation of it."""
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1) / np.sqrt(len(values)):.{digits}f}"


def line(name: str, found: list[Result], n_fitted: int, risk: float) -> str:
    """Set what all splits of a table gave."""
    ratio = float(np.mean([each["size"] for each in found]) / np.mean([each["plain"] for each in found]))
    among = [each["answered coverage"] for each in found if "answered coverage" in each]
    broken = [float(each["errors"] > risk) for each in found]
    answered, most = (np.mean([each[key] for each in found]) for key in ("answered", "could be answered"))
    cells = [
        f"{name}, {n_fitted}",
        str(len(found)),
        mean([each["coverage"] for each in found]),
        f"{np.mean([each['size'] for each in found]):.3f} ({ratio:.3f})",
        f"{risk:g}",
        mean([each["errors"] for each in found]),
        mean(broken, 3),
        f"{answered:.3f} of {most:.3f}",
        mean(among) if len(among) > 1 else "",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--splits", type=int, default=200)
    parser.add_argument("--tables", default=",".join(TABLES))
    asked = parser.parse_args()
    lines = asked.results.read_text().splitlines() if asked.results.exists() else []
    found = [json.loads(each) for each in lines]
    done = {(each["table"], each["seed"]) for each in found}
    frames = {name: pd.read_csv(asked.folder / f"{name}.table.csv") for name in asked.tables.split(",") if asked.splits}
    with contextlib.suppress(KeyboardInterrupt), asked.results.open("a") as file:
        for seed in range(asked.splits):
            for name, frame in frames.items():
                if (name, seed) not in done:
                    found.append({"table": name, "seed": seed, **measure(frame, *TABLES[name], seed)})
                    print(json.dumps(found[-1]), file=file, flush=True)
    print(machine())
    heads = ("table, rows fitted", "splits", "coverage of .95 sets", "mean size (over plain)", "risk", "wrong answers")
    more = ("splits above it", "answered, of what could be", "coverage among answered")
    print(f"\n| {' | '.join((*heads, *more))} |\n|{'---|' * (len(heads) + len(more))}")
    for name, options in TABLES.items():
        those = [each for each in found if each["table"] == name]
        if len(those) > 1:
            print(line(name, those, *options))


if __name__ == "__main__":
    main()
