"""What a model promises, and how it was kept, in words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from softargmax._words import counted

if TYPE_CHECKING:
    from softargmax.pipeline.kept_promises import KeptPromises, KeptSets
    from softargmax.pipeline.positive import PositiveThreshold
    from softargmax.pipeline.table_decisions import Decisions


def promised(decisions: "Decisions", classes: Sequence[str]) -> Iterator[str]:
    """Say what a model promises, by how many rows, a sentence for each promise."""
    sets, answers, both = decisions.sets, decisions.answers, decisions.sets_of_answered
    if sets is not None:
        share = f"{100 * float(sets.confidence):g} %"
        yield f"sets of classes, {share} of which hold the true class; by {counted(sets.n_calibration_, 'rows')}"
    if answers is not None:
        wrong, sure = f"{100 * answers.risk:g} %", f"with {100 * answers.confidence:g} % confidence"
        least = f"answers where a label has a probability of {answers.threshold_:.4g} or more, at most {wrong} of them"
        if answers.threshold_ == 0.0:
            least = f"answers for every row, at most {wrong} of them"
        elif answers.threshold_ != answers.threshold_:
            least = f"no answers, because at no threshold at most {wrong} of them were"
        yield f"{least} wrong, {sure}; by {counted(answers.n_calibration_, 'rows')}"
    if decisions.positive is not None:
        yield _threshold(decisions.positive, classes)
    if both is not None:
        yield f"sets of the rows that are answered; by {both.n_calibration_} of those"


def _threshold(positive: "PositiveThreshold", classes: Sequence[str]) -> str:
    """Say from which probability on a row is taken for a class, and why."""
    aim = "with the largest F1" if positive.recall is None else f"which finds {100 * positive.recall:g} % of its rows"
    name, least = classes[positive.code], f"{positive.probability:.4g}"
    rows = f"{counted(positive.n, 'rows')}, {positive.n_positive} of them of it"
    return f"{name!r} from a probability of {least} on, {aim}; by {rows}"


def promises_json(decisions: "Decisions", classes: Sequence[str]) -> dict[str, Any]:
    """Give the same as plain data, for JSON."""

    def sets_of(each: Any) -> dict[str, Any] | None:
        return None if each is None else {"confidence": float(each.confidence), "rows": each.n_calibration_}

    answers = decisions.answers
    threshold = None if answers is None or answers.threshold_ != answers.threshold_ else answers.threshold_
    return {
        "sets": sets_of(decisions.sets),
        "answers": answers
        and {
            "risk": answers.risk,
            "confidence": answers.confidence,
            "threshold": threshold,
            "rows": answers.n_calibration_,
        },
        "sets_of_answered": sets_of(decisions.sets_of_answered),
        "positive": decisions.positive
        and {"class": classes[decisions.positive.code], "threshold": decisions.positive.probability}
        | {name: getattr(decisions.positive, name) for name in ("recall", "n_positive", "n")},
    }


def kept(promises: "KeptPromises | None") -> Iterator[tuple[str, str]]:
    """Say how promises were kept: what was measured, its value and range, and what was promised."""
    if promises is None:
        return
    if promises.sets is not None:
        yield from _kept_sets("sets", promises.sets)
    if promises.answers is not None:
        answers = promises.answers
        yield "rows that are answered", str(answers.answered)
        if answers.error_rate.n:
            yield "wrong answers among these", f"{answers.error_rate}, promised {answers.promised:g} at most"
    if (found := promises.positive) is not None:
        wanted = "" if found.promised is None else f", promised {found.promised:g}"
        yield "rows of the class that are found", f"{found.recall}{wanted}"
        yield "rows taken for it that are of it", str(found.precision)
        yield "other rows that are taken for it", str(found.false_alarm_rate)
    if promises.sets_of_answered is not None:
        yield from _kept_sets("sets of answered rows", promises.sets_of_answered)


def _kept_sets(name: str, sets: "KeptSets") -> Iterator[tuple[str, str]]:
    yield f"{name} that hold the true class", f"{sets.coverage}, promised {sets.promised:g}"
    yield f"classes in these {name}, in the mean", str(sets.mean_size)
