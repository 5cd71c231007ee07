"""A picture of numbers as SVG, in which every shape is a line of code."""

from html import escape

import numpy as np

A, B, C, INK, SOFT, GRID, BAD = (f"var(--{name})" for name in ("a", "b", "c", "ink", "soft", "grid", "bad"))


class Picture:
    """A list of SVG elements, and how to add to it."""

    def __init__(self, width, height, title, description):
        self.size, self.title, self.description, self.parts = (width, height), title, description, []

    def add(self, tag, content=None, **attributes):
        words = " ".join(f'{key.rstrip("_").replace("_", "-")}="{_short(value)}"' for key, value in attributes.items())
        self.parts.append(f"<{tag} {words}/>" if content is None else f"<{tag} {words}>{escape(content)}</{tag}>")

    def text(self, x, y, words, anchor="start", **attributes):
        self.add("text", words, x=x, y=y, text_anchor=anchor, **attributes)

    def line(self, x1, y1, x2, y2, color=GRID, width=1, **attributes):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=color, stroke_width=width, **attributes)

    def curve(self, points, color=INK, width=2.2, fill="none", **attributes):
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.add("path", d=path, stroke=color, stroke_width=width, fill=fill, stroke_linejoin="round", **attributes)

    def dot(self, x, y, color=INK, r=4.5, **attributes):
        self.add("circle", cx=x, cy=y, r=r, fill=color, **attributes)

    def rect(self, x, y, width, height, color, **attributes):
        self.add("rect", x=x, y=y, width=width, height=height, fill=color, **attributes)

    def arrow(self, x1, y1, x2, y2, color, width=2.2):
        self.line(x1, y1, x2, y2, color, width)
        (dx, dy), size = np.array([x2 - x1, y2 - y1]) / np.hypot(x2 - x1, y2 - y1), 6
        tips = [(x2 - size * (1.4 * dx + s * dy), y2 - size * (1.4 * dy - s * dx)) for s in (0.8, -0.8)]
        self.curve([tips[0], (x2, y2), tips[1]], color, width)

    def mark(self, x, y, shape, color, size=1.0):
        r = 5.5 * size
        square = [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r), (x - r, y - r)]
        diamond = [(x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), (x - 1.3 * r, y), (x, y - 1.3 * r)]
        if shape == "o":
            self.dot(x, y, "var(--halo)", r, stroke=color, stroke_width=2)
        else:
            self.curve({"s": square, "d": diamond}[shape], color, 2, "var(--halo)")

    def svg(self, name: str) -> str:
        """Give the picture, to be put into a page; its title and description are for who cannot see it."""
        width, height = self.size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'class="softmax-picture" role="img" aria-labelledby="{name}-title {name}-words">\n'
            f'<title id="{name}-title">{escape(self.title)}</title>\n'
            f'<desc id="{name}-words">{escape(self.description)}</desc>\n'
        )
        return head + "\n".join(self.parts) + "\n</svg>\n"


class Axes:
    """A rectangle of a picture, and the way from numbers to places in it."""

    def __init__(self, picture, box, xlim, ylim, scale=lambda v: v):
        self.p, (self.x0, self.y0, self.w, self.h), self.scale = picture, box, scale
        (self.left, self.right), (self.low, self.high) = [scale(v) for v in xlim], ylim

    def x(self, value):
        return self.x0 + self.w * (self.scale(value) - self.left) / (self.right - self.left)

    def y(self, value):
        return self.y0 + self.h * (self.high - value) / (self.high - self.low)

    def frame(self, xticks, yticks, xlabel, ylabel, xformat="{:g}", yformat="{:g}"):
        bottom = self.y0 + self.h
        for v in yticks:
            self.p.line(self.x0, self.y(v), self.x0 + self.w, self.y(v))
            self.p.text(self.x0 - 8, self.y(v) + 4, minus(yformat.format(v)), "end", class_="soft small num")
        for v in xticks:
            self.p.line(self.x(v), bottom, self.x(v), bottom + 5, SOFT)
            self.p.text(self.x(v), bottom + 19, minus(xformat.format(v)), "middle", class_="soft small num")
        self.p.line(self.x0, bottom, self.x0 + self.w, bottom, SOFT)
        self.p.text(self.x0 + self.w / 2, bottom + 39, xlabel, "middle", class_="soft")
        self.p.text(self.x0 - 34, self.y0 - 14, ylabel, class_="soft")

    def points(self, xs, ys):
        return [(self.x(x), self.y(y)) for x, y in zip(xs, ys, strict=True)]


def _short(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def minus(words: str) -> str:
    """Write numbers with the sign that is as wide as a digit."""
    return words.replace("-", "\N{MINUS SIGN}")
