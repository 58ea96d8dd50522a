# SPDX-License-Identifier: Apache-2.0
"""Conjugate gradients."""

from __future__ import annotations

from typing import Any

from . import _core, _options
from ._result import Result
from ._solver import Solver, pattern_of
from .online_meta_solver import OnlineMetaSolver


class CgSolver(Solver):
    """Preconditioned conjugate gradients for batches of symmetric positive definite systems A x = b of one structural
    pattern, until ||b - A x|| <= tol ||b|| (Saad, Iterative Methods, algorithm 9.1). Each task stops for itself, and its
    result depends on that task alone. A meta-solver chooses the shift of the factorisation, or omega of SSOR.

    pattern
        a SciPy matrix in compressed rows, or (row pointers [N + 1], column indices [entries]): 0-based, ascending within
        a row, with every diagonal entry. All entries, or only the lower triangle.
    preconditioner
        "incomplete_cholesky", "jacobi", "block_jacobi", "ssor" or "none".
    ordering
        "rcm" or "natural": how unknowns are numbered for the factorisation.
    fill_level, fill_entries
        what the incomplete factor keeps: entries up to that level, or the largest ones of each column beyond A's own.
        -1: the default.
    shift_scale
        what `shift` means: "absolute" is A + shift I, "diagonal" A + shift diag(A); "automatic": absolute if positive.
    block_size
        of "block_jacobi": consecutive unknowns, 1 to 16.
    meta_solver
        a MetaSolver that chooses the parameter of each task; None: the caller's.
    device
        "cpu", "cuda", "cuda:N", an Executor, or None: that of the arrays of a call.
    threads
        of the CPU; 0: all.
    capacity
        tasks to reserve memory for at once; it grows with larger calls.

    >>> import numpy as np
    >>> solver = CgSolver(([0, 2, 4], [0, 1, 0, 1]))          # 2 x 2, all entries
    >>> solver.solve(np.array([[4.0, 1.0, 1.0, 3.0]]), np.array([[1.0, 2.0]])).x.round(4).tolist()
    [[0.0909, 0.6364]]
    """

    _x_is = "rhs"
    _task_names = ("values", "rhs", "x0", "shift", "omega")

    def __init__(
        self,
        pattern: Any,
        *,
        preconditioner: str = "incomplete_cholesky",
        ordering: str = "rcm",
        fill_level: int = -1,
        fill_entries: int = -1,
        shift_scale: str = "automatic",
        block_size: int = 4,
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        row_ptrs, col_idxs = pattern_of(pattern)
        _options.text(preconditioner=preconditioner, ordering=ordering, shift_scale=shift_scale)
        fill_level = _options.integer("fill_level", fill_level)
        fill_entries = _options.integer("fill_entries", fill_entries)
        block_size = _options.integer("block_size", block_size)
        meta_solver = _options.meta_solver(meta_solver)

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.CgSolver(
                executor, row_ptrs, col_idxs, preconditioner, ordering, fill_level, fill_entries, shift_scale,
                block_size, size, meta_solver,
            )  # fmt: skip

        super().__init__(make, device, threads, capacity)

    def solve(
        self,
        values: Any,
        rhs: Any,
        *,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        x0: Any = None,
        shift: Any = 0.0,
        omega: Any = 1.0,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Solves a batch. Arrays are float64, of any strides, and are read in place.

        values
            A [count][entries] in the pattern's order, or [entries]: the same for all. Of a_ij and a_ji the lower one is
            read.
        rhs
            b [count][N], or [N]: one system, with values [entries].
        tol, max_iterations
            a number for all tasks, or an array of one for each.
        x0
            [count][N]: initial guesses; None: zeros.
        shift, omega
            a number or [count]: of the incomplete Cholesky factor and of SSOR; with a meta-solver the fallback.
        meta_solver
            False: use the caller's parameters in this call.
        retry, first_max_iterations
            solve tasks that did not converge with predicted parameters again with the caller's, after that many
            iterations (0: max_iterations).
        online, features
            an OnlineMetaSolver, which chooses the parameters that it names for this call's tasks and learns from their
            iterations, in place of `meta_solver`; and what it sees of them: [count][features], or [count] of one
            feature. Tasks that fail are solved again with the caller's parameters. It moves to the solver's executor.
        history
            keep the measure after each iteration.
        out
            [count][N]: where to write x; or a Result of a call with as many tasks, all of whose arrays are written anew.

        Returns a Result; its measure is the true relative residual. Raises InputError, which names the argument, before
        anything has run; DeviceError.
        """
        return self._solve(
            (values, rhs, x0, shift, omega), rhs, (tol, max_iterations), (meta_solver, retry, first_max_iterations),
            online=online, features=features, history=history, out=out,
        )  # fmt: skip
