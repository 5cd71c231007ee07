"""Dates as people write them, in any one order, language and calendar."""

import calendar
import datetime
import math

import numpy as np
import pyarrow as pa
import pytest

from softargmax.exceptions import ArgumentError, TableError
from softargmax.tables.batch import Batch
from softargmax.tables.cells import Cells
from softargmax.tables.columns.column_summary import ColumnSummary
from softargmax.tables.dates.calendars import days
from softargmax.tables.dates.date_form import ORDERS, DateForm
from softargmax.tables.dates.date_texts import dates_of, days_in_digits
from softargmax.tables.dates.date_words import in_digits, names_a_date
from softargmax.tables.encoder_fields import encoder_from_json, encoder_to_json
from softargmax.tables.learning import encoded, learn_schema
from softargmax.tables.looking import look
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

DAYS = [datetime.date(2021, 3, 5) + datetime.timedelta(days=37 * i % 700) for i in range(40)]
AMBIGUOUS = [f"{i % 10 + 1:02}/{i % 4 + 1:02}/2024" for i in range(40)]


def read(text, order="dmy", calendar=None):
    """Give the moment that a text is, in ISO form, or None."""
    seconds = float(dates_of(pa.array([text]), calendar).seconds[ORDERS.index(order)][0])
    if np.isnan(seconds):
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)
    return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()


def table_of(cells, name="when", **others):
    labels = ["a", "b"] * (len(cells) // 2)
    return pa.table({name: cells, **others, "c": labels})


def learn(cells, name="when", kinds=None, others=None, **reading):
    """Learn from a table in memory with this column."""
    table = open_table(table_of(cells, name, **(others or {})), Reading(**reading))
    return learn_schema(table.batches(), "c", (), kinds or {})


def encoder_of(cells, name="when", **options):
    return learn(cells, name, **options).schema.columns[0].encoder


LANGUAGES = [
    ("English", "March 5, 2024", "2024-03-05"),
    ("English", "Tuesday, 5th March 2024", "2024-03-05"),
    ("English", "05-Mar-24", "2024-03-05"),
    ("English", "Sept. 12, 2023", "2023-09-12"),
    ("German", "5. März 2024", "2024-03-05"),
    ("German", "12. Jänner 2023", "2023-01-12"),
    ("French", "1er août 2023", "2023-08-01"),
    ("French", "9 févr. 2023", "2023-02-09"),
    ("Spanish", "5 de marzo de 2024", "2024-03-05"),
    ("Spanish", "mar, 5 mar 2024", "2024-03-05"),
    ("Portuguese", "7 de outubro de 2023", "2023-10-07"),
    ("Italian", "21 dicembre 2022", "2022-12-21"),
    ("Dutch", "14 mei 2021", "2021-05-14"),
    ("Swedish", "3 oktober 2020", "2020-10-03"),
    ("Danish", "30. januar 2019", "2019-01-30"),
    ("Finnish", "5. marraskuuta 2024", "2024-11-05"),
    ("Polish", "11 listopada 2023", "2023-11-11"),
    ("Czech", "28. října 2022", "2022-10-28"),
    ("Slovak", "1. septembra 2022", "2022-09-01"),
    ("Hungarian", "2023. október 25.", "2023-10-25"),
    ("Romanian", "1 decembrie 2023", "2023-12-01"),
    ("Bulgarian", "3 март 2024", "2024-03-03"),
    ("Russian", "5 марта 2024 г.", "2024-03-05"),
    ("Ukrainian", "24 серпня 2023 р.", "2023-08-24"),
    ("Greek", "3 Οκτωβρίου 2024", "2024-10-03"),
    ("Greek", "3 ΟΚΤΩΒΡΊΟΥ 2024", "2024-10-03"),
    ("Turkish", "29 Ekim 2023", "2023-10-29"),
    ("Turkish", "10 KASIM 2023", "2023-11-10"),
    ("Lithuanian", "2024 m. kovo 11 d.", "2024-03-11"),
    ("Latvian", "2023. gada 18. novembris", "2023-11-18"),
    ("Estonian", "24. veebruar 2024", "2024-02-24"),
    ("Indonesian", "17 Agustus 2023", "2023-08-17"),
    ("Vietnamese", "ngày 2 tháng 9 năm 2023", "2023-09-02"),
    ("Thai", "5 มีนาคม 2567", "2024-03-05"),
    ("Hindi", "15 अगस्त 2023", "2023-08-15"),
    ("Hebrew", "5 במרץ 2024", "2024-03-05"),
    ("Arabic", "٥ مارس ٢٠٢٤", "2024-03-05"),
    ("Persian", "5 ژانویه 2024", "2024-01-05"),
    ("Chinese", "2024年3月5日", "2024-03-05"),
    ("Japanese", "2024年3月5日(火)", "2024-03-05"),
    ("Japanese", "令和6年3月5日", "2024-03-05"),
    ("Japanese", "平成元年1月8日", "1989-01-08"),
    ("Japanese", "昭和64年1月7日", "1989-01-07"),
    ("Japanese", "大正15年12月24日", "1926-12-24"),
    ("Japanese", "R6.3.5", "2024-03-05"),
    ("Japanese", "H31/4/30", "2019-04-30"),
    ("Taiwan", "民國113年3月5日", "2024-03-05"),
    ("Taiwan", "113/03/05", "2024-03-05"),
    ("Korean", "2024년 3월 5일", "2024-03-05"),
    ("Korean", "2024. 3. 5.", "2024-03-05"),
]


@pytest.mark.parametrize(("language", "text", "date"), LANGUAGES)
def test_a_date_is_read_in_its_language(language, text, date):
    assert read(text) == date, language


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("05/03/2024 13:08", "2024-03-05T13:08:00"),
        ("05/03/2024 3:30 PM", "2024-03-05T15:30:00"),
        ("2024-03-05 12:15 AM", "2024-03-05T00:15:00"),
        ("2024/3/5 下午 2:05", "2024-03-05T14:05:00"),
        ("2024年3月5日 午後3時30分", "2024-03-05T15:30:00"),
        ("2024. 3. 5. 오전 9:05", "2024-03-05T09:05:00"),
        ("05/03/2024 3:30 μ.μ.", "2024-03-05T15:30:00"),
        ("05/03/2024 3:30 م", "2024-03-05T15:30:00"),
        ("Mon, 04 Mar 2024 10:00:00 +0200", "2024-03-04T08:00:00"),
        ("2024/03/05T10:00:00.5-01:30", "2024-03-05T11:30:00.500000"),
        ("13:08", "1970-01-01T13:08:00"),
        ("오후 6:05", "1970-01-01T18:05:00"),
        ("2023-01", "2023-01-01"),
        ("January 2023", "2023-01-01"),
        ("05.03.49", "2049-03-05"),
        ("05.03.50", "1950-03-05"),
    ],
)
def test_times_of_day_zones_months_and_short_years_are_read(text, moment):
    assert read(text) == moment


@pytest.mark.parametrize(
    "text",
    ["31/02/2024", "2023. 2. 29.", "25:00", "10.0.0.1", "1.2.3", "06 12 34 56", "12 Main St 34", "May", "5:3", "2024-13",
     "1/2-2024", "2024-003-04", "04.003.2024", "2024-03-05 25:00", "5 foo 2024", "013-12-2024-1"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read(text) is None


@pytest.mark.parametrize("year", [1900, 2000, 2023, 2024, 2100])
def test_a_month_has_all_its_days_and_none_more(year):
    for month in range(1, 13):
        last = calendar.monthrange(year, month)[1]
        assert read(f"{year}-{month:02}-{last}") == f"{year}-{month:02}-{last}"
        assert read(f"{year}-{month:02}-{last + 1}") is None


@pytest.mark.parametrize(
    ("text", "calendar", "date"),
    [
        ("1403/01/01", "persian", "2024-03-20"),
        ("۱۴۰۳/۱۲/۳۰", "persian", "2025-03-20"),
        ("1402/12/30", "persian", None),
        ("1357-11-22", "persian", "1979-02-11"),
        ("2567-02-29", None, "2024-02-29"),
        ("28/06/2566", None, "2023-06-28"),
        ("05/03/67", "buddhist", "2024-03-05"),
        ("0113-03-05", None, "2024-03-05"),
        ("1850-05-03", None, None),
        ("1850-05-03", "gregorian", "1850-05-03"),
        ("1403-01-15", None, None),
    ],
)
def test_years_of_other_calendars_are_read_as_theirs_and_never_unasked(text, calendar, date):
    assert read(text, calendar=calendar) == date


def test_days_are_those_of_pythons_calendar():
    moments = [datetime.date(1900, 1, 1) + datetime.timedelta(days=31 * i) for i in range(2300)]
    year, month, day = (np.array([getattr(moment, name) for moment in moments]) for name in ("year", "month", "day"))
    count, _ = days(year, np.full(len(moments), 4), month, day, None)
    assert count.tolist() == [(moment - datetime.date(1970, 1, 1)).days for moment in moments]


@pytest.mark.parametrize(
    ("form", "order"),
    [("%d/%m/%Y", "dmy"), ("%m/%d/%Y", "mdy"), ("%d.%m.%Y", "dmy"), ("%Y/%m/%d", "ymd"), ("%d %m %Y", "dmy"),
     ("%d-%b-%Y", "ymd"), ("%d/%m/%y", "dmy"), ("%m/%d/%y", "mdy"), ("%y/%m/%d", "ymd"), ("%d/%m/%Y %H:%M", "dmy")],
)  # fmt: skip
def test_a_day_above_12_decides_the_order(form, order):
    learned = learn([day.strftime(form) for day in DAYS])
    encoder = learned.schema.columns[0].encoder
    assert (encoder.kind, encoder.cycles[:2]) == ("date", ("year", "week"))
    iso = learn([day.isoformat() for day in DAYS]).schema.columns[0].encoder
    assert (encoder.order, encoder.mean, encoder.scale) == (order, iso.mean, iso.scale)


def test_the_order_is_asked_for_where_nothing_decides():
    with pytest.raises(TableError, match="may be 1 February 2024 .* or 2 January 2024") as error:
        learn(["01/02/2024", "02/01/2024"] * 10)
    assert error.value.parameter == "date_order"
    assert "date_order='dmy' or date_order='mdy'" in str(error.value)


def test_another_column_of_the_table_decides():
    others = {"paid": [day.strftime("%m/%d/%Y") for day in DAYS]}
    assert encoder_of(AMBIGUOUS, others=others).order == "mdy"


def test_the_order_is_said_of_no_column_that_does_not_need_it():
    others = {"paid": [day.isoformat() for day in DAYS], "at": [f"08:15:52 {day:%d %b %Y}" for day in DAYS]}
    table = table_of(AMBIGUOUS, **others)
    columns = {column.name: column for column in look(open_table(table, again=True)).columns}
    assert (columns["paid"].notes, columns["at"].notes) == ((), ())
    assert columns["at"].first[0] == "2021-03-05T08:15:52"
    learned = learn(AMBIGUOUS, others=others, date_order="dmy")
    assert [column.encoder.order for column in learned.schema.columns] == ["dmy", "ymd", "ymd"]


def test_a_date_that_is_the_same_in_all_rows_is_read_like_the_others_and_asks_nothing():
    others = {"paid": [day.strftime("%m/%d/%Y") for day in DAYS]}
    columns = look(open_table(table_of(["11/3/1998"] * 40, **others), again=True)).columns
    assert columns[0].first[0] == "1998-11-03"
    assert not any(
        "date_order" in note.text
        for note in look(open_table(table_of(["11/3/1998"] * 40), again=True)).columns[0].notes
    )


def test_what_the_user_says_decides_and_is_not_contradicted():
    assert encoder_of(AMBIGUOUS, date_order="dmy").order == "dmy"
    with pytest.raises(TableError, match=r"a date, day first, as date_order='dmy' says, got '\d\d/1[3-9]|'\d\d/[23]\d"):
        learn([day.strftime("%m/%d/%Y") for day in DAYS], date_order="dmy")
    assert encoder_of(AMBIGUOUS, kinds={"when": "category"}).kind == "category"
    with pytest.raises(ArgumentError, match="date_order"):
        Reading(date_order="ydm")


def test_the_calendar_is_asked_for():
    cells = [f"1403/0{i % 6 + 1}/{i % 28 + 1:02}" for i in range(40)]
    with pytest.raises(TableError, match="calendar=") as error:
        learn(cells)
    assert error.value.parameter == "calendar"
    assert encoder_of(cells, calendar="persian").calendar == "persian"


def test_months_of_the_persian_calendar_ask_for_it_and_are_read_with_it():
    texts = [f"{day} {month} 1403" for day, month in ((15, "فروردین"), (1, "مهر"), (30, "اسفند"))] * 10
    table = {"when": texts, "y": ["a", "b"] * 15}
    with pytest.raises(TableError, match="calendar= with one of .*'persian'"):
        learn_schema(open_table(table).batches(), "y")
    opened = open_table(table, Reading(calendar="persian"))
    schema = learn_schema(opened.batches(), "y").schema
    assert schema.columns[0].encoder.kind == "date"
    cells = Cells.of(next(iter(opened.batches())), "when")
    seconds = cells.seconds(DateForm(calendar="persian"))[:3]
    assert seconds.astype("datetime64[s]").astype("datetime64[D]").astype(str).tolist() == [
        "2024-04-03", "2024-09-22", "2025-03-20",
    ]  # fmt: skip
    assert in_digits("15 فروردین 03") is None


def test_what_was_decided_is_kept_and_not_decided_again():
    learned = learn([day.strftime("%d/%m/%Y") for day in DAYS])
    encoder = encoder_from_json(encoder_to_json(learned.schema.columns[0].encoder))
    later = Cells.of(Batch("t", 1, pa.RecordBatch.from_pydict({"when": ["03/02/2024"]})), "when")
    seconds = (datetime.date(2024, 2, 3) - datetime.date(1970, 1, 1)).days * 86400
    assert encoder.encode(later).features[0, 0] == pytest.approx((seconds - encoder.mean) / encoder.scale, rel=1e-6)
    other = Cells.of(Batch("t", 1, pa.RecordBatch.from_pydict({"when": ["03/25/2024"]})), "when")
    with pytest.raises(TableError, match="expected a date like 22/11/2026, got '03/25/2024'"):
        encoder.encode(other)


def test_a_date_of_an_earlier_model_may_have_any_year():
    data = {"kind": "date", "mean": 0.0, "scale": 1e9, "cycles": ["year"], "flags_missing": False}
    cells = Cells.of(Batch("t", 1, pa.RecordBatch.from_pydict({"when": ["1850-01-01"]})), "when")
    assert encoder_from_json(data).encode(cells).features[0, 0] == pytest.approx(-43829 * 86400 / 1e9, rel=1e-6)


def test_only_phases_that_vary_become_features():
    clocks = [f"{i % 24:02}:{7 * i % 60:02}" for i in range(40)]
    assert encoder_of(clocks).cycles == ("day",)
    assert encoder_of([f"{2020 + i % 3}-{i % 12 + 1:02}" for i in range(40)]).cycles == ("year",)


def test_seasons_are_no_months():
    assert encoder_of([f"{year}-{(year + 1) % 100:02}" for year in range(2000, 2010)] * 4).kind == "category"


def test_digits_are_dates_where_the_name_says_so():
    digits, numbers = [day.strftime("%Y%m%d") for day in DAYS], [int(day.strftime("%Y%m%d")) for day in DAYS]
    iso = encoder_of([day.isoformat() for day in DAYS])
    for encoder in (
        encoder_of(digits, "birth_date"), encoder_of(numbers, "datum"), encoder_of(digits, kinds={"when": "date"})
    ):  # fmt: skip
        assert (encoder.kind, encoder.mean, encoder.cycles) == ("date", iso.mean, iso.cycles)
    assert encoder_of(digits, "amount").kind == "number"
    learned = learn(numbers, "datum")
    assert [note.code for note in learned.notes] == ["date"]
    features, *_ = encoded(learned, open_table(table_of(numbers, "datum")).batches())
    assert features.shape == (40, 5)


@pytest.mark.parametrize("factor", [1, 1000])
def test_seconds_since_1970_are_dates_where_the_name_says_so(factor):
    seconds = [1_600_000_000 + 86413 * (i * i % 37) for i in range(40)]
    encoder = encoder_of([second * factor for second in seconds], "timestamp")
    assert (encoder.kind, encoder.mean) == ("date", pytest.approx(np.mean(seconds), rel=1e-12))
    assert encoder_of([second * factor for second in seconds], "balance").kind == "number"


@pytest.mark.parametrize(
    "name", ["Date", "birth_date", "createdDate", "fecha_alta", "采摘日期", "Дата", "วันที่", "DATUM"]
)
def test_a_name_says_that_a_column_holds_dates(name):
    assert names_a_date(name)


@pytest.mark.parametrize("name", ["dated", "update", "candidate", "amount", "mandate", "x"])
def test_other_names_do_not(name):
    assert not names_a_date(name)


def test_one_cell_that_is_no_date_is_named():
    cells = [day.strftime("%d/%m/%Y") for day in DAYS]
    cells[7] = "soon"
    with pytest.raises(TableError, match="row 8: expected a date like most of the column, got 'soon'"):
        learn(cells)


@pytest.mark.parametrize("cells", [AMBIGUOUS, [f"{day:%d/%m/%y}" for day in DAYS], ["x", *AMBIGUOUS[1:]], LANGUAGES])
@pytest.mark.parametrize("cut", [1, 13, 39])
def test_a_summary_of_dates_does_not_depend_on_how_rows_are_split(cells, cut):
    texts = [cell if isinstance(cell, str) else cell[1] for cell in cells]

    def summary(some, start):
        batch = Batch("t", start + 1, pa.RecordBatch.from_pydict({"when": some}))
        return ColumnSummary.of(Cells.of(batch, "when"), start)

    def facts(found):
        dates = found.dates
        ways = [(dates[order].against, dates[order].n_against) for order in ORDERS]
        means = [dates[order].moments.mean_and_scale() for order in ORDERS if not dates[order].n_against]
        return ways, means, dates.orders, dates.differing, dates.foreign, dates.seen, dates.ends, found.holds()

    merged = summary(texts[:cut], 0).merge(summary(texts[cut:], cut))
    assert facts(merged) == facts(summary(texts, 0))


def test_a_look_asks_what_fitting_would_ask():
    asked = look(open_table(table_of(AMBIGUOUS), again=True)).columns[0]
    assert asked.kind == "date"
    assert "date_order='dmy' or date_order='mdy'" in asked.notes[-1].text
    said = look(open_table(table_of(AMBIGUOUS), Reading(date_order="dmy"), again=True)).columns[0]
    assert (said.first[1], said.notes) == ("2024-02-02", ())
    clocks = look(open_table(table_of(["오전 7:30", "오후 6:05"] * 10), again=True)).columns[0]
    assert clocks.first[:2] == ("07:30", "18:05")


def test_whole_numbers_are_days_of_two_centuries_or_seconds_from_1e8_on_or_thousandths_of_them():
    read = {
        19000101: -2208988800.0,
        21001231: 4133894400.0,
        18991231: math.nan,
        21010101: math.nan,
        20230229: math.nan,
        99999999: math.nan,
        100000000: 1e8,
        4133980800: 4133980800.0,
        4133980801: math.nan,
        99999999999: math.nan,
        100000000000: 1e8,
        1700000000500: 1700000000.5,
        -100000000000: -1e8,
    }
    np.testing.assert_array_equal(days_in_digits(np.array([*read], float)), [*read.values()])
    assert np.isnan(days_in_digits(np.array([20230131.5, np.inf, np.nan]))).all()
