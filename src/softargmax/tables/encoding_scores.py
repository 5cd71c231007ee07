"""How much a text looks as if it had been read in the right encoding.

Bytes above 7F say nothing by themselves: in each encoding they are other letters. But only in the right one do the
letters make words: those of one language, capitals at the beginning, accents where that language has them. So each
such letter gets points for itself and its two neighbours, about 1 where all is well and below 0 for what no language
writes.
"""

import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache

from softargmax.tables._letters import (
    ALPHABETS,
    GROUP_POINTS,
    GROUPS,
    NEVER_FINAL,
    ONLY_FINAL,
    CodePage,
    DoubleByte,
)

_BLOCKS = {  # from, to, and the script that stands there
    "Greek": ((0x370, 0x400),),
    "Cyrillic": ((0x400, 0x530),),
    "Hebrew": ((0x590, 0x600),),
    "Arabic": ((0x600, 0x780), (0xFB50, 0xFE00)),
    "Thai": ((0xE00, 0xE80),),
}


def score(text: str, encoding: CodePage | DoubleByte) -> dict[str, float]:
    """Give each character beyond ASCII the points of all places where it stands."""
    seen = Counter(three for three in zip(" " + text, text, text[1:] + " ", strict=False) if not three[1].isascii())
    points: dict[str, float] = defaultdict(float)
    if isinstance(encoding, DoubleByte):
        for (before, letter, after), times in seen.items():
            points[letter] += times * _double_byte_points(before, letter, after, encoding)
        return points
    letters: Counter[str] = Counter()
    for (before, letter, after), times in seen.items():
        if _script(letter) == encoding.script:
            letters[letter] += times
            points[letter] += times * _place_points(before, letter, after, encoding.script)
        else:
            points[letter] += times * _stranger_points(before, letter, after)
    # One language has to explain all letters: Hungarian in the wrong code page has õ, which Estonian writes, and û,
    # which French does.
    worths = map(_worths, encoding.languages or (encoding.script,))
    explained = ({letter: times * worth.get(letter, -0.6) for letter, times in letters.items()} for worth in worths)
    for letter, worth in max(explained, key=lambda each: sum(each.values())).items():
        points[letter] += worth
    return points


@lru_cache
def _worths(letters: str) -> dict[str, float]:
    """Give what each letter is worth, of a language in Latin script or of another script."""
    if letters in ALPHABETS:
        common, _, rare = ALPHABETS[letters].partition("|")
        step = 0.6 / len(common)
        ranked = [(letter, 1.2 - step * place) for place, letter in enumerate(common)]
        groups = ((rare, 0.3), *ranked)
    else:
        groups = tuple(zip(GROUPS[letters].split(), GROUP_POINTS, strict=False))
    return {letter: points for group, points in groups for letter in group + group.upper()}


def _place_points(before: str, letter: str, after: str, script: str) -> float:
    """Judge a letter of the right script by its neighbours; nothing is wrong with most."""
    points = 0.0
    if letter.isupper() and before.islower():
        points -= 2.0
    if letter.islower() and after.isupper():
        points -= 1.5
    if letter.isupper() and not (before + after).isascii() and (before.isupper() or after.isupper()):
        points -= 0.3
    points -= 2.0 * sum(_script(neighbour) not in ("", script) for neighbour in (before, after))
    points -= 0.6 * (before.isdigit() + after.isdigit())
    if script == "Latin":
        points -= 0.25 * sum(_is_vowel(letter) == _is_vowel(neighbour) for neighbour in (before, after))
    inside = _script(after) == script and after.isalpha()
    if (letter in ONLY_FINAL and inside) or (letter in NEVER_FINAL and not inside):
        points -= 1.0
    if script == "Thai" and unicodedata.category(letter) == "Mn" and not "\u0e01" <= before <= "\u0e4e":
        points -= 1.5
    return points


def _stranger_points(before: str, symbol: str, after: str) -> float:
    """Judge what is no letter of the script; a sign by its place: a quotation mark opens a word."""
    if "\x80" <= symbol < "\xa0":
        return -4.0  # control characters, which no text holds
    if _script(symbol):
        return -1.0
    opens, closes = not before.isalnum() and (after.isalnum() or after in "¿¡“‘"), not after.isalnum()
    if symbol in "“‘«„‚‹¿¡":
        fits = opens
    elif symbol in "”»›":
        fits = closes and not before.isspace()
    elif symbol == "’":
        fits = before.isalpha()
    elif symbol in "€£¥§№":
        fits = before.isdigit() or after.isdigit() or (after == " " and not before.isalnum())
    elif symbol in "°ºª²³":
        fits = before.isdigit() or before in "Nnm" or (before == " " and after in "CF")
    elif symbol in "½¼¾±×":
        fits = not before.isalpha() and not after.isalpha()
    else:
        fits = symbol in "…–—•·®™©\xa0\xad" and not (before.isalpha() and after.islower())
    return 1.0 if fits else -0.8


def _double_byte_points(before: str, letter: str, after: str, encoding: DoubleByte) -> float:
    if "\ue000" <= letter < "\uf900":
        return -2.0  # for private use
    # A letter beside it may be the rest of a word of which it has swallowed a piece.
    points = -0.75 * sum(neighbour.isascii() and neighbour.isalpha() for neighbour in (before, after))
    code = letter.encode(encoding.codec)
    if len(code) == 1:
        return points  # half-width kana
    if len(code) > 2:
        return points - 0.5
    row = next((points for first, last, points in encoding.rows if first <= code[0] <= last), -0.9)
    if code[1] < encoding.second:
        row = min(row, -0.3)
    return points + row + 0.6 * (letter in encoding.common)


@lru_cache(1 << 12)
def _is_vowel(letter: str) -> bool | None:
    """Tell vowels from consonants, for both like to stand beside the other; None for what is no letter."""
    return unicodedata.normalize("NFD", letter)[0].lower() in "aeiouyıæœø" if letter.isalpha() else None


@lru_cache(1 << 12)
def _script(letter: str) -> str:
    """Tell the script of a letter or mark; "" for everything else."""
    if unicodedata.category(letter)[0] not in "LM":
        return ""
    for script, blocks in _BLOCKS.items():
        if any(first <= ord(letter) < last for first, last in blocks):
            return script
    return "Latin" if letter.isascii() or unicodedata.name(letter, "").startswith(("LATIN", "COMBINING")) else "other"
