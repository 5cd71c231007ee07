"""Where the numbers of cpp/numerics.hpp and cpp/powers.hpp come from: print them with their errors.

Polynomials: Remez' exchange algorithm with a relative weight, in 200-bit arithmetic. Tables of powers of 2: the common
factor that makes the relative errors of all entries nearly equal. Run: python tools/minimax.py
"""

from collections.abc import Callable

import mpmath as mp
import numpy as np

mp.mp.prec = 200
Real = Callable[[mp.mpf], mp.mpf]


def minimax(
    f: Real, basis: Callable[[mp.mpf, int], mp.mpf], low: mp.mpf, high: mp.mpf, terms: int
) -> tuple[list, mp.mpf]:
    """Give the coefficients c that minimise max |sum c_i basis_i - f| on [low, high], and that maximum."""
    n = terms + 1
    points = sorted((low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n))
    grid = [low + (high - low) * mp.mpf(i) / 1999 for i in range(2000)]
    for _ in range(25):
        matrix = mp.matrix(n, n)
        for i, x in enumerate(points):
            for j in range(terms):
                matrix[i, j] = basis(x, j)
            matrix[i, terms] = (-1) ** i
        solution = mp.lu_solve(matrix, mp.matrix([f(x) for x in points]))
        c = [solution[j] for j in range(terms)]
        errors = [(x, sum(c[j] * basis(x, j) for j in range(terms)) - f(x)) for x in grid]
        extrema = _extrema(errors)
        if len(extrema) < n:
            break
        while len(extrema) > n:
            extrema.pop(0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1)
        points = [x for x, _ in extrema]
        sizes = [abs(error) for _, error in extrema]
        if max(sizes) < mp.mpf("1.001") * min(sizes):
            break
    return c, max(abs(error) for _, error in errors)


def _extrema(errors: list) -> list:
    """Keep the largest error between every two changes of sign."""
    kept = [errors[0]]
    for x, error in errors[1:]:
        if (error > 0) != (kept[-1][1] > 0):
            kept.append((x, error))
        elif abs(error) > abs(kept[-1][1]):
            kept[-1] = (x, error)
    return kept


def show(name: str, c: list, error: mp.mpf) -> None:
    """Print one polynomial."""
    print(f"{name}: relative error 2^{mp.nstr(mp.log(error, 2), 4)}")
    for value in c:
        print(f"    {mp.nstr(value, 20)}")


def exponential(name: str, reach: mp.mpf, terms: int) -> None:
    """exp(r) = 1 + r + r^2 (c_0 + c_1 r + ...) for |r| <= reach."""
    show(name, *minimax(
        lambda r: (mp.exp(r) - 1 - r) * mp.exp(-r), lambda r, j: r ** (j + 2) * mp.exp(-r), -reach, reach, terms
    ))  # fmt: skip


def spreads(factors: np.ndarray, steps: int, dtype: type) -> np.ndarray:
    """Tell how far apart the errors of the entries factor 2^(i / steps) are, in half ulps of 1."""
    powers = np.array([np.longdouble(mp.nstr(mp.mpf(2) ** (mp.mpf(i) / steps), 25)) for i in range(steps)])
    exact = factors.astype(np.longdouble)[:, np.newaxis] * powers
    errors = (exact.astype(dtype).astype(np.longdouble) / exact - 1) * 2 / np.finfo(dtype).eps
    return np.ptp(errors, axis=1)


def table(steps: int, dtype: type) -> None:
    """Search for the factor of a table: all of float, some of double. Its last bit is 0, so that a sum holds it."""
    bits = np.finfo(dtype).nmant - 1
    end = int((2.0 ** (1 / steps) - 1) * 2.0**bits)
    rng = np.random.default_rng(0)
    tried = np.arange(end) if dtype is np.float32 else rng.integers(end, size=10**7)
    best = 1.0, 1.0
    for part in np.array_split(tried, max(1, len(tried) // 10**5)):
        factors = 1 + part * 2.0**-bits
        found = spreads(factors, steps, dtype)
        best = min(best, (float(found.min()), float(factors[found.argmin()])))
    print(f"table of {steps}, {np.dtype(dtype).name}: factor {best[1].hex()}, errors within {best[0]:.4f} half ulps")


def main() -> None:
    """The coefficients of exp, with and without tables, and of 2 atanh(s) = 2 s + s^3 (c_0 + c_1 s^2 + ...)."""
    for name, terms in (("kExp, float", 5), ("kExp, double", 10)):
        exponential(name, mp.log(2) / 2 * mp.mpf("1.01"), terms)
    for name, steps, terms in (("float", 8, 3), ("double", 8, 6), ("double", 4, 7)):
        reach = mp.log(2) / (2 * steps) * mp.mpf("1.002")
        exponential(f"table of {steps}, {name}, kExp", reach, terms)
        exponential(f"table of {steps}, {name}, kExpExact", 2 * reach, terms + (name == "double"))
    table(8, np.float32)
    for steps, used in ((8, "0x1.0da11516ce8c2p+0"), (4, "0x1.2d2b99265938cp+0")):
        table(steps, np.float64)
        factor = np.array([float.fromhex(used)])
        print(f"    used: {used}, the best of 6 * 10^7: {spreads(factor, steps, np.float64)[0]:.4f}")
    furthest = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1) * mp.mpf("1.001")

    def excess(z: mp.mpf) -> mp.mpf:
        s = mp.sqrt(z)
        return (2 * mp.atanh(s) - 2 * s) / (2 * mp.atanh(s))

    def power(z: mp.mpf, j: int) -> mp.mpf:
        s = mp.sqrt(z)
        return s * z ** (j + 1) / (2 * mp.atanh(s))

    for name, terms in (("kLog, float", 3), ("kLog, double", 7)):
        show(name, *minimax(excess, power, mp.mpf(10) ** -12, furthest**2, terms))


if __name__ == "__main__":
    main()
