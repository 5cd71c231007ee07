"""What is measured and normalised in blocks is what it is in one piece."""

import numpy as np
import pytest

import softargmax as sm
from softargmax import metrics
from softargmax.exceptions import ArgumentError, AxisError, ShapeError, TargetError

pytest.importorskip("distributed")

import dask.array as da

import softargmax.dask as smd

RNG = np.random.default_rng(7)
LOGITS = RNG.normal(size=(900, 4)) * 3.0
CODES = (LOGITS + RNG.gumbel(size=LOGITS.shape)).argmax(axis=1)
WEIGHT = RNG.integers(0, 3, 900).astype(float)
CHUNKS = (150, 350, 400)


def summary(logits, keys=None, **options):
    parts = []
    for number, (start, size) in enumerate(zip(np.cumsum((0, *CHUNKS)), CHUNKS, strict=False)):
        rows = slice(start, start + size)
        weight = options.get("sample_weight")
        keys = [f"{number}:{row}" for row in range(size)]
        judged = {"sample_weight": None if weight is None else weight[rows], "keys": keys}
        parts.append(metrics.Summary(4, 2).update(CODES[rows], logits=logits[rows], **judged))
    return parts[0].merge(parts[1]).merge(parts[2])


def test_an_assessment_of_blocks_is_that_of_their_summaries(client):
    logits, codes = da.from_array(LOGITS, chunks=(CHUNKS, 2)), da.from_array(CODES, chunks=450)
    there = smd.assess(codes, logits=logits, keep_worst=2, client=client)
    assert there == summary(LOGITS).assess()
    assert there.worst[0].key[0].count(":") == 1
    weighted = smd.assess(codes, logits=logits, keep_worst=2, sample_weight=WEIGHT, client=client)
    assert weighted == summary(LOGITS, sample_weight=WEIGHT).assess()


def test_probabilities_and_one_sigmoid_are_judged_too(client):
    z, y = LOGITS[:, 0], (CODES > 1).astype(int)
    with smd.on(client):
        there = smd.assess(
            da.from_array(y, chunks=300), probabilities=smd.softmax(da.from_array(z[:, None] * [0, 1], chunks=300))
        )
        sigmoid = smd.assess(da.from_array(y, chunks=300), logits=da.from_array(z, chunks=300), of="label")
    assert there.log_loss.value == pytest.approx(sm.assess(y, logits=z).log_loss.value, rel=1e-12)
    assert sigmoid.of == "label"


def test_what_cannot_be_judged_is_refused(client):
    logits = da.from_array(LOGITS, chunks=300)
    with pytest.raises(ArgumentError, match="exactly one of"):
        smd.assess(CODES, client=client)
    with pytest.raises(ArgumentError, match=r"logits: expected a Dask array .* got ndarray") as caught:
        smd.assess(CODES, logits=LOGITS, client=client)
    assert caught.value.parameter == "logits"
    with pytest.raises(ShapeError, match="targets: expected a number for each of 900 rows") as unlike:
        smd.assess(CODES[1:], logits=logits, client=client)
    assert unlike.value.parameter == "targets"
    with pytest.raises(TargetError):
        smd.assess(CODES + 1, logits=logits, client=client)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize(("axis", "chunks"), [(-1, (2, 3, 5)), (1, (2, 2, 6)), (0, (1, 3, 6)), (2, (2, 3, 6))])
def test_blocks_of_classes_are_normalised_together(name, axis, chunks, dtype):
    x = (RNG.normal(size=(2, 3, 6)) * 30.0).astype(dtype)
    lazy = getattr(smd, name)(da.from_array(x, chunks=chunks), axis=axis)
    plain = getattr(sm, name)(x, axis=axis)
    made = lazy.compute(scheduler="sync")
    assert (lazy.shape, lazy.dtype) == (made.shape, made.dtype) == (plain.shape, plain.dtype)
    np.testing.assert_array_max_ulp(made, plain, 2)


def test_tails_of_probabilities_in_other_blocks_keep_their_digits():
    x = np.array([800.0, 0.0, 760.0, 1.0])
    lazy = smd.log_softmax(da.from_array(x, chunks=1))
    np.testing.assert_array_max_ulp(lazy.compute(scheduler="sync"), sm.log_softmax(x), 2)


def test_something_else_than_a_dask_array_is_refused():
    with pytest.raises(ArgumentError, match="expected a Dask array, got ndarray"):
        smd.softmax(LOGITS)
    with pytest.raises(AxisError, match="one of 2 axes, got 2"):
        smd.logsumexp(da.from_array(LOGITS), axis=2)
