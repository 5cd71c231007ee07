"""One page that shows whether a classifier can be believed: a template, and the text between the figures."""

import hashlib
import os
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from softargmax import __version__
from softargmax._atomic import written_whole
from softargmax._drawing import style
from softargmax._drawing.digits import count, percent, plain
from softargmax._drawing.markup import Markup, clipped, element, foreign, joined
from softargmax._renamed import provisional
from softargmax._words import counted, cut_within
from softargmax.metrics import Assessment, Comparison
from softargmax.report.blocks import paragraph, section
from softargmax.report.figures_of_answers import answered, lists, mixed_up, worst
from softargmax.report.figures_of_belief import believed, claims
from softargmax.report.figures_of_change import improved
from softargmax.report.figures_of_columns import column_by_column
from softargmax.report.figures_of_parts import classes as class_by_class
from softargmax.report.figures_of_parts import groups
from softargmax.report.sentences import SMALL, quoted
from softargmax.report.subject import Subject
from softargmax.report.verdict import headline, verdict

if TYPE_CHECKING:  # whoever has one has imported it
    from softargmax.pipeline.column_lines import ColumnLine

_RANGE = (
    "In brackets stands a range: {confidence:g} of 100 such ranges hold the figure that endless rows of the same kind "
    "would give."
)


@provisional
def report(
    assessment: Assessment,
    /,
    *,
    path: str | os.PathLike[str] | None = None,
    before: Assessment | None = None,
    comparison: Comparison | None = None,
    classes: Sequence[Any] | None = None,
    title: str = "a classifier",
    made: Sequence[tuple[str, str]] = (),
    key_names: Sequence[str] = (),
    fitted: int | None = None,
    columns: "Sequence[ColumnLine]" = (),
    remarks: Sequence[str] = (),
) -> str:
    """Set one page that shows whether a classifier can be believed: HTML that needs no network and no script.

    It holds what the assessment holds, counts and curves, and of single rows only the worst ones that were kept. The
    same assessment gives the same bytes.

    Parameters
    ----------
    assessment : Assessment
        What was measured.
    path : path, optional
        A file to write the page to, whole or not at all.
    before : Assessment, optional
        The same rows before calibration.
    comparison : Comparison, optional
        What `softargmax.compare` finds between the two; without it nothing is said about differences.
    classes : sequence of length n_classes, optional
        What the classes are called; their codes by default.
    title : str
        What is judged, in a few words.
    made : sequence of pairs of str
        What else is to be said of how the page was made: a word, and what it is about.
    key_names : sequence of str
        The heads of the parts of the keys of the worst rows.
    fitted : int, optional
        How many other rows the calibration was fitted to.
    columns : sequence of ColumnLine
        Of a model of tables, what `softargmax.pipeline.column_lines.column_lines` says of its columns.
    remarks : sequence of str
        What has to be known before the figures are believed, in whole sentences.

    Returns
    -------
    str
        The page.

    Raises
    ------
    ArgumentError
        For an assessment of an older file, which holds no curves, and for arguments that do not fit it.

    See Also
    --------
    softargmax.assess : measures; ``keep_worst=`` and ``groups=`` add to the page.

    Examples
    --------
    >>> import softargmax as sm
    >>> from softargmax.report import report
    >>> found = sm.assess([0, 1, 1], logits=[[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]])
    >>> page = report(found, classes=["cat", "dog"], title="three pictures")
    >>> "too few rows to tell whether its probabilities can be believed" in page
    True
    """
    subject = Subject.of(
        assessment,
        classes,
        before=before,
        comparison=comparison,
        title=title,
        made=tuple(made),
        key_names=tuple(key_names),
        fitted=fitted,
        columns=tuple(columns),
        remarks=tuple(remarks),
    )
    page = _page(subject)
    if path is not None:
        with written_whole(Path(path)) as unfinished:
            unfinished.write_text(page, encoding="utf-8", newline="\n")
    return page


def _page(subject: Subject) -> str:
    """Put everything into the template."""
    sheet = style() + Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    words = headline(subject)
    parts = [part for part in _sections(subject) if part is not None]
    links = [("verdict", "In short"), *((key, name) for key, name, _ in parts), ("made", "How it was made")]
    contents = element(
        "nav",
        element("ol", *(element("li", element("a", name, href=f"#{key}")) for key, name in links)),
        aria_label="On this page",
    )
    head = element("header", _kicker(subject), element("h1", words, id="h-verdict"))
    body = joined(_first(subject), contents, *(whole for *_, whole in parts), _made(subject))
    title = element("title", f"{clipped(subject.title)}: {words}")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{title}<style>{sheet}</style></head>\n<body>{head}\n{element('main', body)}</body></html>\n"
    )


def _kicker(subject: Subject) -> Markup:
    """Say what page this is, beside three bars: softmax of 1, 3, 2."""
    heights = (2.2, 16.0, 5.9)
    bars = (
        element("rect", x=7 * i, y=round(18.0 - height, 1), width=5, height=height, cls="accent")
        for i, height in enumerate(heights)
    )
    logo = element("svg", *bars, width=19, height=18, aria_hidden="true")
    return element("p", logo, element("span", "softargmax report: ", foreign(subject.title)), cls="kicker")


def _first(subject: Subject) -> Markup:
    """Give the verdict, and claims beside facts."""
    now = subject.now
    rows = [line.rows for line in subject.occurring]
    sizes = count(min(rows)) if min(rows) == max(rows) else f"{count(min(rows))} to {count(max(rows))}"
    of = f"{counted(now.n, 'rows', ',')} in {counted(len(rows), 'classes', ',')} of {sizes}."
    facts = [element("p", element("b", "Judged:"), " ", of)]
    if subject.fitted is not None:
        facts.append(element("p", element("b", "Calibrated"), f" on {subject.fitted:,} other rows."))
    facts.append(element("p", element("a", "How this page was made", href="#made")))
    beside = (
        _RANGE.format(confidence=100.0 * now.confidence),
        *(foreign(cut_within(text), 600) for text in subject.remarks),
    )
    small = (element("p", text, cls="small") for text in beside)
    deck = element("div", *(element("p", sentence) for sentence in verdict(subject)), *small, cls="deck")
    note = element("div", *facts, cls="note")
    return element("section", deck, note, claims(subject), id="verdict", aria_labelledby="h-verdict", cls="first")


def _sections(subject: Subject) -> list[tuple[str, str, Markup] | None]:
    """Give key, name in the table of contents, and the whole of every part that there is something to say in."""
    p = 30 if subject.is_event else 80
    said = percent(p / 100.0)
    event = (
        joined("For every row the model gives a probability of ", quoted(subject.name(1)), ", its risk. ")
        if subject.is_event
        else joined("For every row the model names a class and says how sure it is. ")
    )
    promise = element(
        "p",
        event,
        f"That number can be believed if, among all rows where it says {said}, it comes true about {p} times in 100. "
        "Probabilities that keep this promise are called ", element("dfn", "calibrated"), ", and to correct them with "
        "rows that the model has not seen is ", element("dfn", "calibration"), ".",
    )  # fmt: skip
    question = f"When it says {said}, {'does it come true' if subject.is_event else 'is it right'} {p} times in 100?"
    answer = element(
        "p",
        "A model may also say “I don’t know” and leave a row to a person. If it answers only where it is sure, fewer "
        "of its answers are wrong. How sure it has to be is the ", element("dfn", "threshold"), ".",
    )  # fmt: skip
    promised = 95.0 if subject.now.sets is None else 100.0 * subject.now.sets.promised
    sets = element(
        "p",
        "Instead of one class the model can give a list that holds the truth as often as promised, here "
        f"{promised:g} times in 100. It is long where the model is unsure. Such a list is called a ",
        element("dfn", "prediction set"), ".",
    )  # fmt: skip
    four = "There are four ways to count errors here. All are 0 for a perfect model, and each sees what others do not."
    fair = "Probabilities that are right on the whole can be too high for some and too low for others."
    return [
        _part("reliability", "Can it be believed?", question, promise, believed(subject)),
        _part("change", "Before and after", "What calibration changed", paragraph(four), improved(subject)),
        _part("coverage", "How many rows alone", "How many rows can it answer alone?", answer, answered(subject)),
        _part("confusion", "What it mixes up", "What it mixes up",
              paragraph("Which classes does it take for which others?"), mixed_up(subject)),
        _part("classes", "Class by class", "Class by class",
              paragraph("Where are the errors? Each line is one class, those that cost most first."),
              class_by_class(subject)),
        _part("groups", "Group by group", "Is it as honest to every group?", paragraph(fair), groups(subject)),
        _part("sets", "A list, not one answer", "If one answer is not enough: a list", sets, lists(subject)),
        _part("worst", "The worst rows", "Sure, and wrong",
              paragraph("A few rows that went wrong often tell more than any figure."), worst(subject)),
        _part("columns", "Column by column", "What it looks at",
              paragraph("Every column of the table, and what was made of its values."), column_by_column(subject)),
    ]  # fmt: skip


def _part(key: str, name: str, heading: str, words: Markup, drawn: Markup | None) -> tuple[str, str, Markup] | None:
    return None if drawn is None else (key, name, section(key, heading, words, drawn))


def _made(subject: Subject) -> Markup:
    """Say what the page rests on."""
    worst = len(subject.now.worst or ())
    rows = f"Of single rows it holds only the {worst} under “Sure, and wrong”." if worst else "It holds no single row."
    error = "of the probability of the second class" if subject.is_event else "of the class that is named"
    small, twice = plain(SMALL, 2), plain(2.0 * SMALL, 2)
    rules = (
        f"“Can be believed” is said where the calibration error {error}, in 15 bins of equal width, is very likely no "
        f"more than {small}, and “almost” where it is no more than {twice}; “cannot” where it is very likely more than "
        f"{small}. These limits are a judgement, and your use may need others."
    )
    lines = [*subject.made, ("Rows judged", f"{subject.now.n:,}"), ("Made by", f"softargmax {__version__}")]
    listed = element(
        "dl",
        *(joined(element("dt", clipped(word)), element("dd", _value(word, value))) for word, value in lines),
        cls="made",
    )
    held = paragraph(f"This page holds counts and curves. {rows}")
    return section("made", "How this page was made", held, paragraph(rules), listed)


def _value(word: str, value: str) -> Markup:
    """Set a command so that it breaks between its words only."""
    if word != "Command":
        return foreign(value, 400)
    parts = [element("span", clipped(part, 200)) for part in value.split()]
    return element("code", *(joined(part, " ") for part in parts))
