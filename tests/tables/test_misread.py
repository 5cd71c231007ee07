"""Columns that were once misread without a word have the features of the column a person reads, or are asked about."""

import datetime

import numpy as np
import pytest

from softargmax.exceptions import TableError
from softargmax.pipeline.preparing import prepare
from softargmax.pipeline.records import FitOptions
from softargmax.tables.opening import open_table

N = 200
_RNG = np.random.default_rng(0)
LABELS = _RNG.choice(["a", "b"], N).tolist()
NOISE = [f"{value:.0f}" for value in 100 * _RNG.normal(size=N)]
AMOUNTS = np.round(np.exp(_RNG.normal(7.0, 1.2, N)), 2).tolist()
SHARES = np.round(_RNG.uniform(0.0, 100.0, N), 1).tolist()
LARGE = np.round(np.exp(_RNG.normal(9.5, 1.2, N)), -3).tolist()
DAYS = [datetime.date(2023, 1, 1) + datetime.timedelta(int(days)) for days in _RNG.integers(0, 700, N)]
MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
FULL_WIDTH = {ord(plain): wide for plain, wide in zip("0123456789.-", "０１２３４５６７８９．－", strict=True)}
PERSIAN = {ord(plain): other for plain, other in zip("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬", strict=True)}


def marked(text, thousands, decimal):
    return text.translate({ord(","): thousands, ord("."): decimal})


def in_lakhs(value):
    head, tail = f"{value:.0f}"[:-3], f"{value:.0f}"[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail])


# What a person reads, how it is written, and what parts the cells.
READ = {
    "decimal commas": (AMOUNTS, lambda v: marked(f"{v:.2f}", "", ","), ";"),
    "thousands commas beside decimal points": (AMOUNTS, lambda v: f'"{v:,.2f}"', ","),
    "dollars": (AMOUNTS, lambda v: f'"${v:,.2f}"', ","),
    "euros": (AMOUNTS, lambda v: f"{marked(f'{v:,.2f}', '.', ',')} €", ";"),
    "percent": (SHARES, lambda v: f"{v}%", ","),
    "full width": (AMOUNTS, lambda v: f"{v:.2f}".translate(FULL_WIDTH), ","),
    "Persian digits": (LARGE, lambda v: f"{v:,.0f}".translate(PERSIAN), ","),
    "lakhs": (LARGE, lambda v: f'"{in_lakhs(v)}"', ","),
    "narrow blanks": (AMOUNTS, lambda v: marked(f"{v:,.2f}", "\u202f", ","), ";"),
    "apostrophes": (AMOUNTS, lambda v: marked(f"{v:,.2f}", "'", "."), ","),
    "ten thousands": (LARGE, lambda v: f"{v / 1e4:.1f}万" if v >= 1e4 else f"{v:.0f}", ","),
    "day first with slashes": (DAYS, lambda day: f"{day:%d/%m/%Y}", ","),
    "day first with points": (DAYS, lambda day: f"{day:%d.%m.%Y}", ";"),
    "Japanese dates": (DAYS, lambda day: f"{day.year}年{day.month}月{day.day}日", ","),
    "Japanese eras": (DAYS, lambda day: f"令和{day.year - 2018}年{day.month}月{day.day}日", ","),
    "years of Taiwan": (DAYS, lambda day: f"{day.year - 1911}/{day:%m/%d}", ","),
    "Buddhist years": (DAYS, lambda day: f"{day.year + 543}-{day:%m-%d}", ","),
    "Russian months": (DAYS, lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}", ","),
}
ASKED = {
    "points that may be either": (AMOUNTS, lambda v: marked(f"{v:,.0f}", ".", ","), ";", "decimal"),
    "commas that may be either": (AMOUNTS, lambda v: f"{v:,.0f}", ";", "decimal"),
    "years that may be Persian or of the Hijra": (DAYS, lambda day: f"{day.year - 621}-{day:%m-%d}", ",", "calendar"),
}


def features(path):
    return prepare(open_table(path), "y", FitOptions())[1].features


def text_of(cells, mark=","):
    lines = [["x", "noise", "y"], *map(list, zip(cells, NOISE, LABELS, strict=True))]
    return "".join(f"{mark.join(line)}\n" for line in lines)


@pytest.mark.parametrize("name", READ)
def test_it_has_the_features_of_what_a_person_reads(write, name):
    values, written, mark = READ[name]
    found = features(write("found.csv", text_of(map(written, values), mark)))
    assert np.array_equal(found, features(write("right.csv", text_of(map(str, values)))))


@pytest.mark.parametrize("name", ASKED)
def test_what_may_be_read_in_two_ways_is_asked_by_the_option_that_decides(write, name):
    values, written, mark, option = ASKED[name]
    with pytest.raises(TableError, match=f"{option}=") as caught:
        features(write("found.csv", text_of(map(written, values), mark)))
    assert caught.value.parameter == option
