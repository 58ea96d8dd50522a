# SPDX-License-Identifier: Apache-2.0
"""Who plans: osqp, one robot after the other, or QpSolver, all robots in one call. Each starts from the previous plan,
shifted by a step."""
import numpy as np
import quadcopter
from condensed import Condensed

import metasolve

LIMIT = 4000  # osqp's
ROUGH = (1.0, 10.0)  # penalties of thrusts and states, a good guess of two constants
# A plan ends within its tolerance of a bound, maybe beyond it, from where the bound may be out of reach. So the next
# one may exceed a bound by this share of what the previous one, shifted, would.
KEPT = 0.8
# Plans after a new way point that the network starts, and not the shifted plan. With more of them iterations fall further,
# but at 1e-3 one plan of 100,000 has no solution, since the robot is too far beyond a bound.
EARLY = 2


def kept_bounds(l, u, values):
    """Bounds of states, widened where `values`, those of the previous plan, are beyond."""
    return l - KEPT * np.maximum(l - values, 0), u + KEPT * np.maximum(values - u, 0)


class Osqp:
    """osqp with its defaults: a solver for each robot, which keeps the penalty it has adapted. The full form, which its
    documentation solves too."""

    def __init__(self, tolerance, robots):
        import osqp
        import scipy.sparse

        self.name = "osqp, defaults"
        p, a = quadcopter.full_matrices()
        upper = scipy.sparse.triu(p).tocsc()
        self.form = Condensed()
        self.solvers = [osqp.OSQP() for _ in range(robots)]
        q, l, u = quadcopter.full_vectors(*quadcopter.tasks(1, 0))
        for solver in self.solvers:
            solver.setup(upper, q[0], a, l[0], u[0], eps_abs=tolerance, eps_rel=tolerance, verbose=False)
        self.x = self.y = None

    def plan(self, states, references):
        q, l, u = quadcopter.full_vectors(states, references)
        start = None if self.x is None else shifted_full(self.x, self.y)
        first, last = quadcopter.DYNAMICS, 2 * quadcopter.DYNAMICS  # rows of the states' bounds
        if start is not None:
            l[:, first:last], u[:, first:last] = kept_bounds(
                l[:, first:last], u[:, first:last], self.form.states_at(states, start[0][:, quadcopter.DYNAMICS:]))
        l[:, first:first + quadcopter.STATES] = -np.inf  # the present state is what it is
        u[:, first:first + quadcopter.STATES] = np.inf
        results = []
        for i, solver in enumerate(self.solvers):
            solver.update(q=q[i], l=l[i], u=u[i])
            if start is not None:
                solver.warm_start(x=start[0][i], y=start[1][i])
            results.append(solver.solve(raise_error=False))
        self.x, self.y = (np.array([getattr(r, name) for r in results]) for name in "xy")
        return (self.x[:, first:first + quadcopter.INPUTS], np.array([r.info.iter for r in results]),
                sum(r.info.status != "solved" for r in results))


def shifted_full(x, y):
    """x, y of the full form a step later; the last step is repeated."""
    def later(values, width):
        return np.concatenate([values[:, width:], values[:, -width:]], axis=1)

    first = quadcopter.DYNAMICS
    parts = [later(values[:, begin:end], width) for values, begin, end, width in (
        (x, 0, first, quadcopter.STATES), (x, first, None, quadcopter.INPUTS), (y, 0, first, quadcopter.STATES),
        (y, first, 2 * first, quadcopter.STATES), (y, 2 * first, None, quadcopter.INPUTS))]
    return np.hstack(parts[:2]), np.hstack(parts[2:])


class Fleet:
    """metasolve.QpSolver on the condensed form.

    rho, alpha: constants, a penalty a row; model: a MetaSolver of the problem "qp" that sees state and reference (16
    numbers), and chooses penalties and start of the early plans for a new way point, to which no earlier plan leads;
    online: of the other plans, an OnlineMetaSolver of "rho", a factor on the penalties, and "alpha". recorded: None, or a
    list of what was planned at each step, for plans up to the age `recorded_age`: q, l, u, the start, scales, and what the
    network sees.
    """

    def __init__(self, name, tolerance, rho, alpha, *, model=None, online=None, threads=0):
        self.name, self.tolerance, self.rho, self.alpha, self.online = name, tolerance, rho, alpha, online
        self.form = Condensed()
        self.solver, self.early_solver = self.solver_with(None, threads), None
        if model is not None:
            self.early_solver = self.solver_with(model, threads)
        self.solution = self.references = self.iterations = self.recorded = self.age = None
        self.recorded_age = np.inf

    def solver_with(self, model, threads):
        own = {} if model else {"scaling": False, "penalty_group": np.arange(len(self.form.a), dtype=np.int32)}
        return metasolve.QpSolver(*patterns(self.form), **values(self.form), **own, shift_x=self.form.shift_x(),
                                  shift_y=self.form.shift_y(), meta_solver=model, threads=threads)  # fmt: skip

    def plan(self, states, references):
        q, l, u = self.form.vectors(states, references)
        if self.solution is None:
            self.solution, self.iterations = np.zeros((len(q), q.shape[1] + l.shape[1])), np.full(len(q), 20)
            self.references, self.age = np.full_like(references, np.nan), np.zeros(len(q))
        else:
            n = q.shape[1]
            planned = self.solution[:, self.form.shift_x()] @ self.form.a[n:].T
            l[:, n:], u[:, n:] = kept_bounds(l[:, n:], u[:, n:], planned)
        scales = self.form.estimated_scales(states, references)
        self.age = np.where((references != self.references).any(1), 0, self.age + 1)
        self.references = references
        sees = np.hstack([states, references[:, 2:6]])
        if self.recorded is not None:
            young = self.age <= self.recorded_age
            self.recorded.append([a[young] for a in (q, l, u, self.solution, scales, sees)])
        is_early = (self.age < EARLY) & (self.early_solver is not None)
        unsolved = 0
        for chosen, early in ((is_early, True), (~is_early, False)):
            if chosen.any():
                given = (q[chosen], l[chosen], u[chosen], scales[chosen])
                unsolved += self.solve(chosen, given, sees[chosen], early)
        return self.solution[:, : quadcopter.INPUTS], self.iterations.copy(), unsolved

    def solve(self, chosen, given, sees, early):
        """The plans of some robots; returns how many were not solved."""
        q, l, u, scales = given
        common = {"guess": self.solution[chosen], "shift": True, "scales": scales, "tol": self.tolerance,
                  "max_iterations": LIMIT}  # fmt: skip
        common.update(rho=self.rho, alpha=self.alpha)
        if early:  # what the network leaves is solved by the constants, in units of the weights of its training
            common["rho"] = self.rho / self.early_solver.row_weights
            result = self.early_solver.solve(q, l, u, **common, features=sees, retry=True,
                                             first_max_iterations=30)
        elif self.online is not None:
            # What the plan before took, and how far there is to go: after a new way point, plans are hard.
            distance = np.abs(sees[:, 2:6] - sees[:, -4:]).max(1)
            features = np.stack([self.iterations[chosen].astype(float), distance], axis=1)
            result = self.solver.solve(q, l, u, **common, features=features, online=self.online)
        else:
            result = self.solver.solve(q, l, u, **common)
        self.solution[chosen], self.iterations[chosen] = result.solution, result.iterations
        return int((~result.converged).sum())


def patterns(form):
    """Of P's lower triangle and of A, which is dense: (row pointers, column indices)."""
    m, n = form.a.shape
    pointers = np.concatenate([[0], np.cumsum(np.arange(1, n + 1))])
    return (pointers, np.tril_indices(n)[1]), (np.arange(0, m * n + 1, n), np.tile(np.arange(n), m))


def values(form):
    return {"p_values": form.p[np.tril_indices(len(form.p))], "a_values": form.a.ravel()}
