# SPDX-License-Identifier: Apache-2.0
"""Implicit Euler steps of stiff systems."""

from __future__ import annotations

from typing import Any

from . import _core, _options
from ._arrays import as_array, float64, int32
from ._result import Result
from ._solver import Solver
from .online_meta_solver import OnlineMetaSolver


class StepGradient:
    """The implicit gradient of steps y: dF/dy_prev, dF/dp, dF/dh, dF/dt, and which could be computed. NaN for a task of
    status BREAKDOWN or NOT_FINITE."""

    __slots__ = ("previous_bar", "parameters_bar", "step_bar", "time_bar", "status")

    previous_bar: Any
    """[count][n]."""
    parameters_bar: Any
    """[count][parameters], of each task, also where tasks share p; None: not asked for."""
    step_bar: Any
    """[count]."""
    time_bar: Any
    """[count]."""
    status: Any
    """int32 [count]: values of Status."""

    def __init__(self, previous_bar: Any, parameters_bar: Any, step_bar: Any, time_bar: Any, status: Any) -> None:
        self.previous_bar, self.parameters_bar = previous_bar, parameters_bar
        self.step_bar, self.time_bar, self.status = step_bar, time_bar, status


class ImplicitEulerSolver(Solver):
    """Implicit Euler steps y = y_prev + h f(t + h, y; p) of small stiff systems by the one-step Newton-SOR method
    (paper, section 4.1, eqs. 14, 45, 46), until ||g(y)||_2 <= tol, g(y) = y - h f(t + h, y; p) - y_prev. A meta-solver
    chooses the relaxation factor, the initial guess, or both.

    system
        "robertson", "van_der_pol", "orego", "hires" or "pollution". OdeProblem makes solvers for others.
    method
        "newton_sor"; "anderson_sor": with Anderson's acceleration of its sweeps, best with relaxation 1; or "newton":
        by elimination, takes no meta-solver.
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
        online: OnlineMetaSolver | None = None,
        features: Any = None,
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
            [count][n]: where to write y; may be `previous`: tasks that do not converge then keep it. Or a Result, as for
            CgSolver.solve.
        tol, max_iterations, meta_solver, retry, first_max_iterations, online, features, history
            as for CgSolver.solve, with its errors.
        """
        return self._solve(
            (previous, parameters, step, time, relaxation, x0), previous, (tol, max_iterations),
            (meta_solver, retry, first_max_iterations), online=online, features=features, history=history, out=out,
        )  # fmt: skip

    def gradient(
        self,
        previous: Any,
        parameters: Any,
        step: Any,
        x: Any,
        x_bar: Any,
        *,
        time: Any = 0.0,
        with_parameters: bool = True,
    ) -> StepGradient:
        """From x_bar = dF/dy [count][n] at the steps x = y [count][n]: the gradients by the implicit function theorem,
        by one elimination with the transposed Jacobian for each task. previous, parameters, step, time: as for `solve`.
        """
        tasks = (previous, parameters, step, time, 1.0, None)
        x = as_array(x, "x")
        core, kind, x_bar, tasks, count, single = self._begin(tasks, x_bar, "x_bar")
        of_task = () if single else (count,)
        outputs = [
            kind.empty((*of_task, self._unknowns), float64, x_bar),
            kind.empty((*of_task, self.parameters), float64, x_bar) if with_parameters else None,
            kind.empty((count,), float64, x_bar),
            kind.empty((count,), float64, x_bar),
            kind.empty((count,), int32, x_bar),
        ]
        core.gradient(count, single, tasks, (x, x_bar, *outputs), kind.stream(x_bar))
        if kind.waits:
            self.synchronize()
            outputs = [None if a is None else kind.finished(a) for a in outputs]
        if single:
            outputs[2:] = [kind.first(a) for a in outputs[2:]]
        return StepGradient(*outputs)
