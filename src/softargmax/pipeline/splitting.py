"""Which rows of a table are learned from and which ones judge, and what a score then means, in a sentence.

A score is honest for rows that are as new to the model as those it was measured on. Rows dealt at random are new only
if no row tells anything about another. The visits of one patient do, and so does tomorrow about today: where a table
holds such rows, whole groups are kept aside, or the newest rows. Everything is dealt by `deal`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from softargmax._arrays import Array
from softargmax._deal import deal, latest_of, rows_of
from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.labels import ClassLabels
from softargmax.pipeline.records import RARE, FitOptions, Split
from softargmax.tables.notes import Note

# The share of a fold's rows that choose when a network stops: as many as SoftmaxMLP takes by itself.
_STOPPING = 0.1
# Fewer rows than this do not stop a fit: they would choose its epoch by chance.
FEWEST_TO_STOP_BY = 50
# A calibration fitted to fewer rows than this would say more about them than about the model.
FEWEST_TO_CALIBRATE = 10
# Rows for promises are drawn by another random state than the rest is dealt by: one more than any that a user gives.
_DRAWN = 1 << 32
# A group or a time of more than this share of the rows is pointed out.
_MOST = 0.5


@dataclass(frozen=True)
class Turn:
    """One fit: the places of the rows it learns from, of those that only choose when it stops, and of those it is then
    asked about.
    """

    training: Array
    stopping: Array
    outside: Array


@dataclass(frozen=True)
class Keys:
    """What ties rows together: the group of every row, and its time, where there are such columns.

    Attributes
    ----------
    group : ndarray of integer, shape (n_rows,), or None
        From 0, without gaps.
    time : ndarray, shape (n_rows,), or None
        Numbers; -inf where it is missing.
    are_dates : bool
        Whether times are seconds since 1970.
    """

    group: Array | None = None
    time: Array | None = None
    are_dates: bool = False

    def deal(
        self,
        codes: Array,
        rows: Array,
        random_state: int,
        *,
        shares: Sequence[float] | None = None,
        folds: int | None = None,
    ) -> Array:
        """Give each of some rows its part."""
        groups, time = (None if keys is None else keys[rows] for keys in (self.group, self.time))
        return deal(codes[rows], shares=shares, folds=folds, groups=groups, time=time, random_state=random_state)

    @property
    def latest(self) -> Array | None:
        """The time by which a row is dealt: that of the last row of its group."""
        if self.group is None or self.time is None:
            return self.time
        return latest_of(self.group, self.time)


@dataclass(frozen=True)
class Dealt:
    """All rows of a table, dealt.

    Attributes
    ----------
    last : Turn
        The fit that is kept. Where parts are kept aside, it is the only one: its `stopping` rows calibrate it, those
        outside are scored. With folds it has none outside.
    turns : tuple of Turn
        The fits that leave the rows of a fold out; empty if parts are kept aside.
    split : Split
    notes : tuple of Note
    promised : dict
        The places of the rows by which each promise is made, which no fit and no score sees.
    """

    last: Turn
    turns: tuple[Turn, ...]
    split: Split
    notes: tuple[Note, ...]
    promised: dict[str, Array] = field(default_factory=dict)

    @property
    def scored(self) -> Array:
        """The places of the rows that are scored, in their order."""
        return np.sort(np.concatenate([turn.outside for turn in self.turns or (self.last,)]))

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are for what."""
        scored = len(self.scored)
        if self.turns:
            learned = len(self.last.training) + len(self.last.stopping)
            return {"training": learned, "calibration": scored, "score": scored}
        promises = {"promises": sum(map(len, self.promised.values()))} if self.promised else {}
        parts = {"training": len(self.last.training), "calibration": len(self.last.stopping)}
        return parts | promises | {"score": scored}

    @property
    def judged(self) -> tuple[tuple[Array, Array], ...]:
        """The rows that every fit has seen, and those that judge it; rows to calibrate on are known to no score."""
        if not self.turns:
            return ((self.last.training, self.last.outside),)
        return tuple((np.concatenate([turn.training, turn.stopping]), turn.outside) for turn in self.turns)


def deal_rows(codes: Array, labels: ClassLabels, keys: Keys, options: FitOptions, name: str) -> Dealt:
    """Deal the rows of a table as was asked for.

    Parameters
    ----------
    codes : ndarray of integer, shape (n_rows,)
    labels : ClassLabels
    keys : Keys
    options : FitOptions
    name : str
        What messages call the table.

    Raises
    ------
    TableError
        If there are too few groups, times or rows to be parted so.
    """
    every = np.arange(len(codes))
    promised: dict[str, Array] = {}
    if options.folds is None:
        turns: tuple[Turn, ...] = ()
        _refuse_one(keys, options, name)
        last, promised = _parts(codes, keys, options)
    else:
        turns = _turns(codes, keys, options, name)
        last = _turn(every, every[:0], codes, keys, options)
    split = _split(keys, options, np.concatenate([turn.outside for turn in turns or (last,)]), last)
    notes = (*_on_sizes(keys, options, split), *_on_classes(codes, labels, (last, *turns), options))
    return Dealt(last, turns, split, notes, promised)


def _parts(codes: Array, keys: Keys, options: FitOptions) -> tuple[Turn, dict[str, Array]]:
    """Keep rows aside to calibrate and to score on, and before that those that promises are made by.

    These are dealt whatever their class: a promise is about rows that come as they come, and would be off where every
    class, however rare, had to be among those to learn from. In the order of time they stand before those to score on.
    """
    every, promises = np.arange(len(codes)), options.promises
    if not promises:
        return Turn(*rows_of(keys.deal(codes, every, options.random_state, shares=options.shares), 3)), {}
    rest = 1.0 - sum(options.promise_shares)
    if keys.time is not None:
        learned, calibrated, scored = (rest * share for share in options.shares)
        shares = (learned, calibrated, *options.promise_shares, scored)
        training, stopping, *promised, outside = rows_of(
            keys.deal(codes, every, options.random_state, shares=shares), len(shares)
        )
    else:
        shares, random_state = (rest, *options.promise_shares), _DRAWN + options.random_state
        drawn = keys.deal(np.zeros_like(codes), every, random_state, shares=shares)
        others, *promised = rows_of(drawn, 1 + len(promises))
        dealt = keys.deal(codes, others, options.random_state, shares=options.shares)
        training, stopping, outside = (others[rows] for rows in rows_of(dealt, 3))
    if keys.group is not None:
        promised = [_one_of_each(keys.group, rows, options.random_state) for rows in promised]
    return Turn(training, stopping, outside), dict(zip(promises, promised, strict=True))


def _one_of_each(group: Array, rows: Array, random_state: int) -> Array:
    """Draw one row of every group, because rows that depend on each other are fewer than they look."""
    drawn = np.random.default_rng(random_state).permutation(rows)
    return np.sort(drawn[np.unique(group[drawn], return_index=True)[1]])


def _turns(codes: Array, keys: Keys, options: FitOptions, name: str) -> tuple[Turn, ...]:
    """Leave every fold out in turn; of rows in the order of time, learn from those before it only."""
    assert options.folds is not None
    every, forward = np.arange(len(codes)), keys.time is not None
    n_parts = options.folds + forward  # nothing comes before the first part, so it is not scored
    roles = keys.deal(codes, every, options.random_state, folds=n_parts)
    found = len(np.unique(roles))
    if found < n_parts:
        _refuse_one(keys, options, name)
        what = f"different values in {options.time or options.group!r}" if options.time or options.group else "rows"
        fewer = f"; pass folds={found - forward}" if found - forward >= 2 else ""
        raise TableError(
            f"{name}: {options.folds} folds need {n_parts} parts, but there are too few {what} for more than {found}"
            f"{fewer}",
            parameter="folds",
        )
    return tuple(
        _turn(every[roles < part if forward else roles != part], every[roles == part], codes, keys, options)
        for part in range(int(forward), n_parts)
    )


def _turn(inside: Array, outside: Array, codes: Array, keys: Keys, options: FitOptions) -> Turn:
    """Part the rows inside of a fold into those to learn from and those that choose when a network stops."""
    if options.model != "regression" and _STOPPING * len(inside) >= FEWEST_TO_STOP_BY:
        roles = keys.deal(codes, inside, options.random_state, shares=(1.0 - _STOPPING, _STOPPING))
        training, stopping = (inside[rows] for rows in rows_of(roles, 2))
        if len(stopping) >= FEWEST_TO_STOP_BY:
            return Turn(training, stopping, outside)
    return Turn(inside, inside[:0], outside)


def _refuse_one(keys: Keys, options: FitOptions, name: str) -> None:
    """Refuse a single group or time, which nothing can be kept aside of."""
    for column, values, what, parameter in (
        (options.group, keys.group, "groups", "group"),
        (options.time, keys.latest, "times", "time"),
    ):
        if values is not None and len(np.unique(values)) < 2:
            raise TableError(
                f"{name}: expected at least two {what} in {column!r}, of which some are kept aside, got one",
                parameter=parameter,
            )


def _split(keys: Keys, options: FitOptions, scored: Array, last: Turn) -> Split:
    n_groups = None if keys.group is None else len(np.unique(keys.group[scored]))
    since = None
    latest = keys.latest
    if latest is not None and len(scored):
        first = float(latest[scored].min())
        since = _date(first) if keys.are_dates else f"{first:.15g}"
    meaning = "Nothing was scored: no rows were left for it."
    if len(scored):
        meaning = _meaning(options.group, options.time, n_groups, since) + _on_kept(options, last)
    return Split(options.group, options.time, options.folds, n_groups, since, meaning)


def _date(seconds: float) -> str:
    """Write a time as people do: the day alone where it begins."""
    text = str(np.datetime64(round(seconds), "s")).replace("T", " ")
    return text.removesuffix(" 00:00:00")


def _meaning(group: str | None, time: str | None, n_groups: int | None, since: str | None) -> str:
    """Say for which rows the score holds."""
    if group is not None:
        new = "has not seen: all rows of one are on the same side."
        if time is not None:
            new = f"has not seen and that comes later: the last row of each is from {since} on."
        counted = f"Intervals count {n_groups} of them instead of rows."
        return f"The score is for rows of a {group!r} that the model {new} {counted}"
    if time is not None:
        return (
            "The score is for rows that come after those learned from: "
            f"it was measured on the newer ones, with {time!r} from {since} on."
        )
    return (
        "The score is for new rows like these, dealt at random: "
        "it holds where no row tells anything about another, as visits of one patient do."
    )


def calibrates_by_scored(options: FitOptions, last: Turn) -> bool:
    """Tell whether the model that is kept is calibrated by the rows that were scored too, once the score is known.

    Of several models the fits that found their weights say more (`cautious.py`).
    """
    return options.refits and options.is_alone and len(last.stopping) >= FEWEST_TO_CALIBRATE


def _on_kept(options: FitOptions, last: Turn) -> str:
    """Say whose answers were scored, where another model is kept, and how that one learned."""
    if options.promises:
        said = (
            " It was measured with the model that is kept, which does not learn from all rows afterwards: "
            "a promise belongs to the model it was made with."
        )
        if options.group is not None:
            said += f" Promises are made by one row of each {options.group!r}, and hold for one row of a new one."
        if options.time is not None:
            said += " Promises hold as far as later rows are like those they were made by."
        return said
    if options.folds is None:
        if not options.refit:
            return ""
        steps = ", for as many epochs" if options.model not in ("regression", "trees") else ""
        same = f"from all rows in the same way{steps}"
        calibrated = (
            "was calibrated by them too" if calibrates_by_scored(options, last) else "took over its calibration"
        )
        kept = f"the one that is kept learned {same}, and {calibrated}."
        if options.time_limit is not None:
            kept = f"if there is time, another one that learns {same}, and takes over its calibration, is kept."
        return f" It was measured with a model that had not seen them; {kept}"
    asked = "after those it learned from" if options.time is not None else "that it left out"
    stopping = ", some of which only chose when it stopped" if len(last.stopping) else ""
    return (
        f" It pools {options.folds} fits, each asked about the rows {asked}; "
        f"the model that is kept learned from all rows in the same way{stopping}."
    )


def said_of_kept(split: Split, options: FitOptions, last: Turn, is_another: bool) -> Split:
    """Say whose answers were scored, once it is known whether there was time for the model of all rows."""
    if options.folds is not None or options.time_limit is None:
        return split
    told = _on_kept(replace(options, time_limit=None, refit=is_another), last)
    return replace(split, meaning=split.meaning.removesuffix(_on_kept(options, last)) + told)


def _on_sizes(keys: Keys, options: FitOptions, split: Split) -> tuple[Note, ...]:
    """Say what makes a score by groups or times less certain than it looks."""
    notes = []
    for code, column, values in (("group", options.group, keys.group), ("time", options.time, keys.time)):
        if values is not None:
            most = int(np.unique(values, return_counts=True)[1].max())
            if most > _MOST * len(values):
                said = f"one value of {column!r} stands in {most} of {len(values)} rows, which stay together"
                notes.append(Note(code, f"{said}: the parts are not of the sizes asked for", column))
    if split.n_groups is not None and 0 < split.n_groups < RARE:
        counted = "one value" if split.n_groups == 1 else f"{split.n_groups} values"
        said = f"the score rests on {counted} of {options.group!r}"
        notes.append(Note("group", f"{said}: too few to say much about others", options.group))
    return tuple(notes)


def _on_classes(codes: Array, labels: ClassLabels, fits: tuple[Turn, ...], options: FitOptions) -> tuple[Note, ...]:
    """Name the classes that some fit learns nothing of, but may be asked about."""
    lacking = np.unique(np.concatenate([np.setdiff1d(codes, codes[fit.training]) for fit in fits]))
    if not len(lacking):
        return ()
    where = "no row to learn from"
    if len(fits) > 1:
        where += " in some of the fits"
    elif options.refits:
        where += " in the fit that was scored"
    said = f"{listed(labels.classes[lacking].tolist())}: {where}"
    return (Note("class", f"{said}; such a class is given the probability of one row more than there were"),)
