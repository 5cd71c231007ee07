"""The page in a browser: it asks for nothing, says nothing to the console, and fits into any width, light or dark.

It needs Chromium and Node with playwright-core, and looks at axe-core's findings if that is there too; NODE_PATH says
where. Without them these tests are skipped.
"""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import softargmax as sm
from softargmax.metrics import Estimate, SetScore
from softargmax.report import report

LOOK = Path(__file__).with_name("look.js")
HOSTILE = [
    "<script>alert(1)</script>",
    "\x1b[31mred",
    "\u202egnp.exe",
    "x" * 10_000,
    "",
    "زبان فارسی",
    "日本語の長い名前",
    "a&b",
]


def has(package):
    script = f"require.resolve('{package}')"
    node = shutil.which("node")
    return node is not None and subprocess.run([node, "-e", script], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None or not has("playwright-core"), reason="no chromium, or no playwright-core"
)


def drawn(n, n_classes, sureness=1.0):
    rng = np.random.default_rng(n)
    logits = rng.normal(size=(n, n_classes)) * 2.5
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1), logits * sureness


def everything():
    y, logits = drawn(2000, 8, 2.0)
    group = np.array(HOSTILE, dtype=object)[np.arange(2000) % 8]
    keys = [(HOSTILE[i % 8], str(i)) for i in range(2000)]
    now = sm.assess(y, logits=logits / 2.0, groups={HOSTILE[0]: group}, keys=keys, keep_worst=5)
    now = replace(now, sets=SetScore(0.95, Estimate(0.9, 0.89, 0.91, 0.95, 2000), 1.2, (0.0, 0.8, 0.2)))
    comparison = sm.compare(y, logits=(logits, logits / 2.0))
    return report(
        now, before=sm.assess(y, logits=logits), comparison=comparison, classes=HOSTILE, key_names=("File", "Row")
    )


def two():
    y, logits = drawn(1500, 2)
    return report(sm.assess(y, logits=logits, keep_worst=3), classes=["no", "yes"])


def many():
    y, logits = drawn(3000, 447)
    return report(sm.assess(y, logits=logits), classes=[f"language number {code}" for code in range(447)])


def one_row():
    return report(sm.assess([1], logits=[[0.0, 1.0, 0.5]]))


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    """What a browser sees of four pages, at several widths, light, dark, and on paper."""
    folder = tmp_path_factory.mktemp("pages")
    for make in (everything, two, many, one_row):
        (folder / f"{make.__name__}.html").write_text(make(), encoding="utf-8")
    chromium = shutil.which("chromium")
    done = subprocess.run(["node", str(LOOK), chromium, *map(str, folder.iterdir())], capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_pages_were_looked_at(looks):
    assert len(looks) == 4 * 5
    assert all(look["height"] > 1000 for look in looks)


def test_no_request_but_the_page_itself(looks):
    assert {look["requests"] for look in looks} == {1}


def test_nothing_is_said_to_the_console(looks):
    assert [look["said"] for look in looks if look["said"]] == []


def test_nothing_is_wider_than_the_screen(looks):
    assert [(look["file"], look["width"]) for look in looks if look["overflow"] > 0] == []


def test_no_text_on_a_screen_is_smaller_than_11_pixels(looks):
    assert min(look["smallest"] for look in looks if look["media"] == "screen") >= 11


def test_dark_and_light_are_what_the_reader_asks_for(looks):
    for look in looks:
        assert (look["paper"] == "rgb(21, 23, 26)") == (look["scheme"] == "dark")


@pytest.mark.skipif(not has("axe-core"), reason="no axe-core")
def test_axe_finds_nothing_serious(looks):
    assert [look["axe"] for look in looks if look["axe"]] == []
