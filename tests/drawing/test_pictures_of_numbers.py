"""Every bar, dot and curve is where its number says, to half a pixel of a picture 700 wide."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from softargmax._drawing import style
from softargmax._drawing.dots_and_bars import bar, before_and_after, mark
from softargmax._drawing.lines import along_share, said_and_happened, where_rows_are
from softargmax._drawing.squares import SIZE, is_wide, matrix

HALF = 0.5 / 700
X = np.linspace(0.31, 0.998, 60)
Y, LOW, HIGH = X**1.5, X - 0.05, np.minimum(X + 0.04, 1.0)


def parsed(picture):
    return ET.fromstring(picture)


def found(root, name, cls):
    return [one for one in root.iter(name) if cls in one.attrib.get("class", "").split()]


def points(path):
    numbers = np.array([pair.split() for pair in path.attrib["d"].strip("MZ").split("L")], dtype=float) / 1000
    return numbers[:, 0], 1 - numbers[:, 1]


def share(text):
    return float(text.removesuffix("%")) / 100


def near(values, expected):
    np.testing.assert_allclose(values, expected, rtol=0, atol=HALF)


@pytest.mark.parametrize("bottom", [0.0, 0.9])
def test_a_curve_and_its_band_are_where_their_numbers_are(bottom):
    said, happened, low, high = (bottom + (1 - bottom) * column for column in (X, Y, LOW, HIGH))
    point = (said[30], happened[30], "says so", "is so")
    root = parsed(said_and_happened("k", "T", "D", (said, low, high), happened, hue="warn", point=point, bottom=bottom))
    (curve,), (band,) = found(root, "path", "curve"), found(root, "path", "band")
    near(points(curve), (X, Y))
    near(points(band), (np.r_[X, X[::-1]], np.r_[LOW, HIGH[::-1]]))
    (dot,) = found(root, "circle", "spot")
    near((share(dot.attrib["cx"]), 1 - share(dot.attrib["cy"])), (X[30], Y[30]))
    (ideal,) = found(root, "path", "ideal")
    near(points(ideal), ([0, 1], [0, 1]))


def test_a_picture_says_what_it_is():
    root = parsed(said_and_happened("k", "Title", "What it shows", ((), (), ()), ()))
    ids = root.attrib["aria-labelledby"].split()
    assert [one.text for one in root if one.attrib.get("id") in ids] == ["Title", "What it shows"]
    assert root.attrib["role"] == "img"


def test_bars_are_as_tall_as_their_shares():
    shares = np.random.default_rng(0).dirichlet(np.ones(20)).tolist()
    root = parsed(where_rows_are("k", shares, 5000))
    bars = found(root, "rect", "mass")
    near([share(one.attrib["height"]) for one in bars], 0.75 * np.array(shares) / max(shares))
    near([share(one.attrib["x"]) for one in bars], (np.arange(20) + 0.06) / 20)
    assert f"{round(max(shares) * 5000):,} of 5,000 rows" in "".join(root.itertext())


def test_curves_along_a_share_are_scaled_by_both_axes():
    x, y = np.linspace(0, 0.8, 30), np.linspace(-2, 7, 30)
    root = parsed(
        along_share(
            "k", "T", "D", [("curve accent", x, y)], top=10.0, bottom=-5.0, right=0.8, points=[(0.6, 4.0, "a", "b")]
        )
    )
    (curve,), (dot,) = found(root, "path", "curve"), found(root, "circle", "spot")
    near(points(curve), (x / 0.8, (y + 5) / 15))
    near((share(dot.attrib["cx"]), 1 - share(dot.attrib["cy"])), (0.75, 9 / 15))
    ticks = [(one.attrib["y"], one.text) for one in root.iter("text") if one.attrib["x"] == "0%" and "dx" in one.attrib]
    for at, text in ticks:
        near(1 - share(at), (float(text.replace("−", "-")) + 5) / 15)
    assert {text for _, text in ticks} >= {"−5", "0", "5", "10"}


def test_a_mark_shows_value_range_and_tick_on_its_scale():
    root = parsed(mark((0.9, 0.85, 0.97), 0.95, (0.8, 1.0), cls="odd"))
    (dot,), (tick,) = found(root, "circle", "dot"), found(root, "line", "tick")
    (line,) = found(root, "line", "range")
    near([share(dot.attrib["cx"]), share(tick.attrib["x1"])], [0.5, 0.75])
    near([share(line.attrib["x1"]), share(line.attrib["x2"])], [0.25, 0.85])


def test_a_bar_is_as_long_as_its_share():
    root = parsed(bar(0.637, "accent", ends=(0.6, 0.7)))
    near(share(found(root, "rect", "accent")[0].attrib["width"]), 0.637)
    (line,) = found(root, "line", "whisker")
    near([share(line.attrib["x1"]), share(line.attrib["x2"])], [0.6, 0.7])


def test_before_and_after_begin_at_0_on_one_scale():
    root = parsed(before_and_after("k", "T", "D", (0.4, 0.3, 0.5), (0.2, 0.1, 0.25)))
    places = [share(found(root, "circle", cls)[0].attrib["cx"]) for cls in ("before", "after")]
    near(places, np.array([0.4, 0.2]) / 0.52)


def test_every_count_stands_in_its_cell_and_confusions_are_the_deeper_the_larger_their_share():
    counts = [[50, 3, 0], [10, 80, 10], [0, 30, 20]]
    root = parsed(matrix("k", "T", "D", ["a", "b", "c"], counts))
    cells = found(root, "rect", "cell")
    assert len(cells) == 9
    depth = {}
    for cell in cells:
        j, i = round(share(cell.attrib["x"]) * 3 - 0.02), round((float(cell.attrib["y"]) - 0.5) / SIZE)
        assert cell[0].text == f"{'abc'[i]} called {'abc'[j]}: {counts[i][j]} of {sum(counts[i])}"
        depth[i, j] = cell.attrib.get("fill-opacity")
    assert depth[0, 0] is depth[1, 1] is None
    assert depth[0, 2] == "0.00"
    assert float(depth[2, 1]) > float(depth[1, 0]) == float(depth[1, 2]) > float(depth[0, 1]) > 0.0
    assert sorted(one.text for one in root.iter("text") if one.text.isdigit()) == sorted(
        ["50", "3", "10", "80", "10", "30", "20"]
    )


def test_long_names_over_columns_are_slanted_so_that_they_do_not_meet():
    counts = [[5, 1], [2, 7]]
    assert "rotate" not in matrix("k", "T", "D", ["no", "yes"], counts)
    assert matrix("k", "T", "D", ["no", "Chinstrap penguin"], counts).count("rotate(58)") == 2
    letters = matrix("k", "T", "D", [*"ABCD", "22 others"], [[1] * 5] * 5, rest=True)
    assert letters.count("rotate(58)") == 1
    assert "matrix small" not in letters
    assert "matrix small" in matrix("k", "T", "D", [*"ABCDE"], [[1] * 5] * 5)


def test_numbers_that_would_meet_are_left_out_where_there_is_no_room():
    names = [str(code) for code in range(15)]
    for largest, crowded, wide, numbers in (
        (9, 0, False, 225),
        (99, 1, False, 225),
        (999, 1, True, 225),
        (99_999, 1, True, 0),
    ):
        counts = [[largest] * 15] * 15
        root = parsed(matrix("k", "T", "D", names, counts))
        assert ("crowded" in root.attrib["class"]) == crowded
        assert is_wide(counts, rest=False) == wide
        assert is_wide([*counts[:-1], [largest] * 14 + [1e9]], rest=True) == wide
        assert sum("number" in one.attrib["class"].split() for one in root.iter("text")) == numbers


def test_classes_that_were_folded_have_no_depth():
    root = parsed(matrix("k", "T", "D", ["a", "b", "8 others"], [[5, 1, 9], [1, 5, 9], [9, 9, 99]], rest=True))
    depths = [one.attrib.get("fill-opacity") for one in found(root, "rect", "rest")]
    assert [depth for depth in depths if depth is not None] == ["0.00"] * 4


@pytest.mark.parametrize("numbers", [[0.0] * 20, [1.0, *[0.0] * 19]])
def test_nothing_and_all_in_one_place_are_drawn(numbers):
    assert "NaN" not in where_rows_are("k", numbers, 0)
    assert "nan" not in along_share("k", "T", "D", [("curve accent", (0.0, 1.0), (0.0, 0.0))], top=1.0)


def test_colours_stand_in_the_style_sheet_alone():
    drawn = mark((0.5, 0.4, 0.6)) + bar(0.5, "accent") + matrix("k", "T", "D", ["a"], [[1]])
    assert "#" not in drawn
    assert "style=" not in drawn
    assert "--accent" in style()
