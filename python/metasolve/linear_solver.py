# SPDX-License-Identifier: Apache-2.0
"""Linear systems by direct and Krylov methods."""

from __future__ import annotations

from typing import Any

from . import _core, _options
from ._arrays import as_array
from ._result import Result
from ._solver import Solver, empty_as, pattern_of
from .online_meta_solver import OnlineMetaSolver


class LinearGradient:
    """The implicit gradient of x = A^-1 b: dF/db, dF/dA, and how the solves ended that found them."""

    __slots__ = ("rhs_bar", "values_bar", "status", "iterations", "measure")

    rhs_bar: Any
    """[count][N]; NaN for a task that failed."""
    values_bar: Any
    """[count][entries] in the pattern's order, or None. Of symmetric matrices, entries off the diagonal of the lower
    triangle hold the sum of both."""

    def __init__(self, rhs_bar: Any, values_bar: Any, result: Result) -> None:
        self.rhs_bar, self.values_bar = rhs_bar, values_bar
        self.status, self.iterations, self.measure = result.status, result.iterations, result.measure


class LinearSolver(Solver):
    """Direct and preconditioned Krylov methods for batches of linear systems A x = b of one structural pattern, which is
    analysed once. Each task stops for itself; its bits are the same alone and in any batch.

    pattern
        as for CgSolver; symmetric matrices may have all entries or only the lower triangle.
    matrix
        "general", "symmetric" or "positive_definite": which methods apply, and which entries are read.
    method
        "automatic": by `matrix`; "cholesky", "ldl", "lu" (sparse, without pivoting), "dense_lu" (at most 64 unknowns,
        with pivoting), "cg", "bicgstab", "gmres".
    ordering
        "automatic", "natural", "rcm" or, for direct methods, "amd".
    precision
        "full", or "mixed": float factors of direct methods, refined to the tolerance in double.
    keeps_factors
        direct methods store each task's factors for `solve_again` and `gradient`.
    preconditioner, fill_level, block_size, restart
        of Krylov methods: "automatic", "ilu", "incomplete_cholesky", "jacobi", "block_jacobi", "ssor" or "none".
    device, threads, capacity
        as for CgSolver.

    >>> import numpy as np
    >>> solver = LinearSolver(([0, 2, 4], [0, 1, 0, 1]))
    >>> a, b = np.array([[2.0, 1.0, 4.0, 5.0]]), np.array([[3.0, 9.0]])
    >>> solver.solve(a, b).x.round(12).tolist()
    [[1.0, 1.0]]
    >>> solver.method
    'dense_lu'
    """

    _x_is = "rhs"
    _task_names = ("values", "rhs", "x0", "shift", "omega")

    def __init__(
        self,
        pattern: Any,
        *,
        matrix: str = "general",
        method: str = "automatic",
        ordering: str = "automatic",
        precision: str = "full",
        keeps_factors: bool = False,
        preconditioner: str = "automatic",
        fill_level: int = 0,
        block_size: int = 4,
        restart: int = 30,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        row_ptrs, col_idxs = pattern_of(pattern)
        _options.text(
            matrix=matrix, method=method, ordering=ordering, precision=precision, preconditioner=preconditioner
        )
        fill_level = _options.integer("fill_level", fill_level)
        block_size = _options.integer("block_size", block_size)
        restart = _options.integer("restart", restart)
        keeps_factors = bool(keeps_factors)
        self._entries = len(col_idxs)
        self.keeps_factors = keeps_factors
        self.solves = 0
        """Calls of `solve`: whether kept factors are those of a certain one."""

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.LinearSolver(
                executor, row_ptrs, col_idxs, matrix, method, ordering, precision, keeps_factors, preconditioner,
                fill_level, block_size, restart, size,
            )  # fmt: skip

        super().__init__(make, device, threads, capacity)

    @property
    def method(self) -> str:
        """The method chosen, never "automatic"."""
        return self._core.method

    @property
    def ordering(self) -> str:
        """The ordering chosen, never "automatic"."""
        return self._core.ordering

    @property
    def factor_entries(self) -> int:
        """Numbers in a task's factors; 0: no factors."""
        return self._core.factor_entries

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
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Solves a batch. Arrays are float64, of any strides, and are read in place.

        values
            A [count][entries] in the pattern's order, or [entries]: the same for all.
        rhs
            b [count][N], or [N]: one system.
        x0
            [count][N]: initial guesses of Krylov methods; None: zeros.
        shift, omega
            a number or [count]: of incomplete factors, in units of the diagonal, and of SSOR.
        tol, max_iterations, online, features, history, out
            as for CgSolver.solve, with its errors; `online` with Krylov methods. Direct methods refine x at most ten times.

        The measure is the true relative residual ||b - A x|| / ||b|| of the x returned. A task for which factors without
        pivoting are not stable breaks down.
        """
        self.solves += 1
        return self._solve(
            (values, rhs, x0, shift, omega), rhs, (tol, max_iterations), (True, False, 0), online=online,
            features=features, history=history, out=out,
        )  # fmt: skip

    def solve_again(
        self, values: Any, rhs: Any, *, tol: Any = 1e-6, max_iterations: Any = 10000, out: Any = None
    ) -> Result:
        """Solves the tasks of the last `solve` for other right-hand sides, with the factors kept. values: as in that
        call, for the residual. Raises InputError also where no factors are kept, or those of another number of tasks."""
        return self._solve(
            (values, rhs, None, 0.0, 1.0), rhs, (tol, max_iterations), call="solve_again", out=out
        )

    def gradient(
        self,
        values: Any,
        x: Any,
        x_bar: Any,
        *,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        shift: Any = 0.0,
        omega: Any = 1.0,
        with_values: bool = True,
    ) -> LinearGradient:
        """From x_bar = dF/dx [count][N] at the solutions x: rhs_bar = A^-T x_bar and, with_values, values_bar = -rhs_bar
        x' on the pattern (Giles, 2008, section 2.3.1), by the solver's method; with kept factors, by these."""
        tasks = (values, None, None, shift, omega)
        x = as_array(x, "x")
        # The library's solver that keeps the factors must not be replaced by a larger one.
        core, kind, x_bar, tasks, count, single = self._begin(tasks, x_bar, "x_bar", self.keeps_factors)
        values_bar = None
        if single:
            rhs_bar = kind.empty((self._unknowns,), self._dtype, x_bar)
            if with_values:
                values_bar = kind.empty((self._entries,), self._dtype, x_bar)
        else:
            rhs_bar = kind.empty((count, self._unknowns), self._dtype, x_bar)
            if with_values:
                values_bar = empty_as(kind, (count, self._entries), self._dtype, x_bar)
        outputs = (None, *self._outputs(kind, x_bar, count, single, None, False)[1:])
        core.gradient(
            count, single, tasks, (x, x_bar, rhs_bar, values_bar), self._stopping(tol, max_iterations), outputs,
            kind.stream(x_bar),
        )  # fmt: skip
        result = self._result(kind, outputs, single)
        done = [None if a is None else kind.finished(a) for a in (rhs_bar, values_bar)]
        return LinearGradient(*done, result)
