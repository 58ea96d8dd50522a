# SPDX-License-Identifier: Apache-2.0
"""The loss that meta-solvers are trained with, for networks of your own."""

from __future__ import annotations

import json
from typing import Any, Callable

import numpy as np

from . import _core, _options
from ._result import on_host
from ._arrays import NumPy, as_array, float64, int32, kind_of
from ._settings import configuration_of


class LossResult:
    """For each task: the loss, how many iterations its solve made and how it ended, and d loss / d theta."""

    __slots__ = ("loss", "iterations", "status", "measure", "gradient")

    loss: Any
    """[count]: the surrogate, about the number of iterations; that of a task that failed is the limit."""
    iterations: Any
    """int32 [count]."""
    status: Any
    """int32 [count]: values of Status."""
    measure: Any
    """[count]: at the last iterate."""
    gradient: Any
    """[count][parameters]: of each task's own loss; None: not asked for."""

    def __init__(self, loss: Any, iterations: Any, status: Any, measure: Any, gradient: Any) -> None:
        self.loss, self.iterations, self.status, self.measure, self.gradient = loss, iterations, status, measure, gradient

    @property
    def converged(self) -> Any:
        """bool [count]."""
        return on_host(self.status) == 0


class IterationLoss:
    """A differentiable surrogate for the number of iterations of each task's solve (paper, eq. 10), and its gradient with
    respect to the solver's parameters theta by the solver's adjoint: with it a network of any framework can be the
    meta-solver (metasolve.torch.iteration_loss, metasolve.jax.iteration_loss).

    problem
        as for `train`: the name of a problem, a TOML file, or a dict of sections.
    settings
        {"section.key": value}: of `problem`, `solver` and `loss`, such as "solver.tolerance".
    device, threads
        as for CgSolver.

    >>> loss = IterationLoss("poisson", {"problem.unknowns": 4})
    >>> rows = loss.rows("train", 0, 3)
    >>> loss.set_tasks(rows)
    >>> loss.evaluate(np.zeros((3, loss.parameters))).gradient.shape
    (3, 4)
    """

    def __init__(
        self,
        problem: Any,
        settings: dict[str, Any] | None = None,
        *,
        device: str | _core.Executor = "cpu",
        threads: int = 0,
    ) -> None:
        executor = _options.executor(device, threads)
        configuration, overrides = configuration_of(problem, settings)
        self._open(lambda size: _core.IterationLoss(executor, configuration, overrides, size), executor)

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied: make one in each process")

    def _open(self, make: Callable[[int], Any], executor: _core.Executor) -> None:
        """make(capacity): the library's object."""
        self._make, self._executor = make, executor
        self._capacity = 1
        self._core = core = make(1)
        self.description: dict[str, Any] = json.loads(core.description)
        """The problem: names and ranges of features and parameters, tolerance, iteration limit."""
        self.columns: int = core.columns
        """Numbers per task."""
        self.features: int = core.features
        """Numbers that describe a task to a network."""
        self.parameters: int = core.parameters
        """Parameters of the solver per task."""
        self.count = 0
        """Tasks set."""

    def rows(self, task_set: str, first: int = 0, count: int | None = None) -> np.ndarray:
        """[count][columns]: tasks of the problem's own distribution, on the host. task_set: "train", "validation" or "test"; count:
        None: all from `first` on, as configured."""
        if count is None:
            count = max(0, self._core.tasks(task_set) - first)
        rows = np.empty((count, self.columns))
        self._core.rows(task_set, first, rows)
        return rows

    def features_of(self, rows: Any) -> np.ndarray:
        """[count][features] of rows [count][columns]: what a network sees of each task, unscaled."""
        rows = self._as_rows(rows)
        features = np.empty((len(rows), self.features))
        self._core.features_of(rows, features)
        return features

    def set_tasks(self, rows: Any) -> None:
        """The tasks that `evaluate` solves, [count][columns] on the host: copied to the device."""
        rows = self._as_rows(rows)
        core, capacity = self._core, self._capacity
        if len(rows) > capacity:
            capacity = len(rows)
            core = self._make(capacity)
            core.set_tolerance(self.tolerance)
        try:
            core.set_tasks(rows)
        except _core.InputError:  # the tasks before are kept
            raise
        except BaseException:
            self.count = 0
            raise
        self._core, self._capacity, self.count = core, capacity, len(rows)

    def own_parameters(self) -> np.ndarray:
        """[count][parameters]: what the tasks set are solved with without a meta-solver; a start for a network."""
        parameters = np.empty((self.count, self.parameters))
        self._core.own_parameters(parameters)
        return parameters

    @property
    def tolerance(self) -> float:
        """Where solves stop. Training may begin with a large one."""
        return self._core.tolerance

    @tolerance.setter
    def tolerance(self, value: float) -> None:
        self._core.set_tolerance(value)

    def evaluate(self, theta: Any, tasks: Any = None, *, gradient: bool = True) -> LossResult:
        """Solves tasks with the parameters theta.

        theta
            [count][parameters], float64, of any strides, on the device, at most as many as tasks were set; used as it is. None:
        the tasks' own constants.
        tasks
            int32 [count]: which of the tasks set; None: the first ones.
        gradient
            False: neither its time nor its memory.
        """
        theta, tasks = as_array(theta, "theta"), as_array(tasks, "tasks", int32)
        like = theta if theta is not None else tasks
        kind = NumPy if like is None else kind_of(like, "theta" if theta is not None else "tasks")
        kind.prepare([theta, tasks])
        count = self.count if like is None else like.shape[0]
        if theta is not None and (len(theta.shape) != 2 or theta.shape[1] != self.parameters):
            raise _core.InputError(
                f"theta: shape is {tuple(theta.shape)}, expected (tasks, {self.parameters}): parameters of each task"
            )
        outputs = (
            kind.empty((count,), float64, like),
            kind.empty((count,), int32, like),
            kind.empty((count,), int32, like),
            kind.empty((count,), float64, like),
            kind.empty((count, self.parameters), float64, like) if gradient and theta is not None else None,
        )
        self._core.evaluate(count, tasks, theta, outputs, kind.stream(like))
        if kind.waits:
            self._executor.synchronize()
            outputs = tuple(None if a is None else kind.finished(a) for a in outputs)
        return LossResult(*outputs)

    def _as_rows(self, rows: Any) -> np.ndarray:
        try:
            rows = np.ascontiguousarray(rows, np.float64)
        except (TypeError, ValueError, RuntimeError) as error:  # RuntimeError: of PyTorch
            raise _core.InputError(f"rows: NumPy makes no array of them: {error}") from error
        if rows.ndim != 2 or rows.shape[1] != self.columns:
            raise _core.InputError(f"rows: shape is {rows.shape}, expected (tasks, {self.columns})")
        return rows
