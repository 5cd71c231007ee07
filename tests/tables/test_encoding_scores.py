"""How well a text reads in an encoding: what a letter or a sign is worth in its place, and out of it."""

import pytest

from softargmax.tables._letters import CODE_PAGES, DOUBLE_BYTES
from softargmax.tables.encoding_scores import score

PAGES = {page.codec: page for page in (*CODE_PAGES, *DOUBLE_BYTES)}


def worth(text, letter, codec="cp1252"):
    return score(text, PAGES[codec])[letter]


IN_PLACE = [
    "“a",
    "(“a",
    "«a",
    "«“a",
    "¿a",
    "a”",
    "a»",
    "a’s",
    "5€",
    "€5",
    "€ 5",
    "a § 5",
    "§5",
    "№ 5",
    "5°",
    "N°5",
    "m²",
]
IN_PLACE += ["n°5", " °C", " °F", "½ a", "5×5", "a – b", "a…", "®", "A\xa05", "a\xa05", "a\xa0B", "10\xa0000"]
OUT_OF_PLACE = [
    "a“a",
    "a“",
    "“ ",
    "a”b",
    " ” ",
    " » ",
    "5’5",
    " ’a",
    "a€b",
    "a€ ",
    "a§ b",
    "€.",
    "a°b",
    " °K",
    "a° ",
    "a½",
    "½a",
]
OUT_OF_PLACE += ["a×b", "x…y", "ï®ï", "a\xa0b", "a¶b", "¶"]


@pytest.mark.parametrize("text", IN_PLACE)
def test_a_sign_in_its_place_speaks_for_a_reading(text):
    points = score(text, PAGES["cp1252"])
    assert list(points.values()) == [1.0] * len(points)


@pytest.mark.parametrize("text", OUT_OF_PLACE)
def test_a_sign_out_of_its_place_speaks_against_it(text):
    sign = next(letter for letter in text if not letter.isascii() and not letter.isalpha())
    assert worth(text, sign) == -0.8


def test_no_text_holds_control_characters_or_letters_of_two_scripts():
    assert worth("a\x85", "\x85") == -4.0
    assert worth("aж", "ж") == -1.0


# Each beside a text in which the letter stands as it should, and by how much that is better.
@pytest.mark.parametrize(
    ("codec", "good", "bad", "letter", "difference"),
    [
        ("cp1252", "Äb", "bÄb", "Ä", 2.0),  # a capital inside a word
        ("cp1252", "bä", "bäB", "ä", 1.5),  # a capital behind a small letter
        ("cp1252", "bä", "bä5", "ä", 0.6),
        ("cp1252", "bä", "5ä", "ä", 0.6),
        ("cp1252", "bä", "5ä5", "ä", 1.2),
        ("cp1252", "bä", "aä", "ä", 0.25),  # two vowels
        ("cp1252", "bä", "aäa", "ä", 0.5),
        ("cp1252", "aña", "añr", "ñ", 0.25),  # two consonants
        ("cp1252", "bä", "bäж", "ä", 2.0),  # two scripts
        ("cp1252", "Äa", "ÄÖ", "Ä", 0.3),  # two capitals of which neither is in ASCII
        ("cp1253", "κατ", "jατ", "α", 2.0),
        ("cp1253", "ας", "ςα", "ς", 1.0),  # a letter that ends words
        ("cp1255", "אם", "אםא", "ם", 1.0),
        ("cp1253", "σα", "ασ", "σ", 1.0),  # one that does not
        ("cp1253", "σα", "ασ.", "σ", 1.0),
        ("cp1253", "σα", "ασx", "σ", 3.0),  # a letter of another script ends a word too
        ("cp1255", "אם", "אםx", "ם", 2.0),
        ("cp1251", "он", "онx", "н", 2.0),
        ("cp1251", "ОН", "оН", "Н", 1.7),  # two capitals cost 0.3, one inside a word 2
        ("cp874", "กั", " ั", "ั", 1.5),  # a vowel sign on nothing
    ],
)
def test_a_letter_is_worth_less_out_of_its_place(codec, good, bad, letter, difference):
    assert worth(good, letter, codec) - worth(bad, letter, codec) == pytest.approx(difference, abs=1e-12)


@pytest.mark.parametrize(
    ("codec", "letters", "points"),
    [
        ("cp1251", "оО", 1.5),
        ("cp1251", "рР", 1.1),
        ("cp1253", "ωΩ", 0.7),
        ("cp1251", "ъЪ", 0.7),
        ("cp1251", "щЩ", 0.2),
        ("cp1251", "ћЋ", -0.6),
    ],
)
def test_a_common_letter_is_worth_more_than_a_rare_one(codec, letters, points):
    for letter in letters:
        assert worth(letter, letter, codec) == pytest.approx(points, rel=1e-12)


def test_the_letters_of_a_language_are_worth_from_1_2_down_to_0_6():
    polish = [worth(f"{letter} " + "ł " * 50, letter, "cp1250") for letter in "ąęóśćńź"]
    assert polish == sorted(polish, reverse=True)
    assert 0.6 < polish[-1] < 0.7
    assert 1.1 < polish[0] < 1.2
    assert worth("ü " + "ł " * 50, "ü", "cp1250") == 0.3  # in names from abroad


def test_one_language_has_to_explain_all_letters():
    alone = worth("õ", "õ"), worth("ß", "ß")
    both = score("õ ß", PAGES["cp1252"])
    assert both["õ"] + both["ß"] < sum(alone) - 0.5


@pytest.mark.parametrize(
    ("codec", "text", "points"),
    [
        ("gb18030", "上", 1.4),  # of the first rows, and common
        ("gb18030", "鲤", 0.8),
        ("gb18030", "丐", -0.1),
        ("gb18030", "１", 0.8),
        ("gb18030", "①", -0.5),
        ("gb18030", "é", -0.9),
        ("cp932", "ｱ", 0.0),  # half-width kana, one byte
        ("gb18030", "㐀", -0.5),  # four bytes
        ("cp949", "\ue000", -2.0),  # for private use
        ("gb18030", "a上", 0.65),
        ("gb18030", "a上b", -0.1),
        ("gb18030", "1上.", 1.4),
    ],
)
def test_a_character_of_two_bytes_is_worth_what_its_row_says(codec, text, points):
    letter = next(letter for letter in text if not letter.isascii())
    assert worth(text, letter, codec) == pytest.approx(points, abs=1e-12)
