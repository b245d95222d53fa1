"""The singular values of a matrix, in plain Python: what rank a change of weights really has.

The eigenvalues of AᵀA by Householder's reduction to three diagonals and the implicit QL method; their roots are the
singular values. Below about 1e-7 of the largest one they are rounding noise.

Source: Bowdler, Martin, Reinsch and Wilkinson, The QR and QL algorithms for symmetric matrices, Numerische Mathematik
11, 1968.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import copysign, fsum, hypot, sqrt

Matrix = Sequence[Sequence[float]]
_EPSILON = 2.0**-52
_MOST_ROUNDS = 60


def singular_values(matrix: Matrix) -> list[float]:
    """Return the singular values of a matrix, the largest first, as many as its smaller dimension.

    >>> [round(value, 6) for value in singular_values([[3.0, 0.0], [4.0, 0.0], [0.0, 2.0]])]
    [5.0, 2.0]
    """
    rows = list(matrix)
    columns = [list(column) for column in zip(*rows, strict=True)]
    short = columns if len(columns) <= len(rows) else [list(row) for row in rows]
    gram = [[fsum(a * b for a, b in zip(one, other, strict=True)) for other in short] for one in short]
    diagonal, beside = _three_diagonals(gram)
    return sorted((sqrt(max(value, 0.0)) for value in _eigenvalues(diagonal, beside)), reverse=True)


def _three_diagonals(a: list[list[float]]) -> tuple[list[float], list[float]]:
    """Reduce a symmetric matrix, which is overwritten, to its diagonal and the numbers beside it."""
    n = len(a)
    diagonal, beside = [0.0] * n, [0.0] * n
    for last in range(n - 1, 0, -1):
        row = a[last]
        scale = fsum(abs(value) for value in row[:last])
        if last == 1 or scale == 0.0:
            beside[last] = row[last - 1]
            continue
        v = [value / scale for value in row[:last]]
        length = fsum(value * value for value in v)
        edge = -copysign(sqrt(length), v[-1])
        beside[last] = scale * edge
        length -= v[-1] * edge
        v[-1] -= edge
        p = [
            (fsum(a[i][j] * v[j] for j in range(i + 1)) + fsum(a[j][i] * v[j] for j in range(i + 1, last))) / length
            for i in range(last)
        ]
        half = fsum(x * y for x, y in zip(p, v, strict=True)) / (2 * length)
        q = [x - half * y for x, y in zip(p, v, strict=True)]
        for i in range(last):
            for j in range(i + 1):
                a[i][j] -= v[i] * q[j] + q[i] * v[j]
    for i in range(n):
        diagonal[i] = a[i][i]
    return diagonal, beside[1:]


def _eigenvalues(d: list[float], beside: list[float]) -> list[float]:
    """Find the eigenvalues of a symmetric matrix of three diagonals; both lists are overwritten."""
    n = len(d)
    e = [*beside, 0.0]
    floor = _EPSILON * _EPSILON * max((abs(value) for value in (*d, *e)), default=0.0)
    for start in range(n):
        for _ in range(_MOST_ROUNDS):
            end = start
            while end < n - 1 and abs(e[end]) > _EPSILON * (abs(d[end]) + abs(d[end + 1])) + floor:
                end += 1
            if end == start:
                break
            g = (d[start + 1] - d[start]) / (2.0 * e[start])
            r = hypot(g, 1.0)
            g = d[end] - d[start] + e[start] / (g + copysign(r, g))
            sine = cosine = 1.0
            shift = 0.0
            for i in range(end - 1, start - 1, -1):
                f, b = sine * e[i], cosine * e[i]
                r = hypot(f, g)
                e[i + 1] = r
                if r == 0.0:
                    d[i + 1] -= shift
                    e[end] = 0.0
                    break
                sine, cosine = f / r, g / r
                g = d[i + 1] - shift
                r = (d[i] - g) * sine + 2.0 * cosine * b
                shift = sine * r
                d[i + 1] = g + shift
                g = cosine * r - b
            else:
                d[start] -= shift
                e[start] = g
                e[end] = 0.0
    return d
