"""Norms of the gaps of bins, as estimates: what the binned calibration errors and `assess` share."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax._options import as_choice, as_integer
from softargmax.metrics._binned import Binned, bins_of
from softargmax.metrics._inversion import Gaps, Norm, absolute
from softargmax.metrics._ranked import RankedRows

# How gaps of bins become one number: l1, l2 and max, as scikit-learn's and other libraries' words are.
NORMS = ("l1", "l2", "max")


def too_high(gaps: Array) -> Array:
    """Sum where the top probability is above accuracy."""
    return np.asarray(np.maximum(-gaps, 0.0).sum(axis=-1))


def too_low(gaps: Array) -> Array:
    """Sum where the top probability is below accuracy."""
    return np.asarray(np.maximum(gaps, 0.0).sum(axis=-1))


def binned(ranked: RankedRows, binning: str, n_bins: int) -> Binned:
    """Sum what is ranked in bins."""
    n_bins = as_integer(n_bins, "n_bins", low=1)
    return Binned.of(ranked, bins_of(ranked, binning, n_bins), n_bins)


def binned_error(sums: Binned, interval: Interval, norm: Norm = absolute) -> Estimate:
    """Estimate a norm of the gaps."""
    return sums.gaps(interval).estimate(norm, interval, sums.n)


def one_sided_error(sums: Binned, interval: Interval, norm: Norm) -> Estimate:
    """Estimate a norm of the gaps of one sign.

    Of the probability of class 1, too high means too far from one half: too sure. Gaps that are measured to be of the
    other sign may still be of this one: any set of bins may be as far from what was measured as its sum allows.
    """
    gaps, turn = sums.gaps(interval), sums.side[sums.weight > 0.0]
    gaps = Gaps(gaps.gap * turn, gaps.noise * turn, gaps.plausible * turn)
    variance = np.square(gaps.noise).mean(axis=0)
    z = NormalDist().inv_cdf(1.0 - interval.tail)
    side = 1.0 if norm is too_low else -1.0
    order = np.argsort(-side * gaps.gap / np.sqrt(np.maximum(variance, 1e-300)))
    sets = np.zeros((len(order), len(order)))
    sets[:, order] = np.tri(len(order))  # the likeliest bin, the two likeliest, ...
    shift = sets * variance / np.sqrt(np.maximum(sets @ variance, 1e-300))[:, np.newaxis]
    plausible = np.concatenate([gaps.plausible, gaps.gap + side * z * shift])
    return replace(gaps, plausible=plausible).estimate(norm, interval, sums.n)


def norm_of(sums: Binned, norm: str) -> Norm:
    """Give the mean of the gaps' sizes over rows, their root mean square, or the largest of them, by its word."""
    as_choice(norm, "norm", NORMS)
    share = sums.share

    def root_mean_square(gaps: Array) -> Array:
        return np.asarray(np.sqrt(np.sum(np.square(gaps) / share, axis=-1)))

    def largest(gaps: Array) -> Array:
        return np.asarray(np.max(np.abs(gaps) / share, axis=-1))

    return {"l1": absolute, "l2": root_mean_square, "max": largest}[norm]


def maximum_error(sums: Binned, interval: Interval) -> Estimate:
    """Estimate the largest gap."""
    return binned_error(sums, interval, norm_of(sums, "max"))


def debiased_error(sums: Binned, interval: Interval) -> Estimate:
    """Estimate the root mean square gap; its interval is that of the biased one, which knows its bias."""
    share = sums.share
    kept = sums.weight > 0.0
    gap, accuracy = sums.residual[kept] / sums.weight[kept], sums.correct[kept] / sums.weight[kept]
    n = sums.weight[kept]
    several = n > 1.0 + 1e-9
    noise = accuracy[several] * (1.0 - accuracy[several]) / (n[several] - 1.0)
    square = float(share[several] @ (np.square(gap[several]) - noise))
    return sums.gaps(interval).estimate(norm_of(sums, "l2"), interval, sums.n, value=max(square, 0.0) ** 0.5)
