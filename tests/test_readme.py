"""What the README shows, and what docstrings show, is what happens."""

import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


@pytest.mark.skipif(np.__version__ < "2", reason="NumPy 1 writes numbers in other words than the README")
def test_python_blocks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "\n".join(blocks("python"))
    example = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    assert len(example.examples) > 10
    assert doctest.DocTestRunner(optionflags=FLAGS).run(example).failed == 0


def test_shell_blocks_and_the_demo(tmp_path):
    (script,) = blocks("shell")
    bin_folder = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    printed = [float(number) for number in done.stdout.splitlines()[-1].split()]
    np.testing.assert_array_max_ulp(printed, [0.09003057317038046, 0.6652409557748219, 0.24472847105479764])
    for command in ("fit", "evaluate", "predict", "inspect"):
        assert f"$ softargmax {command}" in done.stderr
    model = sm.TableModel.load(tmp_path / "digits" / "digits.softargmax")
    evaluation = model.evaluate([tmp_path / "digits" / "digits-test.parquet"])
    assert evaluation.after.accuracy.value >= 0.98
    assert evaluation.after.log_loss.value <= 0.06  # of 359 rows some four are wrong, too few to judge a calibration by


def test_links_lead_somewhere():
    for document in ROOT.glob("*.md"):
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text()):
            assert (ROOT / link).exists(), f"{document.name}: {link}"


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_is_there(document):
    named = re.findall(r"`([\w/.-]+\.(?:py|pyi|hpp|cpp))`", (ROOT / document).read_text())
    files = [path.as_posix() for folder in ("src", "cpp", "tests", "tools") for path in (ROOT / folder).rglob("*.*")]
    assert len(named) > 2
    for name in named:
        assert any(path.endswith(f"/{name}") for path in files), f"{document} names {name}"


def modules():
    for module in pkgutil.walk_packages(sm.__path__, "softargmax."):
        if not module.name.endswith(("_kernels", "__main__")):
            yield module.name


@pytest.mark.parametrize("name", list(modules()))
def test_docstring_examples(name):
    room = name.split(".")[1]
    if room in ("torch", "jax", "keras", "dask") and name.count(".") > 1:
        os.environ.setdefault("KERAS_BACKEND", "torch")
        pytest.importorskip(room)  # which are not always there
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=FLAGS).failed == 0
