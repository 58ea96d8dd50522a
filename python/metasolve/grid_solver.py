# SPDX-License-Identifier: Apache-2.0
"""Systems on structured grids, by multigrid."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core, _options
from ._arrays import float32, float64
from ._grid_arrays import OnGrid
from ._result import Result
from .grid_stencils import sides_of
from .online_meta_solver import OnlineMetaSolver


class GridSolver(OnGrid):
    """Systems A u = f on a grid in two or three dimensions, by conjugate gradients with a cycle of multigrid as
    preconditioner, or by the cycle alone. A is symmetric positive (semi)definite and given by half stencils (5 numbers in
    two dimensions, 14 in three), which `metasolve.grid_stencils` makes. A point whose row is 0 is an obstacle.

    shape
        of an array over the points: (ny, nx) or (nz, ny, nx), as in NumPy. x is the last axis. Multigrid halves all axes:
        m 2^k - 1 points between Dirichlet boundaries, m 2^k + 1 between Neumann boundaries, m 2^k in the other cases.
    sides
        "dirichlet", "neumann" or "periodic" for all; or for each axis of shape one of these, or a pair (low, high).
    constant_stencils
        True: A has the same numbers at all points of a task: faster; not with Neumann sides.
    method
        "conjugate_gradients" or "iteration", cycles alone.
    smoother
        "jacobi", "chebyshev", "colors" (red-black for 5 and 7 points), "zebra-x", "zebra-y", "zebra-z", "zebra",
        "stencil", "two-stencils" or "line-and-stencil".
    cycle, before, after
        "v", "w" or "f", and how many sweeps. Conjugate gradients need "v" or "w" with as many before as after.
    degree
        of "chebyshev".
    transfer
        "linear" or, for coefficients that jump, "operator".
    coarse_weights
        more parameters: of coarse corrections and the transfer.
    is_singular
        constants are the null space of A.
    one_level
        no coarser grids; any shape.
    coarsens
        whether axes are halved: for all, or for each axis of shape.
    parameters
        of tasks without their own, in the order of `parameters`; None: the smoother's usual ones.
    dtype
        "float64" or "float32".
    meta_solver, device, threads, capacity
        as for CgSolver; of the problem diffusion, in two dimensions and float64.

    >>> import numpy as np
    >>> from metasolve import grid_stencils
    >>> solver = GridSolver((31, 31), constant_stencils=True)
    >>> int(solver.solve(grid_stencils.poisson(5), np.ones((31, 31)), tol=1e-8).status)
    0
    """

    _x_is = "rhs"
    _task_names = ("stencils", "rhs", "x0", "parameters")

    def __init__(
        self,
        shape: Any,
        *,
        sides: Any = "dirichlet",
        constant_stencils: bool = False,
        method: str = "conjugate_gradients",
        smoother: str = "colors",
        cycle: str = "v",
        before: int = 1,
        after: int = 1,
        degree: int = 3,
        transfer: str = "linear",
        coarse_weights: bool = False,
        is_singular: bool = False,
        one_level: bool = False,
        coarsens: Any = True,
        parameters: Any = None,
        dtype: Any = float64,
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        points, of_sides = sides_of(shape, sides)
        _options.text(method=method, smoother=smoother, cycle=cycle, transfer=transfer)
        kinds = {float64: _core.GridSolverDouble, float32: _core.GridSolverFloat}
        name = _options.real(dtype, kinds)
        axes = [int(bool(a)) for a in coarsens][::-1] if np.ndim(coarsens) else [int(bool(coarsens))] * len(points)
        if len(axes) != len(points):
            raise _core.InputError(f"coarsens: has {len(axes)} axes, expected {len(points)}")
        own = [] if parameters is None else _options.numbers("parameters", parameters)
        options = (
            bool(constant_stencils), method, smoother, cycle, _options.integer("before", before),
            _options.integer("after", after), _options.integer("degree", degree), transfer, bool(coarse_weights),
            bool(is_singular), bool(one_level), axes, own,
        )  # fmt: skip
        meta_solver = _options.meta_solver(meta_solver)
        self._is_constant = bool(constant_stencils)

        def make(executor: _core.Executor, size: int) -> Any:
            return kinds[name](executor, points, of_sides, options, size, meta_solver)

        super().__init__(make, tuple(points[::-1]), device, threads, capacity, name)

    @property
    def levels(self) -> int:
        """Grids, the coarsest included."""
        return self._core.levels

    @property
    def parameters(self) -> dict[str, float]:
        """Of the cycle, with the values for tasks without their own."""
        return dict(self._core.parameters)

    def solve(
        self,
        stencils: Any,
        rhs: Any,
        *,
        x0: Any = None,
        parameters: Any = None,
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
        """Solves a batch. Arrays have the solver's dtype. Points may be in one dimension, [unknowns], in place of `shape`;
        arrays that are contiguous are read in place.

        stencils
            A: [count][entries] or [entries] with constant stencils, else [count][entries][shape] or [entries][shape]:
            the same for all.
        rhs
            f [count][shape]; or [shape]: one system. `x` of the result has its shape.
        x0
            u_0 like rhs; None: zeros.
        parameters
            [count][parameters] or [parameters]: the same for all; None: those of the constructor.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, features, history, out
            as for CgSolver.solve, with its errors. `online` may choose "factor", on all of a task's parameters. `out`
            must be contiguous, or [count][unknowns].
        """
        entries = 14 if len(self._shape) == 3 else 5

        def tasks(rhs: Any) -> tuple[Any, ...]:
            of_task = (entries, *self._shape)
            a = stencils if self._is_constant else self._flat(stencils, "stencils", of_task)
            return a, rhs, self._flat(x0, "x0", self._shape), parameters

        return self._solve_flat(
            rhs, tasks, (tol, max_iterations), (meta_solver, retry, first_max_iterations),
            online=online, features=features, history=history, out=out,
        )  # fmt: skip
