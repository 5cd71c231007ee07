"""`softargmax apply`: probabilities from logits and a calibration."""

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import softargmax as sm
from softargmax import cli

NAMES = ["cat", "dog", "owl"]


def run(*arguments):
    return cli.run(list(arguments))


def test_a_hyphen_is_standard_output(logit_files, capfd):
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json", "--calibration", "temperature")
    capfd.readouterr()
    assert run("apply", "c.json", "z.csv") == 0
    expected = capfd.readouterr()
    assert run("apply", "c.json", "z.csv", "-o", "-") == 0
    assert capfd.readouterr() == expected


@pytest.mark.parametrize("output", ["p.npy", "p.csv", "p.parquet"])
def test_apply_writes_probabilities(logit_files, output):
    z, y = logit_files
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json")
    assert run("apply", "c.json", "z.csv", "-o", output) == 0
    expected = sm.AutoCalibration().fit(z, y).predict_proba(z)
    if output == "p.npy":
        np.testing.assert_allclose(np.load(output), expected, rtol=1e-9)
        return
    table = pa.csv.read_csv(output) if output == "p.csv" else pa.parquet.read_table(output)
    assert table.column_names == [f"probability_{name}" for name in NAMES]
    np.testing.assert_allclose(np.stack([column.to_numpy() for column in table.columns], axis=1), expected, rtol=1e-9)


def test_apply_prints_csv(logit_files, capfd):
    run("calibrate", "z.npy", "y.npy", "-o", "c.json", "--calibration", "vector")
    capfd.readouterr()
    assert run("apply", "c.json", "z.npy") == 0
    head, first, *_ = capfd.readouterr().out.splitlines()
    assert head == '"probability_0","probability_1","probability_2"'
    assert sum(map(float, first.split(","))) == pytest.approx(1.0)


def test_apply_finds_its_columns_by_name(logit_files, capfd):
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json", "--calibration", "temperature")
    table = pa.csv.read_csv("z.csv")
    extra = table.select(["dog", "cat", "owl"]).append_column("id", pa.array([f"r{i}" for i in range(600)]))
    pa.csv.write_csv(extra, "extra.csv")
    pa.csv.write_csv(table.rename_columns([f"logit_{name}" for name in NAMES]), "before.csv")
    assert run("apply", "c.json", "z.csv", "-o", "a.parquet") == 0
    for other in ("extra.csv", "before.csv"):
        assert run("apply", "c.json", other, "-o", "b.parquet") == 0
        assert pa.parquet.read_table("a.parquet").equals(pa.parquet.read_table("b.parquet"))
    assert "'id'" in capfd.readouterr().err


def test_apply_refuses_other_columns_and_endings(logit_files, capsys):
    run("calibrate", "z.csv", "y.csv", "--label", "animal", "-o", "c.json", "--calibration", "temperature")
    table = pa.csv.read_csv("z.csv")
    pa.csv.write_csv(table.select(["dog", "cat"]), "fewer.csv")
    assert run("apply", "c.json", "fewer.csv") == 1
    assert "expected the columns 'cat', 'dog', 'owl', one for each known class" in capsys.readouterr().err
    assert run("apply", "c.json", "z.csv", "-o", "p.xlsx") == 2
    np.save("two.npy", np.zeros((3, 2)))
    assert run("apply", "c.json", "two.npy") == 2
    assert "(n_rows, 3), one column for each class as at fit" in capsys.readouterr().err
