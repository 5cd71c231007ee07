"""The playground: what a reader does to it and sees, in Chromium; and its kernels' bits, in Node.

It needs Clang for WebAssembly, and Node; Chromium and playwright-core for all but the bits. Without them its tests are
skipped. CONTRIBUTING.md says which packages have them.
"""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import playground_page
import softargmax as sm
import wasm

HERE = Path(__file__).parent
NODE, CHROMIUM = shutil.which("node"), shutil.which("chromium")
FORMATS = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float32": np.float32, "float64": np.float64}
V2 = {**os.environ, "SOFTARGMAX_ISA": "x86-64-v2"}  # has vectors of 16 bytes too, and the same bits
on_x86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="the extension is not compiled for x86-64")


def has(package):
    found = subprocess.run([NODE, "-e", f"require.resolve('{package}')"], capture_output=True) if NODE else None
    return found is not None and found.returncode == 0


@functools.cache
def kernels():
    """The kernels as WebAssembly."""
    try:
        return playground_page.kernels()
    except wasm.MissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page, built as `make playground` builds it."""
    file = tmp_path_factory.mktemp("playground") / "playground.html"
    file.write_text(playground_page.page(kernels()), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def driven(page):
    """What a reader saw who did two dozen things."""
    if CHROMIUM is None or not has("playwright-core"):
        pytest.skip("no chromium, or no playwright-core")
    done = subprocess.run([NODE, HERE / "playground.js", CHROMIUM, page], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def seen(driven):
    return driven["seen"]


def printed(number):
    """A number that NumPy prints, as the page sets it."""
    exact = {"0.0": "0", "1.0": "1", "0": "0", "1": "1"}
    return exact.get(number, number).replace("e-0", "e-").replace("-", "−")


def test_one_file_of_less_than_600_kilobytes(page):
    assert page.stat().st_size < 600_000


DIGITS = {
    "at first": ([1, 2, 3], "float32"),
    "c typed": ([4, -5, 1000], "float32"),
    **{name: ([12, 11, 3, -4], name) for name in FORMATS},
}


@on_x86
def test_digits_are_those_that_the_package_gives(seen):
    asked = json.dumps(DIGITS)
    script = """
import json, sys, numpy as np, ml_dtypes, softargmax as sm
for logits, dtype in json.loads(sys.argv[1]).values():
    print(*sm.softmax(np.array(logits, ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)))
"""
    told = subprocess.run([sys.executable, "-c", script, asked], env=V2, capture_output=True, text=True, check=True)
    for when, line in zip(DIGITS, told.stdout.splitlines(), strict=True):
        shown = [cells[3] for cells in seen[when]["cells"]]
        if when == "bfloat16":  # which NumPy prints as if it were a float32
            shown = [str(ml_dtypes.bfloat16(float(cell.replace("−", "-")))) for cell in shown]
        assert [printed(cell) for cell in shown] == [printed(p) for p in line.split()], when


def test_worked_digits(seen):
    first = seen["at first"]
    assert first["softmax"] == [".090", ".245", ".665"]
    assert first["log"] == ["−2.41", "−1.41", "−.408"]
    assert first["sparsemax"] == ["0", "0", "1"]
    assert first["slopes"] == [".090", ".245", "−.335"]
    assert first["loss"] == "If class c is true, the loss is −log .665 = .408 nats."
    assert first["shares"] == pytest.approx(100 * sm.softmax([1.0, 2.0, 3.0]), rel=1e-3)


def test_the_naive_formula_overflows_where_the_package_does_not(seen):
    assert [cells[1] for cells in seen["c typed"]["cells"]] == ["0", "0", "NaN"]
    assert "e to the 1,000 is infinite, for the largest number is 3.4e38" in seen["c typed"]["naive"]
    assert [cells[1] for cells in seen["float16"]["cells"]] == ["NaN", "0", "0", "0"]
    assert "65,504" in seen["float16"]["naive"]
    assert "NaN" not in seen["bfloat16"]["naive"]
    for when in ("c typed", "float16", "bfloat16", "float32", "float64"):
        off = [float(cells[4].removesuffix(" ulp")) for cells in seen[when]["cells"]]
        assert max(off) < 1.0


def test_bars_follow_pointer_keys_and_fingers(seen):
    assert seen["a dragged"]["logits"] == [pytest.approx(4.0, abs=0.1), 2, 3]
    assert seen["b by an arrow"]["logits"][1] == 2.1
    assert seen["b by a page"]["logits"][1] == 1.1
    assert seen["b to the end"]["logits"][1] == 5
    assert seen["b home"]["logits"][1] == -5
    assert seen["b by a finger"]["logits"] == [1, pytest.approx(-3.0, abs=0.2), 3]


def test_the_loss_asks_for_what_a_step_does(seen):
    before, after = seen["three classes"]["logits"], seen["a step"]["logits"]
    _, gradient = sm.cross_entropy_and_gradient(np.array(before, float), 0)
    assert after == pytest.approx(np.array(before) - gradient, abs=2e-6)
    assert "996 nats" in seen["a true"]["loss"]


def test_temperature_and_filters_leave_what_the_package_leaves(seen):
    words, dtype = seen["words"], np.float32
    kept = sm.decisions.filter_logits(np.array(words["logits"], dtype), temperature=0.8, top_k=8, top_p=0.95)
    assert words["out"] == np.isinf(kept).sum()
    assert words["softmax"][:2] == [f"{p:.3f}"[1:] for p in sm.softmax(kept)[:2]]
    assert words["spread"].startswith(f"Top-k and top-p keep {np.isfinite(kept).sum()} of 10 classes.")
    assert seen["hotter"]["hash"].endswith("t=20&k=8&p=0.95&y=0")
    assert seen["top-k of 1"]["out"] == seen["top-p of 0"]["out"] == 9
    assert seen["all again"]["out"] == seen["top-p of 1"]["out"] == 0


def test_the_address_says_what_was_set(seen):
    assert seen["a dragged"]["hash"].startswith("#z=4,2,3&y=2")
    assert seen["another address"]["softmax"] == [".500", ".500"]
    assert seen["another address"]["classes"] == "2"
    assert {**seen["the address again"], "shares": None} == {**seen["top-k of 1"], "shares": None}
    assert seen["no address"]["logits"] == [1, 2, 3]
    assert seen["five classes"]["classes"] == str(len(seen["five classes"]["softmax"])) == "5"


def test_a_thousand_classes_are_drawn_over(seen):
    assert seen["a thousand classes"]["classes"] == "1000"
    assert "class 750: logit 7.9" in seen["drawn"]["spoken"]
    assert "class 1: logit 2.47" in seen["by keys"]["spoken"]
    assert "If class 1 is true" in seen["by keys"]["loss"]


def test_a_thousand_classes_are_redrawn_60_times_a_second(seen):
    took = sorted(seen["took"])
    assert len(set(took)) > 10
    assert took[len(took) // 4] < 1000 / 60  # not the slowest: the machine may have other things to do


def test_nothing_is_asked_for_or_said(driven):
    assert driven["requests"] == 4  # the page, opened so often
    assert driven["said"] == []


def test_it_fits_a_phone_and_is_dark_where_asked(seen):
    assert [when for when, look in seen.items() if when != "took" and look["overflow"] > 0] == []
    assert seen["a thousand classes"]["paper"] == "rgb(21, 23, 26)"
    assert seen["at first"]["paper"] == "rgb(253, 252, 249)"


@pytest.mark.skipif(not has("axe-core"), reason="no axe-core")
def test_axe_finds_nothing_serious(driven):
    assert driven["axe"] == []


def rows(rng, n, classes):
    """Rows of several widths, some of whose logits are equal, or left out."""
    logits = rng.normal(size=(n, classes)) * rng.choice([0.5, 5.0, 50.0], size=(n, 1))
    logits[::7] = np.round(logits[::7])
    logits[::11, 0] = -np.inf
    return logits


ASK = """
import json, sys
import numpy as np, ml_dtypes
import softargmax as sm
assert sm.cpu_features().used == "x86-64-v2"
for call in json.load(open(sys.argv[1])):
    dtype = ml_dtypes.bfloat16 if call["format"] == "bfloat16" else call["format"]
    x = np.fromfile(call["logits"]).reshape(-1, call["classes"]).astype(dtype)
    parts = {
        "softmax": lambda: [sm.softmax(x)],
        "log_softmax": lambda: [sm.log_softmax(x)],
        "logsumexp": lambda: [sm.logsumexp(x)],
        "entropy": lambda: [sm.entropy(logits=x)],
        "sparsemax": lambda: [sm.sparsemax(x)],
        "cross_entropy": lambda: sm.cross_entropy_and_gradient(x, call["codes"], reduction="none")[::-1],
    }[call["name"]]()
    np.concatenate([np.ravel(part).astype(np.float64) for part in parts]).tofile(call["results"] + ".here")
"""


@pytest.mark.skipif(NODE is None, reason="no node")
@on_x86
def test_bits_of_100_000_rows_are_those_of_x86_64_v2(tmp_path, rng):
    module = tmp_path / "kernels.wasm"
    module.write_bytes(kernels())
    calls, total = [], 0
    for dtype in FORMATS:
        for classes, n in ((2, 6000), (3, 6000), (10, 6000), (47, 3000), (48, 3000), (130, 900), (1000, 100)):
            total += n
            logits = tmp_path / f"{dtype}-{classes}"
            rows(rng, n, classes).astype(FORMATS[dtype]).astype(float).tofile(logits)
            codes = rng.integers(1, classes, n).tolist()
            for name in ("softmax", "log_softmax", "logsumexp", "entropy", "cross_entropy", "sparsemax"):
                call = {"name": name, "format": dtype, "classes": classes, "logits": str(logits)}
                codes_of = codes if name == "cross_entropy" else None
                calls.append({**call, "codes": codes_of, "results": str(tmp_path / f"{dtype}-{classes}-{name}")})
    assert total == 100_000
    asked = tmp_path / "calls.json"
    asked.write_text(json.dumps(calls))
    subprocess.run([NODE, HERE / "kernel_rows.mjs", module, asked], check=True)
    subprocess.run([sys.executable, "-c", ASK, asked], env=V2, check=True)
    for call in calls:
        ours, theirs = (np.fromfile(call["results"] + end, np.uint64) for end in ("", ".here"))
        assert len(ours) == len(theirs) > 0
        assert (ours != theirs).sum() == 0, call["name"] + " " + call["format"] + f" {call['classes']}"
