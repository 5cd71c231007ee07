"""Words in any script: what is counted, what is learned from, and what models of before keep."""

import random

import pytest

from softargmax.tables.cells import Cells
from softargmax.tables.encoder_fields import encoder_from_json
from softargmax.tables.learning import learn_schema
from softargmax.tables.opening import open_table
from softargmax.tables.word_encoders import TextEncoder
from softargmax.tables.words import count_words, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The egg, the_egg 7", {"the", "egg", "the_egg", "7"}),
        ("हिन्दी का की", {"हिन्दी", "का", "की"}),  # vowel signs are part of a word
        ("x\u0301te x\u0300te", {"x\u0301te", "x\u0300te"}),  # accents without a letter of their own too
        ("İSTANBUL ISTANBUL ıstanbul", {"istanbul"}),
        ("KIRIK kırık", {"kirik"}),
        ("Straße STRASSE", {"strasse"}),
        ("我们走", {"我们", "们走"}),
        ("ครับ", {"คร", "รั", "ับ"}),
        ("トマトx2", {"トマ", "マト", "x2"}),
        ("می\u200cروم", {"می\u200cروم"}),
        ("", set()),
    ],
)
def test_words_of_any_script(text, words):
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("text", "count"),
    [("a b-c  d", 3), ("我们去吃饭吧", 3), ("我 ok", 1), ("iPhoneを買う", 2), ("ขอบคุณครับ", 5), ("été là", 2)],
)
def test_every_two_characters_of_a_script_without_blanks_are_a_word(text, count):
    assert count_words(text) == count


def sentences(n, seed):
    rng = random.Random(seed)
    good, bad, rest = (
        ["很好吃", "喜欢", "推荐"],
        ["太难吃", "失望", "不会再来"],
        ["这家店", "服务员", "今天", "朋友们", "环境"],
    )
    rows = []
    for _ in range(n):
        label = rng.choice("ab")
        words = [rng.choice(good if label == "a" else bad), *rng.sample(rest, 3), str(rng.randrange(10**6))]
        rng.shuffle(words)
        rows.append(("".join(words), label))
    return rows


def test_chinese_sentences_are_text_that_can_be_learned_from():
    rows = sentences(200, 0)
    table = {"review": [text for text, _ in rows], "y": [label for _, label in rows]}
    (column,) = learn_schema(open_table(table).batches(), "y").schema.columns
    assert column.encoder.kind == "text"
    assert {"好吃", "失望"} <= set(column.encoder.words)


def test_short_names_without_blanks_are_categories_still():
    table = {"city": ["北京", "上海", "东京", "大阪"] * 15, "y": ["a", "b"] * 30}
    (column,) = learn_schema(open_table(table).batches(), "y").schema.columns
    assert column.encoder.kind == "category"


def test_a_model_of_before_keeps_the_words_it_has():
    data = {"kind": "text", "words": ["ह", "न"], "flags_missing": False}
    encoder = encoder_from_json(data)
    table = {"x": ["हिन्दी"]}
    (batch,) = open_table(table).batches()
    assert encoder.encode(Cells.of(batch, "x")).features.any(axis=1).all()
    assert not TextEncoder(("ह", "न"), False, any_script=True).encode(Cells.of(batch, "x")).features.any()
