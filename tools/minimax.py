"""Where the polynomials of cpp/numerics.hpp come from: print their coefficients and their errors.

Remez' exchange algorithm with a relative weight, in 200-bit arithmetic. Run: python tools/minimax.py
"""

from collections.abc import Callable

import mpmath as mp

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


def main() -> None:
    """exp(r) = 1 + r + r^2 (c_0 + c_1 r + ...) and 2 atanh(s) = 2 s + s^3 (c_0 + c_1 s^2 + ...)."""
    reach = mp.log(2) / 2 * mp.mpf("1.01")
    for name, terms in (("kExp, float", 5), ("kExp, double", 10)):
        show(name, *minimax(
            lambda r: (mp.exp(r) - 1 - r) * mp.exp(-r), lambda r, j: r ** (j + 2) * mp.exp(-r), -reach, reach, terms
        ))  # fmt: skip
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
