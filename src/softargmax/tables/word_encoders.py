"""How categories and texts become features: the frequent levels, and the frequent words."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from softargmax._words import counted
from softargmax.tables.encoder import Encoded, Encoder, with_flag
from softargmax.tables.names import plain
from softargmax.tables.words import words_in

if TYPE_CHECKING:  # whoever has a column to encode has imported them; one row as a dictionary goes without Arrow
    from softargmax.tables.cells import Cells
    from softargmax.tables.columns.column_summary import ColumnSummary

# Every level and every word is a feature of every row, so their number is bounded, by hand: with a thousand levels or
# words a table of a hundred thousand rows would take 400 MB per column. The frequent ones are kept.
MOST_LEVELS = 100
MOST_WORDS = 256
# Rare levels are remembered in order to tell them from unknown ones; more would make model files of their text.
MOST_RARE = 1000
# So many texts tell how many have none of the words that are kept, to within one in a hundred.
_TEXTS = 2000
_NOBODY = np.empty(0, np.int64)
# A level or word in one row cannot be learned from: nothing tells whether what goes with it does so by chance.
_FEWEST_ROWS = 2
# The words of models of before version 0.2, which cut them at vowel signs, and at the dot of a Turkish capital I.
_WORD_BEFORE = re.compile(r"\w+")


@dataclass(frozen=True)
class CategoryEncoder(Encoder):
    """One-hot over the frequent levels; a rare or unknown level is none of them."""

    levels: tuple[str, ...]
    rare: tuple[str, ...]
    n_rare: int
    flags_missing: bool
    is_hexadecimal: bool = False
    kind: str = "category"

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take the levels that occur, the frequent and the rare ones."""
        counts = Counter({str(level): count for level, count in summary.counts().items()})
        frequent = [level for level, count in counts.most_common(MOST_LEVELS) if count >= _FEWEST_ROWS]
        rare = sorted(counts.keys() - frequent)
        n_rare = summary.n_distinct - len(frequent)
        known = tuple(sorted(frequent)), tuple(rare[:MOST_RARE])
        return cls(*known, n_rare, summary.n_missing > 0, summary.is_hexadecimal)

    @property
    def n_features(self) -> int:
        """One per level, and one more that tells where values are missing."""
        return len(self.levels) + self.flags_missing

    def encode(self, cells: "Cells") -> Encoded:
        """Give 1 in the column of the level and 0 elsewhere, and where values are missing.

        Strange are present values that did not occur at fit, unless too many did to remember them all.
        """
        codes = cells.places_in(self._known_texts)
        features = with_flag(codes[:, np.newaxis] == np.arange(len(self.levels)), cells, self.flags_missing)
        if not self.knows_all:
            return Encoded(features)
        unknown = codes < 0
        some = np.count_nonzero(unknown) > cells.n_missing
        return Encoded(features, np.flatnonzero(unknown & ~cells.missing) if some else _NOBODY)

    @property
    def knows_all(self) -> bool:
        """Whether all levels at fit are remembered, so that others can be told from them."""
        return self.n_rare <= len(self.rare)

    @cached_property
    def _known_texts(self) -> Any:
        """Write levels as cells are written; those of a model of version 0.1 may be in other forms of Unicode."""
        import pyarrow as pa

        return pa.array(map(plain, self.levels + self.rare), pa.string())

    def describe(self) -> str:
        """Say in words what happens to the column."""
        together = "1 rare one" if self.n_rare == 1 else f"{self.n_rare} rare ones together"
        rare = f", {together}" if self.n_rare else ""
        hexadecimal = "; hexadecimal, which is not read as numbers" if self.is_hexadecimal else ""
        return f"one-hot, {counted(len(self.levels), 'levels')}{rare}{hexadecimal}"

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count levels that occur once."""
        counts = list(summary.counts().values())
        return counts.count(1), sum(counts)


@dataclass(frozen=True)
class TextEncoder(Encoder):
    """Which of the frequent words occur, divided by the root of how many do.

    `any_script` is whether words are those of `softargmax.tables.words`, as they are since version 0.2.
    """

    words: tuple[str, ...]
    flags_missing: bool
    kind: str = "text"
    any_script: bool = False

    @classmethod
    def of(cls, summary: "ColumnSummary") -> Self:
        """Take the words that occur in most rows."""
        counts: Counter[str] = Counter()
        for text, n_rows in summary.counts().items():
            for word in sorted(words_in(text)):
                counts[word] += n_rows
        frequent = [word for word, count in counts.most_common(MOST_WORDS) if count >= _FEWEST_ROWS]
        return cls(tuple(sorted(frequent)), summary.n_missing > 0, any_script=True)

    @property
    def n_features(self) -> int:
        """One per word, and one more that tells where values are missing."""
        return len(self.words) + self.flags_missing

    def encode(self, cells: "Cells") -> Encoded:
        """Give 1 / sqrt(number of known words) in the columns of the words that occur, and where values are missing.

        Strange are texts without a known word.
        """
        result = np.zeros((len(cells), len(self.words)), np.float32)
        strange = []
        for row, text in enumerate(cells.texts().to_pylist()):
            if known := self.known_in(text or ""):
                result[row, known] = 1.0 / np.sqrt(len(known))
            elif text is not None:
                strange.append(row)
        return Encoded(with_flag(result, cells, self.flags_missing), np.array(strange, np.int64))

    def known_in(self, text: str) -> list[int]:
        """Give the places of the known words that occur in a text."""
        position, words_of = self._position, words_in if self.any_script else _words_before
        return [position[word] for word in words_of(text) if word in position]

    @cached_property
    def _position(self) -> dict[str, int]:
        return {word: j for j, word in enumerate(self.words)}

    def describe(self) -> str:
        """Say in words what happens to the column."""
        n_words = len(self.words)
        return "the most frequent word" if n_words == 1 else f"the {n_words} most frequent words"

    def strange_at_fit(self, summary: "ColumnSummary") -> tuple[int, int]:
        """Count texts without a known word that other texts have too, among some that stand for all."""
        texts = list(summary.counts().items())
        some = [(words_in(text) & self._position.keys(), n_rows) for text, n_rows in texts[:: len(texts) // _TEXTS + 1]]
        rows: Counter[str] = Counter()
        for words, n_rows in some:
            rows.update(dict.fromkeys(words, n_rows))
        alone = sum(n_rows for words, n_rows in some if all(rows[word] == n_rows for word in words))
        return alone, sum(n_rows for _, n_rows in some)


def _words_before(text: str) -> set[str]:
    return set(_WORD_BEFORE.findall(text.lower()))
