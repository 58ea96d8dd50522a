# SPDX-License-Identifier: Apache-2.0
"""Training from Python: the tasks, the settings, the report, and what Ctrl-C does."""

from __future__ import annotations

import threading
import warnings
from typing import Any, Callable, Mapping

import numpy as np

from . import _core

Notice = Callable[[str], None]
_sets = ("train", "validation", "test")


class TrainingReport:
    """Result of a training, or of an evaluation, on the test tasks. Means are over all of them: a task that did not
    converge counts as solver.max_iterations. If the training was stopped, the first four numbers are NaN."""

    __slots__ = (
        "constant_iterations", "iterations", "converged", "time_ratio", "seconds", "finished", "was_finished", "tasks",
        "failed", "constant_failed", "tuned", "tuned_iterations", "tuned_time_ratio", "tuned_failed", "gives_constant",
    )  # fmt: skip

    constant_iterations: float
    """Mean, with the tasks' own parameters."""
    iterations: float
    """Mean, with the meta-solver's."""
    converged: float
    """Fraction of tasks, with the meta-solver."""
    time_ratio: float
    """Wall-clock time, inference included, meta-solver / constant."""
    seconds: float
    """Training time."""
    finished: bool
    """False: stopped, and can be resumed."""
    was_finished: bool
    """The run had already finished: nothing was trained now."""
    tasks: int
    """Tasks solved."""
    failed: int
    """With the meta-solver's parameters."""
    constant_failed: int
    """With the tasks' own parameters."""
    tuned: float | None
    """The best constant value of the first parameter, found before training."""
    tuned_iterations: float
    """Mean, with that constant."""
    tuned_time_ratio: float
    """Wall-clock time with that constant / with the tasks' own parameters."""
    tuned_failed: int
    """With that constant."""
    gives_constant: bool
    """No epoch beat the better constant on the validation tasks, so the meta-solver predicts that constant."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values[name])

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        if not self.finished:
            return f"<metasolve.TrainingReport: stopped after {self.seconds:.1f} s>"
        tuned = "" if self.tuned is None else f", {self.tuned_iterations:.4g} with the best constant {self.tuned:.4g}"
        return (
            f"<metasolve.TrainingReport: {self.iterations:.4g} iterations on the mean of {self.tasks} tasks, "
            f"{self.constant_iterations:.4g} with their own parameters{tuned}; {self.converged:.1%} converged>"
        )


class Tasks:
    """Rows of training tasks: arrays, or a function that computes them."""

    def __init__(self, given: Any, columns: int) -> None:
        self._columns = columns
        self.error: BaseException | None = None  # what the function raised
        self.is_cancelled = False  # asked for no more rows
        self._arrays: dict[str, np.ndarray] | None = None
        if callable(given):
            self._rows: Callable[[str, int, int], Any] = given
            return
        if not isinstance(given, Mapping) or not given or not set(given) <= set(_sets):
            raise _core.InputError(
                'tasks: expected a dict {"train": rows, "validation": rows, "test": rows} with arrays [n][columns], or a '
                "function (set, first, n) that returns such rows"
            )
        self._arrays = {name: self._checked(rows, f'tasks["{name}"]') for name, rows in given.items()}
        self._rows = lambda name, first, n: self._arrays[name][first : first + n]

    def _checked(self, rows: Any, name: str, n: int | None = None) -> np.ndarray:
        try:
            array = np.asarray(rows, np.float64)
        except (TypeError, ValueError) as e:
            raise _core.InputError(f"{name}: {e}; expected an array of numbers [n][{self._columns}]") from None
        if array.ndim != 2 or array.shape[1] != self._columns or (n is not None and array.shape[0] != n):
            expected = f"({'n' if n is None else n}, {self._columns})"
            raise _core.InputError(f"{name}: shape is {array.shape}, expected {expected}: the problem's `columns`")
        return array

    def settings(self, given: Mapping[str, Any], needed: tuple[str, ...]) -> list[str]:
        """As the library reads them, with the number of tasks in each array. needed: the sets that are read."""
        all_given = {str(key): value for key, value in given.items()}
        for name in needed if self._arrays is not None else ():
            key = f"problem.{name}_tasks"
            array = self._arrays.get(name)
            if array is None or len(array) == 0:
                raise _core.InputError(f'tasks["{name}"]: is missing; the sets are {", ".join(needed)}')
            count = all_given.setdefault(key, len(array))
            if isinstance(count, int) and count > len(array):
                raise _core.InputError(f'{key}: is {count}, and tasks["{name}"] has {len(array)} rows')
        return [f"{key}={_toml(value)}" for key, value in all_given.items()]

    def fill(self, name: str, first: int, memory: np.ndarray) -> bool:
        """Called by the library. False: self.error is the reason."""
        if self.is_cancelled:
            return False
        try:
            n = memory.shape[0]
            memory[:] = self._checked(self._rows(name, first, n), f"tasks({name!r}, {first}, {n})", n)
            return True
        except BaseException as e:  # raised again by `call`
            self.error = e
            return False


def _toml(value: Any, inner: bool = False) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, np.ndarray)):
        return "[" + ", ".join(_toml(entry, True) for entry in value) + "]"
    if isinstance(value, np.generic):
        value = value.item()
    return f'"{value}"' if inner and isinstance(value, str) else str(value)


def call(function: Callable[[Notice], Mapping[str, Any]], tasks: Tasks, stop: _core.StopFlag | None) -> TrainingReport:
    """Runs a library's function in a thread, so that Ctrl-C is seen: it sets `stop`, and is raised again once the run is
    saved. Errors of the tasks' function are raised as they are; notices become warnings."""
    outcome: list[Any] = [None, None]
    done = threading.Event()  # an interrupted Thread.join may take the thread for ended
    notices: list[str] = []

    def work() -> None:
        try:
            outcome[0] = function(notices.append)
        except BaseException as e:
            outcome[1] = e
        finally:
            done.set()

    threading.Thread(target=work, name="metasolve", daemon=True).start()
    interrupted: KeyboardInterrupt | None = None
    while True:
        try:
            while not done.wait(0.1):
                pass
            break
        except KeyboardInterrupt as e:
            if interrupted is not None:  # asked twice: does not wait until it is saved
                raise
            interrupted = e
            tasks.is_cancelled = True
            if stop is not None:
                stop.set()
    for text in notices:  # a file of the run that is lost, damaged or rewritten
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    if interrupted is not None:
        raise interrupted
    if tasks.error is not None:
        raise tasks.error
    if outcome[1] is not None:
        raise outcome[1]
    return TrainingReport(outcome[0])
