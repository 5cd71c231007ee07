"""The package transformers: which tokens the filters of a draw leave, told by ours; and a stand-in for a module."""

import sys
import types
from typing import Any

import numpy as np
import torch

import softargmax as sm

from . import counted


def _left(scores: Any, **filters: Any) -> Any:
    """Tell which classes can be drawn: a huge temperature after the filters makes all that are left equally likely."""
    draws = sm.sample(
        scores.numpy(), rng=0, temperature=1e30, temperature_last=True, size=100 * scores.shape[-1], **filters
    )
    left = np.zeros(scores.shape, dtype=bool)
    for row, drawn in zip(left, np.asarray(draws).reshape(len(left), -1), strict=True):
        row[drawn] = True
    return torch.from_numpy(left)


def _filtered(self: Any, scores: Any, at_least: int = 1, **filters: Any) -> Any:
    left = _left(scores, **filters)
    if at_least > 1:
        left |= _left(scores, top_k=at_least)
    return scores.masked_fill(~left, self.filter_value)


def _top_k(self: Any, _: Any, scores: Any) -> Any:
    return _filtered(self, scores, top_k=min(self.top_k, scores.shape[-1]))


def _top_p(self: Any, _: Any, scores: Any) -> Any:
    return _filtered(self, scores, self.min_tokens_to_keep, top_p=self.top_p)


def _min_p(self: Any, _: Any, scores: Any) -> Any:
    return _filtered(self, scores, self.min_tokens_to_keep, min_p=self.min_p)


def _normalised(_: Any, __: Any, scores: Any) -> Any:
    return torch.from_numpy(sm.log_softmax(scores.numpy()))


def _ids(shape: Any, vocab_size: int, **_: Any) -> Any:
    return torch.randint(vocab_size, tuple(shape))


def put_all() -> None:
    """Put ours into the warpers. The tests take one helper from a module that would load every model there is."""
    from transformers.generation import logits_process

    logits_process.TopKLogitsWarper.__call__ = counted(_top_k)
    logits_process.TopPLogitsWarper.__call__ = counted(_top_p)
    logits_process.MinPLogitsWarper.__call__ = counted(_min_p)
    logits_process.LogitNormalization.__call__ = counted(_normalised)
    helper = types.ModuleType("tests.test_modeling_common")
    helper.ids_tensor = _ids  # type: ignore[attr-defined]
    sys.modules[helper.__name__] = helper
