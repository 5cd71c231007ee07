"""All distributions over three classes, as the points of a triangle."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import INK, SOFT, A, B, C, Picture


def draw(t, names):
    """All distributions over three classes."""
    p = Picture(
        760,
        540,
        t("The simplex of three classes", "三类的概率单纯形"),
        t(
            "A triangle whose corners are the three classes. Level lines of the largest probability run parallel to its sides. "
            "A curve leads from the centre, where the temperature is infinite, through softmax([1, 3, 2]), to the corner dog.",
            "三角形的三个顶点是三个类别，最大概率的等值线与各边平行。一条曲线从中心（温度无穷大）出发，经过 softmax([1, 3, 2])，到达顶点“狗”。",
        ),
    )
    corners = np.array([[140.0, 460.0], [380.0, 60.0], [620.0, 460.0]])  # cat, dog, owl

    def place(q):
        return tuple(np.asarray(q) @ corners)

    centre = place([1 / 3] * 3)
    p.text(
        20,
        24,
        t("Every point is one distribution over three classes", "每个点都是三个类别上的一个概率分布"),
        class_="head",
    )
    for j, color in enumerate((A, B, C)):
        others = [k for k in range(3) if k != j]
        mids = [(corners[j] + corners[k]) / 2 for k in others]
        p.curve([centre, mids[0], corners[j], mids[1]], "none", 0, color, fill_opacity=0.10)
        for level in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            ends = []
            for k in others:  # the rest goes to one other class, or to both where that would win
                second = min(1 - level, level)
                q = np.zeros(3)
                q[j], q[k], q[3 - j - k] = level, second, 1 - level - second
                ends.append(place(q))
            p.curve(ends, color, 1.1, stroke_opacity=0.65)
            if j == 1:
                x, y = place([(1 - level) / 2, level, (1 - level) / 2])
                p.text(
                    x - (4 if level > 0.85 else 24),
                    y + 4,
                    f"{level:g}",
                    "end" if level > 0.85 else "middle",
                    class_="small soft halo num",
                )
        p.curve([centre, mids[0]], SOFT, 1.6)
        p.curve([centre, mids[1]], SOFT, 1.6)
    p.curve([*map(tuple, corners), tuple(corners[0])], INK, 1.6)
    for j, (dx, dy, anchor) in enumerate(((-12, 18, "end"), (0, -12, "middle"), (12, 18, "start"))):
        corner = "[" + ", ".join("1" if k == j else "0" for k in range(3)) + "]"
        p.text(corners[j][0] + dx, corners[j][1] + dy, f"{names[j]} {corner}", anchor)
    z, T = np.array([1.0, 3.0, 2.0]), np.geomspace(0.05, 400, 300)
    p.curve([place(q) for q in sm.softmax(np.tile(z, (300, 1)), temperature=T[:, None])], INK, 2.2)
    for temperature_, words, dx, dy in (
        (0.25, "T = 0.25", 12, 0),
        (0.5, "T = 0.5", 12, 4),
        (2, "T = 2", 12, 8),
        (5, "T = 5", 12, 6),
    ):
        x, y = place(sm.softmax(z, temperature=temperature_))
        p.dot(x, y, INK, 3.6)
        p.text(x + dx, y + dy, words, class_="small halo num")
    x, y = place(sm.softmax(z))
    p.dot(x, y, B, 6.5)
    p.line(x + 7, y, 574, y, SOFT)
    p.text(580, y - 4, "softmax([1, 3, 2])", class_="num")
    p.text(580, y + 14, "= [0.090, 0.665, 0.245]", class_="num small soft")
    p.dot(*centre, INK, 3.6)
    p.text(centre[0] + 12, centre[1] + 20, t("T = ∞: 1/3 each", "T = ∞：各 1/3"), class_="small halo")
    p.text(
        20,
        510,
        t(
            "Thin lines: equal largest probability. Grey lines: ties; argmax changes there, softmax does not jump.",
            "细线：最大概率的等值线。灰线：并列处，argmax 在此跳变，softmax 不跳变。",
        ),
        class_="soft",
    )
    p.text(
        20,
        530,
        t(
            "Thick curve: the same logits at other temperatures, from “no idea” to argmax.",
            "粗曲线：同一组 logit 在不同温度下的结果，从“毫无把握”到 argmax。",
        ),
        class_="soft",
    )
    return p
