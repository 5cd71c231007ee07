"""Where exp leaves the range of floating types."""

import numpy as np

from building.pictures.canvas import BAD, SOFT, Axes, C, Picture, minus


def draw(t, names):
    """Where exp leaves the range of the floating types."""
    p = Picture(
        760,
        384,
        t("Why 1000 overflows", "为什么 1000 会溢出"),
        t(
            "For float16, bfloat16, float32 and float64: the logits whose exponential is 0, has few digits, is fine, or is infinite. "
            "1000, 2000 and 3000 are infinite in all four; after the maximum is subtracted nothing is.",
            "对 float16、bfloat16、float32、float64，标出哪些 logit 的指数为 0、只剩少数有效位、正常或无穷大。1000、2000、3000 在四种类型中都是无穷大；减去最大值之后则都不是。",
        ),
    )
    p.text(20, 24, t("What exp(x) becomes, by floating type", "不同浮点类型中的 exp(x)"), class_="head")

    def bend(v):
        return np.arcsinh(np.asarray(v, float) / 4)

    axes = Axes(p, (92, 96, 640, 168), (-4000, 4000), (0, 4), bend)
    legend = (
        ("exp(x) = 0", "var(--dim)", 1),
        (t("digits are being lost (subnormal)", "有效位逐渐丢失（次正规数）"), "var(--ok)", 0.45),
        (t("fine", "正常"), "var(--ok)", 1),
        ("exp(x) = inf", "var(--badfill)", 1),
    )
    for left, (words, color, opacity) in zip((92, 212, 470, 570), legend, strict=True):
        p.rect(left, 40, 16, 16, color, rx=3, fill_opacity=opacity)
        p.text(left + 23, 53, words, class_="small")
    kinds = (("float16", 15, 10), ("bfloat16", 127, 7), ("float32", 127, 23), ("float64", 1023, 52))
    for k, (name, exponent, bits) in enumerate(kinds):
        log2 = np.log(2)
        top = (exponent + 1) * log2  # exp(x) rounds to inf from here on, to three digits
        small, zero = (1 - exponent) * log2, (1 - exponent - bits - 1) * log2
        y, height = axes.y(4 - k) + 5, 32
        for low, high, color, opacity in (
            (-4000, zero, "var(--dim)", 1),
            (zero, small, "var(--ok)", 0.45),
            (small, top, "var(--ok)", 1),
            (top, 4000, "var(--badfill)", 1),
        ):
            p.rect(axes.x(low), y, axes.x(high) - axes.x(low), height, color, fill_opacity=opacity)
        p.text(84, y + 21, name, "end", class_="num")
        p.text(axes.x(top) - 5, y + 21, f"{top:.4g}", "end", class_="small num")
        beside = (axes.x(zero) - 5, "end") if zero > -500 else (axes.x(small) + 5, "start")
        p.text(beside[0], y + 21, minus(f"{zero:.4g}"), beside[1], class_="small num")
    bottom = axes.y0 + axes.h + 6
    p.line(axes.x0, bottom, axes.x0 + axes.w, bottom, SOFT)
    p.text(
        axes.x(20),
        bottom + 38,
        t("logit x (scale bent, so that 10 and 3000 fit)", "logit x（刻度经过弯曲，使 10 与 3000 同图）"),
        class_="soft small",
    )
    for y, end, values, color, shape in (
        (80, bottom, (1000, 2000, 3000), BAD, "o"),
        (344, axes.y0, (-2000, -1000, 0), C, "s"),
    ):
        for v in values:
            p.line(axes.x(v), y, axes.x(v), end, color, 1.6)
            p.mark(axes.x(v), y, shape, color)
    for v in (-3000, -1000, -100, -10, 0, 10, 100, 1000, 3000):
        p.line(axes.x(v), bottom, axes.x(v), bottom + 5, SOFT)
        p.text(axes.x(v), bottom + 19, minus(f"{v:g}"), "middle", class_="small soft num halo")
    p.text(
        axes.x(1000) - 14,
        84,
        t(
            "[1000, 3000, 2000] as it is: inf / inf = nan, in every type",
            "原样的 [1000, 3000, 2000]：inf / inf = nan，四种类型都如此",
        ),
        "end",
        class_="halo small num",
    )
    p.text(
        axes.x(0) + 14,
        348,
        t("minus the maximum: [−2000, 0, −1000]", "减去最大值：[−2000, 0, −1000]"),
        class_="halo small num",
    )
    p.text(
        axes.x(0),
        370,
        t("exp(0) = 1: the sum is at least 1", "exp(0) = 1：和至少为 1"),
        "middle",
        class_="halo small num",
    )
    p.text(
        axes.x(-1450),
        370,
        t("exp = 0: an error below 10^−434", "exp = 0：误差小于 10^−434"),
        "middle",
        class_="halo small num",
    )
    return p
