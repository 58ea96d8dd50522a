# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers for somebody else's solver, of which only calls are known."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

import numpy as np

from . import _core, _options
from ._black_box_answers import answering
from ._settings import overrides_of
from ._tasks import Tasks, checked_rows, rows_function
from .black_box_parameters import Parameters, described
from .training import Callback, Run, watched


class BlackBox:
    """A solver that is a function of yours: of a batch of tasks and their parameters. How its gradient is estimated is
    the setting "solver.gradient": by default central differences, for which each task is solved at two more values of
    each parameter, in the same call; the score function if a parameter is a choice.

    name
        of the problem, in runs and models.
    columns
        names of the numbers that define a task; a network sees all of them that are not hidden.
    parameters
        {name: kind}. A kind is (low, high), or (low, high, constant): a range, and the constant that a meta-solver is
        compared with, by default the middle; Integer(low, high); Choice("icc", "jacobi"); or Real(constant, scale).
        Or a list of Parameter(...), as an OnlineMetaSolver takes it.
    solve
        solve(rows [count][columns], theta [count][parameters]) -> iterations [count], or (iterations, converged
        [count]), or a dict with some of "iterations", "converged", "status" (of Status), "history" (for each task
        the measures L_0 ... L_K, K its iterations) and "seconds" [count]. Any cost that is an integer of 0 or more
        will do for iterations. The arrays are copies, yours to keep. If it takes arguments of the names `tolerance` and
        `max_iterations`, it gets solver.tolerance and solver.max_iterations. What it raises ends the training.
    logarithmic
        names of columns and parameters that vary over decades: a network sees log10 of those columns, and such a
        parameter's low end is positive.
    hidden
        names of columns that the network does not see, such as a file's number.
    cost
        what training minimises: "iterations"; "history", a smooth surrogate of the count, for which `solve` returns
        histories; or "seconds". Without "seconds" in its answer an equal share of the call's time counts. Reports then
        count microseconds where they say iterations, and so does solver.max_iterations.
    reference
        names of columns, one for each parameter, with values known to be good: solver.gradient "control_variate" learns
        from the distance to them.
    cache
        a file that keeps the cost of each solve, over runs and processes. Delete it when the solver changes.

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
        parameters: Parameters,
        solve: Callable[..., Any],
        logarithmic: Iterable[str] = (),
        hidden: Iterable[str] = (),
        cost: str = "iterations",
        reference: Iterable[str] = (),
        cache: str | os.PathLike[str] | None = None,
    ) -> None:
        _options.text(name=name, cost=cost)
        self.name, self.columns = name, tuple(_names("columns", columns))
        decades = set(_names("logarithmic", logarithmic))
        self._parameters = described(parameters, decades)
        if unknown := decades - set(self.columns) - {parameter.name for parameter in self._parameters}:
            raise _core.InputError(f"logarithmic: {sorted(unknown)[0]!r} is neither a column nor a parameter")
        self._constants = np.array([parameter.constant for parameter in self._parameters])
        # The library's object must not refer to this one: Python does not see such a cycle.
        self._core = _core.BlackBox(
            name,
            list(self.columns),
            [parameter.as_tuple() for parameter in self._parameters],
            [column for column in self.columns if column in decades],
            _names("hidden", hidden),
            cost,
            _names("reference", reference),
            "" if cache is None else os.fspath(cache),
            answering(solve, cost),
        )

    def own_parameters(self, count: int) -> np.ndarray:
        """[count][parameters]: the constants."""
        return np.tile(self._constants, (count, 1))

    def named(self, theta: Any) -> list[dict[str, Any]]:
        """theta [count][parameters] as dicts, with the names of options that were chosen.

        >>> from metasolve import Choice, Integer
        >>> box = BlackBox("named", columns=["a"], parameters={"pc": Choice("icc", "jacobi"), "restart": Integer(5, 50)},
        ...                solve=lambda rows, theta: np.ones(len(rows)))
        >>> box.named([[1, 30]])
        [{'pc': 'jacobi', 'restart': 30}]
        """
        values = checked_rows(theta, "theta", len(self._parameters))
        return [{p.name: p.named(value) for p, value in zip(self._parameters, row)} for row in values]

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
        function (set, first, n) -> rows. The rest is as for metasolve.train. "solver.gradient" says how
        gradients are estimated: "difference", "spsa", "evolution", "score" or "control_variate"; "solver.difference" is
        the step of differences, relative to a parameter's range."""
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


def _names(option: str, given: Iterable[str]) -> list[str]:
    if isinstance(given, str):
        raise _core.InputError(f"{option}: expected names, got the text {given!r}; for one give a list")
    return list(given)
