"""Boosted trees, grown by scikit-learn's HistGradientBoostingClassifier, as arrays of ours.

Boosting adds trees that move the logits along the gradient of the log loss, each leaf by a Newton step: the sum of its
rows' residuals over the sum of p (1 - p) (Friedman, *Ann. Stat.* 29, 2001). Where a class is rare, that denominator is
nearly 0, and the library's defaults then take steps of many nats. Two guards stand against it: an L2 penalty,
which adds to the denominator, and the number of rounds, which rows held out choose by their log loss.
"""

import contextlib
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from softargmax import _kernels
from softargmax._arrays import Array
from softargmax._logits import logits_in
from softargmax._progress import Progress, ProgressCallback
from softargmax.models.class_weights import balanced_factors
from softargmax.models.trees import Trees
from softargmax.probabilities import cross_entropy, logsumexp

# On the smallest tables, abalone and splice, a penalty of 1 was better than .1 by 1 to 4 %, on vowel worse by as much.
_L2 = 0.5
_MOST_ROUNDS = 500
# A tree takes about a millisecond, however few rows it is grown on: of more trees than this, or than there are rows,
# the fit of a small table of many classes would consist.
_FEW_TREES = 500
# Rows in a leaf: a share of all within these bounds.
_LEAF_SHARE, _FEWEST_IN_LEAF, _MOST_IN_LEAF = 0.01, 5, 20
# Numbers of a table that are worth a thread: OpenMP's threads wait for each other after every feature and node.
_CELLS_A_THREAD = 1 << 19
# Rows of which the mean level of the logits is taken.
_ROWS = 1 << 12


@dataclass(frozen=True)
class Pace:
    """How far each step goes, how fine a tree is, how many rounds without a better one are enough, and how many rounds
    there are where nothing chooses.
    """

    rate: float
    leaves: int
    patience: int
    rounds: int

    @classmethod
    def of(cls, n_rows: int) -> "Pace":
        """Take coarse steps where rows are few.

        Two splits each: on vowel, soybean, segment, german, contraceptive and titanic, all of fewer rows than 2000, a
        rate of .2 and 8 leaves had a log loss 3 % lower than .1 and 15 in the (geometric) mean, in less than half the
        time; on page-blocks, satellite, dna and spambase, of more, one 5 % higher. Of 15 and 31 leaves, 15 had the
        lower one on five tables of eight, in half the time.
        """
        return cls(0.2, 8, 15, 20) if n_rows < 2000 else cls(0.1, 15, 30, 60)


@dataclass(frozen=True)
class Boosted:
    """Trees, how many rounds were the best, at which pace, and whether time ran out before that was certain."""

    trees: Trees
    n_rounds: int
    pace: Pace
    out_of_time: bool = False


def boost(
    X: Array,
    codes: Array,
    weight: Array | None = None,
    *,
    n_classes: int,
    held: tuple[Array, Array] | None = None,
    found: Boosted | None = None,
    balanced: bool = False,
    random_state: int = 0,
    deadline: float | None = None,
    progress: ProgressCallback | None = None,
) -> Boosted:
    """Grow trees.

    Parameters
    ----------
    X : ndarray, shape (n_rows, n_features)
    codes : ndarray of integer, shape (n_rows,)
        At least two classes; others get the probability of one row more than there were.
    weight : ndarray, shape (n_rows,), optional
    n_classes : int
    held : (X, codes), optional
        Rows that choose the number of rounds by their log loss; of classes that occur among the others.
    found : Boosted, optional
        An earlier fit, of which rounds and pace are kept, if no rows are held out.
    balanced : bool
        Whether every class counts the same, however rare it is.
    random_state : int
    deadline : float, optional
        When to stop, by `time.monotonic`.
    progress : callable, optional
        Called with a `Progress` after every round.
    """
    seen = np.unique(codes)
    weight = np.ones(len(codes)) if weight is None else weight
    of_held = None
    if balanced:
        factors = balanced_factors(codes, weight, n_classes)
        weight = weight * factors[codes]
        of_held = None if held is None else factors[held[1]]
    pace = Pace.of(len(X)) if found is None else found.pace
    if held is None:
        most = pace.rounds if found is None else found.n_rounds
    else:
        most = min(_MOST_ROUNDS, 1 + max(_FEW_TREES, len(X)) // len(seen))
    watch = _RoundWatch(X.shape[1], seen, held, of_held, deadline, progress, most, pace.patience)
    estimator = HistGradientBoostingClassifier(
        learning_rate=pace.rate,
        max_iter=most,
        max_leaf_nodes=pace.leaves,
        min_samples_leaf=int(np.clip(_LEAF_SHARE * len(X), _FEWEST_IN_LEAF, _MOST_IN_LEAF)),
        l2_regularization=_L2,
        early_stopping=True,
        validation_fraction=None,
        scoring=watch,
        n_iter_no_change=most,
        random_state=random_state,
    )
    threads = int(np.clip(X.size // _CELLS_A_THREAD, 1, _kernels.get_num_threads()))
    with threadpool_limits(limits=threads, user_api="openmp"), contextlib.suppress(_EnoughError):
        estimator.fit(X, codes, weight / weight.mean())
    baseline = estimator._baseline_prediction.ravel()
    trees = Trees.joined(X.shape[1], baseline, [tree for grown in watch.rounds[: watch.best] for tree in grown])
    if len(seen) < n_classes:
        trees = _for_all_classes(trees, seen, n_classes, X)
    return Boosted(trees, watch.best, pace, watch.out_of_time)


class _EnoughError(Exception):
    """More rounds are not wanted; it ends the library's loop."""


class _RoundWatch:
    """Stands where the library asks for a score after every round: takes the new trees, and says when to stop.

    The library's own way to stop by given rows is younger than the oldest version we work with.
    """

    def __init__(
        self,
        n_features: int,
        seen: Array,
        held: tuple[Array, Array] | None,
        weight: Array | None,
        deadline: float | None,
        progress: ProgressCallback | None,
        most: int,
        patience: int,
    ) -> None:
        self.rounds: list[list[dict[str, Any]]] = []
        self.best, self.out_of_time = 0, False
        self._n_features, self._deadline, self._progress, self._most = n_features, deadline, progress, most
        self._patience = patience
        self._least = np.inf
        self._held = None if held is None else (held[0], np.searchsorted(seen, held[1]))
        self._weight = weight
        self._z: Array | None = None

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        if len(estimator._predictors) > len(self.rounds):
            new = [_plain(predictor, output) for output, predictor in enumerate(estimator._predictors[-1])]
            self.rounds.append(new)
            self._judge(new, estimator._baseline_prediction.ravel())
            if self._progress is not None:
                self._progress(Progress("growing trees", len(self.rounds), self._most, "rounds"))
            if self._deadline is not None and time.monotonic() > self._deadline:
                self.out_of_time = True
                raise _EnoughError
        return 0.0

    def _judge(self, new: list[dict[str, Any]], baseline: Array) -> None:
        """Remember the round whose trees, with all before them, are the best on the rows held out."""
        if self._held is None:
            self.best = len(self.rounds)
            return
        X, codes = self._held
        added = Trees.joined(self._n_features, np.zeros_like(baseline), new).logits(X)
        self._z = added + (baseline if self._z is None else self._z)
        losses = cross_entropy(logits_in(self._z).values, codes, reduction="none")
        loss = float(np.average(losses, weights=self._weight))
        if loss < self._least:
            self._least, self.best = loss, len(self.rounds)
        elif len(self.rounds) - self.best >= self._patience:
            raise _EnoughError


def _plain(predictor: Any, output: int) -> dict[str, Any]:
    """Take a tree of the library apart; its nodes come in the order of a walk through all of them, parents first."""
    nodes = predictor.nodes
    leaf, place = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
    return {
        "output": output,
        "feature": np.where(leaf, 0, nodes["feature_idx"]),
        "threshold": np.where(leaf, 0.0, nodes["num_threshold"]),
        "missing_left": np.where(leaf, 0, nodes["missing_go_to_left"]),
        "left": np.where(leaf, place, nodes["left"]),
        "right": np.where(leaf, place, nodes["right"]),
        "value": np.where(leaf, nodes["value"], 0.0),
    }


def _for_all_classes(trees: Trees, seen: Array, n_classes: int, X: Array) -> Trees:
    """Give classes that no row had the probability that the next row has one: one row in so many.

    Their logit is a constant, by as much below the usual level of all others together.
    """
    level = float(np.mean(logsumexp(logits_in(trees.logits(X[:_ROWS])).values))) - np.log(len(X))
    baseline = np.full(n_classes, level)
    single = trees.n_outputs == 1  # one sigmoid, the same as the logits 0 and z
    baseline[seen] = [0.0, trees.baseline[0]] if single else trees.baseline
    output = seen[trees.output + single].astype(np.int32)
    return replace(trees, baseline=baseline, output=output)
