"""What a page shows of a model of tables: its rows, the groups they belong to, and its columns."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from softargmax.pipeline import FitOptions
from softargmax.pipeline.column_lines import column_lines
from softargmax.pipeline.fitting import fit_table
from softargmax.pipeline.measuring_tables import measure_fit, measure_table
from softargmax.tables.opening import open_table


def rows(n, seed, **columns):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    kinds = np.where(x + 0.7 * rng.normal(size=n) > 0.0, "yes", "no").astype(object)
    kinds[::9] = None
    colours = rng.choice(["red", "green"], size=n).astype(object)
    colours[::5] = None
    return pa.table(
        {"x": x, "colour": colours, "same": [1] * n, "patient": [f"p{i // 3}" for i in range(n)], "y": kinds, **columns}
    )


def fitted(path, **options):
    table, told = open_table(path, again=True), []
    options = {"model": "regression", **options}
    model = fit_table(table, "y", FitOptions(**options), tell=lambda *said: told.extend(said))
    return model, table, told


@pytest.fixture
def file(tmp_path):
    pa.csv.write_csv(rows(900, 1), tmp_path / "t.csv")
    return tmp_path / "t.csv"


@pytest.mark.parametrize("options", [{}, {"folds": 3}, {"group": "patient"}, {"weight": "x2"}])
def test_the_scores_of_a_page_of_a_fit_are_those_of_its_record(tmp_path, options):
    pa.csv.write_csv(rows(900, 1, x2=np.arange(900) % 3), tmp_path / "t.csv")
    model, table, told = fitted(tmp_path / "t.csv", **options)
    found = measure_fit(model, table, *told)
    for name in ("accuracy", "log_loss", "brier_score", "expected_calibration_error"):
        assert getattr(found.now, name) == getattr(model.record.after, name)
        assert getattr(found.before, name) == getattr(model.record.before, name)
    independent = "group" not in options
    assert (found.comparison is not None) == independent
    assert (found.now.sets is not None) == (options in ({}, {"folds": 3}) and found.now.n >= 100)
    assert model.record.split.meaning in found.remarks
    assert any("depend on each other" in remark for remark in found.remarks) != independent


def test_the_worst_rows_of_a_fit_are_found_again_in_their_files(file, tmp_path):
    table = pa.csv.read_csv(file)
    pa.csv.write_csv(table.slice(0, 400), tmp_path / "a.csv")
    pa.csv.write_csv(table.slice(400), tmp_path / "b.csv")
    model, opened, told = fitted([tmp_path / "a.csv", tmp_path / "b.csv"], refit=False)
    found = measure_fit(model, opened, *told, keep_worst=20)
    start = {"a.csv": 0, "b.csv": 400}
    assert {row.key[0] for row in found.now.worst} == {"a.csv", "b.csv"}
    for row in found.now.worst:
        (cells,) = table.slice(start[row.key[0]] + int(row.key[1]) - 1, 1).to_pylist()
        assert cells["y"] == model.classes_[row.truth]
        p = model.predict_proba({name: cells[name] for name in ("x", "colour", "patient")})[0]
        assert p[row.answer] == pytest.approx(row.probability, abs=1e-9)


def test_without_rows_to_score_on_there_is_nothing_to_show(file):
    model, table, told = fitted(file, score_fraction=0.0)
    assert measure_fit(model, table, *told) is None


def test_ranges_count_groups_on_other_rows_too(file):
    model, _, _ = fitted(file, group="patient")
    table = model.open(pa.table(rows(300, 5)))
    found = measure_table(model, table)
    assert found.now.log_loss == model.evaluate(rows(300, 5)).after.log_loss
    assert any(re.search("count 100 of these and not 266 rows", remark) for remark in found.remarks)
    alone = measure_table(model, model.open(rows(300, 5).rename_columns(["x", "colour", "same", "other", "y"])))
    assert alone.comparison is not None
    assert any("this table has no such column" in remark for remark in alone.remarks)


def test_a_column_is_called_unlike_only_where_chance_does_not_explain_it(file):
    model, _, _ = fitted(file, drop=("patient",))
    odd = rows(300, 5).to_pydict()
    odd["colour"] = ["blue"] * 30 + [None] * 200 + odd["colour"][230:]
    odd["x"] = [99.0, *odd["x"][1:]]
    lines = {line.name: line for line in measure_table(model, model.open(pa.table(odd))).columns}
    found = {name: [(one.what, one.count, one.of) for one in line.odd or ()] for name, line in lines.items()}
    missing = sum(cell is None for cell in odd["colour"])
    assert found["colour"] == [("missing", missing, 300), ("unknown", 30, 300 - missing)]
    assert found["x"][0][0] == "outside"
    assert lines["colour"].is_unlike
    assert lines["colour"].missing == pytest.approx(0.2, abs=0.03)
    alike = {line.name: line for line in measure_table(model, model.open(rows(300, 6))).columns}
    assert not any(line.is_unlike for line in alike.values())
    assert alike["same"].odd is None
    assert (alike["same"].is_used, alike["same"].done) == (False, "constant ('1')")


def test_importance_is_that_of_the_fit(file):
    model, _, _ = fitted(file, drop=("patient",))
    found = {line.name: line.importance for line in column_lines(model.schema, model.record.importance)}
    assert found == {one.column: one for one in model.record.importance.columns} | {"same": None, "patient": None}
    assert found["x"].increase > 10 * abs(found["colour"].increase)


def test_what_makes_a_score_look_better_than_it_is_stands_on_the_page(tmp_path):
    table = rows(600, 3)
    pa.csv.write_csv(
        table.append_column("told", [[{"yes": 1, "no": 0}.get(y, 0) for y in table["y"].to_pylist()]]),
        tmp_path / "t.csv",
    )
    model, opened, told = fitted(tmp_path / "t.csv")
    assert any(
        remark.startswith("Doubtful: 'told' alone decides 'y'") for remark in measure_fit(model, opened, *told).remarks
    )


def test_a_page_of_rows_that_the_model_learned_from_says_so(file):
    model, table, _ = fitted(file)
    assert measure_table(model, table).remarks[0].startswith("The model learned from these rows")
    assert measure_table(model, model.open(rows(300, 5))).remarks == ()
