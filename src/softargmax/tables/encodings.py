"""In which encoding a file of text is written: decided once, at fit, and kept with the model.

A byte order mark says it; zeros in every second byte do; text that is well-formed UTF-8 from beginning to end is hardly
ever anything else. Where all that fails, every encoding in which the bytes mean anything is tried on the cells that
have letters beyond ASCII, and the readings are compared (`encoding_scores`). Of two that are equally good none is
taken: a wrong encoding spoils names and classes without a word, and a person sees the right one at a glance.
"""

import codecs
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from softargmax._words import did_you_mean
from softargmax.exceptions import ArgumentError, TableError
from softargmax.tables._letters import CODE_PAGES, DOUBLE_BYTES, CodePage, DoubleByte
from softargmax.tables.encoding_scores import score
from softargmax.tables.recoding import Recoder, UndecodableError, blocks, decoded, first_fault

__all__ = ["Encoding", "check_encoding", "decide_encoding", "decoded"]

_HEAD = 1 << 16  # bytes in which zeros and control characters are looked for
_SAMPLE = 1 << 20  # bytes of lines with letters beyond ASCII that are kept
_CELLS = 1 << 14  # bytes of them that are judged, each cell once

# A reading must have _ENOUGH points per letter, and in all be ahead of every other by _LEAD and by _LEAD_NOISE for the
# square root of the letters in which they differ, which is how far chance drives sums apart. Chosen on lists
# of 8, 40 and all names of countries, months, languages and currencies in 33 languages, of which none is read wrong.
_ENOUGH, _LEAD, _LEAD_NOISE = 0.5, 1.25, 0.6

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_ASCII = bytes(range(0x80))
_CONTROLS = bytes({*range(0x20)} - set(b"\t\n\r\f\x1a\x1b"))
# ISO-2022-KR announces itself once, by this, and goes to Korean letters and back by two of them.
_KOREAN, _SHIFTS = b"\x1b$)C", b"\x0e\x0f"
# Who names one of these has a file with characters that only the wider one has, which Windows writes.
_WIDER = {
    "utf-8-sig": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
    "shift_jis": "cp932",
}
_NO_FILES = ("idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape", "unicode-escape", "charmap")
_ORDER = (*CODE_PAGES, *DOUBLE_BYTES)
_WELL_FORMED = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True)
class Encoding:
    """How a file's bytes are read: a name Python knows, and a sentence where something was decided."""

    name: str
    certain: bool = True
    note: str | None = None


def decide_encoding(stream: Callable[[], BinaryIO], limit: int | None = None) -> Encoding:
    """Find out how a file of text is encoded.

    Parameters
    ----------
    stream : callable
        Opens the bytes anew, from the beginning.
    limit : int, optional
        Look at no more than so many bytes; a character may be cut off there.

    Raises
    ------
    TableError
        Where there is no text, text in two encodings, or text that several encodings read equally well.
    """
    head = next(blocks(stream, limit), b"")[:_HEAD]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, note=None if name == "utf-8" else f"read as {name.upper()}, as its first bytes say")
    controls = _CONTROLS.translate(None, _SHIFTS) if _KOREAN in head else _CONTROLS
    if b"\0" in head or len(head) - len(head.translate(None, controls)) > len(head) / 20:
        return _without_mark(head)
    fault = first_fault(stream, limit, "utf-8")
    if fault is not None:
        return _by_score(stream, limit, fault)
    for name in _escaped(stream, limit):
        if first_fault(stream, limit, name) is None:
            return Encoding(
                name, note=f"read as {name.upper().replace('ISO2022_', 'ISO-2022-')}, as its escape sequences say"
            )
    return Encoding("utf-8")


def check_encoding(name: str) -> str:
    """Give Python's name for an encoding of text that a user named, or for the wider one that belongs to it.

    >>> check_encoding("Windows-1252"), check_encoding("gb2312")
    ('cp1252', 'gb18030')

    Raises
    ------
    ArgumentError
        If there is no such encoding, with a name that is near.
    """
    from encodings.aliases import aliases

    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        near = did_you_mean(name, [known for known in (*aliases, *aliases.values()) if len(known) > 3])
        raise ArgumentError(
            f"encoding: expected an encoding of text, as utf-8 or cp1252, got {name!r}{near}", parameter="encoding"
        ) from None
    if codec.name in _NO_FILES or not codec._is_text_encoding:
        raise ArgumentError(
            f"encoding: expected an encoding that files of text have, as utf-8 or cp1252, got {name!r}",
            parameter="encoding",
        )
    return _WIDER.get(codec.name, codec.name)


def _without_mark(head: bytes) -> Encoding:
    """Tell UTF-16 and UTF-32 by the zeros of ASCII letters, which all stand on one side."""
    whole = head[: len(head) // 4 * 4]
    zeros = [whole[place::4].count(0) for place in range(4)]
    most = 0.9 * len(whole) / 4
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    if min(zeros[2:]) > most or min(zeros[:2]) > most:
        name = "utf-32-le" if zeros[3] > zeros[0] else "utf-32-be"
    elif max(even, odd) > max(10 * min(even, odd), len(whole) / 40):
        name = "utf-16-le" if odd > even else "utf-16-be"
    else:
        name = None
    if name is not None:
        try:
            Recoder(name).recode(whole, final=False)
            return Encoding(name, note=f"read as {name.upper()}, as its zero bytes say")
        except UndecodableError:
            pass
    raise TableError(
        "expected a file of text, got bytes as programs keep for themselves (zeros or control characters); export the "
        "table as CSV from the program that wrote it"
    )


def _escaped(stream: Callable[[], BinaryIO], limit: int | None) -> tuple[str, ...]:
    """Name the encodings to try in which ASCII holds other letters, between escape sequences."""
    before = b""
    for block in blocks(stream, limit):
        if b"\x1b" in block and (b"\x1b$" in before + block or b"\x1b(" in before + block):
            return ("iso2022_kr", "iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext")
        before = block[-1:]
    return ()


@dataclass(frozen=True)
class _Reading:
    encoding: CodePage | DoubleByte
    text: str
    key: str  # what tells it from other readings: of a code page, what the file's bytes are in it
    number: int  # of bytes above 7F
    points: dict[str, float]  # of each letter

    @property
    def mean(self) -> float:
        return sum(self.points.values()) / sum(not letter.isascii() for letter in self.text)

    @property
    def total(self) -> float:
        """The points of all bytes, less what the encoding is rarer than others."""
        return self.mean * self.number - getattr(self.encoding, "handicap", 0.0)

    @property
    def codec(self) -> str:
        return self.encoding.codec


def _by_score(stream: Callable[[], BinaryIO], limit: int | None, fault: UndecodableError) -> Encoding:
    """Choose among all encodings in which the bytes mean anything, or ask."""
    lines, high = _sample(stream, limit)
    cells = _cells(lines)
    _refuse_mixed(cells, fault)
    readings = sorted(_readings(cells, high), key=lambda reading: -reading.total)
    if not readings:
        raise TableError(f"{fault}, and no other encoding explains all its bytes", parameter="encoding")
    best = readings[0]
    alike = [reading for reading in readings if reading.key == best.key]
    others = [reading for reading in readings if reading.key != best.key]
    if best.mean < _ENOUGH or any(_close(best, other) for other in others):
        raise _undecided(fault, cells, best, others)
    if isinstance(best.encoding, DoubleByte):
        later = first_fault(stream, limit, best.codec)
        if later is not None:
            raise TableError(f"{later}, which the rest is: was the file joined from two?", parameter="encoding")
    chosen = min(alike, key=lambda reading: _ORDER.index(reading.encoding)).encoding
    behind = f" (next best {others[0].encoding.name}, {best.mean - others[0].mean:.2f} behind)" if others else ""
    return Encoding(chosen.codec, certain=False, note=f"read as {chosen.name}{behind}")


def _sample(stream: Callable[[], BinaryIO], limit: int | None) -> tuple[list[bytes], bytes]:
    """Collect lines with bytes above 7F from all over the file, and all these bytes."""
    kept: list[list[bytes]] = []
    high, step, count, size = b"", 1, 0, 0
    for piece in _whole_lines(stream, limit):
        if piece.isascii():
            continue
        high += bytes({*piece.translate(None, _ASCII + high)})
        if count % step == 0:
            kept.append([line for line in re.split(rb"[\r\n]+", piece) if not line.isascii()])
            size += sum(map(len, kept[-1]))
        count += 1
        if size > _SAMPLE and len(kept) > 1:  # from here on every second piece only, and of those before
            kept, step = kept[::2], 2 * step
            size = sum(len(line) for lines in kept for line in lines)
    return [line for lines in kept for line in lines], high


def _whole_lines(stream: Callable[[], BinaryIO], limit: int | None) -> Iterator[bytes]:
    """Give pieces of a file that end where a line does; of one without lines, where a word does."""
    rest, cut = b"", False
    for block in blocks(stream, limit, _SAMPLE // 64):
        rest += block
        ends = b"\n\r" if len(rest) < _SAMPLE else b"\n\r\t ,;"
        end = max(rest.rfind(bytes([byte]), len(rest) - len(block)) for byte in ends) + 1
        if end:
            yield rest[:end]
            rest, cut = rest[end:], limit is not None
    if not cut:
        yield rest


def _cells(lines: list[bytes]) -> list[bytes]:
    """Give the distinct cells with bytes above 7F: a label on every line is one piece of evidence.

    No byte of a character is taken for one of these delimiters, in none of the encodings.
    """
    every = (cell.strip(b" \"'") for line in lines for cell in re.split(rb"[,;\t]", line) if not cell.isascii())
    cells = list(dict.fromkeys(every))
    return cells[:: sum(map(len, cells)) // _CELLS + 1]


def _refuse_mixed(cells: list[bytes], fault: UndecodableError) -> None:
    """Refuse text of which much is UTF-8 and some is not: both readings would spoil a part of it."""
    # In other encodings a letter or two may look like UTF-8 by chance (a table in GBK has 女 in every second line),
    # most letters of different cells do not, and nor do whole words.
    high, well_formed = b"".join(cells).translate(None, _ASCII), _WELL_FORMED.findall(b"\n".join(cells))
    mostly = sum(map(len, well_formed)) >= max(12, 0.6 * len(high))
    words = [cell for cell in cells if len(cell.translate(None, _ASCII)) >= 4]
    partly = sum(_WELL_FORMED.sub(b"", word).isascii() for word in words) >= max(3, 0.1 * len(words))
    if fault.cut_off and mostly:
        raise TableError(str(fault), parameter="encoding")
    if mostly or partly:
        others = f"the {fault.line - 1} before it are" if fault.line > 1 else "others are"
        raise TableError(f"{fault}, {others}: was the file joined from two?", parameter="encoding")


def _readings(cells: list[bytes], high: bytes) -> Iterator[_Reading]:
    sample = b"\n".join(cells)
    if not sample:
        return
    number = len(sample.translate(None, _ASCII))
    for encoding in _ORDER:
        try:
            text = sample.decode(encoding.codec)
            key = high.decode(encoding.codec) if isinstance(encoding, CodePage) else text
        except UnicodeDecodeError:
            continue
        yield _Reading(encoding, text, key, number, score(text, encoding))


def _close(best: _Reading, other: _Reading) -> bool:
    """Tell whether chance could have put `best` ahead."""
    differ = best.number
    if isinstance(best.encoding, CodePage) and isinstance(other.encoding, CodePage):
        # What both have in common says at most which language is likelier: the letters in which they differ must not
        # speak clearly for the other.
        pairs = [(mine, its) for mine, its in zip(best.text, other.text, strict=True) if mine != its]
        differ = len(pairs)
        if sum(best.points[mine] - other.points[its] for mine, its in set(pairs)) < -_LEAD / 2:
            return True
    return best.total - other.total < _LEAD + _LEAD_NOISE * math.sqrt(differ)


def _undecided(fault: UndecodableError, cells: list[bytes], best: _Reading, others: list[_Reading]) -> TableError:
    """Show one cell in the two best readings: whoever knows the language sees at once which is right."""
    two = [best, *others[:1]]
    shown = [_where_different([cell.decode(reading.codec, "replace") for reading in two]) for cell in cells]
    telling = [texts for texts in shown if len(set(texts)) == len(two)] or shown
    texts = min(telling, key=lambda texts: abs(len(texts[0]) - 8))
    ways = " or ".join(f"{text!r} (encoding={reading.codec!r})" for text, reading in zip(texts, two, strict=True))
    return TableError(
        f"{fault}, and what it is instead cannot be told for sure: does one of its cells read {ways}? Pass the "
        "encoding that is right",
        parameter="encoding",
    )


def _where_different(texts: list[str]) -> list[str]:
    """Cut out of long cells the part in which they differ."""
    first = next((place for place, letters in enumerate(zip(*texts, strict=False)) if len({*letters}) > 1), 0)
    return [text[max(0, first - 15) : first + 15] for text in texts]
