# SPDX-License-Identifier: Apache-2.0
"""Implicit Euler steps of stiff systems."""

from __future__ import annotations

from typing import Any

from . import _core, _options
from ._result import Result
from ._solver import Solver


class ImplicitEulerSolver(Solver):
    """Implicit Euler steps y = y_prev + h f(t + h, y; p) of small stiff systems by the one-step Newton-SOR method
    (paper, section 4.1, eqs. 14, 45, 46), until ||g(y)||_2 <= tol, g(y) = y - h f(t + h, y; p) - y_prev. A meta-solver
    chooses the relaxation factor, the initial guess, or both.

    system
        "robertson", "van_der_pol", "orego", "hires" or "pollution". OdeProblem makes solvers for others.
    method
        "newton_sor", or "newton": by elimination; takes no meta-solver.
    clamp
        (low, high): bounds of every entry of y after each iteration; None: none.
    meta_solver, device, threads, capacity
        as for CgSolver.

    >>> import numpy as np
    >>> solver = ImplicitEulerSolver("robertson", method="newton")
    >>> step = solver.solve(np.array([1.0, 0.0, 0.0]), np.array([0.04, 3e7, 1e4]), 1e-3, tol=1e-12)
    >>> step.x.round(6).tolist(), int(step.status)
    ([0.99996, 2.3e-05, 1.7e-05], 0)
    """

    _x_is = "previous"
    _task_names = ("previous", "parameters", "step", "time", "relaxation", "x0")

    def __init__(
        self,
        system: str = "robertson",
        *,
        method: str = "newton_sor",
        clamp: tuple[float, float] | None = None,
        meta_solver: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
        capacity: int | None = None,
    ) -> None:
        _options.text(system=system, method=method)
        clamp = _options.bounds("clamp", clamp)
        meta_solver = _options.meta_solver(meta_solver)

        def make(executor: _core.Executor, size: int) -> Any:
            return _core.ImplicitEulerSolver(executor, system, clamp, method, size, meta_solver)

        super().__init__(make, device, threads, capacity)

    @property
    def parameters(self) -> int:
        """The size of p."""
        return self._core.parameters

    def solve(
        self,
        previous: Any,
        parameters: Any,
        step: Any,
        *,
        time: Any = 0.0,
        relaxation: Any = 1.0,
        x0: Any = None,
        tol: Any = 1e-6,
        max_iterations: Any = 10000,
        meta_solver: bool = True,
        retry: bool = False,
        first_max_iterations: int = 0,
        history: bool = False,
        out: Any = None,
    ) -> Result:
        """Makes a batch of steps. Arrays are float64, of any strides, and are read in place.

        previous
            y_prev [count][n], or [n]: one step.
        parameters
            p [count][parameters], or [parameters]: the same for all.
        step, time, relaxation
            h > 0, t and r in (0, 2): a number or [count]. r is the fallback of a meta-solver.
        x0
            [count][n]: initial guesses of y; None: y_prev.
        out
            [count][n]: where to write y; may be `previous`: tasks that do not converge then keep it.
        tol, max_iterations, meta_solver, retry, first_max_iterations, history
            as for CgSolver.solve, with its errors.
        """
        return self._solve(
            (previous, parameters, step, time, relaxation, x0), previous, (tol, max_iterations),
            (meta_solver, retry, first_max_iterations), history=history, out=out,
        )  # fmt: skip
