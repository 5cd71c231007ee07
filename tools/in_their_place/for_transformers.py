"""The package transformers: ours beside its processors of logits, on the same rows, and then in their place.

Every filter keeps the set of classes that theirs keeps. What `min_tokens_to_keep` adds is left to theirs, for ours have
no such option; and of equal logits at the border of top_k ours keep the first ones and theirs keep all.
"""

import copy
import functools
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import softargmax as sm
from softargmax.decisions import bias_logits, filter_logits, penalize_logits

from . import beside, counted

# Of each filter, what ours is called with.
FILTERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "TopKLogitsWarper": lambda warper: {"top_k": warper.top_k},
    "TopPLogitsWarper": lambda warper: {"top_p": warper.top_p},
    "MinPLogitsWarper": lambda warper: {"min_p": warper.min_p},
    "TypicalLogitsWarper": lambda warper: {"typical_p": warper.mass},
    "EpsilonLogitsWarper": lambda warper: {"epsilon": warper.epsilon},
}


def _kept_by(theirs: Callable[..., Any], warper: Any, scores: Any, at_least: int) -> Any:
    """Tell which classes theirs keep, whatever it writes for the others."""
    bare = copy.copy(warper)
    bare.filter_value, bare.min_tokens_to_keep = -math.inf, at_least
    return (theirs(bare, None, scores) > -math.inf).numpy()


def _differ_in_ties(logits: Any, kept: Any, expected: Any) -> bool:
    """Tell whether theirs keep more of one row, all of them equal to the least logit that ours keep."""
    more = logits[expected & ~kept]
    return not (kept & ~expected).any() and bool((more == logits[kept].min()).all())


def _filter(name: str, theirs: Callable[..., Any]) -> Callable[..., Any]:
    def called(self: Any, _: Any, scores: Any) -> Any:
        logits, options = scores.numpy(), FILTERS[name](self)
        kept = filter_logits(logits, **options) > -math.inf
        expected = _kept_by(theirs, self, scores, 1)
        for row, (ours, its) in enumerate(zip(kept, expected, strict=True)):
            if np.array_equal(ours, its):
                beside["rows of which filters keep the same"] += 1
            elif name == "TopKLogitsWarper" and _differ_in_ties(logits[row], ours, its):
                beside["rows of which top_k keeps all that are equal to the last, and ours the first"] += 1
            else:
                raise AssertionError(
                    f"{options}, row {row}: ours keep {np.flatnonzero(ours)}, not {np.flatnonzero(its)}"
                )
        added = _kept_by(theirs, self, scores, getattr(self, "min_tokens_to_keep", 1)) & ~expected
        return scores.masked_fill(torch.from_numpy(~(kept | added)), self.filter_value)

    return functools.wraps(theirs)(counted(called, theirs))


def _values(ours: Callable[[Any, Any, Any], Any], theirs: Callable[..., Any]) -> Callable[..., Any]:
    """Compare numbers, which theirs compute in float32, where ours gives any."""

    def called(self: Any, input_ids: Any, scores: Any) -> Any:
        expected = theirs(self, input_ids, scores)
        if scores.ndim != 2 or getattr(self, "normalize", False):  # rows of several places, and of newer versions
            return expected
        found = ours(self, input_ids, scores)
        np.testing.assert_allclose(found, expected.numpy(), rtol=3e-7, atol=1e-7)
        beside["rows with the same numbers"] += len(found)
        return torch.from_numpy(np.asarray(found))

    return functools.wraps(theirs)(counted(called, theirs))


def _temperature(self: Any, _: Any, scores: Any) -> Any:
    return filter_logits(scores.numpy(), temperature=self.temperature)


def _normalised(_: Any, __: Any, scores: Any) -> Any:
    return sm.log_softmax(scores.numpy())


def _repetition(self: Any, input_ids: Any, scores: Any) -> Any:
    begin = self.prompt_ignore_length or 0
    return penalize_logits(scores.numpy(), input_ids[:, begin:].numpy(), repetition=self.penalty)


def _repetition_of_a_prompt(self: Any, _: Any, scores: Any) -> Any:
    return penalize_logits(scores.numpy(), self.encoder_input_ids.numpy(), repetition=self.penalty)


def _bias(self: Any, input_ids: Any, scores: Any) -> Any:
    """Give every row the biases of the tokens that would end one of the sequences."""
    rows = []
    for seen, row in zip(input_ids.tolist(), scores.numpy(), strict=True):
        biases: dict[int, float] = {}
        for sequence, bias in self.sequence_bias.items():
            *before, last = sequence
            if len(before) <= len(seen) and seen[len(seen) - len(before) :] == before:
                biases[last] = biases.get(last, 0.0) + bias
        rows.append(bias_logits(row, biases))
    return np.stack(rows)


VALUES = {
    "TemperatureLogitsWarper": _temperature,
    "LogitNormalization": _normalised,
    "RepetitionPenaltyLogitsProcessor": _repetition,
    "EncoderRepetitionPenaltyLogitsProcessor": _repetition_of_a_prompt,
    "SequenceBiasLogitsProcessor": _bias,
}


def _ids(shape: Any, vocab_size: int, **_: Any) -> Any:
    return torch.randint(vocab_size, tuple(shape))


def put_all() -> None:
    """Put ours into the processors. The tests take one helper from a module that would load every model there is."""
    from transformers.generation import logits_process

    for name in FILTERS:
        warper = getattr(logits_process, name)
        warper.__call__ = _filter(name, warper.__call__)
    for name, ours in VALUES.items():
        processor = getattr(logits_process, name)
        processor.__call__ = _values(ours, processor.__call__)
    helper = types.ModuleType("tests.test_modeling_common")
    helper.ids_tensor = _ids  # type: ignore[attr-defined]
    sys.modules[helper.__name__] = helper
