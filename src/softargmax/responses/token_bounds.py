"""Log-probabilities of tokens as a server tells them: the likeliest few, and bounds for all that were cut off.

What a server does not tell is bounded by two facts: a token that was cut off is at most as probable as the least of
those that were not, and all that were cut off have together what is left of 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from softargmax._arrays import Array
from softargmax._renamed import provisional
from softargmax._words import counted, listed
from softargmax.exceptions import ArgumentError
from softargmax.responses.server_answers import places_of


class LogBounds(NamedTuple):
    """Two arrays between which log-probabilities lie; they are equal where nothing was cut off."""

    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class ServedTokens:
    """What a server says of the tokens of one answer.

    Attributes
    ----------
    tokens : tuple of str
        The texts of the tokens that were chosen, one for each place.
    log_probabilities : LogBounds of ndarrays, shape (n_places,)
        Theirs.
    told : tuple of dict
        For each place the log-probabilities of the tokens that the server told, by their text.
    of_one_other : ndarray, shape (n_places,)
        The most that any single token can have which is not told.
    of_all_others : ndarray, shape (n_places,)
        The most that all of them can have together.
    """

    tokens: tuple[str, ...]
    log_probabilities: LogBounds
    told: tuple[Mapping[str, float], ...]
    of_one_other: Array
    of_all_others: Array

    def of(self, classes: Sequence[str | Sequence[str]], /) -> LogBounds:
        """Give the log-probabilities of classes that are tokens, at each place.

        Parameters
        ----------
        classes : sequence of str, or of sequences of str
            For each class the text of its token, exactly, blanks included; or of several tokens that all mean it,
            whose probabilities are added.

        Returns
        -------
        LogBounds
            Two arrays of shape (n_places, n_classes).

        Raises
        ------
        ArgumentError
            For anything else, and for a text that stands in two classes.
        """
        texts = _texts_of(classes)
        bounds = [
            [_bounds(told, each, float(one), float(all_others)) for each in texts]
            for told, one, all_others in zip(self.told, self.of_one_other, self.of_all_others, strict=True)
        ]
        both = np.array(bounds, np.float64).reshape(len(self.told), len(texts), 2)
        return LogBounds(both[..., 0], both[..., 1])

    def __str__(self) -> str:
        low, high = self.log_probabilities
        cut = int((low < high).sum())
        of_them = f"{cut} of them cut off" if cut else "none of them cut off"
        bounds = f"{low.sum():.6g} to {high.sum():.6g}" if cut else f"{high.sum():.6g}"
        return f"{counted(len(self.tokens), 'tokens')}, {of_them}; log-probability of all: {bounds}"


@provisional
def served_tokens(response: Any, /, *, choice: int = 0) -> ServedTokens:
    r"""Read `logprobs` and `top_logprobs` of a language model's server, with bounds for the tokens it does not tell.

    .. math:: 0 \le p_j \le \min\Bigl(\min_{i \in \text{told}} p_i,\; 1 - \sum_{i \in \text{told}} p_i\Bigr)
              \qquad \text{for a token } j \text{ that is not told}

    Parameters
    ----------
    response : dict, or an object with ``model_dump``
        An answer as JSON gives it: of chat completions or of the older completions, of OpenAI, vLLM, llama.cpp and
        others that speak as they do; or of llama.cpp's own ``/completion``. Ask for ``logprobs=True, top_logprobs=20``,
        for ``logprobs=5`` in the older one, for ``n_probs=20`` in llama.cpp's own.
    choice : int, default 0
        Which of several answers.

    Returns
    -------
    ServedTokens
        Its ``log_probabilities`` are those of the tokens that were chosen; ``of(classes)`` gives those of others.

    Raises
    ------
    UnsupportedError
        For an answer without log-probabilities, or with those after filters, of which the model's own cannot be told;
        ArgumentError for what is no such answer.

    See Also
    --------
    probabilities.sequence_log_probability, probabilities.perplexity : from the logits themselves.
    logits_of : of models that are here.

    Notes
    -----
    Sums of what is told are taken to be right to the digits of float32, in which servers compute. The token that was
    chosen may be told beside the likeliest, so it bounds no others. -9999, which OpenAI and vLLM write for a token
    beyond those that they tell, counts as cut off, and so does a first token that nothing came before. Probabilities
    of tokens with the same text, as parts of a letter have, are added up.

    For classes, make logits of `high`: a class that was cut off gets a little too much, and never -inf. The more is
    told, the less that is.

    Examples
    --------
    >>> from softargmax.responses import served_tokens
    >>> top = [{"token": "yes", "logprob": -0.11}, {"token": "no", "logprob": -2.41}]
    >>> content = [{"token": "yes", "logprob": -0.11, "top_logprobs": top}]
    >>> served = served_tokens({"choices": [{"logprobs": {"content": content}}]})
    >>> low, high = served.of(["yes", ["no", "No"], "maybe"])
    >>> low.round(2)
    array([[-0.11, -2.41,  -inf]])
    >>> high.round(2)
    array([[-0.11, -2.26, -4.24]])
    """
    places = places_of(response, choice)
    own = [(place.of_one_other if place.own is None else place.own) for place in places]
    is_cut = np.array([place.own is None for place in places], np.bool_)
    high = np.array(own, np.float64)
    return ServedTokens(
        tuple(place.text for place in places),
        LogBounds(np.where(is_cut, -np.inf, high), high),
        tuple(place.told for place in places),
        np.array([place.of_one_other for place in places], np.float64),
        np.array([place.of_all_others for place in places], np.float64),
    )


def _texts_of(classes: Any) -> list[list[str]]:
    if isinstance(classes, str) or not isinstance(classes, Sequence) or not classes:
        raise ArgumentError(f"classes: expected a list of texts of tokens, got {classes!r}", parameter="classes")
    texts = [[each] if isinstance(each, str) or not isinstance(each, Sequence) else list(each) for each in classes]
    flat = [text for each in texts for text in each]
    if not all(texts) or not all(isinstance(text, str) for text in flat):
        raise ArgumentError(
            f"classes: expected one text or several for each class, got {listed(classes)}", parameter="classes"
        )
    if len(set(flat)) < len(flat):
        twice = next(text for text in flat if flat.count(text) > 1)
        raise ArgumentError(f"classes: expected each text once, got {twice!r} twice", parameter="classes")
    return texts


def _bounds(
    told: Mapping[str, float], texts: list[str], of_one_other: float, of_all_others: float
) -> tuple[float, float]:
    """Bound the log-probability of several tokens together."""
    known = [told[text] for text in texts if text in told]
    low = min(float(np.logaddexp.reduce(known)), 0.0)
    n_unknown = len(texts) - len(known)
    if not n_unknown:
        return low, low
    most = min(of_one_other + math.log(n_unknown), of_all_others)
    return low, min(float(np.logaddexp(low, most)), 0.0)
