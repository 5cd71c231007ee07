"""The sigmoid is the softmax of two."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import SOFT, A, Axes, B, Picture, minus


def draw(t, names):
    """The sigmoid is the softmax of two."""
    p = Picture(
        760,
        400,
        t("Sigmoid is softmax of two", "sigmoid 是两类的 softmax"),
        t(
            "Left: the plane of two logits with level lines of the probability of class 1, all of them parallel to the diagonal; "
            "three points lie on one line. Right: the sigmoid of the difference, with all three at 0.881.",
            "左：两个 logit 的平面，类别 1 概率的等值线都与对角线平行，三个点在同一条线上。右：差值的 sigmoid 曲线，三个点都在 0.881。",
        ),
    )
    p.text(20, 24, t("Two logits: only their difference counts", "两个 logit：只有差值起作用"), class_="head")
    left = Axes(p, (56, 66, 270, 270), (-3, 8), (-3, 8))
    left.frame(
        range(-2, 9, 2),
        range(-2, 9, 2),
        t("logit of class 0", "类别 0 的 logit"),
        t("logit of class 1", "类别 1 的 logit"),
    )
    for q in (0.01, 0.1, 0.5, 0.881, 0.99):
        d = 2.0 if q == 0.881 else np.log(q / (1 - q))
        low, high = max(-3, -3 - d), min(8, 8 - d)
        p.line(
            left.x(low),
            left.y(low + d),
            left.x(high),
            left.y(high + d),
            B if d == 2 else SOFT,
            2.4 if d == 2 else 1,
            stroke_dasharray="none" if d == 2 else "4 4",
        )
        x, y = (left.x(8) + 5, left.y(8 - max(-d, 0)) + 4) if d <= 0 else (left.x(8 - d), left.y(8) - 5)
        p.text(x, y, f"{q:g}", "start" if d <= 0 else "middle", class_="small soft num")
    points = ((-2, 0, "o"), (0, 2, "s"), (5, 7, "d"))
    for a, b, shape in points:
        p.mark(left.x(a), left.y(b), shape, B)
        words = minus(f"[{a}, {b}]")
        p.text(left.x(a) + 10, left.y(b) + 14, words, class_="small halo num")
    right = Axes(p, (432, 66, 290, 270), (-6, 6), (0, 1))
    right.frame(
        range(-6, 7, 2),
        (0, 0.25, 0.5, 0.75, 1),
        t("difference d = logit 1 − logit 0", "差值 d = logit 1 − logit 0"),
        t("probability", "概率"),
    )
    d = np.linspace(-6, 6, 200)
    two = sm.softmax(np.stack([np.zeros(200), d], axis=1))
    p.curve(right.points(d, two[:, 1]), B)
    p.curve(right.points(d, two[:, 0]), A, stroke_dasharray="7 4")
    p.text(right.x(-3), right.y(0.30), t("class 1: sigmoid(d)", "类别 1：sigmoid(d)"), "end", class_="small halo")
    p.line(right.x(-2.9), right.y(0.285), right.x(-1.3), right.y(0.225), B, 1)
    p.text(right.x(3), right.y(0.36), t("class 0: 1 − that", "类别 0：1 减去它"), class_="small halo")
    p.line(right.x(2.9), right.y(0.345), right.x(1.15), right.y(0.25), A, 1)
    p.line(right.x(2), right.y(0), right.x(2), right.y(sm.sigmoid(2.0)), SOFT, 1, stroke_dasharray="2 4")
    for k, (_, _, shape) in enumerate(points):
        p.mark(right.x(2), right.y(sm.sigmoid(2.0)), shape, B, 1 + 0.45 * (2 - k))
    p.text(
        right.x(2) - 14, right.y(sm.sigmoid(2.0)) - 8, f"sigmoid(2) = {sm.sigmoid(2.0):.4f}", "end", class_="halo num"
    )
    return p
