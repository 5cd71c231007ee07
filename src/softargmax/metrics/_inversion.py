"""The interval of a norm of noisy sums, such as a calibration error.

A calibration error adds up the absolute gaps between accuracy and probability of some bins. Noise in a bin makes its
gap larger, in one direction or the other, and never makes the sum smaller on average. So the error of a perfectly
calibrated model is measured as more than 0. Resampling the rows adds that noise a second time: the resampled errors
are larger still, and their percentiles leave out 0 where nothing is wrong.

What is done here starts from the other side: it asks of a supposed true error whether it would give an error like the
measured one, once noise is added. The interval holds the errors that would; it is the inversion of a test. A true error
is many gaps, not one number, and not all of them can be tried. So the measured gaps are all scaled by one factor, from
0 upwards: they are points on a ray, along which the error grows. Which part of the measured gaps is noise is not known,
so there are two rays, one for each end of the interval (`Gaps.ends`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from softargmax._arrays import Array
from softargmax._estimate import Estimate, Interval
from softargmax.metrics._numerics import root

Norm = Callable[[Array], Array]


@dataclass(frozen=True)
class Gaps:
    """Calibration gaps: one share per bin, and resampled noise around them, shape (n_resamples, n_bins).

    ``plausible`` are other gaps that the rows do not rule out, shape (any, n_bins).
    """

    gap: Array
    noise: Array
    plausible: Array

    def ends(self, norm: Norm, interval: Interval) -> tuple[float, float]:
        r"""Give the interval of ``norm`` of the true gaps.

        Noise makes a norm larger, never smaller on average: resampling the measured gaps would add it twice,
        and the usual bootstrap intervals miss 0 where nothing is wrong. Instead the test "would true gaps
        :math:`\lambda \theta` give a norm like the measured one?" is inverted along a ray: the interval holds
        the norms of those that would (Davison, Hinkley, *Interval Methods*, 1997, 5.5). Which of the measured
        gaps are noise is unknown, so the low end takes the ray on which most are, the high end that on which
        least are.
        """
        few, most = self._rays()
        low = self._end(norm, few, 1.0 - interval.tail)
        high = self._end(norm, most, interval.tail)
        return low, max(high, float(np.max(norm(self.plausible), initial=0.0)))

    def middle(self, norm: Norm) -> float:
        """Give the norm of those true gaps that give a larger one than measured half of the time."""
        return self._end(norm, self._rays()[0], 0.5)

    def _rays(self) -> tuple[Array, Array]:
        """Give gaps like the measured ones, with as little and as much in them as noise allows."""
        variance = np.square(self.noise).mean(axis=0)
        signal, everything = np.square(self.gap) - variance, np.square(self.gap) + variance
        few = np.sqrt(np.maximum(signal, 0.0)) if np.any(signal > 0.0) else np.abs(self.gap)
        return np.sign(self.gap) * few, np.sign(self.gap) * np.sqrt(everything)

    def _end(self, norm: Norm, ray: Array, share: float) -> float:
        """Give the norm on the ray of which `share` of the noisy norms are below the measured one."""
        measured = float(norm(self.gap[np.newaxis])[0])

        def surprise(scale: float) -> float:
            return float(np.quantile(norm(self.noise + scale * ray), share)) - measured

        length = float(norm(ray[np.newaxis])[0])
        if length == 0.0 or surprise(0.0) >= 0.0:
            return 0.0
        top = 1.0
        while surprise(top) < 0.0 and top < 64.0:
            top *= 2.0
        return root(surprise, 0.0, top) * length

    def estimate(
        self, norm: Norm, interval: Interval, n: int, value: float | None = None, most: float = 1.0
    ) -> Estimate:
        """Give the norm of the gaps, or another estimate of it, with the interval; it is widened to hold the value."""
        ends = self.ends(norm, interval)
        if value is None:
            value = float(norm(self.gap[np.newaxis])[0])
        low, high = min(value, ends[0]), min(most, max(value, ends[1]))
        return Estimate(value, low, high, interval.confidence, n, "inversion")


def absolute(gaps: Array) -> Array:
    """Sum absolute values."""
    return np.asarray(np.abs(gaps).sum(axis=-1))
