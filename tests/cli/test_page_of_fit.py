"""`softargmax fit --report`."""

from pathlib import Path

import pytest

import softargmax as sm
from softargmax import cli
from softargmax._drawing.digits import plain
from softargmax.report.sentences import said


def test_a_page_of_the_model_is_written_beside_it(folder, capfd):
    few = ["fit", "train.csv", "--target", "kind", "--model", "regression", "--drop", "size", "-o", "m.softargmax"]
    pages = []
    for _ in range(2):
        assert cli.run([*few, "--report", "r.html"]) == 0
        assert capfd.readouterr().err.endswith("model written to m.softargmax\npage written to r.html\n")
        pages.append(Path("r.html").read_bytes())
    assert pages[0] == pages[1]
    page, record = pages[0].decode(), sm.load("m.softargmax").record
    for scores in (record.before, record.after):
        assert said(scores.log_loss) in page
    needed = record.importance.columns[0]
    assert f"{plain(needed.increase, 3)} (" in page
    for words in (
        "for new rows like these, dealt at random",
        "30 other rows",
        'id="f-columns"',
        "<bdi>train.csv</bdi>",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--report", "m.softargmax"], "--report: expected another file than that of the model"),
        (["--report", "train.csv"], "this file is also read"),
        (["--report", "no/r.html"], "there is no folder"),
        (["--report", "r.html", "--score-fraction", "0"], "--report: expected rows to score the model on"),
    ],
)
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_learned(folder, arguments, words, capfd):
    assert cli.run(["fit", "train.csv", "--target", "kind", "-o", "m.softargmax", *arguments]) != 0
    assert words in capfd.readouterr().err
    assert not Path("m.softargmax").exists()
