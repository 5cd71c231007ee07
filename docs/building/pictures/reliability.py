"""A network that is too sure of itself, before and after one temperature."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import softargmax as sm
from building.pictures.canvas import SOFT, Axes, B, C, Picture
from softargmax._estimate import wilson_interval


def digits_from_the_top():
    """Log-probabilities of an MLP that sees three of eight pixel rows: held-out rows, new rows."""
    X, y = load_digits(return_X_y=True)
    X, order = X[:, :24], np.random.default_rng(0).permutation(len(y))
    train, held_out, new = order[:600], order[600:1000], order[1000:]
    network = MLPClassifier((100,), max_iter=1000, alpha=1e-6, random_state=0)
    model = make_pipeline(StandardScaler(), network).fit(X[train], y[train])
    return model.predict_log_proba(X[held_out]), y[held_out], model.predict_log_proba(X[new]), y[new]


def draw(t, names):
    """Over-confidence before and after one temperature."""
    z, y, z_new, y_new = digits_from_the_top()
    scaling = sm.TemperatureScaling().fit(z, y)
    p = Picture(
        760,
        476,
        t("Over-confidence before and after calibration", "校准前后的过度自信"),
        t(
            "Two reliability diagrams of the same network on 797 new digits, in ten groups of equal size. Before, all ten groups lie "
            f"under the diagonal; after division by a temperature of {scaling.temperature_:.2f} they lie along it.",
            f"同一个网络在 797 个新数字上的两张可靠性图，分成十个等量的组。校准前十个组全部在对角线下方；除以温度 {scaling.temperature_:.2f} 之后沿对角线分布。",
        ),
    )
    p.text(
        20,
        24,
        t(
            "A network reads digits from their top three pixel rows: what it says, and how often it is right",
            "网络只看数字图像最上面三行像素：它说的概率与实际答对的比例",
        ),
        class_="head",
    )
    panels = (
        (z_new, t("as trained", "训练后直接使用"), B),
        (
            scaling.transform(z_new),
            t(
                f"divided by T = {scaling.temperature_:.2f}, fitted on 400 other rows",
                f"除以 T = {scaling.temperature_:.2f}（由另外 400 行得到）",
            ),
            C,
        ),
    )
    for k, (logits, words, color) in enumerate(panels):
        q = sm.softmax(logits)
        top, hit = q.max(axis=1), q.argmax(axis=1) == y_new
        axes = Axes(p, (60 + 372 * k, 102, 300, 270), (0, 1), (0, 1))
        axes.frame(
            (0, 0.25, 0.5, 0.75, 1),
            (0, 0.25, 0.5, 0.75, 1),
            t("said: probability of its answer", "声称：所给答案的概率"),
            t("right: share of such rows", "实际：答对的比例"),
        )
        p.text(axes.x0 - 34, axes.y0 - 36, words, class_="part", style=f"fill:{color}")
        p.line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), SOFT, 1.2, stroke_dasharray="5 4")
        groups = np.array_split(np.argsort(top), 10)
        ends = []
        for rows in groups:
            said, right, n = top[rows].mean(), hit[rows].mean(), len(rows)
            low, high = wilson_interval(right, n, 0.95)
            p.line(axes.x(said), axes.y(low), axes.x(said), axes.y(high), color, 1.3)
            p.dot(axes.x(said), axes.y(right), color, 4.5)
            ends.append((said, right))
        p.curve(axes.points(*zip(*ends, strict=True)), color, 1.2, stroke_opacity=0.6)
        for b, share in enumerate(np.histogram(top, np.linspace(0, 1, 21))[0] / len(top)):
            p.rect(
                axes.x(b / 20) + 1,
                axes.y(0) - 54 * share / 0.55,
                axes.w / 20 - 2,
                54 * share / 0.55,
                SOFT,
                fill_opacity=0.45,
            )
        loss = sm.cross_entropy(logits, y_new)
        for height, words in (
            (0.95, t(f"says {100 * top.mean():.1f} % on average", f"平均声称 {top.mean():.1%}")),
            (0.885, t(f"is right in {100 * hit.mean():.1f} %", f"实际答对 {hit.mean():.1%}")),
            (0.82, t(f"log loss {loss:.3f}", f"对数损失 {loss:.3f}")),
        ):
            p.text(axes.x(0.03), axes.y(height), words, class_="num halo small")
    p.text(
        20,
        438,
        t(
            "Dots: ten groups of about 80 new rows each, bars: 95 % intervals. On the dashed line, what is said is true.",
            "圆点：十组，每组约 80 个新样本；竖线：95% 区间。落在虚线上，说明声称与实际一致。",
        ),
        class_="soft small",
    )
    p.text(
        20,
        457,
        t(
            "Grey, below: how often each probability is said. The answers are the same in both; only their probabilities change.",
            "下方灰色：各概率被声称的频率。两图的答案完全相同，变的只是概率。",
        ),
        class_="soft small",
    )
    return p
