"""What linear regression answers where a probability was asked for."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LinearRegression

import softargmax as sm
from building.pictures.canvas import BAD, SOFT, A, Axes, Picture


def draw(t, names):
    X, y = load_digits(return_X_y=True)
    answers = LinearRegression().fit(X, sm.one_hot(y)).predict(X).ravel()
    outside = np.mean((answers < 0) | (answers > 1))
    p = Picture(
        760,
        330,
        t("Linear outputs are no probabilities", "线性输出不是概率"),
        t(
            f"A histogram of 17,970 outputs of linear regression, from -0.6 to 1.4: {outside:.0%} of them lie below 0 or above 1.",
            f"线性回归 17970 个输出的直方图，范围从 -0.6 到 1.4，其中 {outside:.0%} 小于 0 或大于 1。",
        ),
    )
    p.text(
        20,
        24,
        t(
            "Ten outputs for each of 1,797 digits, and what could be a probability",
            "1797 个数字，每个有十个输出：哪些可能是概率",
        ),
        class_="head",
    )
    edges = np.linspace(-0.6, 1.4, 41)
    counts, _ = np.histogram(answers, edges)
    axes = Axes(p, (70, 66, 650, 200), (-0.6, 1.4), (0, 3000))
    p.rect(axes.x(0), axes.y0, axes.x(1) - axes.x(0), axes.h, "var(--ok)", fill_opacity=0.7)
    axes.frame((-0.5, 0, 0.5, 1), (0, 1000, 2000, 3000), t("output", "输出"), t("how many", "个数"))
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        inside = low >= -1e-9 and high <= 1 + 1e-9
        top = axes.y(count)
        p.rect(axes.x(low) + 1, top, axes.x(high) - axes.x(low) - 2, axes.y(0) - top, A if inside else BAD)
    p.text(axes.x(0.5), axes.y(2700), t("between 0 and 1", "在 0 与 1 之间"), "middle", class_="small halo")
    p.text(axes.x(-0.32), axes.y(1500), t("below 0", "小于 0"), "middle", class_="small halo")
    p.text(axes.x(1.2), axes.y(400), t("above 1", "大于 1"), "middle", class_="small halo")
    for v in (0, 1):
        p.line(axes.x(v), axes.y0, axes.x(v), axes.y0 + axes.h, SOFT, 1.2)
    words = t(f"{100 * outside:.0f} % are no probabilities", f"{outside:.0%} 不是概率")
    p.text(axes.x0 + axes.w, axes.y0 - 10, words, "end", class_="num part")
    return p
