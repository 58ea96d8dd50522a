# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers for somebody else's solver, of which only calls are known."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

import numpy as np

from . import _core, _options
from ._settings import overrides_of
from ._tasks import Tasks, checked_rows, rows_function
from .training import Callback, Run, watched


class BlackBox:
    """A solver that is a function of yours: of a batch of tasks and their parameters. Its gradient is found by
    differences: each task is solved at two more values of each parameter, in the same call.

    name
        of the problem, in runs and models.
    columns
        names of the numbers that define a task; a network sees all of them.
    parameters
        {name: (low, high)}, or (low, high, constant): ranges of the solver's parameters, and the constant that a
        meta-solver is compared with; by default the middle.
    solve
        solve(rows [count][columns], theta [count][parameters]) -> iterations [count], or (iterations, converged [count]).
        Any cost that is an integer of 0 or more will do. The arrays are copies, yours to keep.
    logarithmic
        names of columns and parameters that vary over decades: a network sees log10 of those columns, and such a
        parameter's low end is positive.

    >>> def solve(rows, theta):                                  # pretend: best at omega = a
    ...     return 10 + np.round(100 * np.abs(theta[:, 0] - rows[:, 0]))
    >>> box = BlackBox("pretended", columns=["a"], parameters={"omega": (0.0, 2.0)}, solve=solve)
    >>> box.own_parameters(3).tolist()
    [[1.0], [1.0], [1.0]]
    """

    def __init__(
        self,
        name: str,
        *,
        columns: Iterable[str],
        parameters: Mapping[str, tuple[float, ...]],
        solve: Callable[[np.ndarray, np.ndarray], Any],
        logarithmic: Iterable[str] = (),
    ) -> None:
        _options.text(name=name)
        if isinstance(columns, str):
            raise _core.InputError(f"columns: expected names, got the text {columns!r}; for one column give a list")
        self.name, self.columns = name, tuple(columns)
        decades = set(logarithmic)
        if unknown := decades - set(self.columns) - set(parameters):
            raise _core.InputError(f"logarithmic: {sorted(unknown)[0]!r} is neither a column nor a parameter")
        described = []
        if not isinstance(parameters, Mapping) or not all(isinstance(parameter, str) for parameter in parameters):
            raise _core.InputError("parameters: expected a dict {name: (low, high)}")
        for parameter, given in parameters.items():
            try:
                low, high, *constant = (float(value) for value in given)
                if parameter in decades and low <= 0:
                    raise ValueError
                (middle,) = constant or [(low * high) ** 0.5 if parameter in decades else (low + high) / 2]
            except (TypeError, ValueError):
                positive = ", of positive numbers" if parameter in decades else ""
                raise _core.InputError(
                    f"parameters: {parameter}: expected (low, high) or (low, high, constant){positive}"
                ) from None
            described.append((parameter, low, high, parameter in decades, middle))
        self._constants = np.array([constant for *_, constant in described])
        logarithms = [column for column in self.columns if column in decades]
        # The library's object must not refer to this one: Python does not see such a cycle.
        self._core = _core.BlackBox(name, list(self.columns), described, logarithms, _answering(solve))

    def own_parameters(self, count: int) -> np.ndarray:
        """[count][parameters]: the constants."""
        return np.tile(self._constants, (count, 1))

    def train(
        self,
        tasks: Tasks,
        settings: Mapping[str, Any] | None = None,
        *,
        out: str | os.PathLike[str],
        resume: bool = False,
        callbacks: Iterable[Callback] = (),
        progress: bool | None = None,
    ) -> Run:
        """Trains a meta-solver, on the CPU. tasks: {"train": rows [n][columns], "validation": ..., "test": ...}, or a
        function (set, first, n) -> rows. The rest is as for metasolve.train; "solver.difference" is the step of the
        differences, relative to the distance from the nearer end of a parameter's range."""
        rows, sizes = rows_function(tasks, len(self.columns))
        overrides, executor = overrides_of({**sizes, **(settings or {})}), _core.Executor.open("cpu")

        def run(stop: _core.StopFlag, report: Callback, notice: Callable[[str], None]) -> Any:
            return self._core.train(executor, os.fspath(out), rows, overrides, resume, stop, notice, report)

        return Run(out, watched(run, callbacks, progress))

    def evaluate(
        self, run: str | os.PathLike[str], tasks: Tasks, settings: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Compares a run's meta-solver with the constants on the test tasks; with one parameter, also with the best
        constant, which training finds by search."""
        rows, sizes = rows_function(tasks, len(self.columns))
        sizes = {key: value for key, value in sizes.items() if key == "problem.test_tasks"}
        executor = _core.Executor.open("cpu")
        return self._core.evaluate(executor, os.fspath(run), rows, overrides_of({**sizes, **(settings or {})}))

    def predict(self, meta_solver: _core.MetaSolver, rows: Any) -> np.ndarray:
        """[count][parameters] for rows [count][columns]: to be given to your solver."""
        rows = checked_rows(rows, "rows", len(self.columns))
        parameters = np.empty((len(rows), len(self._constants)))
        self._core.predict(meta_solver, rows, parameters)
        return parameters


def _answering(solve: Callable[[np.ndarray, np.ndarray], Any]) -> Callable[..., None]:
    """What the library calls: writes the answers of `solve`."""

    def call(rows: Any, theta: Any, limit: int, iterations: Any, status: Any) -> None:
        answer = solve(rows, theta)
        counts, converged = answer if isinstance(answer, tuple) else (answer, None)
        counts = np.asarray(counts)
        if counts.shape != iterations.shape or counts.dtype.kind not in "iuf":
            raise _core.InputError(
                f"solve: returned {counts.dtype} of shape {counts.shape}, expected a number for each of {len(rows)} tasks"
            )
        if not np.isfinite(counts).all() or counts.min(initial=0) < 0:
            raise _core.InputError("solve: returned iterations that are negative or not finite")
        iterations[:] = np.minimum(np.ceil(counts), limit)
        ended = np.ones(len(rows), bool) if converged is None else np.asarray(converged)
        if ended.shape != iterations.shape or ended.dtype.kind != "b":
            raise _core.InputError(
                f"solve: returned `converged` of {ended.dtype}, shape {ended.shape}, expected a bool for each of {len(rows)} tasks"
            )
        status[:] = np.where(ended & (counts <= limit), 0, 1)

    return call
