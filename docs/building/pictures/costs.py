"""What each of three actions is expected to cost, and where the cheapest one changes."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import INK, SOFT, A, Axes, B, C, Picture


def draw(t, names):
    asking = np.array([[0, 1, 0.2], [1, 0, 0.2]])
    share = np.linspace(0, 1, 201)
    costs = sm.expected_cost(asking, probabilities=np.stack([1 - share, share], axis=1))
    p = Picture(
        760,
        330,
        t("The cheapest action", "代价最小的行动"),
        t(
            "The expected cost of three actions against the probability of class 1. Saying 0 is cheapest below 0.2, saying 1 above 0.8, "
            "and asking, at 0.2, between.",
            "三种行动的期望代价随类别 1 的概率变化：概率低于 0.2 时答 0 最便宜，高于 0.8 时答 1 最便宜，之间花 0.2 去问人最便宜。",
        ),
    )
    p.text(
        20, 24, t("A mistake costs 1, and asking somebody costs 0.2", "答错的代价是 1，问人的代价是 0.2"), class_="head"
    )
    axes = Axes(p, (70, 66, 560, 200), (0, 1), (0, 1))
    axes.frame(
        (0, 0.2, 0.5, 0.8, 1),
        (0, 0.2, 0.5, 1),
        t("probability of class 1", "类别 1 的概率"),
        t("expected cost", "期望代价"),
    )
    words = (t("say 0", "答 0"), t("say 1", "答 1"), t("ask", "问人"))
    for action, (color, dash) in enumerate(((A, "7 4"), (B, "2 3"), (C, "none"))):
        p.curve(axes.points(share, costs[:, action]), color, 1.6, stroke_dasharray=dash)
    p.curve(axes.points(share, costs.min(axis=1)), INK, 3.4)
    for v in (0.2, 0.8):
        p.line(axes.x(v), axes.y0, axes.x(v), axes.y0 + axes.h, SOFT, 1, stroke_dasharray="2 4")
    for x, y, k, color in ((0.62, 0.72, 0, A), (0.3, 0.36, 1, B), (0.5, 0.235, 2, C)):
        p.text(axes.x(x), axes.y(y), words[k], "middle", class_="halo part", style=f"fill:{color}")
    p.text(axes.x0 + axes.w + 10, axes.y(0.1), t("the cheapest", "最便宜的"), class_="part")
    return p
