"""`softargmax evaluate`."""

import json

import pyarrow as pa
import pyarrow.csv

from softargmax import cli


def test_two_classes_and_no_header(folder, capfd):
    rows = "".join(f"{i % 7},{i % 2}, {'yes' if i % 7 > 3 else 'no'}\n" for i in range(200))
    (folder / "t.csv").write_text(rows)
    assert cli.run(["fit", "t.csv", "--no-header", "--target=-1", "-o", "m.softargmax"]) == 0
    assert "→ sigmoid" in capfd.readouterr().out
    assert cli.run(["evaluate", "m.softargmax", "t.csv", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["after"]["accuracy"]["value"] > 0.95
    (folder / "junk.csv").write_text("|junk\n" + rows)
    assert cli.run(["evaluate", "m.softargmax", "junk.csv"]) == 1
    assert "line 1 has 1 values where 3 are expected: '|junk'" in capfd.readouterr().err
    (folder / "dotted.csv").write_text(rows.replace("yes", "yes."))
    assert cli.run(["evaluate", "m.softargmax", "dotted.csv"]) == 1
    assert "did you mean 'yes'?" in capfd.readouterr().err


def test_columns_unlike_those_at_fit_are_named_and_in_json(model, make_rows, capfd):
    rows = make_rows(60, 1).to_pydict()
    rows["color"][:30] = ["pink"] * 30
    pa.csv.write_csv(pa.table(rows), "odd.csv")
    assert cli.run(["evaluate", "m.softargmax", "odd.csv", "--json"]) == 0
    out, err = capfd.readouterr()
    (note,) = json.loads(out)["drift"]["notes"]
    assert (note["code"], note["column"]) == ("drift-category", "color")
    assert err == f"! {note['text']}\n"
    assert cli.run(["evaluate", "m.softargmax", "test.csv"]) == 0
    assert "!" not in capfd.readouterr().err
