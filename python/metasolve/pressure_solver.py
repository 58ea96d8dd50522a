# SPDX-License-Identifier: Apache-2.0
"""Pressure systems of flow solvers."""

from __future__ import annotations

from typing import Any

from . import _core, _options
from ._grid_arrays import OnGrid
from ._result import Result
from .online_meta_solver import OnlineMetaSolver


class PressureSolver(OnGrid):
    """The pressure systems of projection methods on one rectangle of cells, by preconditioned conjugate gradients from a
    guess: s_i p_i + sum over the faces between cell i and another fluid cell j of w (p_i - p_j) = b_i. w > 0 is the weight
    of a face, such as dt / rho, 0 at walls and solid cells, and s_i >= 0 belongs to open sides, where p is known. Where no
    s is positive, p is one of the solutions up to a constant, and b loses its mean.

    shape
        cells, (rows, columns): of an array over the cells. x is the last axis.
    preconditioner
        "multigrid"; "modified_cholesky", an incomplete factor with `fill_share` of the dropped fill added to its diagonal;
        or "none".
    measure
        what is compared with the tolerance: "relative_residual", ||b - A p|| / ||b||; "residual", ||b - A p||; or
        "largest_residual", the largest |b_i - (A p)_i|.
    meta_solver, device, threads, capacity
        as for CgSolver; of the problem pressure, for this many cells. It predicts the guess.

    >>> import numpy as np
    >>> solver = PressureSolver((32, 48))
    >>> b = np.zeros((32, 48)); b[3, 4], b[20, 30] = 1, -1
    >>> result = solver.solve(b, tol=1e-8)
    >>> result.x.shape, int(result.status)
    ((32, 48), 0)
    """

    _x_is = "rhs"
    _task_names = ("rhs", "weights[0]", "weights[1]", "open", "x0")

    def __init__(
        self,
        shape: Any,
        *,
        preconditioner: str = "multigrid",
        fill_share: float = 0.97,
        measure: str = "relative_residual",
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        try:
            rows, columns = (_options.integer("shape", cells) for cells in shape)
        except (TypeError, ValueError):
            raise _core.InputError(f"shape: expected (rows, columns), got {shape!r}") from None
        _options.text(preconditioner=preconditioner, measure=measure)
        share = _options.number("fill_share", fill_share)
        meta_solver = _options.meta_solver(meta_solver)

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.PressureSolver(executor, rows, columns, preconditioner, share, measure, size, meta_solver)

        super().__init__(make, (rows, columns), device, threads, capacity)

    def solve(
        self,
        rhs: Any,
        *,
        weights: tuple[Any, Any] | None = None,
        open: Any = None,  # noqa: A002
        x0: Any = None,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Solves a batch. Arrays are float64. Cells may be in one dimension in place of two; arrays that are contiguous are
        read in place.

        rhs
            b [count][rows][columns]; or [rows][columns]: one system. `x` of the result has its shape.
        weights
            (w between cells (y, x) and (y, x + 1) [count][rows][columns - 1], w between (y, x) and (y + 1, x)
            [count][rows - 1][columns]); without `count`: the same for all. None: all 1.
        open
            s [count][rows][columns], or without `count`; None: zeros.
        x0
            p_0 like rhs; None: zeros.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, features, history, out
            as for CgSolver.solve, with its errors. `online` may choose "guess_scale", a factor on x0. `out` must be
            contiguous, or [count][rows * columns].
        """
        rows, columns = self._shape
        if weights is not None and not (isinstance(weights, (tuple, list)) and len(weights) == 2):
            raise _core.InputError("weights: expected a pair of arrays, along x and along y")
        along_x, along_y = (None, None) if weights is None else weights

        def tasks(rhs: Any) -> tuple[Any, ...]:
            return (
                rhs, self._flat(along_x, "weights[0]", (rows, columns - 1)),
                self._flat(along_y, "weights[1]", (rows - 1, columns)),
                self._flat(open, "open", self._shape), self._flat(x0, "x0", self._shape),
            )  # fmt: skip

        return self._solve_flat(
            rhs, tasks, (tol, max_iterations), (meta_solver, retry, first_max_iterations),
            online=online, features=features, history=history, out=out,
        )  # fmt: skip
