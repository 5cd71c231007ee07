"""Numbers as people write them: one cell, a column, and which mark is decimal in a table."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.amounts import amounts_in
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.looking import look
from softargmax.tables.number_words import POWERS, POWERS_JOINED
from softargmax.tables.numerals import undressed, value_of
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading
from softargmax.tables.schema import Schema


def read(text, decimal):
    number = undressed(text)
    found = number and value_of(number, decimal)
    return found and found[0]


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1,234", 1234, 1.234),
        ("1.234", 1.234, 1234),
        ("1,234.5", 1234.5, None),
        ("1.234,5", None, 1234.5),
        ("1.234.567", None, 1234567),
        ("1,234,567", 1234567, None),
        ("12.5", 12.5, None),
        ("0.123", 0.123, None),
        ("1234.567", 1234.567, None),
        (",5", None, 0.5),
        ("1'234.50", 1234.5, None),
        ("14’730.58", 14730.58, None),
        ("1 234\u202f567", 1234567, 1234567),
        ("17\u00a0245,41", None, 17245.41),
        ("1  234", 1234, 1234),
        ("12,34,567", 1234567, None),
        ("1,2345,6789", 123456789, None),
        ("1,2345", None, 1.2345),
        ("１２３．４", 123.4, None),
        ("１，２３４", 1234, 1.234),
        ("६,१३,७४७", 613747, None),
        ("۵٬۷۵۷٬۷۴۱", 5757741, 5757741),
        ("۱۲٫۵", 12.5, 12.5),
        ("1.5E+03", 1500, None),
        ("2,5e-1", None, 0.25),
    ],
)
def test_digits_of_every_script_and_groups_of_every_country(text, point, comma):
    assert (read(text, "."), read(text, ",")) == (point, comma)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        *((f"{minus}3", -3, "") for minus in "-−–－▲△"),
        ("3-", -3, ""),
        ("(3)", -3, ""),
        ("($3)", -3, "$"),
        ("$-3", -3, "$"),
        ("- 3 €", -3, "€"),
        ("+3", 3, ""),
        ("%34", 34, "%"),
        ("３４％", 34, "%"),
        ("٣٤٪", 34, "%"),
        ("R$ 19", 19, "R$"),
        ("Rs. 19", 19, "Rs."),
        ("₹19", 19, "₹"),
        ("19 TL", 19, "TL"),
        ("19 Kč", 19, "Kč"),
        ("19.5 ℃", 19.5, "℃"),
        ("539公里", 539, "公里"),
        ("7 km/h", 7, "km/h"),
        ("7 m2", 7, "m2"),
        ("12.3万", 123000, ""),
        ("9万円", 90000, "円"),
        ("3만원", 30000, "원"),
        ("8百", 800, ""),
        ("5 Mio. €", 5e6, "€"),
        ("3 тыс. руб.", 3000, "руб."),
        ("$56.7M", 56.7e6, "$"),
        ("8K/月", 8000, "/月"),
        ("\u200e5\u2069", 5, ""),
    ],
)
def test_what_stands_around_the_digits_is_taken_off(text, value, unit):
    assert read(text, ".") == value
    assert undressed(text).unit == unit


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "%", "$", "A12", "5a6", "2024-03-05", "05.03.2024", "1/2", "10:30", "1_000", "0x1f", "1.2.3.4", "1 2",
        "--5", "(-5)", "8K-15K", "+49 123 4567", "1,23,45", "5 (about)", "x5", "1.234,567,8", "0,123,456", "1. 234",
    ],
)  # fmt: skip
def test_what_is_no_number_stays_what_it_is(text):
    assert read(text, ".") is None
    assert read(text, ",") is None


def spelled(values, dress):
    return [dress(value) for value in values]


def european(value):
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def in_digits(first, point, comma):
    def dress(value):
        digits = {ord("0") + digit: chr(ord(first) + digit) for digit in range(10)}
        return f"{value:,.2f}".translate(digits | {ord("."): point, ord(","): comma})

    return dress


def indian(value):
    whole, fraction = f"{value:.2f}".split(".")
    ends = [whole[-3:]]
    whole = whole[:-3]
    while whole:
        ends.append(whole[-2:])
        whole = whole[:-2]
    return f"₹{','.join(reversed(ends))}.{fraction}"


DRESSES = {
    "decimal commas": (";", european),
    "thousands commas": (",", lambda value: f"{value:,.2f}"),
    "dollars": (",", lambda value: f"${value:,.2f}"),
    "percent": (",", lambda value: f"{value:.2f}%"),
    "percent in front": (";", lambda value: f"%{european(value)}"),
    "full width": (",", in_digits("０", "．", "，")),
    "Persian": (",", in_digits("۰", "٫", "٬")),
    "India": (",", indian),
    "narrow blanks": (";", lambda value: european(value).replace(".", "\u202f")),
    "Switzerland": (";", lambda value: f"{value:,.2f}".replace(",", "'")),
    "factors": (",", lambda value: f"{value / 1e4:.6f}万" if value > 20000 else f"{value:.2f}"),
    "kilograms": (",", lambda value: f"{value:.2f} kg"),
    "minus": (",", lambda value: f"−{value:.2f}"),
    "brackets": (",", lambda value: f"({value:,.2f})"),
}


@pytest.mark.parametrize("name", DRESSES)
def test_a_dressed_column_becomes_the_features_of_the_plain_one(write, name):
    delimiter, dress = DRESSES[name]
    values = np.round(np.random.default_rng(0).uniform(1, 50000, 300), 2)
    sign = -1.0 if name in ("minus", "brackets") else 1.0
    rows = [f'"{dress(value)}"{delimiter}{"ab"[int(value > 25000)]}' for value in values]
    table = open_table(write("t.csv", f"x{delimiter}y\n" + "\n".join(rows)), again=True)
    learned = learn_schema(table.batches(), "y")
    features, *_ = encoded(learned, table.batches())
    (column,) = learned.schema.columns
    assert column.encoder.kind == "number"
    assert column.describe() != "number: standardised" or name in ("decimal commas", "minus")
    np.testing.assert_allclose(features[:, 0], sign * (values - values.mean()) / values.std(), rtol=1e-4, atol=1e-6)
    assert learned.decimal == (
        "," if name in ("decimal commas", "percent in front", "narrow blanks") else learned.decimal
    )
    # And the model reads new cells in the same way.
    again = Schema.from_json(json.loads(json.dumps(learned.schema.to_json())))
    assert again == learned.schema
    new = open_table(
        write("n.csv", f'x{delimiter}z\n"{dress(1234.5)}"{delimiter}1\n'), Reading(decimal=learned.decimal)
    )
    expected = (sign * 1234.5 - sign * values.mean()) / values.std()
    assert again.features(next(iter(new.batches())))[0, 0] == pytest.approx(expected, rel=1e-4)


def test_the_description_says_what_was_removed():
    assert described(["$1,234", "$5", "$7"]) == "number: $ and thousands commas removed, standardised"
    assert described(["41%", "3%", "7%"]) == "number: percent signs removed, standardised"
    assert described(["1", "3", "7"]) == "number: standardised"


def described(cells, kinds=None):
    (column,) = learned_from(cells, kinds).schema.columns
    return column.describe()


def learned_from(cells, kinds=None, delimiter=",", **others):
    rows = pa.RecordBatch.from_pydict(
        {"x": cells, "y": ["a", "b"] * (len(cells) // 2) + ["a"] * (len(cells) % 2)} | others
    )
    return learn_schema([Batch("t.csv", 1, rows, delimiter=delimiter)], "y", (), kinds)


# Which mark is decimal.


def test_a_number_in_two_readings_is_asked_for_and_shown_in_both():
    with pytest.raises(TableError, match=r"row 2: .*decimal='\.' it is 1, with ',' 1000\), got '1.000'; say") as caught:
        learned_from(["999", "1.000", "1.250", "567"], delimiter=";")
    assert caught.value.parameter == "decimal"


@pytest.mark.parametrize(
    ("neighbour", "decimal"), [("411,33", ","), ("411.33", "."), ("1.234.567", ","), ("0.123", ".")]
)
def test_one_cell_of_the_table_that_leaves_one_reading_decides_for_all(neighbour, decimal):
    learned = learned_from(["999", "1.000", "1.250", "567"], delimiter=";", z=["1", "2", "3", neighbour])
    assert learned.decimal == decimal
    x = learned.schema.columns[0].encoder
    assert x.mean == pytest.approx(np.mean([999, 1000, 1250, 567] if decimal == "," else [999, 1, 1.25, 567]))


@pytest.mark.parametrize(
    ("cells", "delimiter", "decimal"),
    [
        (["1,234", "5,678", "9,012", "3,456"], ",", "."),  # quoted, beside commas
        (["1,234", "567", "9,012", "3,456"], ",", "."),
        (["1.234", "5.678", "9.012", "3.456"], ",", "."),  # three decimals throughout
        (["1.234", "567", "9.012", "3.456"], ",", "?"),
        (["1,234", "5,678", "9,012", "3,456"], ";", ","),
        (["1,234", "567", "9,012", "3,456"], ";", "?"),
        (["1.234", "5.678", "9.012", "3.456"], ";", "?"),
        (["1.234", "5.678", "9.012", "3.456"], None, "?"),
        (["1", "2", "3", "4"], ";", None),
    ],
)
def test_the_delimiter_speaks_where_no_cell_does(cells, delimiter, decimal):
    if decimal == "?":
        with pytest.raises(TableError, match="say which mark is decimal"):
            learned_from(cells, delimiter=delimiter)
    else:
        assert learned_from(cells, delimiter=delimiter).decimal == decimal


def test_two_marks_in_two_columns_are_asked_about():
    with pytest.raises(TableError, match=r"'x', row 1: expected one decimal mark in a table, got '1,5', but '1.5' in"):
        learned_from(["1,5", "2,5"], z=["1.5", "2.5"])
    assert learned_from(["1,5", "2,5", "1,5"], {"x": "category"}, z=["1.5", "2.5", "3.5"]).decimal == "."


def test_columns_of_words_have_no_voice():
    versions = ["1.2.3", "1,5", "a", "b"]
    assert (
        learned_from(["1.5", "2.5", "1.5", "2.0"], z=versions, v=["10:30", "2024-03-05", "05.03.2024", "u"]).decimal
        == "."
    )


def test_an_undecided_table_asks_when_a_new_cell_has_two_readings():
    schema = learned_from(["1", "2", "3", "4"]).schema
    for cell, value in (("1.5", 1.5), ("1,5", 1.5)):
        batch = Batch("n.csv", 1, pa.record_batch({"x": [cell]}))
        encoder = schema.columns[0].encoder
        assert schema.features(batch)[0, 0] == pytest.approx((value - encoder.mean) / encoder.scale)
    with pytest.raises(TableError, match="got '1,234'; say which mark is decimal"):
        schema.features(Batch("n.csv", 1, pa.record_batch({"x": ["1,234"]})))


# A cell that breaks the pattern.


def test_a_cell_that_breaks_the_pattern_is_named_with_its_place_and_the_option():
    cells = [f"${value}" for value in range(1, 20)]
    for odd in ("7", "€7", "7 kg", "about 7"):
        with pytest.raises(
            TableError, match=rf"row 3: expected a number like most .* got '{odd}'; .* kinds="
        ) as caught:
            learned_from([*cells[:2], odd, *cells[2:]])
        assert caught.value.parameter == "kinds"


def test_many_units_are_a_category_and_zero_is_of_any_unit():
    assert described(["5 kg", "7 g", "5 kg", "7 g"]).startswith("category")
    assert described(["5%", "0", "7%", "8%"]) == "number: percent signs removed, standardised"
    assert described(["5%", "0,0", "7,5%", "8%"]).startswith("number: percent signs removed")
    assert described(["5 kg", "0 g", "7 kg", "0 g"]).startswith("category")
    assert described(["12 Main Street", "13 Oak Street", "12 Main Street", "13 Oak Street"]).startswith("category")


def test_a_kind_of_number_takes_off_one_unit_beside_none_but_not_two():
    assert described(["$5", "7", "$6", "8"], {"x": "number"}) == "number: $ removed, standardised"
    with pytest.raises(TableError, match="row 2: expected a number with '[$]' like the others, got '7 kg'"):
        described(["$5", "7 kg", "$6", "8"], {"x": "number"})


def test_a_new_cell_with_another_unit_is_refused():
    schema = learned_from(["5%", "6%", "7%", "8%"]).schema
    with pytest.raises(TableError, match="row 1: expected a number with '%' like the others, got '0.5'"):
        schema.features(Batch("n.csv", 1, pa.record_batch({"x": ["0.5"]})))
    typed = schema.features(Batch("n.csv", 1, pa.record_batch({"x": [6.5]})))
    assert typed[0, 0] == pytest.approx(0.0)


def test_hexadecimal_stays_a_category_and_says_so():
    assert described(["0x1f", "0x2a", "0x1f", "0x2a"]).endswith("hexadecimal, which is not read as numbers")


# How a column is summed up.


def test_summaries_of_parts_are_that_of_the_whole():
    cells = ["$1,234", "$5", None, "7", "x", "$1.5", "0", "€3", "1.234"]

    def summary(part, start):
        return ColumnSummary.of(Cells.of(Batch("t.csv", start + 1, pa.record_batch({"x": pa.array(part)})), "x"), start)

    whole = summary(cells, 0)
    for cut in range(1, len(cells)):
        both = summary(cells[:cut], 0).merge(summary(cells[cut:], cut))
        assert both.dress == whole.dress
        assert both.no_numbers() == whole.no_numbers()
        assert both.commas.n_against == whole.commas.n_against


def test_the_fast_way_gives_what_the_slow_one_gives():
    texts = ["1.5", "-2", "1.234", ".5", "12.345", "123.456", "1234.567", "0.123", "1e3", "1.5e3", "-1.250", "01.250"]
    for decimal in (None, ".", ","):
        fast = amounts_in(pa.array(texts), decimal)
        slow = amounts_in(pa.array([*texts, "$1"]), decimal)
        np.testing.assert_array_equal(fast.points, slow.points[:-1])
        np.testing.assert_array_equal(fast.commas, slow.commas[:-1])
        for mark, values in ((".", fast.points), (",", fast.commas)):
            if decimal in (None, mark):
                one_by_one = [math.nan if read(text, mark) is None else read(text, mark) for text in texts]
                np.testing.assert_array_equal(values, one_by_one)


def test_looking_shows_numbers_and_what_is_open(write):
    table = open_table(write("t.csv", "p;q\n1.234;$5\n2.345;$6\n"), again=True)
    p, q = look(table).columns
    assert (p.kind, q.kind, q.first) == ("number", "number", (5, 6))
    assert [note.text for note in q.notes] == ["$ removed"]
    assert "say which mark is decimal" in p.notes[0].text


# The powers of ten that languages count in, with the words for each.
WORDS = {
    2: "百 백",
    3: "千 천 k K thousand Tsd Tsd. тыс тыс. тис. mille mil tys. tys tis. bin ezer χιλ. nghìn พัน هزار ألف",
    4: "万 萬 만 หมื่น",
    5: "lakh lakhs लाख แสน",
    6: "M mn million Mio Mio. млн млн. mln mln. milyon millió εκ. triệu ล้าน میلیون مليون",
    7: "crore crores Cr करोड़",
    8: "亿 億 억",
    9: "B bn billion Mrd Mrd. млрд млрд. mld mld. mlrd milyar tỷ میلیارد مليار",
    12: "兆 조 trillion трлн",
}


@pytest.mark.parametrize("power", WORDS)
def test_a_word_for_a_power_of_ten_multiplies_by_it(power):
    for word in WORDS[power].split():
        assert read(f"2.5 {word}", ".") == 2.5 * 10**power


def test_every_word_for_a_power_of_ten_stands_in_the_table_above():
    assert {*POWERS, *POWERS_JOINED} == {word for words in WORDS.values() for word in words.split()}


def test_a_dash_behind_a_currency_sign_is_zero_and_alone_it_is_missing():
    cells = ["$ 1,200.50", "$ -", "$–", "-", "$ 3.00"]
    batch = Batch("t.csv", 1, pa.record_batch({"x": cells}), decimal=".")
    assert Cells.of(batch, "x").without_marks().amounts(("$", "")).tolist()[:3] == [1200.5, 0.0, 0.0]
    assert np.isnan(Cells.of(batch, "x").without_marks().amounts(("$", ""))[3])


def test_a_decimal_comma_that_was_found_is_said_and_one_that_was_asked_for_is_not():
    table = {"price": ["1234,56", "7,5", "80,25"] * 10, "y": ["a", "b"] * 15}
    found = learn_schema(open_table(table).batches(), "y").notes
    assert [(note.text, note.option) for note in found] == [
        ("numbers of this table have a decimal comma, as those of 'price' show", "decimal")
    ]
    assert set(look(open_table(table, again=True)).notes) == set(found)
    asked = Reading(decimal=",")
    assert not learn_schema(open_table(table, asked).batches(), "y").notes
    assert not look(open_table(table, asked, again=True)).notes


def test_a_look_shows_numbers_beside_the_cell_that_is_none():
    table = {"price": ["1,5 €", "oops", "2,5 €", *["3,5 €"] * 27], "y": ["a", "b"] * 15}
    assert look(open_table(table, again=True)).columns[0].first == (1.5, "oops", 2.5, 3.5)
