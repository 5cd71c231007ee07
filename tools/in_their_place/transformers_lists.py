"""All filters at once are the list of processors that transformers makes of the same options, in the same order.

Each processor in that list is compared with ours on its own rows (for_transformers.py), so that equal ends mean that
the order is the same too.
"""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GenerationConfig
from transformers.generation import GenerationMixin

from softargmax.decisions import filter_logits

VALUES = {
    "temperature": [0.6, 1.7],
    "top_k": [7, 30],
    "top_p": [0.5, 0.9],
    "min_p": [0.02, 0.2],
    "typical_p": [0.4, 0.9],
    "epsilon": [0.01, 0.1],
}


class Generating(GenerationMixin):
    """What makes the list; it needs no model."""


def theirs(logits: Any, options: dict[str, float]) -> Any:
    """Give what all processors of these options leave, one after the other."""
    names = {"epsilon": "epsilon_cutoff"}
    off = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "typical_p": 1.0}
    given = off | {names.get(name, name): value for name, value in options.items()}
    config = GenerationConfig(do_sample=True, **given)
    processors = Generating()._get_logits_processor(config, input_ids_seq_length=0, device="cpu")
    assert len(processors) == len(options)
    return processors(torch.zeros((len(logits), 0), dtype=torch.long), torch.from_numpy(logits)).numpy()


@pytest.mark.parametrize("names", [n for size in (1, 2, 3, 6) for n in itertools.combinations(VALUES, size)])
@pytest.mark.parametrize("which", [0, 1])
def test_a_list_of_processors_gives_what_ours_gives_at_once(names: tuple[str, ...], which: int) -> None:
    """One, two, three or all of the filters."""
    rng = np.random.default_rng(which)
    logits = (rng.normal(size=(50, 60)) * 2.0).astype(np.float32)
    options = {name: VALUES[name][which] for name in names}
    np.testing.assert_allclose(filter_logits(logits, **options), theirs(logits, options), rtol=3e-7)
