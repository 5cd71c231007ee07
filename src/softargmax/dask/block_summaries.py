"""Measuring logits or probabilities that lie in blocks on a cluster: each block is summed up where it is."""

from functools import partial
from typing import Any

import numpy as np
from distributed import Client

from softargmax._engine import run
from softargmax._renamed import provisional
from softargmax.dask.cluster_engine import client_of, on
from softargmax.dask.dask_rows import HeldPart, held_parts, is_array
from softargmax.exceptions import ArgumentError
from softargmax.metrics import Interval, Summary
from softargmax.metrics._judged import Aspect
from softargmax.metrics.assessment import Assessment


@provisional
def assess(
    targets: Any,
    /,
    *,
    logits: Any = None,
    probabilities: Any = None,
    of: Aspect | None = None,
    keep_worst: int = 0,
    sample_weight: Any = None,
    interval: Interval | None = None,
    client: Client | None = None,
) -> Assessment:
    """Measure everything at once, as `softargmax.assess` does, where the rows are Dask arrays.

    Parameters
    ----------
    targets : dask array of integer, shape (n_rows,)
        Codes of the true classes.
    logits, probabilities : dask array, shape (n_rows, n_classes) or (n_rows,)
        What is judged: exactly one of them, as a lazy ``decision_function`` or ``predict_proba`` gives it.
    of, keep_worst, interval
        As for `softargmax.assess`. The worst rows are numbered within their blocks: "2:17" is row 17 of block 2.
    sample_weight : dask array, shape (n_rows,), optional
        Non-negative; a row of weight 2 counts as two rows.
    client : distributed.Client, optional
        Whose workers do it: the engine of now (`on`), or Dask's own current client, unless given.

    Returns
    -------
    Assessment
        That of ``metrics.Summary``: what is a sum over rows has the value of `softargmax.assess`, and what is ranked
        comes from cells so narrow that it shows in the fourth digit at most.

    Raises
    ------
    ArgumentError, DTypeError, ShapeError, TargetError
        For what does not fit; EngineError names a block that cannot be worked on.

    See Also
    --------
    softargmax.metrics.Summary : what every block is summed up in.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client, LocalCluster
    >>> from softargmax.dask import assess
    >>> logits, codes = da.array([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]]), da.array([0, 1, 1])
    >>> with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:
    ...     print(round(assess(codes, logits=logits.rechunk(2)).log_loss.value, 4))
    0.4963
    """
    kind, judged = _one_of(logits, probabilities)
    n_classes = 2 if judged.ndim == 1 else int(judged.shape[1])
    empty = Summary(n_classes, keep_worst)
    chosen = client_of(client)
    with on(chosen):
        parts = held_parts(chosen, judged, targets, sample_weight, (kind, "targets"))
        summary = run(partial(_summed_up, empty, kind), parts, Summary.merge, stage="assess")
    return summary.assess(of=of, interval=interval)


def _one_of(logits: Any, probabilities: Any) -> tuple[str, Any]:
    given = {"logits": logits, "probabilities": probabilities}
    named = [(kind, each) for kind, each in given.items() if each is not None]
    if len(named) != 1:
        raise ArgumentError("expected exactly one of logits= and probabilities=", parameter="logits")
    ((kind, each),) = named
    if not is_array(each) or each.ndim not in (1, 2):
        raise ArgumentError(
            f"{kind}: expected a Dask array of shape (n_rows, n_classes) or (n_rows,), got {type(each).__name__}; "
            "softargmax.assess takes what is in memory",
            parameter=kind,
        )
    return kind, each


def _summed_up(empty: Summary, kind: str, part: HeldPart) -> Summary:
    if len(part.y) == 0:
        return empty
    keys = [f"{part.number}:{row}" for row in range(len(part.y))] if empty.keep_worst else None
    judged: dict[str, Any] = {kind: np.asarray(part.X)}
    return empty.update(part.y, **judged, sample_weight=part.weight, keys=keys)
