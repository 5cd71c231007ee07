"""A fitted `ConformalClassifier` as plain data and back, every field checked.

What is kept is what cannot be computed again: the options of the fit, the score of every calibration row, and the
clusters that were found. Thresholds follow from these, bit for bit, and so does a later `update`.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from softargmax._arrays import Array, as_sample_weight
from softargmax._codes import check_codes
from softargmax._fields import (
    ArrayField,
    Field,
    FlagField,
    IntegerField,
    RealField,
    TextField,
    TextsField,
    fields_of,
    state_of,
    text_array,
)
from softargmax._state import State
from softargmax.decisions._clusters import Clusters
from softargmax.decisions._fitted_sets import FittedSets, SetPlan, as_alpha
from softargmax.decisions._nonconformity import INFINITE, LOWEST, PENALTIES, SCORES, steadied
from softargmax.decisions._taxonomy import ScoredRows, as_groups
from softargmax.exceptions import ArtifactError

KIND = "conformal"
# Since version 2 scores are rounded, and shares are drawn from rounded distances of logits. Since version 3 the most
# probable class may be in every set by its score; before, empty sets were filled with it.
VERSION = 3
# So many pairs of a group and a class are dealt to thresholds at most: 512 MB. A damaged or hostile file may name more.
_MOST_CELLS = 1 << 26

FIELDS: dict[str, Field] = {
    "score": TextField(tuple(SCORES)),
    "confidence": TextField(),  # a fraction such as 9/10, as are the two that follow
    "confidence_at_fit": TextField(),
    "conditional": TextField(("class", "cluster"), optional=True),
    "randomized": FlagField(),
    "allow_empty": FlagField(),
    "fills_afterwards": FlagField(optional=True),  # only for what was fitted before version 3
    "penalty": RealField(0.0, optional=True),
    "free_ranks": IntegerField(optional=True),
    "defaults": TextsField(),  # which of penalty and free_ranks were not given
    "rare": TextField(("include", "pool")),
    "n_clusters": IntegerField(1, optional=True),
    "random_state": IntegerField(high=1 << 1024),
    "shares_from": TextField(("logits",), optional=True),  # only for what was fitted by version 1
    "n_classes": IntegerField(2, _MOST_CELLS),
    "group_type": TextField(("text", "integer", "number", "boolean"), optional=True),
    "groups": TextsField("groups", optional=True),
    "scores": ArrayField("rows", infinite=True),
    "finer_scores": ArrayField("rows", infinite=True),
    "codes": ArrayField("rows", dtype=np.int64, low=0),
    "weight": ArrayField("rows", low=0.0),
    "row_groups": ArrayField("rows", dtype=np.int64, low=0, optional=True),
    "clusters": ArrayField("classes", dtype=np.int64, low=-1, optional=True),
    "clustered_by": ArrayField("rows", dtype=np.uint8, high=1, optional=True),  # 1 for rows that found the clusters
}


def to_state(fitted: FittedSets, parameters: dict[str, Any]) -> State:
    """Give what was learned, with the confidence and the leave for empty sets that are in force now."""
    plan, rows, clusters = fitted.plan, fitted.rows, fitted.taxonomy.clusters
    priced, ranked = plan.scorer.score in PENALTIES, plan.scorer.score == "raps"
    values: dict[str, Any] = {
        "score": plan.scorer.score,
        "confidence": _text(1 - as_alpha(parameters["confidence"])),
        "confidence_at_fit": _text(1 - plan.alpha),
        "conditional": plan.conditional,
        "randomized": plan.scorer.key is not None,
        "allow_empty": not (plan.scorer.first_in or plan.fills_afterwards),
        "fills_afterwards": plan.fills_afterwards or None,
        # Defaults are written out, because another version may have others; a new fit goes by its own.
        "defaults": [name for name in ("penalty", "free_ranks") if parameters[name] is None],
        "penalty": plan.scorer.penalty.weight if priced else None,
        "free_ranks": plan.scorer.penalty.free_ranks if ranked else None,
        "rare": plan.rare,
        "n_clusters": plan.n_clusters,
        "random_state": plan.seed,
        "shares_from": "logits" if plan.scorer.from_logits else None,
        "n_classes": fitted.n_classes,
        "scores": rows.scores.real,
        "finer_scores": rows.scores.imag,
        "codes": rows.codes,
        "weight": rows.weight,
    }
    if rows.groups is not None:
        labels, places = np.unique(rows.groups, return_inverse=True)
        values |= {"group_type": _TYPES[labels.dtype.kind], "groups": labels.tolist(), "row_groups": places}
    if clusters is not None:
        values |= {"clusters": clusters.of_class, "clustered_by": clusters.used.astype(np.uint8)}
    return state_of(KIND, VERSION, FIELDS, values)


def from_state(state: State) -> tuple[dict[str, Any], FittedSets]:
    """Give the constructor's parameters and what was learned.

    Raises
    ------
    ArtifactError
        For a field that is missing, wrong, or does not go with the others.
    """
    if state.kind != KIND:
        raise ArtifactError(f"expected prediction sets, of kind {KIND!r}, got {state.kind!r}")
    found = fields_of(state, FIELDS, newest=VERSION)
    try:
        return _rebuilt(found, state.version)
    except (ValueError, ArithmeticError, KeyError) as error:
        raise ArtifactError(f"the state of {KIND!r} is damaged: {error}") from None


def _rebuilt(found: dict[str, Any], version: int) -> tuple[dict[str, Any], FittedSets]:
    names = ("score", "conditional", "randomized", "allow_empty", "penalty", "free_ranks", "rare", "n_clusters")
    parameters = {name: found[name] for name in (*names, "random_state")}
    by_row = [found[name] for name in ("scores", "finer_scores", "codes", "weight", "row_groups", "clustered_by")]
    if len({len(each) for each in by_row if each is not None}) != 1 or len(found["scores"]) == 0:
        raise ValueError("scores: expected a row at least, and all fields of rows of one length")
    groups, n_classes = _groups(found), found["n_classes"]
    plan = SetPlan.of(**parameters, confidence=_fraction(found["confidence_at_fit"]), has_groups=groups is not None)
    afterwards = bool(found["fills_afterwards"]) or (version < 3 and not found["allow_empty"])
    from_logits = version == 1 or found["shares_from"] is not None
    first_in = plan.scorer.first_in and not afterwards
    plan = replace(
        plan,
        scorer=replace(plan.scorer, from_logits=from_logits, first_in=first_in),
        fills_afterwards=afterwards,
    )
    scores = _scores(found, first_in)
    if version == 1:
        scores = steadied(plan.scorer.score, scores, randomized=plan.scorer.key is not None)
        if np.isnan(scores).any():
            raise ValueError("finer_scores: expected numbers that a score can have, got others")
    rows = ScoredRows(scores, found["codes"], as_sample_weight(found["weight"], len(found["codes"])), groups)
    check_codes(rows.codes, n_classes, "codes")
    n_groups = 1 if found["groups"] is None else len(found["groups"])
    if n_groups * n_classes > _MOST_CELLS:
        raise ValueError(f"groups: expected {_MOST_CELLS} groups times classes at most")
    fitted = FittedSets.of(plan, rows, n_classes, _clusters(found, plan))
    in_force = 1 - as_alpha(_fraction(found["confidence"]))
    given = parameters | dict.fromkeys(set(found["defaults"]) & {"penalty", "free_ranks"})
    return given | {"confidence": _written(in_force)}, fitted


def _scores(found: dict[str, Any], first_in: bool) -> Array:
    scores = np.empty(len(found["scores"]), np.complex128)
    scores.real, scores.imag = found["scores"], found["finer_scores"]
    lowest = np.isneginf(scores.real)
    if not np.all(scores[np.isposinf(scores.real)] == INFINITE) or not np.all(scores[lowest] == LOWEST):
        raise ValueError("finer_scores: expected infinite ones where a score is")
    if np.any(scores.real[~lowest] < -1.0) or (lowest.any() and not first_in):
        raise ValueError("scores: expected numbers of -1 or more, and -inf only where one class is in every set")
    return scores


def _groups(found: dict[str, Any]) -> Array | None:
    kind, texts, places = (found[name] for name in ("group_type", "groups", "row_groups"))
    if (kind is None) != (texts is None) or (kind is None) != (places is None):
        raise ValueError("groups: expected group_type, groups and row_groups, or none of them")
    if kind is None:
        return None
    labels = _LABELS[kind](texts)
    if len(np.unique(labels)) != len(labels) or places.max(initial=0) >= len(labels):
        raise ValueError("groups: expected distinct labels, and a place among them in every row")
    return as_groups(labels[places], len(places))


def _clusters(found: dict[str, Any], plan: SetPlan) -> Clusters | None:
    of_class, used = found["clusters"], found["clustered_by"]
    if (of_class is None) != (plan.conditional != "cluster") or (of_class is None) != (used is None):
        raise ValueError('clusters: expected clusters and clustered_by with conditional "cluster", and only there')
    if of_class is None:
        return None
    if len(of_class) != found["n_classes"] or of_class.max() >= found["n_classes"]:
        raise ValueError("clusters: expected the number of a cluster for every class")
    return Clusters(of_class, used.astype(np.bool_))


_TYPES = {"U": "text", "i": "integer", "u": "integer", "f": "number", "b": "boolean"}
_LABELS: dict[str, Callable[[tuple[str, ...]], Array]] = {
    "text": lambda texts: text_array(texts).astype(np.str_, copy=False),
    "integer": lambda texts: _integers([int(text) for text in texts]),
    "number": lambda texts: np.array([float(text) for text in texts]),
    "boolean": lambda texts: np.array([{"False": False, "True": True}[text] for text in texts]),
}


def _integers(labels: list[int]) -> Array:
    return np.array(labels, np.uint64 if max(labels, default=0) > np.iinfo(np.int64).max else np.int64)


def _text(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"


def _fraction(text: str) -> Fraction:
    # Fraction itself would take "1e999999999", and compute for hours.
    if not re.fullmatch(r"[0-9]{1,400}/[0-9]{1,400}", text) or not int(text.partition("/")[2]):
        raise ValueError(f"confidence: expected a fraction such as 9/10, got {text[:40]!r}")
    return Fraction(text)


def _written(share: Fraction) -> float | Fraction:
    """Give the float whose decimal is meant, where there is one."""
    return float(share) if Fraction(str(float(share))) == share else share
