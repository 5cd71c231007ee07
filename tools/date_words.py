"""Make the list of words that dates are written with, from the Unicode consortium's CLDR as Babel carries it.

    python -m pip install babel
    python tools/date_words.py > src/softargmax/tables/dates/words.txt

What CLDR lacks is added here by hand; the halves of the day are, because its short forms of them are other words too
("de" in Hungarian).
"""

import sys
import unicodedata
from collections import defaultdict

from babel import Locale  # type: ignore[import-not-found]

# Croatian is not among them: its names of months are other months in Czech and Polish (listopad, srpanj and srpen).
LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "sl", "hu", "ro", "bg",
    "ru", "uk", "el", "tr", "lt", "lv", "et", "is", "id", "ms", "th", "hi", "he", "ar", "fa", "vi",
)  # fmt: skip
# What CLDR does not hold, and what people write.
BY_HAND = {
    ("en", "9"): ["sept"],
    ("en", "name"): ["date", "datetime", "dt", "day", "timestamp", "time", "epoch", "unixtime"],
    ("de", "name"): ["datum", "tag"],
    ("fr", "name"): ["jour"],
    ("es", "name"): ["fecha"],
    ("it", "name"): ["giorno"],
    ("pt", "name"): ["data", "dia"],
    ("da", "name"): ["dato"],
    ("fi", "name"): ["päivä", "päivämäärä"],
    ("pl", "name"): ["dzień"],
    ("sk", "name"): ["dátum"],
    ("et", "name"): ["kuupäev"],
    ("id", "name"): ["tanggal"],
    ("tr", "name"): ["tarih", "tarihi"],
    ("vi", "name"): ["ngày"],
    ("ru", "name"): ["дата"],
    ("el", "name"): ["ημερομηνία"],
    ("he", "name"): ["תאריך"],
    ("ar", "name"): ["تاريخ"],
    ("fa", "name"): ["تاریخ"],
    ("hi", "name"): ["तारीख", "दिनांक"],
    ("th", "name"): ["วันที่"],
    ("zh", "name"): ["日期", "时间戳"],
    ("ja", "name"): ["日付", "年月日"],
    ("ko", "name"): ["날짜", "일자"],
    ("de", "1"): ["jänner"],
    ("de", "3"): ["maerz", "mrz"],
    ("es", "9"): ["setiembre", "set"],
    ("ru", "5"): ["мая", "май"],
    ("en", "am"): ["am", "a.m."],
    ("en", "pm"): ["pm", "p.m."],
    ("tr", "am"): ["öö"],
    ("tr", "pm"): ["ös"],
    ("th", "am"): ["ก่อนเที่ยง"],
    ("th", "pm"): ["หลังเที่ยง"],
    ("el", "am"): ["π.μ.", "πμ"],
    ("el", "pm"): ["μ.μ.", "μμ"],
    ("fa", "am"): ["ق.ظ"],
    ("fa", "pm"): ["ب.ظ"],
    ("ar", "am"): ["ص"],
    ("ar", "pm"): ["م"],
    ("zh", "am"): ["上午", "凌晨", "早上"],
    ("zh", "pm"): ["下午", "晚上"],
    ("ja", "am"): ["午前"],
    ("ja", "pm"): ["午後"],
    ("ko", "am"): ["오전"],
    ("ko", "pm"): ["오후"],
}
HEADER = """\
# The words that dates are written with: a language, what the words mean, and the words themselves, parted by tabs.
# A meaning is a month from 1 to 12, am or pm, day for the days of the week, which are passed over, or name for words
# in the name of a column which say that it holds dates.
# Lines may be added; a word that is two months is an error. Made by tools/date_words.py from CLDR (Unicode License v3).
"""


def words_of(language: str) -> dict[str, list[str]]:
    """Give all words of a language by their meaning."""
    locale, words = Locale.parse(language), defaultdict(list)
    for names in (names for forms in locale.months.values() for names in forms.values()):
        for month, name in names.items():
            words[str(month)].append(name)
    for names in (names for forms in locale.days.values() for names in forms.values()):
        words["day"] += names.values()
    return words


def plain(word: str) -> str:
    """Write a word as it is looked up: composed, in small letters, without a full stop at its end."""
    return unicodedata.normalize("NFC", word).lower().strip().rstrip(".")


def is_a_word(word: str) -> bool:
    """Leave out what is a number or a single letter, as the narrow names of months are."""
    return len(word) > 1 and not any(map(str.isdecimal, word))


def main() -> None:
    """Write the list."""
    meanings: dict[str, set[str]] = defaultdict(set)
    lines = []
    for language in (*LANGUAGES, "zh", "ja", "ko"):
        words = words_of(language) if language in LANGUAGES else {}
        for meaning in [*map(str, range(1, 13)), "am", "pm", "day", "name"]:
            found = [plain(word) for word in words.get(meaning, ())]
            if language == "he" and meaning.isdecimal():
                found += ["ב" + word for word in found]  # "in January", in one word
            kept = {word for word in found if is_a_word(word)} | {
                plain(w) for w in BY_HAND.get((language, meaning), ())
            }
            lines += ["\t".join([language, meaning, *sorted(kept)])] if kept else []
            for word in kept if meaning.isdecimal() else ():
                meanings[word].add(meaning)
    double = {word: months for word, months in meanings.items() if len(months) > 1}
    if double:
        sys.exit(f"words that are several months: {double}")
    sys.stdout.write(HEADER + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
