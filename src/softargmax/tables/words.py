"""The words of a text, in any script: what is counted, and what a model learns from.

A word is a run of letters, marks and digits: the vowel signs of the scripts of India are marks, and so are accents on
letters that have no form with them. Scripts that part no words (Han, kana, Thai, Lao, Khmer, Burmese) give pairs of
neighbouring characters instead. Upper and lower case are one; so are the dotted and the dotless i of Turkish, because
what is upper case of the one is elsewhere that of the other.
"""

import re
import unicodedata
from functools import cache

_UNPARTED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\uaa60-\uaa7f\u1780-\u17d3\u17dc\u17dd\u3005-\u3007\u3041-\u3096"
    "\u3099-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_UNPARTED}]+")
# Inside of a word: what parts no words, and what does.
_PIECE = re.compile(f"[{_UNPARTED}]+|[^{_UNPARTED}]+")
_SIMPLE = re.compile(r"\w+")
# The joiners between letters of Persian and of the scripts of India.
_JOINERS = "\u200c\u200d"
# Beyond, there are marks that choose among pictures of a letter only.
_LAST_MARK = 0x1E94A
# Characters of a script without blanks that count as a word: the length of most words of Chinese.
_CHARACTERS = 2


def words_in(text: str) -> set[str]:
    """Give the different words of a text.

    >>> sorted(words_in("Das Haus, हिन्दी, 我们走"))
    ['das', 'haus', 'हिन्दी', '们走', '我们']
    """
    folded = text.casefold() if text.isascii() else text.replace("İ", "i").replace("ı", "i").casefold()
    if folded.isascii():
        return set(_SIMPLE.findall(folded))
    found = set()
    for run in _word().findall(folded):
        for word in [run] if run.isascii() or not _RUN.search(run) else _PIECE.findall(run):
            if len(word) <= _CHARACTERS or not _RUN.match(word):
                found.add(word)
            else:
                found.update(word[i : i + _CHARACTERS] for i in range(len(word) - 1))
    return found


def count_words(text: str) -> int:
    """Count the words of a text: what blanks part, and every two characters of scripts that part none."""
    if text.isascii():
        return len(text.split())
    parted = _RUN.sub(" ", text)
    n_unparted = sum(map(len, _RUN.findall(text)))
    return len(parted.split()) + n_unparted // _CHARACTERS


@cache
def _word() -> re.Pattern[str]:
    """Match a run of letters, digits, marks and the joiners among them."""
    marks = [code for code in range(0x300, _LAST_MARK + 1) if unicodedata.category(chr(code))[0] == "M"]
    starts = [code for code, before in zip(marks, [0, *marks], strict=False) if code != before + 1]
    ends = [code for code, after in zip(marks, [*marks[1:], 0], strict=True) if after != code + 1]
    ranges = "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
    return re.compile(f"[\\w{ranges}{_JOINERS}]+")
