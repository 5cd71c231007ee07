"""Figures about answers: how many it can give alone, what it mixes up, lists instead of one answer, the worst rows."""

from softargmax._drawing.digits import count, percent, plain
from softargmax._drawing.dots_and_bars import bar, bars, mark
from softargmax._drawing.lines import along_share
from softargmax._drawing.markup import Markup, element, foreign, joined
from softargmax._drawing.squares import is_wide, matrix
from softargmax.report.blocks import facts, figure, heading, table
from softargmax.report.how_to_read import note
from softargmax.report.sentences import quoted, said, times
from softargmax.report.subject import Subject, ends

_NAMED = 10


def answered(subject: Subject) -> Markup:
    """How many rows can be answered, at which share of wrong answers."""
    found = subject.now.risk_coverage
    assert found is not None
    base = found.risk[-1]
    was = None if subject.before is None else subject.before.risk_coverage
    beyond = [high for at, high in zip(found.coverage, found.high, strict=True) if at > 0.3]
    top = max(base * 1.15, *beyond, 0.0 if was is None else was.risk[-1] * 1.05, 1e-9)
    points = [
        (one.coverage, one.risk.value, f"{percent(round(one.coverage, 3))} answered,", f"{plain(one.risk.value)} wrong")
        for one in found.thresholds[:3]
    ]
    lines = [("curve accent", found.coverage, found.risk)]
    words = [(1.0, base, "strong accent", plain(base))]
    if was is not None:
        lines.insert(0, ("curve grey", was.coverage, was.risk))
        if was.risk[-1] - base > 0.08 * top:
            words.append((1.0, was.risk[-1], "end", f"before calibration, {plain(was.risk[-1])}"))
    described = f"Answering every row, {plain(base)} are wrong. " + " ".join(
        f"Answering {plain(one.coverage)}, {plain(one.risk.value)} are wrong." for one in found.thresholds
    )
    plot = along_share(
        "rc", "Wrong answers against rows answered", described, lines, top=top,
        band=(found.coverage, found.low, [min(high, 1.2 * top) for high in found.high]), points=points, words=words,
        below="of the rows are answered, the surest first →",
    )  # fmt: skip
    rows = [
        [times(one.wished), plain(one.top_probability), plain(one.coverage), said(one.risk)] for one in found.thresholds
    ]
    wrong = subject.now.accuracy
    everything = f"{plain(1.0 - wrong.value, 3)} ({plain(1.0 - wrong.high, 3)} to {plain(1.0 - wrong.low, 3)})"
    rows.append(["no limit", "never", "1", everything])
    use = table(["Wrong at most", "Silent below", "Answered", "Wrong among them"], rows, "Thresholds to use", "picks")
    step = max(1, len(found.coverage) // 12)
    picks = [
        [plain(a), plain(b), f"{plain(c)} to {plain(d)}"]
        for a, b, c, d in list(zip(found.coverage, found.risk, found.low, found.high, strict=True))[::-1][::step][::-1]
    ]
    before = " The thin grey line is before calibration." if was is not None else ""
    drawn = joined(element("div", plot, cls="plot"), element("div", use, cls="open"))
    numbers = table(["Answered", "Wrong", "Range"], picks, "Wrong answers against rows answered")
    return figure(
        "f-coverage",
        _answered_finding(subject),
        "Share of wrong answers ↑ among the rows answered",
        drawn,
        note("coverage", before=before),
        numbers,
    )


def _answered_finding(subject: Subject) -> Markup:
    found = subject.now.risk_coverage
    assert found is not None
    if not found.thresholds:
        if found.risk[-1] <= 0.0:
            return joined("No answer is wrong: it can answer every row.")
        return joined("No threshold gives fewer wrong answers that these rows can vouch for.")
    one = next((one for one in found.thresholds if one.wished < found.risk[-1]), found.thresholds[-1])
    return joined(
        f"If it keeps silent wherever it is less than {percent(round(one.top_probability, 3))} sure, it still answers "
        f"{times(one.coverage, ' rows')}; of those answers {times(one.risk.value)} are wrong."
    )


def mixed_up(subject: Subject) -> Markup:
    """The confusion matrix, and the largest confusions by name."""
    found = subject.now.confusion
    assert found is not None
    names = [subject.name(code) for code in found.order]
    if found.folded:
        names.append(f"{found.folded:,} other{'s' * (found.folded > 1)}")
    finding = joined("No row is mixed up.")
    largest = found.largest[:_NAMED]
    panels = []
    if largest:
        first = largest[0]
        rows = f"{count(first.count)} time{'s' * (first.count != 1.0)}"
        finding = joined(
            "Most often ", quoted(subject.name(first.truth)), " is called ", quoted(subject.name(first.answer)),
            f": {rows}, which is {times(first.count / first.of)} of its rows.",
        )  # fmt: skip
        wrong = sum(line.errors for line in subject.lines) / 2.0
        together = sum(one.count for one in largest)
        of = f"all {count(wrong)}" if together >= wrong else f"{count(together)} of the {count(wrong)}"
        listed = [
            (
                joined(
                    foreign(subject.name(one.truth), 40),
                    element("i", " called "),
                    foreign(subject.name(one.answer), 40),
                ),
                bar(one.count / first.count, "warn", thick=6),
                f"{count(one.count)} of {count(one.of)}",
            )
            for one in largest
        ]
        panels.append(
            element("div", heading("The largest confusions", f"{of} wrong answers"), bars(listed, "mixed"), cls="side")
        )
    rest = bool(found.folded)
    drawn = matrix("cm", "Confusion matrix", "Truth in rows, answers in columns.", names, found.counts, rest=rest)
    panels.insert(
        0, element("div", heading("Truth in rows, answer in columns", "numbers of rows"), drawn, cls="panelm")
    )
    numbers = table(
        ["Truth", *(foreign(name, 24) for name in names)],
        [[foreign(name, 24), *map(count, row)] for name, row in zip(names, found.counts, strict=True)],
        "Truth in rows, answer in columns", "narrow",
    )  # fmt: skip
    folded = ""
    if rest:
        folded = f" Only {len(found.order)} classes are drawn, those most mixed up, and the others as one."
    beside = "two matrix-two" if len(names) > 3 else "two"
    return figure(
        "f-confusion",
        finding,
        "",
        element("div", *panels, cls="wide" if is_wide(found.counts, rest=rest) else beside),
        note("confusion", folded=folded),
        numbers,
    )


_NUMBERS = ("no class", "one class", "two classes", "three classes", "four classes")


def lists(subject: Subject) -> Markup | None:
    """Prediction sets: whether the promise is kept, and how long the lists are."""
    sets = subject.now.sets
    if sets is None:
        return None
    kept = "is more than kept" if sets.coverage.low > sets.promised else "is kept"
    kept = "is not quite kept" if sets.coverage.high < sets.promised else kept
    single = sets.sizes[1] if len(sets.sizes) > 1 else 0.0
    kept = f"The promise {kept}: {said(sets.coverage)} of the lists hold the truth."
    named = {0.0: "No list names", 1.0: "Every list names"}.get(single, f"{times(single, ' lists')} name")
    finding = joined(f"{kept} {named} a single class.")
    rows = [
        (joined(_NUMBERS[i]), bar(share, "accent"), plain(share)) for i, share in enumerate(sets.sizes[:5]) if share
    ]
    more = sum(sets.sizes[5:])
    if more:
        longest = len(sets.sizes) - 1
        words = "five classes" if longest == 5 else f"5 to {longest:,} classes"
        rows.append((joined(words), bar(more, "accent"), plain(more)))
    low = max(0.0, min(sets.coverage.low, sets.promised) - 0.03)
    drawn = mark(
        ends(sets.coverage), sets.promised, (low, 1.0), cls="odd" if sets.coverage.high < sets.promised else ""
    )
    scale = element("span", element("i", plain(low, 2)), element("i", "1"), cls="ends")
    promise = facts(
        [("The promise", f"{plain(sets.promised)} (tick), kept {plain(sets.coverage.value, 3)}", joined(drawn, scale))],
        "facts kept",
    )

    shown = "Share of rows by the length of their list"
    return figure("f-sets", finding, shown, joined(promise, bars(rows, "sizes")), note("sets"))


def worst(subject: Subject) -> Markup | None:
    """The rows it was surest of, and wrong."""
    rows = subject.now.worst
    if not rows:
        return None
    first = rows[0]
    keys = subject.key_names if len(subject.key_names) == len(first.key) else ()
    head = [*(keys or ("Row",)), "Truth", "Answer", "How sure", "Gave the truth"]
    body = [
        [
            *([foreign(part, 24) for part in row.key] if keys else [foreign(" ".join(row.key), 40)]),
            foreign(subject.name(row.truth), 24),
            foreign(subject.name(row.answer), 24),
            plain(row.probability),
            plain(row.truth_probability) if row.truth_probability >= 1e-5 else "under .00001",
        ]
        for row in rows
    ]
    finding = joined(
        "It was surest, and wrong, in ",
        "row ",
        foreign(" ".join(first.key)),
        f": {percent(round(first.probability, 4))} sure of ",
        quoted(subject.name(first.answer)), ", and the truth is ", quoted(subject.name(first.truth)), ".",
    )  # fmt: skip

    drawn = element("div", table(head, body, "The surest wrong answers", "rows listed"), cls="open")
    return figure("f-worst", finding, "", drawn, note("worst", here=_surest(subject)))


def _surest(subject: Subject) -> str:
    """Say how many errors were to be expected among the surest rows, and how many there were."""
    told = subject.now.told
    if not told:
        return ""
    last, first = told[-1], told[0]
    rows, expected, found = last.rows, last.rows * (1.0 - last.said), last.rows * (1.0 - last.happened.value)
    sure = f"{percent(last.low)} sure"
    if subject.is_event:
        if first.high > 0.5 or last.low < 0.5:
            return ""
        rows, expected, found = (
            rows + first.rows,
            expected + first.rows * first.said,
            found + first.rows * first.happened.value,
        )
        sure = f"{percent(last.low)} sure, or {percent(1.0 - first.high)} sure of the other class"
    about = plain(expected, 1) if expected < 100.0 else count(round(expected))
    return (
        f"of the {count(round(rows))} rows in which it was at least {sure}, it expected {about} to be "
        f"wrong; {count(round(found))} {'was' if round(found) == 1 else 'were'}."
    )
