"""SciPy: its signatures, on ours."""

from typing import Any

from softargmax import probabilities as ours

from . import put


def put_all() -> None:
    """Put ours into scipy.special, and tell SciPy's tests what they may be called with."""
    import scipy.special
    from scipy._lib._array_api import xp_capabilities_table as table

    allowed = {name: table[getattr(scipy.special, name)] for name in ("logsumexp", "softmax", "log_softmax")}
    put(
        scipy.special,
        logsumexp=_logsumexp,
        softmax=lambda x, axis=None: ours.softmax(x, axis=axis),
        log_softmax=lambda x, axis=None: ours.log_softmax(x, axis=axis),
        expit=ours.sigmoid,
        log_expit=ours.log_sigmoid,
        logit=ours.logit,
        entr=ours.entr,
        xlogy=ours.xlogy,
        rel_entr=ours.rel_entr,
        kl_div=lambda p, q: ours.rel_entr(p, q) - p + q,
    )
    put(scipy.special._ufuncs, _log1mexp=ours.log1mexp)
    table.update({getattr(scipy.special, name): entry for name, entry in allowed.items()})


def _logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    return ours.logsumexp(a, axis=axis, weights=b, keepdims=keepdims, return_sign=return_sign)
