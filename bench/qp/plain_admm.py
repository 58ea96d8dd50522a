# SPDX-License-Identifier: Apache-2.0
"""OSQP's iteration in plain NumPy, for all tasks at once: what our own iteration is compared with.

Dense, and with constant penalties, so it is a reference and no contender.
"""
import numpy as np


def iterations(p, a, q, l, u, rho, tolerances, *, alpha=1.6, sigma=1e-6, limit=1500, scales=None):
    """Iterations [tolerance][task] from x = y = 0 by OSQP's stopping rule, checked at each; `limit` where not reached.

    p [n][n], a [m][n]: dense, of all tasks; q [task][n]; l, u [task][m]; rho [m]; tolerances: falling, absolute and
    relative alike; scales(tasks, x): what residuals are compared with instead of OSQP's norms, [task] twice.
    """
    count = len(q)
    inverse = np.linalg.inv(p + sigma * np.eye(len(p)) + a.T @ (rho[:, None] * a))
    x, y = np.zeros_like(q), np.zeros_like(l)
    z = np.clip(y, l, u)
    found, left = np.full((len(tolerances), count), limit), np.arange(count)
    norm = lambda v: np.abs(v).max(1)
    for k in range(1, limit + 1):
        relaxed = (sigma * x - q[left] + (rho * z - y) @ a) @ inverse
        v = alpha * relaxed @ a.T + (1 - alpha) * z + y / rho
        x, z = alpha * relaxed + (1 - alpha) * x, np.clip(v, l[left], u[left])
        y = rho * (v - z)
        ax, px, aty = x @ a.T, x @ p, y @ a
        primal, dual = (np.maximum(norm(ax), norm(z)), np.maximum(np.maximum(norm(px), norm(aty)), norm(q[left])))
        if scales is not None:
            primal, dual = scales(left, x)
        level = np.maximum(norm(ax - z) / (1 + primal), norm(px + q[left] + aty) / (1 + dual))
        for row, tolerance in zip(found, tolerances):
            stopped = left[level <= tolerance]
            row[stopped] = np.minimum(row[stopped], k)
        running = level > tolerances[-1]
        if not running.all():
            x, y, z, left = x[running], y[running], z[running], left[running]
        if not len(left):
            break
    return found
