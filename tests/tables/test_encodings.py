"""In which encoding a file is, and its bytes in UTF-8."""

import codecs
import contextlib
import io
import itertools

import pytest

from softargmax.exceptions import ArgumentError, TableError
from softargmax.tables import encodings, recoding
from softargmax.tables.encodings import check_encoding, decide_encoding, decoded

# Names of days, months, towns and things, as tables have them; and the encodings that are in use for each language.
TEXTS = {
    "Montag Dienstag Mittwoch Köln Düsseldorf Größe Höhe Länge März geöffnet Straße Zürich": ("cp1252", "mac_roman"),
    "février août décembre département région numéro prénom qualité élevé très français": ("cp1252", "mac_roman"),
    "miércoles sábado año niño España teléfono categoría dirección número camión Málaga": ("cp1252", "mac_roman"),
    "terça sábado março São Paulo não situação município endereço avaliação código": ("cp1252", "mac_roman"),
    "måndag lördag söndag Malmö Göteborg Västerås län kön ålder år": ("cp1252",),
    "środa piątek październik Łódź Kraków Gdańsk żółty płeć województwo wartość liczba": ("cp1250", "iso8859_2"),
    "úterý středa čtvrtek pátek říjen září Plzeň Ústí město výška šířka délka žlutý": ("cp1250", "iso8859_2"),
    "kedd csütörtök március április május július Győr Szőnyi fő köszönöm őszi tűz erdő": ("cp1250",),
    "Salı Çarşamba Perşembe Şubat Ağustos Kasım Aralık İstanbul Iğdır şehir yağış düşük": ("cp1254",),
    "pirmadienis šeštadienis rugpjūtis rugsėjis Šiauliai Panevėžys Mažeikiai žalias ąžuolas ūkis": ("cp1257",),
    "понедельник вторник среда четверг Москва Санкт-Петербург Челябинск количество цена да нет": (
        "cp1251",
        "koi8_r",
        "cp866",
        "iso8859_5",
        "mac_cyrillic",
    ),
    "понеділок вівторок середа Київ Харків Одеса Дніпро кількість ціна так ні": ("cp1251", "koi8_u"),
    "Δευτέρα Τρίτη Τετάρτη Ιανουάριος Αθήνα Θεσσαλονίκη Άγιος ποσότητα τιμή ναι όχι": ("cp1253", "iso8859_7"),
    "ראשון שני שלישי ירושלים תל אביב חיפה עיר רחוב כמות מחיר תאריך שם": ("cp1255", "iso8859_8"),
    "الأحد الإثنين الثلاثاء القاهرة الإسكندرية مدينة شارع الكمية السعر التاريخ الاسم": ("cp1256", "iso8859_6"),
    "วันจันทร์ อังคาร มกราคม กุมภาพันธ์ กรุงเทพ เชียงใหม่ จังหวัด ราคา จำนวน ชื่อ": ("cp874",),
    "星期一 星期二 北京 上海 广州 城市 价格 数量 日期 名称 类型 是 否 优秀 良好 中等": ("gb18030", "gbk"),
    "星期一 星期二 臺北 高雄 臺中 城市 價格 數量 日期 名稱 類型 許功蓋 優秀 良好 中等": ("big5",),
    "月曜日 火曜日 東京 大阪 名古屋 市町村 価格 数量 日付 名称 表示 ソース はい いいえ": (
        "cp932",
        "euc_jp",
        "iso2022_jp",
    ),
    "월요일 화요일 서울 부산 대구 도시 가격 수량 날짜 이름 종류 예 아니오 우수 보통": ("cp949",),
}
CASES = [(text, encoding) for text, known in TEXTS.items() for encoding in known]


def table(text):
    """A table with one word in each line."""
    return "".join(f"{row},{word},{row * 7 % 100}\r\n" for row, word in enumerate(text.split(" ")))


def decide(data, limit=None):
    return decide_encoding(lambda: io.BytesIO(data), limit)


def read(data, encoding):
    return decoded(io.BytesIO(data), encoding, "t.csv").read()


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=lambda value: value[:12])
def test_a_small_table_is_read_as_it_was_written(text, encoding):
    data = table(text).encode(encoding)
    assert read(data, decide(data).name) == table(text).encode()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig"])
def test_unicode_is_told_with_and_without_a_byte_order_mark(text, encoding):
    data = table(text).encode(encoding)
    found = decide(data)
    assert found.certain
    assert read(data, found.name) == table(text).encode()


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=lambda value: value[:12])
def test_two_words_are_read_right_or_asked_for(text, encoding):
    words = text.split(" ")
    for pair in itertools.pairwise(words):
        data = table(" ".join(pair)).encode(encoding)
        with contextlib.suppress(TableError):
            assert read(data, decide(data).name).decode() == table(" ".join(pair))


def test_what_was_chosen_among_several_is_said_with_the_next_best():
    found = decide(table("понедельник вторник среда четверг Москва").encode("cp1251"))
    assert not found.certain
    assert found.note.startswith("read as Windows-1251 (next best ")
    assert found.note.endswith(" behind)")


def test_plain_text_needs_no_words():
    for data in (b"", b"a,b\r\n1,2\r\n", "a,é\n".encode(), codecs.BOM_UTF8 + b"a,b\n"):
        assert decide(data) == encodings.Encoding("utf-8")


def test_of_encodings_that_read_a_file_alike_the_commonest_is_named():
    # All Windows code pages of Europe have é and curly quotation marks in the same place.
    assert decide("name\n“Beyoncé”\nit’s\ncafé\n".encode("cp1254")).name == "cp1252"


def test_where_two_encodings_are_equally_good_one_cell_is_shown_in_both():
    with pytest.raises(TableError, match=r"line 2 is not UTF-8 \(byte ea\).*'fęte' \(encoding='cp1250'\)") as asked:
        decide("fête,fete\nfête,fete\n".encode("cp1252").replace(b"\xea", b"e", 1))
    assert "'fête' (encoding='cp1252')" in str(asked.value)
    assert asked.value.parameter == "encoding"


def test_a_file_joined_from_two_is_refused_with_the_line():
    good = "".join(f"{row},Öl für {word}\n" for row, word in enumerate(["Köln", "Düren", "Fürth", "Mölln"] * 6))
    with pytest.raises(
        TableError, match=r"line 25 is not UTF-8 \(byte d6\), the 24 before it are: was the file joined"
    ):
        decide(good.encode() + "24,Öl\n".encode("cp1252"))
    with pytest.raises(TableError, match=r"line 1 is not UTF-8 \(byte d6\), others are: was the file joined"):
        decide("0,Öl\n".encode("cp1252") + good.encode())


@pytest.mark.parametrize("order", [1, -1])
def test_a_long_other_half_does_not_hide_that_a_file_was_joined(order):
    words = [word for text in TEXTS if "cp1251" in TEXTS[text] for word in text.split(" ")]
    lines = [f"{row},{first} {second}\n" for row in range(20) for first in words for second in words]
    halves = ["".join(lines[: len(lines) // 4]).encode(), "".join(lines[len(lines) // 4 :]).encode("cp1251")]
    with pytest.raises(TableError, match="was the file joined from two"):
        decide(b"".join(halves[::order]))


def test_one_character_that_looks_like_utf_8_does_not_make_a_file_mixed():
    data = (
        "姓名,性别\n".encode("gbk") + "".join(f"{i},女\n" for i in range(500)).encode("gbk") + "张三,男\n".encode("gbk")
    )
    assert decide(data).name == "gb18030"


def test_letters_at_the_end_of_a_long_file_decide():
    plain = b"12345,abcdefgh,0.5\n" * 200_000
    data = plain + table("понедельник вторник среда четверг Москва Челябинск").encode("cp1251")
    assert decide(data).name == "cp1251"
    with pytest.raises(TableError, match=r"line 200001 is not UTF-8"):
        decide(plain + b"\xff\xfe\xfd\x81\n")


def test_a_byte_that_the_chosen_encoding_lacks_undoes_the_choice():
    # Enough lines that the bad one, in the middle, is not among those that were looked at.
    line = "日期,价格,数量,城市,名称,类型,优秀,良好\n".encode("gb18030")
    data = line * 40_000 + b"\x80\xff,x\n" + line * 40_000
    with pytest.raises(TableError, match=r"line 40001 is not GB18030 \(byte 80\), which the rest is"):
        decide(data)


def test_a_file_cut_off_inside_a_character_is_called_that():
    data = ("день,ночь\n" * 3).encode()[:-2]
    with pytest.raises(TableError, match="line 3 ends in the middle of a character of UTF-8: was the file cut off"):
        decide(data)
    assert decide(data, limit=len(data)).name == "utf-8"  # whoever looks at a part cuts it off


def test_a_limit_leaves_out_the_line_that_it_cuts():
    data = table("星期一 星期二 北京 上海 广州 城市 价格 数量 日期 名称").encode("gb18030")
    for limit in range(60, len(data)):
        assert decide(data, limit).name == "gb18030"


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x00" * 300, bytes(range(256)) * 20, b"a,b\n1,\x002\n" + b"3,4\n" * 99])
def test_what_is_no_text_is_called_that(data):
    with pytest.raises(TableError, match="expected a file of text"):
        decide(data)


def test_escape_sequences_in_ascii_are_looked_at_across_blocks():
    japanese = table("月曜日 火曜日 東京").encode("iso2022_jp")
    for pad in range(recoding._BLOCK - japanese.index(b"\x1b") - 2, recoding._BLOCK):
        assert decide(b"x" * pad + b"\n" + japanese).name == "iso2022_jp"
    assert decide(b"a,b\n\x1b[31mred,1\n").name == "utf-8"  # the colour of a terminal


def test_korean_has_only_one_of_the_two_escape_sequences():
    korean = table("월요일 화요일 서울").encode("iso2022_kr")
    assert b"\x1b(" not in korean
    assert decide(korean).name == "iso2022_kr"


@pytest.mark.parametrize(("text", "encoding"), CASES, ids=lambda value: value[:12])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
def test_recoding_does_not_depend_on_how_the_bytes_come(text, encoding, size, monkeypatch):
    monkeypatch.setattr(recoding, "_BLOCK", size)
    assert read(table(text).encode(encoding), encoding) == table(text).encode()
    assert read(table(text).encode("utf-8-sig"), "utf-8") == table(text).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16-le"])
def test_a_byte_without_meaning_is_named_with_its_line_and_never_replaced(end, encoding):
    good = f"東京,1{end}" * 100_000
    bad = b"\xdc\xdc\xff\xff" if encoding == "utf-16-le" else b"\x85\x20"
    stream = decoded(io.BytesIO(good.encode(encoding) + bad + good.encode(encoding)), encoding, "t.csv")
    with pytest.raises(TableError, match=r"t.csv: line 100001 is not .* \(byte (85|dc)\)") as error:
        stream.read()
    assert error.value.parameter == "encoding"


def test_utf_16_without_the_mark_that_it_must_have_is_an_error_of_ours():
    with pytest.raises(TableError, match="line 1 is not utf-16"):
        read("a,b\n1,2\n".encode("utf-16-le"), "utf-16")


def test_a_recoded_stream_does_not_close_the_one_below():
    below = io.BytesIO(b"a,b\n")
    with decoded(below, "cp1252", "t.csv") as stream:
        assert stream.read() == b"a,b\n"
    assert not below.closed


def test_names_of_encodings_are_pythons_and_the_wider_of_a_family():
    known = {"UTF8": "utf-8", "latin-1": "iso8859-1", "windows-1251": "cp1251", "gbk": "gb18030", "Shift_JIS": "cp932"}
    assert {name: check_encoding(name) for name in known} == known


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("utf9", "did you mean 'utf8'"),
        ("cp12520", "did you mean 'cp1252'"),
        ("base64", "that files of text have"),
        ("unicode_escape", "that files of text have"),
        ("a\0b", "expected an encoding"),
        ("", "expected an encoding"),
    ],
)
def test_what_is_no_encoding_of_text_is_refused(name, words):
    with pytest.raises(ArgumentError, match=words) as error:
        check_encoding(name)
    assert error.value.parameter == "encoding"
