"""logits → probabilities, and the loss that compares them with targets.

Conventions: natural logarithm, class axis last unless ``axis=`` says otherwise, ``where=`` is True for what
counts. A result has the floating dtype of its input; integers and booleans become float64 before any
arithmetic, those from 2^53 on, which are not all doubles, after the row's largest was subtracted. What NaN, ±inf
and masked or empty rows give stands in the notes of `softmax`, for all functions of logits.
"""

from softargmax.probabilities.backward import log_softmax_backward, softmax_backward
from softargmax.probabilities.binary import binary_cross_entropy, log_sigmoid, sigmoid, softplus
from softargmax.probabilities.cross_entropy import cross_entropy, cross_entropy_and_gradient
from softargmax.probabilities.information import entropy, kl_divergence
from softargmax.probabilities.logarithms import entr, log1mexp, logit, logmeanexp, rel_entr, xlogy
from softargmax.probabilities.one_hot import one_hot
from softargmax.probabilities.parts import LogSumExp
from softargmax.probabilities.sequences import perplexity, sequence_log_probability
from softargmax.probabilities.softmax import hardmax, log_softmax, logsumexp, softmax
from softargmax.probabilities.sparse import entmax15, entmax15_loss, sparsemax, sparsemax_loss

__all__ = [
    "LogSumExp",
    "binary_cross_entropy",
    "cross_entropy",
    "cross_entropy_and_gradient",
    "entmax15",
    "entmax15_loss",
    "entr",
    "entropy",
    "hardmax",
    "kl_divergence",
    "log1mexp",
    "log_sigmoid",
    "log_softmax",
    "log_softmax_backward",
    "logit",
    "logmeanexp",
    "logsumexp",
    "one_hot",
    "perplexity",
    "rel_entr",
    "sequence_log_probability",
    "sigmoid",
    "softmax",
    "softmax_backward",
    "softplus",
    "sparsemax",
    "sparsemax_loss",
    "xlogy",
]
