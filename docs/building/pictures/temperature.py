"""What a temperature does to one row of logits."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import SOFT, A, Axes, B, C, Picture


def draw(t, names):
    """One vector at five temperatures, and the same as curves."""
    z = np.array([1.0, 3.0, 2.0])
    p = Picture(
        760,
        500,
        t("Temperature", "温度"),
        t(
            "softmax([1, 3, 2]) at five temperatures as bars, and its three probabilities against the temperature: near 0 "
            "the largest logit takes all, far up all classes get one third; the order never changes.",
            "softmax([1, 3, 2]) 在五个温度下的条形图，以及三个概率随温度变化的曲线：温度趋于 0 时最大的 logit 独占全部概率，温度很高时各类趋于三分之一，次序始终不变。",
        ),
    )
    p.text(
        20,
        24,
        t(
            "softmax([1, 3, 2], temperature=T): the same three logits, five temperatures",
            "softmax([1, 3, 2], temperature=T)：同样三个 logit，五个温度",
        ),
        class_="head",
    )
    for k, T in enumerate((0, 0.5, 1, 2, 10)):
        left = 34 + 145 * k
        q = sm.softmax(z, temperature=T)
        p.text(left + 52, 56, f"T = {T:g}", "middle", class_="num")
        p.line(left - 4, 182, left + 110, 182, SOFT)
        for j, color in enumerate((A, B, C)):
            height = 96 * q[j]
            p.rect(left + 36 * j, 182 - height, 30, max(height, 0.8), color, rx=2)
            p.text(left + 36 * j + 15, 176 - height, f"{q[j]:.3f}" if T else f"{q[j]:g}", "middle", class_="small num")
            p.text(left + 36 * j + 15, 197, names[j], "middle", class_="small soft")
    axes = Axes(p, (56, 250, 590, 190), (0.1, 20), (0, 1), np.log)
    axes.frame(
        (0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
        (0, 0.25, 0.5, 0.75, 1),
        t("temperature T (logarithmic)", "温度 T（对数刻度）"),
        t("probability", "概率"),
    )
    T = np.geomspace(0.1, 20, 240)
    q = sm.softmax(np.tile(z, (240, 1)), temperature=T[:, None])
    p.line(axes.x0, axes.y(1 / 3), axes.x0 + axes.w, axes.y(1 / 3), SOFT, 1, stroke_dasharray="2 4")
    p.text(axes.x0 + axes.w + 10, axes.y(1 / 3) + 4, t("1/3 each", "各 1/3"), class_="soft small")
    p.line(axes.x(1), axes.y0, axes.x(1), axes.y0 + axes.h, SOFT, 1, stroke_dasharray="2 4")
    for j, (color, dash) in enumerate(((A, "7 4"), (B, ""), (C, "2 3"))):
        p.curve(axes.points(T, q[:, j]), color, 2.4, stroke_dasharray=dash or "none")
        now = sm.softmax(z)[j]
        p.dot(axes.x(1), axes.y(now), color)
        p.text(
            axes.x(1) + (12, 10, -10)[j],
            axes.y(now) + (13, -6, -8)[j],
            f"{names[j]} {now:.3f}",
            "end" if j == 2 else "start",
            class_="halo small num",
        )
    return p
