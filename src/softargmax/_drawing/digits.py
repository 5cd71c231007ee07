"""How numbers are written: three digits that mean something, and no 0 or 1 that is not one."""

import math


def plain(x: float, digits: int | None = None) -> str:
    """Write .923, 1.25, 12.5 or 1,250; ``digits`` behind the point, or more where fewer would read 0 or 1.

    >>> [plain(x) for x in (0.9234, 0.00123, 0.99996, 1.0, 1250.4, -0.25)]
    ['.923', '.0012', '.99996', '1', '1,250', '−.250']
    """
    if not math.isfinite(x):
        return "unknown" if math.isnan(x) else "infinite" if x > 0 else "−infinite"
    if digits is None:
        digits = _digits_behind(abs(x))
        while digits < 5 and x not in (0.0, 1.0) and round(x, digits) in (0.0, 1.0):
            digits += 1
    text = f"{abs(x):,.{digits}f}"
    if not text.strip("0.,"):
        return "0"
    if "." in text and abs(x) <= 1.0 and text.startswith("1.") and not text[2:].strip("0"):
        text = "1"
    return ("−" if x < 0.0 else "") + (text[1:] if text.startswith("0.") else text)


def _digits_behind(size: float) -> int:
    for least, digits in ((99.95, 0), (9.995, 1), (1.0005, 2), (0.00995, 3), (0.000995, 4), (0.00001, 5)):
        if size >= least:
            return digits
    return 4 if size else 0


def tick(x: float) -> str:
    """Write a number of an axis, with no more digits than it has."""
    return plain(x, max(0, len(f"{x:.6g}".partition(".")[2])))


def percent(x: float) -> str:
    """Write a share in per cent, as on an axis of shares, with a space that no line ends at."""
    return f"{100.0 * x:.4g}\N{NO-BREAK SPACE}%"


def in_percent(x: float) -> str:
    """Write a share in per cent, with a digit behind the point where whole ones say little: 1.7 %, 30 %.

    >>> in_percent(0.0166), in_percent(0.304), in_percent(0.9962)
    ('1.7 %', '30 %', '99.6 %')
    """
    return f"{100.0 * x:.{1 if min(x, 1.0 - x) < 0.0995 and 0.0 < x < 1.0 else 0}f} %"


def count(x: float) -> str:
    """Write how many: whole numbers with commas, weights with a digit more."""
    return f"{x:,.0f}" if abs(x - round(x)) < 1e-9 * max(1.0, abs(x)) else f"{x:,.1f}"


def in_range(value: float, low: float, high: float) -> str:
    """Write a value and its range, all to the same digit: .923 (.915 to .930)."""
    size = max(abs(value), 1e-9)
    digits = 1 if size >= 10.0 else _digits_behind(size)
    return f"{plain(value, digits)} ({plain(low, digits)} to {plain(high, digits)})"


def nice_step(top: float, most: int = 6) -> float:
    """Give the distance of the ticks of an axis from 0 to `top`: 1, 2 or 5 times a power of ten.

    >>> nice_step(0.1), nice_step(37.0)
    (0.02, 10.0)
    """
    if not top > 0.0 or not math.isfinite(top):
        return 1.0
    power = math.floor(math.log10(top / most))
    steps = (float(f"{factor}e{power + shift}") for shift in (0, 1) for factor in (1, 2, 5))
    return next(step for step in steps if top / step <= most)
