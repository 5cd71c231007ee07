"""One thing is spoken of in the singular, wherever things are counted."""

from softargmax import metrics
from softargmax._words import counted


def test_words_are_singular_for_one_thing_only():
    of_one = [counted(1, things) for things in ("rows", "classes", "boosted trees", "epochs", "levels")]
    assert of_one == ["1 row", "1 class", "1 boosted tree", "1 epoch", "1 level"]
    assert [counted(n, "classes", ",") for n in (0, 2, 12345)] == ["0 classes", "2 classes", "12,345 classes"]


def test_measures_of_one_row_speak_of_one_row():
    logits = [[1.0, 0.0, 0.5]]
    assert str(metrics.assess([0], logits=logits)).startswith("1 row, 3 classes; ")
    assert str(metrics.compare([0], logits=(logits, logits))).startswith("1 row, 3 classes; ")
    assert "1 row, 3 classes" in metrics.assess([0], logits=logits)._repr_html_()
