# SPDX-License-Identifier: Apache-2.0
"""Rows of the quadcopter's table that need nothing of ours: osqp, an interior point method, and OSQP's iteration with
constants by search in plain NumPy."""
import functools

import numpy as np
import peers
import plain_admm
import quadcopter
from condensed import Condensed
from scipy.sparse import csc_matrix

SEED, LIMIT = 7, 800
TOLERANCES = (1e-3, 1e-5)
ALONE = quadcopter.DYNAMICS  # the first row of a variable's own


@functools.cache
def tasks(count):
    return quadcopter.tasks(count, SEED)


@functools.cache
def full(count):
    return *quadcopter.full_matrices(), *quadcopter.full_vectors(*tasks(count))


@functools.cache
def condensed(count):
    form = Condensed()
    return form, *form.vectors(*tasks(count))


@functools.cache
def solutions(count):
    """x [count][172] to 1e-11."""
    return peers.piqp(*full(count), 1e-11, gap=True).x


def error(count, inputs):
    """The largest error of a thrust, over the horizon: mean and 99 % of the tasks."""
    apart = np.abs(inputs - solutions(count)[:, quadcopter.DYNAMICS:]).max(1)
    return {"mean": float(f"{apart.mean():.3g}"), "q99": float(f"{np.quantile(apart, 0.99):.3g}")}


def by_stages(count):
    """The full form with variables in the order of time, and their places."""
    p, a, q, l, u = full(count)
    states = np.arange(quadcopter.DYNAMICS).reshape(-1, quadcopter.STATES)
    inputs = quadcopter.DYNAMICS + np.arange(quadcopter.HORIZON * quadcopter.INPUTS).reshape(-1, quadcopter.INPUTS)
    order = np.concatenate([np.hstack([states[:-1], inputs]).ravel(), states[-1]])
    return order, p[order][:, order], a[:, order], q[:, order], l, u


def osqp(count, tolerance, **settings):
    figures = peers.osqp(*full(count), tolerance, **settings)
    return {**figures.row(), "true_error": error(count, figures.x[:, quadcopter.DYNAMICS:])}


def piqp(count, tolerance, **settings):
    order, *form = by_stages(count)
    figures = peers.piqp(*form, tolerance, kind="stages", **settings)
    x = np.empty_like(figures.x)
    x[:, order] = figures.x
    return {**figures.row(), "true_error": error(count, x[:, quadcopter.DYNAMICS:])}


def dense_piqp(count, tolerance):
    form, q, l, u = condensed(count)
    # Its own norms are up to a hundred times those of the full form, whose rule allows about 10 tolerances.
    figures = peers.piqp(csc_matrix(form.p), csc_matrix(form.a), q, l, u, tolerance, kind="dense",
                         eps_abs=10 * tolerance, eps_rel=0)
    return {**figures.row(), "true_error": error(count, figures.x)}


def penalties(value, unbounded):
    """Of the full form: 1e3 times as large on the dynamics; unbounded: that of rows without bounds, None: as others."""
    _, _, _, l, u = full(1)
    rho = np.full(l.shape[1], float(value))
    rho[:ALONE] *= 1e3
    if unbounded is not None:
        rho[np.isinf(l[0]) & np.isinf(u[0])] = unbounded
    return rho


def best_of(candidates, run, count, tolerance):
    """All tasks with the candidate of the lowest mean on a third of them. A task that is cut counts as the limit."""
    chosen = min(candidates, key=lambda c: run(c, slice(0, count // 3)).mean())
    found = run(chosen, slice(None))
    return {**peers.counts(found), "constants": chosen, "limit": LIMIT, "program": "NumPy",
            "solved_share": float((found < LIMIT).mean()), "microseconds_per_task": None}


def one_rho(count, tolerance, *, unbounded=None):
    p, a, q, l, u = full(count)
    p, a = p.toarray(), a.toarray()
    run = lambda rho, part: plain_admm.iterations(p, a, q[part], l[part], u[part], penalties(rho, unbounded),
                                                  (tolerance,), limit=LIMIT)[0]
    return best_of([0.3, 0.46, 0.7, 1.1, 1.7, 2.5], run, count, tolerance)


def two_constants(count, tolerance):
    form, q, l, u = condensed(count)
    start, reference = tasks(count)

    def run(constants, part):
        rho = np.repeat(constants, [quadcopter.HORIZON * quadcopter.INPUTS, len(form.states)])
        scales = lambda left, x: form.scales(start[part][left], reference[part][left], x)
        return plain_admm.iterations(form.p, form.a, q[part], l[part], u[part], rho, (tolerance,), limit=LIMIT,
                                     scales=scales)[0]

    pairs = [(first, first * ratio) for first in (0.46, 0.7, 1.0, 1.5, 2.2) for ratio in (1, 3, 10, 30)]
    return best_of(pairs, run, count, tolerance)


ROWS = {
    "osqp": osqp,
    "osqp, one set-up": functools.partial(osqp, one_setup=True),
    "osqp, checked every 25": functools.partial(osqp, check=25),
    "interior point (piqp)": piqp,
    "interior point (piqp), gap too": functools.partial(piqp, gap=True),
    "interior point (piqp), condensed": dense_piqp,
    "NumPy, one rho on all rows": one_rho,
    "NumPy, 1e-6 on unbounded rows": functools.partial(one_rho, unbounded=1e-6),
    "NumPy, condensed, two constants": two_constants,
}


def rows(count):
    """(name, function) of all rows."""
    for tolerance in TOLERANCES:
        for name, make in ROWS.items():
            start = f"quadcopter {tolerance:.0e}".replace("e-0", "e-")
            yield f"{start}, {name}", functools.partial(make, count, tolerance)
