"""Cross-entropy, and its gradient p - y."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import INK, SOFT, A, Axes, B, C, Picture, minus


def draw(t, names):
    """Cross-entropy, and its gradient p - y."""
    p = Picture(
        760,
        400,
        t("Cross-entropy and its gradient", "交叉熵及其梯度"),
        t(
            "Left: the softmax of [1, 3, 2] as bars, the one-hot target as hollow bars, and arrows from one to the other: the "
            "gradient is p minus y. Right: the size of the gradient against the lead of the true logit, for cross-entropy, where it "
            "tends to 1 when the model is wrong, and for squared error, where it tends to 0.",
            "左：[1, 3, 2] 的 softmax 条形图、独热目标的空心条形以及两者之间的箭头，梯度就是 p 减 y。右：梯度大小随真实类别 logit 领先量的变化：交叉熵在模型判错时趋于 1，平方误差则趋于 0。",
        ),
    )
    z, true = np.array([1.0, 3.0, 2.0]), 1
    q, (loss, g) = sm.softmax(z), sm.cross_entropy_and_gradient(z, true)
    p.text(20, 24, t("gradient = p − y", "梯度 = p − y"), class_="head")
    left = Axes(p, (56, 70, 270, 240), (0, 3), (0, 1))
    left.frame((), (0, 0.25, 0.5, 0.75, 1), "", t("probability", "概率"))
    for j, color in enumerate((A, B, C)):
        x, y = left.x(j + 0.18), float(j == true)
        p.rect(x, left.y(q[j]), 34, left.y(0) - left.y(q[j]), color, rx=2)
        p.rect(
            x + 40,
            left.y(max(y, 0.004)),
            22,
            left.y(0) - left.y(max(y, 0.004)),
            "none",
            stroke=SOFT,
            stroke_width=1.4,
            stroke_dasharray="4 3",
            rx=2,
        )
        p.arrow(
            x + 17,
            left.y(q[j]) + (2 if y == 0 else -2),
            x + 17,
            left.y(y) - (2 if y == 0 else -2),
            "var(--halo)" if y == 0 else INK,
            2,
        )
        p.text(
            x + 17,
            left.y(q[j]) - 7 if y == 0 else left.y(q[j]) + 18,
            f"{q[j]:.3f}",
            "middle",
            class_="small num",
            style=f"fill:var(--{'ink' if y == 0 else 'halo'})",
        )
        p.text(x + 30, left.y(0) + 18, names[j], "middle")
        p.text(x + 30, left.y(0) + 38, minus(f"{g[j]:+.3f}"), "middle", class_="num part", style=f"fill:{color}")
    p.text(50, left.y(0) + 38, "p − y", "end")
    p.text(
        20,
        left.y(0) + 62,
        t(
            f"loss = −log 0.665 = {loss:.3f}. The three parts of the gradient sum to 0;",
            f"损失 = −log 0.665 = {loss:.3f}。梯度的三个分量之和为 0；",
        ),
        class_="soft small",
    )
    p.text(
        20,
        left.y(0) + 79,
        t(
            "arrows: a step against it, from p (filled) towards y (dashed).",
            "箭头：沿反方向走一步，从 p（实心）走向 y（虚线）。",
        ),
        class_="soft small",
    )
    p.text(400, 24, t("…so a wrong answer is always felt", "……所以判错总会得到纠正"), class_="head")
    right = Axes(p, (432, 70, 300, 240), (-10, 6), (0, 1))
    right.frame(
        range(-10, 7, 2),
        (0, 0.25, 0.5, 0.75, 1),
        t("lead of the true logit over its rival (two classes)", "真实类别的 logit 领先对手的量（两类）"),
        t("size of the gradient", "梯度大小"),
    )
    lead = np.linspace(-10, 6, 240)
    s = sm.sigmoid(lead)
    squared = 4 * s * (1 - s) ** 2
    p.curve(right.points(lead, 1 - s), B)
    p.curve(right.points(lead, squared), A, stroke_dasharray="7 4")
    p.line(right.x(0), right.y0, right.x(0), right.y0 + right.h, SOFT, 1, stroke_dasharray="2 4")
    p.text(right.x(0) - 6, right.y(1) - 6, t("wrong", "判错"), "end", class_="small soft")
    p.text(right.x(0) + 6, right.y(1) - 6, t("right", "判对"), class_="small soft")
    p.text(right.x(-9.6), right.y(1) + 20, t("cross-entropy: 1 − p", "交叉熵：1 − p"), class_="small halo")
    p.text(
        right.x(-9.6), right.y(0.25) - 24, t("squared error: 4p(1 − p)²", "平方误差：4p(1 − p)²"), class_="small halo"
    )
    p.text(
        right.x(-9.6),
        right.y(0.25) - 8,
        t(f"only {squared[0]:.5f} at −10", f"在 −10 处仅为 {squared[0]:.5f}"),
        class_="small halo num",
    )
    return p
