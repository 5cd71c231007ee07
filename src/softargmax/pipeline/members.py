"""The models that a model of tables is made of: from features to logits, and as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from softargmax._arrays import Array
from softargmax._fields import ArrayField, Field, PlainField, fields_of, state_of
from softargmax._logits import logits_in
from softargmax._options import as_real
from softargmax._state import State
from softargmax._words import counted
from softargmax.exceptions import ArtifactError
from softargmax.models.network import Network
from softargmax.models.trees import FIELDS as FIELDS_OF_TREES
from softargmax.models.trees import Trees
from softargmax.probabilities import log_softmax


class Member(Protocol):
    """What a model of tables needs to know of a model of features."""

    @property
    def kind(self) -> str:
        """The name of its kind, as it stands in a file."""

    @property
    def n_features(self) -> int:
        """How many features a row has."""

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart."""

    def logits(self, features: Array) -> Array:
        """Give one logit per class, shape (n_rows, n_classes), float64."""

    @property
    def steps(self) -> str:
        """What its fit counts: "epochs", "iterations" or "rounds"."""

    @property
    def work(self) -> float:
        """How many products of a network take about as long as this takes for a row."""

    def describe(self) -> str:
        """Say in words what it is."""

    def to_json(self) -> dict[str, Any]:
        """Say the same for programs, without what it learned."""

    def to_state(self) -> State:
        """Give everything as plain data."""


@dataclass(frozen=True)
class NetworkMember(Member):
    """A feed-forward network. Without hidden layers it is softmax regression."""

    network: Network
    kind: ClassVar[str] = "network"

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return self.network.n_features

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart: two if it ends in one sigmoid."""
        return max(2, self.network.layer_sizes[-1])

    def logits(self, features: Array) -> Array:
        """Give one logit per class, also where the network has one for two classes."""
        return logits_in(self.network.logits(features)).values

    @property
    def steps(self) -> str:
        """What its fit counts: epochs where there are hidden layers."""
        return "iterations" if len(self.network.layer_sizes) == 2 else "epochs"

    @property
    def work(self) -> float:
        """How many products a row takes: as many as there are parameters."""
        return float(self.network.flat.size)

    def describe(self) -> str:
        """Say in words what it is."""
        sizes = self.network.layer_sizes
        kind = "softmax regression" if len(sizes) == 2 else "softmax network"
        return f"{kind}, {' → '.join(map(str, sizes))} → {'sigmoid' if sizes[-1] == 1 else 'softmax'}"

    def to_json(self) -> dict[str, Any]:
        """Say the same for programs, without what it learned."""
        return {"kind": self.kind, "layer_sizes": list(self.network.layer_sizes)}

    def to_state(self) -> State:
        """Give everything as plain data."""
        network = self.network
        values = {
            "network": {"layer_sizes": list(network.layer_sizes), "clip": network.clip, "activation": "silu"},
            "mean": network.mean,
            "scale": network.scale,
            "parameters": network.flat,
        }
        return state_of(self.kind, 1, FIELDS, values)

    @classmethod
    def from_state(cls, state: State) -> "NetworkMember":
        """Rebuild it; what is amiss is an ArtifactError, ValueError, LookupError or TypeError."""
        return cls.of_fields(fields_of(state, FIELDS, newest=1))

    @classmethod
    def of_fields(cls, data: dict[str, Any]) -> "NetworkMember":
        """Rebuild it from fields that were read; what is amiss is a ValueError, LookupError or TypeError."""
        described = data["network"]
        if described["activation"] != "silu":
            raise ValueError(f"unknown activation {described['activation']!r}")
        clip = None if described["clip"] is None else as_real(described["clip"], "clip", low=0.0, open_low=True)
        sizes = tuple(int(size) for size in described["layer_sizes"])
        return cls(Network(data["mean"], data["scale"], sizes, data["parameters"], clip))


# What is read of a network; files of before version 5 hold the same fields beside all others.
FIELDS: dict[str, Field] = {
    "network": PlainField(),
    "mean": ArrayField("", dtype=None),
    "scale": ArrayField("", dtype=None, low=0.0, open_low=True),
    "parameters": ArrayField("", dtype=None),
}


@dataclass(frozen=True)
class TreesMember(Member):
    """Boosted trees, whose leaves add up to logits."""

    trees: Trees
    kind: ClassVar[str] = "trees"

    @property
    def n_features(self) -> int:
        """How many features a row has."""
        return self.trees.n_features

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart: two if it ends in one sigmoid."""
        return max(2, self.trees.n_outputs)

    def logits(self, features: Array) -> Array:
        """Give one logit per class, also where the trees have one for two classes."""
        return logits_in(self.trees.logits(features)).values

    @property
    def steps(self) -> str:
        """What its fit counts."""
        return "rounds"

    @property
    def work(self) -> float:
        """How many products of a network take about as long: trees of 29 nodes each took as long as 600."""
        return 20.0 * len(self.trees.value)

    def describe(self) -> str:
        """Say in words what it is."""
        return f"series of {counted(self.trees.n_trees, 'boosted trees')}"

    def to_json(self) -> dict[str, Any]:
        """Say the same for programs, without what it learned."""
        return {"kind": self.kind, "n_trees": self.trees.n_trees}

    def to_state(self) -> State:
        """Give everything as plain data."""
        return state_of(self.kind, 1, FIELDS_OF_TREES, vars(self.trees))

    @classmethod
    def from_state(cls, state: State) -> "TreesMember":
        """Rebuild it; what is amiss is an ArtifactError or ArgumentError."""
        return cls(Trees(**fields_of(state, FIELDS_OF_TREES, newest=1)))


# The kinds of members that a file may hold.
_MEMBERS: dict[str, Any] = {NetworkMember.kind: NetworkMember, TreesMember.kind: TreesMember}


def member_from(state: State) -> Member:
    """Rebuild a member of any kind.

    Raises
    ------
    ArtifactError
        For a kind that this version does not know, or a damaged state.
    """
    if state.kind not in _MEMBERS:
        raise ArtifactError(f"unknown kind of member {state.kind!r}; a newer version of softargmax may know it")
    member: Member = _MEMBERS[state.kind].from_state(state)
    return member


def pooled(members: tuple[Member, ...], weights: tuple[float, ...], features: Array) -> Array:
    """Give the logits of all members together."""
    return pool_of([member.logits(features) for member in members], weights)


def pool_of(logits: Sequence[Array], weights: Sequence[float]) -> Array:
    """Pool what members say: the weighted sum of their log-probabilities, a logarithmic pool.

    One member of weight 1 keeps its logits.
    """
    if len(logits) == 1 and weights[0] == 1.0:
        return logits[0]
    total = np.zeros(logits[0].shape)
    for each, weight in zip(logits, weights, strict=True):
        total += weight * log_softmax(each)
    return total
