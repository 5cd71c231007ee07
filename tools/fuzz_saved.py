"""Load damaged files of everything that can be saved: each is refused by our error, or works and can be saved again.

Files start from the samples of every kind and version. JSON is damaged as a tree, containers in their description,
which is signed anew, in their arrays, and both as bytes. What loads must give finite predictions of the sample's rows,
or refuse them in our words, and be the same after it was saved and loaded once more.
Run: python tools/fuzz_saved.py [seconds] [seed]
"""

import contextlib
import json
import sys
import tempfile
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

import softargmax as sm
from fuzzing import Random, as_text, chosen, damaged_bytes, damaged_json, rounds_until
from softargmax.artifact import serialise
from softargmax.exceptions import ArtifactError, SoftargmaxError
from softargmax.pipeline.table_model import TableModel

FOLDER = Path(__file__).parents[1] / "tests" / "samples"
FILES = sorted(
    path for path in FOLDER.glob("version-*/*") if path.suffix in (".json", ".softargmax") and path.stem != "expected"
)
# No sample takes more than some hundredths of a second to load. In time of the processor.
SLOWEST = 5.0


@cache
def expected() -> dict[Path, dict[str, Any]]:
    """Give what samples are asked, by file."""
    found = {}
    for folder in FOLDER.glob("version-*"):
        for name, asked in json.loads((folder / "expected.json").read_text()).items():
            for ending in (".json", ".softargmax"):
                found[folder / f"{name}{ending}"] = {"method": "predict_proba", **asked}
    return found


def contents(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the description of a container, and its arrays."""
    with safe_open(path, framework="numpy") as file:
        described = json.loads(file.metadata()["softargmax"].partition(" ")[2])
        return described, {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118


def damaged_arrays(rng: Random, arrays: dict[str, Any]) -> dict[str, Any]:
    """Change numbers, the shape or the kind of one array, take it away, or add one."""
    if not arrays:
        return {"new": np.zeros(3)}
    name = chosen(rng, sorted(arrays))
    array = arrays[name].copy()
    way = int(rng.integers(6))
    if way == 0 and array.size:
        with np.errstate(all="ignore"):
            array.flat[int(rng.integers(array.size))] = np.array(
                chosen(rng, (0.0, -1.0, 1e300, -1e300, 1e-300, np.nan, np.inf, -np.inf, 2.0**40))
            ).astype(array.dtype)
    elif way == 1:
        array = array[: int(rng.integers(array.shape[0] + 1))] if array.ndim else array[np.newaxis]
    elif way == 2:
        array = array.reshape(-1) if array.ndim > 1 else array.reshape(*array.shape, 1)
    elif way == 3:
        with np.errstate(all="ignore"):
            array = array.astype(
                chosen(rng, (np.float16, np.float32, np.float64, np.int8, np.int64, np.bool_, np.uint32))
            )
    elif way == 4:
        return {other: value for other, value in arrays.items() if other != name}
    else:
        return {**arrays, name + chosen(rng, ("x", "/x", "/0/x")): array}
    return {**arrays, name: array}


def damaged(rng: Random, path: Path) -> bytes:
    """Give a file with some damage."""
    if rng.random() < 0.2:
        return damaged_bytes(rng, path.read_bytes())
    if path.suffix == ".json":
        return as_text(damaged_json(rng, json.loads(path.read_text())))
    described, arrays = contents(path)
    if rng.random() < 0.5:
        described = damaged_json(rng, described)
    if rng.random() < 0.5:
        arrays = damaged_arrays(rng, arrays)
    with contextlib.suppress(UnicodeEncodeError):
        return serialise({name: np.ascontiguousarray(array) for name, array in arrays.items()}, json.dumps(described))
    return b""


def asked(thing: Any, path: Path, rows: str) -> Any:
    """Ask what was loaded for what its sample is asked; the numbers, or None where it refuses in our words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sm.exceptions.SoftargmaxWarning)
        try:
            if isinstance(thing, TableModel):
                return thing.predict_proba(rows)
            question = expected()[path]
            found = getattr(thing, question["method"])(question["given"], **question.get("options", {}))
        except SoftargmaxError:
            return None
    return np.concatenate([np.ravel(part) for part in found]) if isinstance(found, list | tuple) else np.asarray(found)


def loaded(file: Path) -> tuple[Any, str]:
    """Load a file, or give the words in which it is refused; soon, in either case."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return sm.load(file), ""
        except ArtifactError as error:
            return None, str(error)
        finally:
            assert time.process_time() - began < SLOWEST, "took too long to load"


def one_round(rng: Random, folder: Path) -> None:
    """Damage one file, load it, and ask it; a fault says which it was, and leaves it where it was found."""
    path = chosen(rng, FILES)
    file = folder / "damaged"
    file.write_bytes(damaged(rng, path))
    try:
        stands(path, file)
    except BaseException as error:
        kept = Path(tempfile.gettempdir(), f"damaged-{path.name}")
        kept.write_bytes(file.read_bytes())
        error.add_note(f"a damaged {path.parent.name}/{path.name}, kept as {kept}")
        raise


def stands(path: Path, file: Path) -> None:
    """Load what was made of a sample: refused, or as good as one."""
    thing, refused = loaded(file)
    if thing is None:
        assert str(file) in refused, f"the error does not name the file: {refused}"
        return
    if path not in expected() and not isinstance(thing, TableModel):
        return
    rows = str(path.with_suffix(".csv"))
    found = asked(thing, path, rows)
    if found is not None and found.dtype.kind == "f":
        assert np.isfinite(found).all(), f"not finite: {found}"
    for again in (file.with_name("again.json"), file.with_name("again.softargmax")):
        thing.save(again)
        same = sm.load(again)
        assert same.to_state() == thing.to_state(), f"another state after it was saved as {again.suffix}"
        later = asked(same, path, rows)
        assert (later is None) == (found is None), "asked anew it refuses, or does so no more"
        assert found is None or np.array_equal(later, found), "other numbers after it was saved"


def fuzz(seconds: float, seed: int) -> int:
    """Go on until time is up; give how many rounds that were."""
    for path in FILES:  # as they are, they load; what that imports takes its time once
        sm.load(path)
    with tempfile.TemporaryDirectory() as folder:
        return rounds_until(seconds, seed, lambda rng: one_round(rng, Path(folder)))


if __name__ == "__main__":
    given = sys.argv[1:]
    print(fuzz(float(given[0]) if given else 60.0, int(given[1]) if len(given) > 1 else 0), "rounds, nothing found")
