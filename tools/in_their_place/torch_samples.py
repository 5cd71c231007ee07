"""The samples on which PyTorch tests its operators, ours beside its own in float64. Run by tools/peer_suites.py."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

from in_their_place.for_torch import OURS, answer

# Tensors of bfloat16 turn into no array; JAX's tests have that dtype.
DTYPES = (torch.float16, torch.float32, torch.float64)


def _samples() -> Iterator[Any]:
    seen = set()
    for op, dtype in itertools.product(op_db, DTYPES):
        if op.name not in OURS or dtype not in op.dtypes:
            continue
        torch.manual_seed(0)
        for number, sample in enumerate(op.sample_inputs("cpu", dtype)):
            name = f"{op.name}-{op.variant_test_name or 'plain'}-{str(dtype).removeprefix('torch.')}-{number}"
            if name not in seen:
                seen.add(name)
                yield pytest.param(op, dtype, sample, id=name)


def _wide(value: Any) -> Any:
    return value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value


@pytest.mark.parametrize(("op", "dtype", "sample"), _samples())
def test_sample(op: Any, dtype: torch.dtype, sample: Any) -> None:
    """Ours is what PyTorch's own gives in float64, to the tolerance of the dtype."""
    ours = answer(op.name, sample)
    options = {name: _wide(value) for name, value in sample.kwargs.items() if name != "dtype"}
    true = op.op(_wide(sample.input), *map(_wide, sample.args), **options)
    wanted = sample.kwargs.get("dtype") or dtype
    tolerance = {torch.float16: 2e-3, torch.float32: 2e-6, torch.float64: 1e-14}[dtype]
    if true.is_floating_point():
        tolerance = max(tolerance, 2e-6 if wanted == torch.float32 else 0)
        torch.testing.assert_close(ours.double(), true, rtol=tolerance, atol=tolerance, equal_nan=True)
    else:
        assert torch.equal(ours, true)
