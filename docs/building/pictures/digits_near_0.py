"""How many digits of a small log-probability are right."""

import mpmath
import numpy as np
from scipy import special

import softargmax as sm
from building.pictures.canvas import SOFT, A, Axes, B, Picture


def _right_digits(value, lead):
    with mpmath.workdps(60):
        true = -mpmath.log1p(mpmath.exp(-mpmath.mpf(float(lead))))
        error = abs((mpmath.mpf(float(value)) - true) / true)
        return 16.0 if error == 0 else float(min(16, max(0, -mpmath.log10(error))))


def draw(t, names):
    leads = np.linspace(0, 45, 91)
    rows = np.stack([np.zeros(91), leads], axis=1)
    ours, theirs = sm.log_softmax(rows)[:, 1], special.log_softmax(rows, axis=1)[:, 1]
    p = Picture(
        760,
        330,
        t("Digits near 0", "接近 0 时的有效数字"),
        t(
            "How many digits of the log-probability of the leading class are right, against its lead: SciPy's fall from 16 to none at 37, "
            "ours stay at 16.",
            "领先类别的对数概率有多少位有效数字正确，横轴为领先量：SciPy 从 16 位降到 37 处的 0 位，本库保持 16 位。",
        ),
    )
    p.text(
        20,
        24,
        t("log_softmax([0, lead]): right digits of the second number", "log_softmax([0, 领先量])：第二个数正确的位数"),
        class_="head",
    )
    axes = Axes(p, (70, 66, 560, 200), (0, 45), (0, 16))
    axes.frame(
        (0, 10, 20, 30, 40),
        (0, 4, 8, 12, 16),
        t("lead of the second logit", "第二个 logit 的领先量"),
        t("digits", "位数"),
    )
    for values, color, dash, words in ((ours, B, "none", "softargmax"), (theirs, A, "7 4", "SciPy")):
        digits = [_right_digits(value, lead) for value, lead in zip(values, leads, strict=True)]
        p.curve(axes.points(leads, digits), color, stroke_dasharray=dash)
        p.text(axes.x0 + axes.w + 10, axes.y(digits[-1]) + 4, words, style=f"fill:{color}")
    p.text(
        axes.x(30),
        axes.y(5.2),
        t("every 2.3 of lead cost a digit", "领先量每增加 2.3，少一位"),
        class_="small soft halo",
    )
    p.line(axes.x0, axes.y(0), axes.x0 + axes.w, axes.y(0), SOFT)
    return p
