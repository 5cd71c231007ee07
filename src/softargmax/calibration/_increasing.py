r"""A curve that all classes share, fitted so that it rises everywhere.

Alone, without anything of single classes, a shared curve maps every log-probability L of a row by the same function,

    u(L) = L + sum_s w_s max(o - q_s, 0),    o = log p - log(1 - p), p = exp(L),

and so it keeps the order of the classes if that function rises. Between two knots its slope is

    du/dL = 1 + S / (1 - p),    S the sum of the w_s whose knots lie below,

which there is least at one of the two ends: at the right one if S is negative, and otherwise it is at least 1. So
with p_s the probability at the knot q_s, and 1 behind the last one, it is enough that

    v_s = (w_1 + ... + w_s) + (1 - e) (1 - p_{s+1}) >= 0    for every s,

and then the slope is nowhere less than e. That e is not 0 lets the order survive rounding. In the numbers v the loss is
convex, and nothing but their signs is bound; Newton's method finds the minimum, each step to that of a parabola over
v >= 0. What is left to gain is bounded as elsewhere: the loss lies above its tangent plus the ridge's own parabola,
here over v >= 0.
"""

import numpy as np

from softargmax._arrays import Array
from softargmax.calibration._affine import AffineLoss
from softargmax.calibration._newton import best_nonnegative, descend_by_newton
from softargmax.probabilities import sigmoid

# The least slope. Log-probabilities that differ by rounding differ by 1e-16; a hundredth of anything larger counts.
_LEAST_SLOPE = 0.01
_MOST_STEPS = 50


def fit_increasing(loss: AffineLoss, tol: float) -> tuple[Array, float]:
    """Give the best parameters among those whose curve alone changes logits and rises, and what is left to gain."""
    assert loss.knots is not None
    n = len(loss.knots)
    bends = np.arange(2 * loss.n_classes, 2 * loss.n_classes + n)
    ridge = loss.ridge[bends]
    change = np.eye(n) - np.eye(n, k=-1)  # of the sums S to the w
    room = (1.0 - _LEAST_SLOPE) * np.append(sigmoid(-loss.knots[1:]), 0.0)

    def theta_of(v: Array) -> Array:
        theta = np.zeros(loss.size)
        theta[bends] = change @ (v - room)
        return theta

    def model(v: Array) -> tuple[float, Array | None]:
        theta = theta_of(v)
        gradient = change.T @ loss(theta)[1][bends]
        parabola = change.T @ (ridge[:, np.newaxis] * change)
        step = best_nonnegative(parabola, parabola @ v - gradient) - v
        left = -float(gradient @ step + 0.5 * (step @ parabola @ step)) / loss.total
        if left <= tol:
            return left, None
        hessian = parabola + change.T @ loss.curvature_of_curve(theta)[:n, :n] @ change
        return left, best_nonnegative(hessian, hessian @ v - gradient) - v

    v, left = descend_by_newton(lambda v: loss(theta_of(v))[0], model, room.copy(), most_steps=_MOST_STEPS)
    return theta_of(v), left
