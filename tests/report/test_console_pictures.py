"""Pictures in letters: they say what the numbers say."""

import numpy as np
import pytest

import softargmax as sm
from softargmax.report.console_pictures import confusion_picture, reliability_picture
from softargmax.report.screen import BLOCKS, show


def drawn(rng, n_classes, n=3000, factor=1.0):
    z = rng.normal(size=(n, n_classes)) * 2
    y = sm.argmax(z + rng.gumbel(size=z.shape))
    return sm.assess(y, logits=factor * z)


def lines_of(parts, capsys):
    for part in parts:
        show(part)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(("factor", "mark"), [(1.0, None), (3.0, "-"), (0.3, "+")])
def test_marks_stand_where_chance_does_not_explain_the_curve(rng, capsys, factor, mark):
    curve = drawn(rng, 3, factor=factor).reliability
    lines = lines_of(reliability_picture(curve, ""), capsys)
    marks = [line for line in lines if line.startswith("  beyond chance")]
    if mark is None:
        assert curve.inside > 0.9
        assert marks == [] or marks[0][17:37].count("-") + marks[0][17:37].count("+") <= 2
    else:
        assert marks[0][17:37].count(mark) > 5
        assert ("+-".replace(mark, "")) not in marks[0][17:37]


def test_blocks_are_as_high_as_the_curve(rng, capsys):
    curve = drawn(rng, 4, factor=2.0).reliability
    lines = lines_of(reliability_picture(curve, ""), capsys)
    happened, rows = (
        next(line for line in lines if line.startswith(f"  {word} "))[17:37] for word in ("happened", "rows")
    )
    for i, (block, mass, share) in enumerate(zip(happened, rows, curve.share, strict=True)):
        assert (block == " ") == (mass == " ") == (share == 0.0)
        if share:
            height = np.interp((i + 0.5) / 20, curve.said, curve.happened)
            assert BLOCKS.index(block) == min(7, int(8 * height))
    assert rows[int(np.argmax(curve.share))] == BLOCKS[-1]


def test_of_too_few_rows_no_curve_is_drawn(capsys):
    curve = sm.assess([0], logits=[[1.0, 0.0, 0.0]]).reliability
    (line,) = lines_of(reliability_picture(curve, ""), capsys)
    assert line.startswith("There are too few rows")


@pytest.mark.parametrize("n_classes", [2, 7, 10, 11, 15, 40])
def test_every_row_is_somewhere_in_the_matrix(rng, capsys, n_classes):
    found = drawn(rng, n_classes)
    names = [f"c{code}" for code in range(n_classes)]
    lines = lines_of(confusion_picture(found.confusion, names), capsys)
    start = next(i for i, line in enumerate(lines) if line.startswith("  true class"))
    cells = [line.split() for line in lines[start + 1 :] if line.startswith("  ")]
    counts = [[int(cell.replace(",", "").replace(".", "0")) for cell in line[-len(cells) :]] for line in cells]
    assert sum(map(sum, counts)) == 3000
    assert (len(counts) == n_classes) == (n_classes <= 10)
    for line, numbers in zip(cells, counts, strict=True):
        if "others" not in line:
            score = next(one for one in found.classes if f"c{one.code}" == line[0])
            assert sum(numbers) == score.rows
    if n_classes > 10:
        assert len(counts) <= 8
        assert f"{n_classes - len(counts) + 1} others together" in " ".join(lines)


def test_the_largest_confusions_are_named(rng, capsys):
    found = drawn(rng, 12)
    names = [f"c{code}" for code in range(12)]
    text = " ".join(lines_of(confusion_picture(found.confusion, names), capsys))
    for one in found.confusion.largest[:5]:
        assert f"c{one.truth} for c{one.answer} ({one.count:.0f} of {one.of:.0f})" in text
    (line,) = lines_of(confusion_picture(sm.assess([0, 1], logits=[[9.0, 0, 0], [0, 9.0, 0]]).confusion, names), capsys)
    assert line == "No row was taken for another class."
