"""`softargmax inspect`."""

import json
import subprocess
import sys

from softargmax import cli

FIT = ["--target", "kind", "--model", "mlp", "--max-epochs", "3", "--hidden", "8"]


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


def test_inspect_starts_fast_because_it_loads_little(model):
    code = (
        "import sys; from softargmax import cli; assert cli.run(['inspect', 'm.softargmax', '--json']) == 0; "
        "print({'sklearn', 'scipy', 'pandas', 'pyarrow', 'threadpoolctl'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "set()\n"
