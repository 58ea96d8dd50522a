# SPDX-License-Identifier: Apache-2.0
"""Other people's QP solvers on a batch of tasks, one after the other, on one thread: each as its users call it.

A peer solves all tasks and returns Figures. q, l, u are [task][...]; p and a sparse matrices, or lists of one per task.
Microseconds are the processor's, of update and solve; a set-up is timed by itself. A set of tasks is solved REPEATS
times, and the least time of each task counts, since other programs disturb.
"""
import dataclasses
import time

import numpy as np
import scipy.sparse as sparse
from one_sided import Split

REPEATS = 3


@dataclasses.dataclass
class Figures:
    """Of one peer, tasks in order."""

    program: str
    iterations: np.ndarray  #: [task]
    microseconds: np.ndarray  #: [task] of update and solve
    x: np.ndarray  #: [task][n]
    y: np.ndarray  #: [task][m]
    statuses: list
    setup_microseconds: float  #: of one task, median

    def row(self):
        return {**counts(self.iterations), "microseconds_per_task": round(float(self.microseconds.mean()), 1),
                "setup_microseconds": round(self.setup_microseconds, 1), "program": self.program,
                "solved_share": float(np.mean([s == "solved" for s in self.statuses]))}


def counts(iterations):
    return {"mean": round(float(iterations.mean()), 3), "median": float(np.median(iterations)),
            "q99": round(float(np.quantile(iterations, 0.99)), 1), "max": int(iterations.max()),
            "tasks": len(iterations)}


def clocked(call):
    """Microseconds of the processor, and the result."""
    begin = time.process_time()
    result = call()
    return 1e6 * (time.process_time() - begin), result


def repeated(solve_all, program, setup_of):
    """solve_all(): [(iterations, microseconds, x, y, status)] of all tasks; setup_of(): microseconds."""
    runs = [solve_all() for _ in range(REPEATS)]
    iterations, _, x, y, statuses = zip(*runs[0])
    times = np.min([[task[1] for task in run] for run in runs], axis=0)
    return Figures(program, np.array(iterations), times, np.array(x), np.array(y), list(statuses),
                   float(np.median(setup_of())))


def of(matrices, index):
    return matrices[index] if isinstance(matrices, list) else matrices


def osqp(p, a, q, l, u, tolerance, *, one_setup=False, check=1, **settings):
    """osqp with its defaults, but the stopping rule checked at every `check`-th iteration. Its penalty adapts: with
    one_setup it goes on from the task before (update, solve); else each task begins at the default."""
    import osqp as module

    options = {"eps_abs": tolerance, "eps_rel": tolerance, "check_termination": check, "verbose": False,
               "warm_starting": False, **settings}
    setups = []

    def solve_all():
        found, solver = [], None
        for i in range(len(q)):
            if solver is None or not one_setup:
                fresh, upper, rows = module.OSQP(), sparse.triu(of(p, i)).tocsc(), of(a, i).tocsc()
                setups.append(clocked(lambda: fresh.setup(upper, q[i], rows, l[i], u[i], **options))[0])
                solver = fresh
                spent, result = clocked(lambda: solver.solve(raise_error=False))
            else:
                def update_and_solve():
                    solver.update(q=q[i], l=l[i], u=u[i])
                    return solver.solve(raise_error=False)

                spent, result = clocked(update_and_solve)
            found.append((result.info.iter, spent, np.array(result.x), np.array(result.y), result.info.status))
        return found

    return repeated(solve_all, f"osqp {module.__version__}", lambda: setups)


def piqp(p, a, q, l, u, tolerance, *, kind="sparse", gap=False, **settings):
    """piqp, a proximal interior point method. kind: "sparse"; "stages": for optimal control, variables in the order of
    time; "dense". gap: also its duality gap has to reach the tolerance, as by default; OSQP's rule has none."""
    import piqp as module

    setups = []

    def solver_of(i, split):
        solver = module.DenseSolver() if kind == "dense" else module.SparseSolver()
        if kind == "stages":
            solver.settings.kkt_solver = module.KKTSolver.sparse_multistage
        chosen = {"eps_abs": tolerance, "eps_rel": tolerance, "eps_duality_gap_abs": tolerance,
                  "eps_duality_gap_rel": tolerance, "check_duality_gap": gap, "preconditioner_reuse_on_update": True}
        for key, value in {**chosen, **settings}.items():
            setattr(solver.settings, key, value)
        matrix = np.asarray(of(p, i).todense()) if kind == "dense" else sparse.csc_matrix(of(p, i))
        setups.append(clocked(lambda: solver.setup(matrix, q[i], *split.arguments(l[i], u[i], kind == "dense")))[0])
        return solver

    def solve_all():
        found, solver, split = [], None, None
        for i in range(len(q)):
            if solver is None or isinstance(p, list) or isinstance(a, list):
                split = Split(of(a, i), l[i], u[i])
                solver = solver_of(i, split)
                spent, status = clocked(solver.solve)
            else:
                spent, status = clocked(lambda: (solver.update(c=q[i], **split.bounds(l[i], u[i])), solver.solve()))
                status = status[1]
            result = solver.result
            found.append((result.info.iter, spent, np.array(result.x), split.multipliers(result),
                          str(status).split(".")[-1].lower().removeprefix("piqp_")))
        return found

    return repeated(solve_all, f"piqp {module.__version__}, {kind}", lambda: setups)
