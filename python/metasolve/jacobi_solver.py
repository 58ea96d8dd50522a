# SPDX-License-Identifier: Apache-2.0
"""Jacobi's method."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core, _options
from ._arrays import float32, float64
from ._result import Result
from ._solver import Solver, pattern_of
from .online_meta_solver import OnlineMetaSolver


class JacobiSolver(Solver):
    """Jacobi iteration for batches of systems A u = f with 1 to 1024 unknowns (Saad, Iterative Methods, section 4.1).
    A meta-solver chooses the initial guess.

    pattern
        as for CgSolver, of any matrices with a diagonal; or an int N: 1-D Poisson, A = tridiag(-1, 2, -1), with N
        unknowns, not divided by h^2.
    measure
        "relative_residual": ||f - A u|| / ||f||; or "relative_error": ||u_k - u|| / ||u||, with the known solutions u.
    dtype
        "float64" or "float32".
    meta_solver, device, threads, capacity
        as for CgSolver.

    >>> import numpy as np
    >>> JacobiSolver(3).solve(np.array([1.0, 0.0, 1.0]), tol=1e-12).x.round(6).tolist()
    [1.0, 1.0, 1.0]
    """

    _x_is = "rhs"
    _task_names = ("values", "rhs", "x0", "solution")

    def __init__(
        self,
        pattern: Any,
        *,
        measure: str = "relative_residual",
        dtype: Any = float64,
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        is_poisson = isinstance(pattern, (int, np.integer))
        unknowns = _options.integer("pattern", pattern) if is_poisson else 0
        row_ptrs, col_idxs = (None, None) if is_poisson else pattern_of(pattern)
        kinds = {float64: _core.JacobiSolverDouble, float32: _core.JacobiSolverFloat}
        name = _options.real(dtype, kinds)
        _options.text(measure=measure)
        meta_solver = _options.meta_solver(meta_solver)
        self._is_poisson = is_poisson

        def make(executor: _core.Executor, size: int) -> Any:
            return kinds[name](executor, row_ptrs, col_idxs, unknowns, measure, size, meta_solver)

        super().__init__(make, device, threads, capacity, name)

    def solve(
        self,
        rhs: Any,
        *,
        values: Any = None,
        solution: Any = None,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        x0: Any = None,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Solves a batch. Arrays have the solver's dtype and any strides, and are read in place.

        rhs
            f [count][N], ||f|| > 0; or [N]: one system.
        values
            A [count][entries] in the pattern's order, or [entries]: the same for all. None: Poisson.
        solution
            u [count][N]: with measure "relative_error" only.
        x0
            u_0 [count][N]: initial guesses, with a meta-solver the fallback; None: zeros.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, features, history, out
            as for CgSolver.solve, with its errors.
        """
        if self._is_poisson and values is not None:
            raise _core.InputError("values: the solver is for Poisson's matrix; make it with a pattern for others")
        return self._solve(
            (values, rhs, x0, solution), rhs, (tol, max_iterations), (meta_solver, retry, first_max_iterations),
            online=online, features=features, history=history, out=out,
        )  # fmt: skip
