r"""A calibration by rows that have chosen the model too, or that are few: it cannot cost what it could not win.

.. math:: \hat T = \arg\min_T \sum_i s_i\, \mathrm{CE}(z_i / T, y_i) + \tfrac{\lambda}{2} \log^2 T

A network has divided its logits by a temperature already when it comes here, by the rows that chose its epoch. Among
these nearly all may be right, and then any smaller temperature looks better still. The penalty draws the second
temperature to 1, and fades where rows say much about it: a row says little that is right and sure.

Measured with 30 splits each of five tables whose 57 to 185 rows to calibrate on hold 3 to 17 errors; change of the mean
log loss of new rows, and what one temperature for all splits, known afterwards, would have won:

========= ============ ============ ===========================
table     no penalty   penalty, and  one temperature, afterwards
                       the last look
========= ============ ============ ===========================
soybean        + 65 %       - 4.6 %                      - 6.0 %
vowel          + 49 %       - 3.6 %                      - 4.1 %
segment       + 141 %       - 0.1 %                      - 0.7 %
german        + 0.8 %         0.0 %                      - 0.7 %
titanic         0.0 %         0.0 %                        0.0 %
========= ============ ============ ===========================

Few rows held out say less about a temperature than the many that were learned from, if each of these is asked of a fit
that left it out, in the same way and for as many epochs. So where fewer than 300 are held out and such fits find the
weights of several models, these rows calibrate too (`ensembles.py`). For a single model such fits are not made: they
take as long as a third to two thirds of all else, and learn from so few rows less that they are less sure than the
model that is kept. It is calibrated by the rows that were scored too, once the score is known, and drawn to 1 twice as
strongly. 30 splits each, a network that learned from all rows in the end; change of the mean log loss of new rows:

======== ========= ================== =============== ================ =========================== =============
table    held out  three fits' rows   held out, and   the same, drawn  one temperature, afterwards all splits'
         alone     too                scored          twice as much    for all splits              own
======== ========= ================== =============== ================ =========================== =============
soybean  - 5.7 %   - 7.3 %            - 6.2 %         - 5.8 %          - 7.5 %                     - 9.7 %
vowel    - 8.7 %   - 5.3 %            - 9.1 %         - 8.0 %          - 12.1 %                    - 15.8 %
german   + 0.2 %   - 0.9 %            - 1.4 %         - 1.2 %          - 0.8 %                     - 3.0 %
titanic  + 0.1 %   + 0.4 %            + 0.1 %           0.0 %            0.0 %                     - 1.9 %
segment  + 0.7 %   not measured       + 1.5 %         + 0.4 %          - 0.7 %                     - 4.0 %
======== ========= ================== =============== ================ =========================== =============

What is richer than a temperature needs errors to learn from. By 451 rows of handwritten digits (optdigits), of which
nearly all were right, `AutoCalibration` made the log loss of new ones 2.6 times as large, and this 1 % larger.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from softargmax._arrays import Array
from softargmax.calibration import Calibration, TemperatureScaling
from softargmax.probabilities import cross_entropy

# The penalty: 10 lets segment lose 2 %, 100 takes a third of what there is to win on soybean. And that of a single
# model, which is calibrated by the rows that were scored too: 30 lets segment lose .8 %, 80 takes away half of what
# there is to win on vowel.
PENALTY, PENALTY_ALONE = 20.0, 40.0
# So many rows that are wrong say enough for any map.
_ENOUGH_ERRORS = 100.0
# Temperatures are sought between exp(-3) and exp(3), and to a thousandth, as those of networks are.
_WIDEST, _ACCURACY = 3.0, 1e-3
# A calibration is left out that looks worse by more than so many standard errors of the difference. With 0, chance
# takes a sixth of what soybean can win.
_SURE = 1.0


def cautious_calibration(logits: Array, codes: Array, weight: Array | None, penalty: float = PENALTY) -> Calibration:
    """Fit a temperature that is drawn to 1, or where enough rows are wrong the calibration that rows left out prefer.

    Parameters
    ----------
    logits : ndarray, shape (n_rows, n_classes)
    codes : ndarray of integer, shape (n_rows,)
    weight : ndarray, shape (n_rows,), or None
    penalty : float
        How strongly it is drawn.
    """
    wrong = logits.argmax(axis=1) != codes
    if float(np.sum(wrong if weight is None else weight[wrong])) >= _ENOUGH_ERRORS:
        from softargmax.calibration import AutoCalibration  # here, because only a fit needs what it compares

        return AutoCalibration().fit(logits, codes, sample_weight=weight).calibration_

    def loss(log_temperature: float) -> float:
        cooled = logits * np.exp(-log_temperature)
        total = cross_entropy(cooled, codes, sample_weight=weight, reduction="sum")
        return float(total) + 0.5 * penalty * log_temperature**2

    found = minimize_scalar(loss, bounds=(-_WIDEST, _WIDEST), method="bounded", options={"xatol": _ACCURACY})
    return TemperatureScaling.known(float(np.exp(found.x)), n_logits=logits.shape[1])


def looks_worse(before: Array, after: Array, codes: Array, weight: Array | None) -> str | None:
    """Say by how much a calibration raises the log loss of rows it has not seen, if it does so for sure; else None.

    Parameters
    ----------
    before, after : ndarray, shape (n_rows, n_classes)
        Logits without and with it.
    codes : ndarray of integer, shape (n_rows,)
    weight : ndarray, shape (n_rows,), or None
    """
    counted = np.ones(len(codes)) if weight is None else weight
    if not len(codes) or not counted.any():
        return None
    losses = (cross_entropy(logits, codes, reduction="none") for logits in (after, before))
    difference = np.subtract(*losses)
    mean = float(np.average(difference, weights=counted))
    spread = float(np.sqrt(np.average(np.square(difference - mean), weights=counted) / np.count_nonzero(counted)))
    if mean <= _SURE * spread:
        return None
    return f"made the log loss of the rows that were scored larger by {mean:.2g} (standard error {spread:.2g})"
