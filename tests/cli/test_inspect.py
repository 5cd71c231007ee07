"""`softargmax inspect`."""

import json
import time

from softargmax import cli

FIT = ["--target", "kind", "--max-epochs", "3", "--hidden", "8"]


def test_inspect_shows_what_fit_showed(model, capfd):
    capfd.readouterr()
    cli.run(["fit", "train.csv", *FIT, "-o", "again.softargmax"])
    fitted = capfd.readouterr().out
    assert cli.run(["inspect", "again.softargmax"]) == 0
    assert capfd.readouterr().out == fitted
    assert cli.run(["inspect", "again.softargmax", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["classes"] == ["cat", "dog", "owl"]
    assert shown["rows"] == {"training": 240, "calibration": 30, "score": 30}


def test_inspect_starts_in_well_under_a_second(model, process):
    begin = time.perf_counter()
    assert process("inspect", "m.softargmax").returncode == 0
    assert time.perf_counter() - begin < 5  # generous: a loaded machine; scikit-learn alone would take longer
