# SPDX-License-Identifier: Apache-2.0
"""Rows of osqp and an interior point method on the classes of OSQP's paper: on the library's own test tasks."""
import functools
import pathlib
import tempfile

import families
import numpy as np
import peers

CLASSES = ("control", "lasso", "huber", "svm", "portfolio", "random", "equality")
TOLERANCES = (1e-3, 1e-5)
SEED = 0  # of the first training


@functools.cache
def tasks_of(program, name, count):
    with tempfile.TemporaryDirectory() as folder:
        return families.tasks(program, name, count, SEED, pathlib.Path(folder))


@functools.cache
def solutions(program, name, count):
    tasks = tasks_of(program, name, count)
    return peers.piqp(tasks.p, tasks.a, tasks.q, tasks.l, tasks.u, 1e-11, gap=True).x


def error_of(x, exact):
    """Largest error of x, relative to 1 + max|x|: mean and 99 % of the tasks."""
    apart = np.abs(x - exact).max(1) / (1 + np.abs(exact).max(1))
    return {"mean": float(f"{apart.mean():.3g}"), "q99": float(f"{np.quantile(apart, 0.99):.3g}")}


def row(program, name, count, solve, tolerance):
    tasks = tasks_of(program, name, count)
    figures = solve(tasks.p, tasks.a, tasks.q, tasks.l, tasks.u, tolerance)
    return {**figures.row(), "variables": tasks.q.shape[1], "rows": tasks.l.shape[1],
            "true_error": error_of(figures.x, solutions(program, name, count))}


def rows(program, count):
    """(name, function) of all rows. program: qp_tasks."""
    solvers = {"osqp": peers.osqp, "interior point (piqp)": peers.piqp}
    for name in CLASSES:
        for tolerance in TOLERANCES:
            for solver, solve in solvers.items():
                yield (f"{name} {tolerance:.0e}".replace("e-0", "e-") + f", {solver}",
                       functools.partial(row, program, name, count, solve, tolerance))
