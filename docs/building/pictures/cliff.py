"""A step that nobody can climb, and a slope."""

import numpy as np

import softargmax as sm
from building.pictures.canvas import INK, SOFT, A, Axes, B, Picture


def draw(t, names):
    x = np.linspace(2, 4, 401)
    rows = np.stack([np.ones(401), np.full(401, 3.0), x], axis=1)
    soft, hard = sm.softmax(rows)[:, 2], sm.hardmax(rows)[:, 2]
    p = Picture(
        760,
        330,
        t("A cliff and a slope", "悬崖与坡"),
        t(
            "The share of the third class of [1, 3, x] while x goes from 2 to 4: hardmax jumps from 0 to 1 at 3, softmax climbs.",
            "x 从 2 到 4 时 [1, 3, x] 第三类的份额：hardmax 在 3 处从 0 跳到 1，softmax 则平缓上升。",
        ),
    )
    p.text(20, 24, t(f"[1, 3, x]: the share of {names[2]}", f"[1, 3, x]：{names[2]}的份额"), class_="head")
    axes = Axes(p, (70, 66, 560, 200), (2, 4), (0, 1))
    axes.frame((2, 2.5, 3, 3.5, 4), (0, 0.25, 0.5, 0.75, 1), "x", t("share", "份额"))
    p.curve(axes.points(x[x <= 3], hard[x <= 3]), A, stroke_dasharray="7 4")
    p.curve(axes.points(x[x > 3], hard[x > 3]), A, stroke_dasharray="7 4")
    p.line(axes.x(3), axes.y(0), axes.x(3), axes.y(1), A, 1, stroke_dasharray="2 4")
    p.curve(axes.points(x, soft), B)
    at_three = sm.softmax([1.0, 3.0, 3.0])[2]
    p.dot(axes.x(3), axes.y(at_three), B)
    p.text(axes.x(3) + 12, axes.y(at_three) + 16, f"{at_three:.3f}", class_="halo num small")
    p.text(axes.x0 + axes.w + 10, axes.y(1) + 4, "hardmax", style=f"fill:{A}")
    p.text(axes.x0 + axes.w + 10, axes.y(soft[-1]) + 4, "softmax", style=f"fill:{B}")
    p.text(axes.x(2.06), axes.y(0.1), t("slope 0: nothing to follow", "斜率为 0：无从学起"), class_="small soft halo")
    p.line(axes.x0, axes.y(0), axes.x0 + axes.w, axes.y(0), SOFT)
    p.line(axes.x(3), axes.y(0), axes.x(3), axes.y(0) + 5, INK)
    return p
