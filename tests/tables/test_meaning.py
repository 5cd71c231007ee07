"""What a person reads in a column: a quantity, a code, or only which row it is."""

import numpy as np
import pandas as pd
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.columns.succession import Succession
from softargmax.tables.learning import learn_schema
from softargmax.tables.looking import look
from softargmax.tables.meaning import is_identifiers_name
from softargmax.tables.opening import open_table

LABELS = ["a", "b", "b"] * 20
SHUFFLED = np.random.default_rng(0).permutation(60)


def learned(**columns):
    """Learn a table of these columns, a target and one number."""
    rest = {"size": [0.5, 0.25, 1.5] * 20, "y": LABELS}
    return learn_schema(open_table(columns | rest).batches(), "y")


def reason(result, name):
    return next((column.reason for column in result.schema.dropped if column.name == name), None)


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        (range(60), True),
        (range(100, 700, 10), True),
        (SHUFFLED + 5, True),
        ([i + i // 3 for i in range(60)], True),  # every fourth row was taken out
        (SHUFFLED * 1000 + SHUFFLED**2, False),  # populations: different in every row
        (np.sort(SHUFFLED * 1000 + SHUFFLED**2), False),
        ([*range(59), 58], False),
        ([*range(58), 59, 59], False),
        (range(5), False),  # too few to tell
    ],
)
@pytest.mark.parametrize("parts", [1, 4])
def test_numbers_that_count_up_or_fill_a_range_count_the_rows(numbers, counts, parts):
    pieces = np.array_split(np.asarray(list(numbers), np.float64), parts)
    whole = Succession.of(pieces[0])
    for piece in pieces[1:]:
        whole = whole.merge(Succession.of(piece))
    assert whole.counts_rows == counts


@pytest.mark.parametrize("numbers", [[1.0, np.nan], [1.5], [np.inf], [2.0**53], []])
def test_what_is_no_whole_number_counts_nothing(numbers):
    assert Succession.of(np.array(numbers)) is None


def test_a_running_number_is_left_out_and_said_unless_it_is_asked_for():
    found = learned(row=list(range(60)))
    assert reason(found, "row") == "an identifier: it only counts the rows"
    assert [(note.column, note.option) for note in found.notes] == [("row", "kinds")]
    batches = open_table({"row": list(range(60)), "y": LABELS}).batches()
    with pytest.raises(TableError, match="no column is left .*it only counts the rows.*kinds={'row': 'number'}"):
        learn_schema(batches, "y")
    batches = open_table({"row": list(range(60)), "y": LABELS}).batches()
    assert not learn_schema(batches, "y", kinds={"row": "number"}).schema.dropped


@pytest.mark.parametrize(
    ("name", "numbers", "kept"),
    [
        ("iyear", range(1961, 2021), "a year"),
        ("age_from", range(18, 78), "a number because of its name"),
        ("Tiefe", range(0, 600, 10), "a number because of its name"),
        ("row", range(18, 78), None),
        ("year id", range(1961, 2021), None),
    ],
)
def test_years_and_what_is_named_like_an_axis_may_count_up_and_are_kept_with_a_word(name, numbers, kept):
    found = learned(**{name: list(numbers)})
    (note,) = found.notes
    if kept is None:
        assert (reason(found, name), note.option) == ("an identifier: it only counts the rows", "kinds")
    else:
        assert reason(found, name) is None
        assert (note.code, note.option) == ("series", "drop")
        assert f"was kept as {kept}" in note.text


def test_whole_numbers_that_rise_with_gaps_are_kept_and_pointed_out_where_they_are_many():
    numbers = np.cumsum(np.random.default_rng(0).integers(1, 5, 100))

    def notes(numbers):
        table = {"n": numbers.tolist(), "size": [0.5, 0.25] * 50, "y": ["a", "b"] * 50}
        return learn_schema(
            open_table({name: cells[: len(numbers)] for name, cells in table.items()}).batches(), "y"
        ).notes

    (note,) = notes(numbers)
    assert (note.code, note.column, note.option) == ("series", "n", "drop")
    assert not notes(numbers[::-1])
    assert not notes(numbers // 8)  # most occur twice
    assert not notes(numbers[:99])


def test_what_keeps_a_column_is_said_where_none_is_left():
    with pytest.raises(TableError, match="no column is left .*; pass kinds={'name': 'text'} to keep one"):
        learn_schema(open_table({"name": [f"n{i}" for i in range(60)], "y": LABELS}).batches(), "y")


def test_text_that_differs_in_nearly_every_row_is_an_identifier_unless_it_is_mostly_figures():
    links = [f"https://example.org/{'abcdefghij'[i % 10]}{i // 10}" for i in range(59)]
    shares = [f"R+{i + 10}.{i % 7}1" for i in range(59)]
    found = learned(url=[*links, links[0]], lean=[*shares, shares[0]])
    assert reason(found, "url") == "an identifier: nearly every value is different"
    assert reason(found, "lean") is None


def test_one_text_in_every_row_is_a_category(tmp_path):
    (tmp_path / "t.csv").write_text("of,x\n" + "".join(f"Alcohol and Drug Use,{i}.5\n" for i in range(30)))
    assert look(open_table(tmp_path / "t.csv", again=True)).columns[0].kind == "category"


def test_different_in_every_row_is_no_identifier_unless_it_is_named_so():
    different = (SHUFFLED * 1000 + SHUFFLED**2).tolist()
    found = learned(population=different, PassengerId=different, order_id=[0, 0, *different[2:]])
    assert reason(found, "population") is None
    assert reason(found, "PassengerId") == "an identifier: every value is different"
    assert reason(found, "order_id") is None


@pytest.mark.parametrize("name", ["id", "ID", "_id", "ResponseID", "user_id", "Kunden-Nr.", "学籍番号", "№", "№ п/п"])
def test_identifiers_are_known_by_their_names(name):
    assert is_identifiers_name(name)


@pytest.mark.parametrize("name", ["paid", "valid", "humidity", "population", "width", "no_of_rooms", "Kuno", "Gehalt"])
def test_other_names_are_no_identifiers(name):
    assert not is_identifiers_name(name)


def test_more_different_numbers_than_are_counted_are_an_identifier_too():
    many = (np.random.default_rng(0).permutation(120_000) * 7).tolist()
    table = {"id": many, "wage": [*many[1:], many[1]], "y": LABELS * 2000}
    found = learn_schema(open_table(table).batches(), "y")
    assert [column.name for column in found.schema.dropped] == ["id"]


def test_digits_with_leading_zeros_are_a_code():
    found = learned(zip=["01002", "10115", "01002"] * 20, half=["0.5", "0", "00.5"] * 20)
    kinds = {column.name: column.encoder.kind for column in found.schema.columns}
    assert (kinds["zip"], kinds["half"]) == ("category", "number")
    assert [note.column for note in found.notes] == ["zip"]


@pytest.mark.parametrize("name", ["zip", "ZIP code", "PLZ", "郵便番号", "Provider Zip Code", "CAP"])
def test_postal_codes_are_no_numbers(name):
    found = learned(**{name: [10115, 20095, 80331] * 20})
    encoder = next(column.encoder for column in found.schema.columns if column.name == name)
    assert (encoder.kind, encoder.levels) == ("category", ("10115", "20095", "80331"))


def test_what_only_ends_like_an_abbreviation_of_postal_codes_is_a_number():
    found = learned(salary_cap=[10115, 20095, 80331] * 20)
    assert {column.name: column.encoder.kind for column in found.schema.columns}["salary_cap"] == "number"


def test_files_and_frames_decide_alike_and_look_sees_the_same(tmp_path):
    different = (SHUFFLED * 1000 + SHUFFLED**2).tolist()
    columns = {"row": list(range(60)), "user id": different, "wages": different, "zip": [10115, 20095, 80331] * 20}
    frame = pd.DataFrame(columns | {"y": LABELS})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    seen = []
    for source in (tmp_path / "t.csv", tmp_path / "t.parquet", frame):
        found = learn_schema(open_table(source).batches(), "y")
        looked = look(open_table(source, again=True))
        assert set(looked.notes) >= set(found.notes)
        kinds = [(column.name, column.encoder.kind) for column in found.schema.columns]
        seen.append((found.schema.dropped, kinds, found.notes, [column.kind for column in looked.columns]))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1] == [("wages", "number"), ("zip", "category")]
    assert seen[0][3] == ["index", "identifier", "number", "category", "category"]


def test_labels_and_levels_in_two_forms_of_unicode_or_with_invisible_characters_are_one():
    cafe = ["café", "cafe\u0301", "\u200bcafé", "thé", "the\u0301", "thé\u2060"] * 10
    found = learn_schema(open_table({"x": cafe, "size": [0.5, 0.25] * 30, "y": cafe}).batches(), "y").schema
    assert found.labels.classes.tolist() == ["café", "thé"]
    assert found.columns[0].encoder.levels == ("café", "thé")


def test_a_column_of_different_fractions_is_no_identifier_whatever_its_name():
    numbers = SHUFFLED * 1000 + SHUFFLED**2
    assert "every value is different" in reason(learned(id=numbers.tolist()), "id")
    assert reason(learned(id=(numbers + 0.5).tolist()), "id") is None


def test_looking_counts_a_mark_among_words_as_a_word():
    words, numbers = ["red", "NA", "blue", "red"] * 5, ["1.5", "NA", "2.5", "1.5"] * 5
    looked = look(open_table({"words": words, "numbers": numbers}, again=True)).columns
    assert [(column.kind, column.missing) for column in looked] == [("category", 0), ("number", 5)]
