# SPDX-License-Identifier: Apache-2.0
"""Common to problems of one's own: compiled when they are made, solved, trained, evaluated."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

import numpy as np

from . import _compile, _core, _options, _own_source
from ._settings import overrides_of
from ._tasks import Tasks, rows_function
from .training import Callback, Run, watched


class OwnProblem:
    """A problem compiled from a text. Use OdeProblem or NonlinearProblem."""

    def __init__(
        self,
        name: str,
        template: str,
        size: int,
        members: list[str],
        texts: dict[str, str],
        verbose: bool | None,
    ) -> None:
        self.name = name
        self._size = size
        self._texts = texts
        self._verbose = verbose
        self._source, self._cuda_source = _own_source.sources(name, template, members, texts.get("members"))
        self._cpu, self.compile_seconds = _compile.compiled(name, self._source, texts, verbose=verbose)
        self._cuda: _core.OwnProblem | None = None
        self._columns: list[str] = self._cpu.columns
        self._features: list[str] = self._cpu.features

    compile_seconds: float
    """How long the compiler took; 0: the library was there from before."""

    @property
    def unknowns(self) -> int:
        """Unknowns of each task, n."""
        return self._size

    @property
    def columns(self) -> list[str]:
        """What the numbers of a row are, in their order: of tasks for training."""
        return list(self._columns)

    @property
    def features(self) -> list[str]:
        """What the network sees of a task."""
        return list(self._features)

    @property
    def source(self) -> str:
        """The C++ that was compiled."""
        return self._source

    def __repr__(self) -> str:
        return f"<metasolve.{type(self).__name__} {self.name}: {self._size} unknowns, {len(self._columns)} columns>"

    def _on(self, executor: _core.Executor) -> _core.OwnProblem:
        """The compiled library for that executor; for CUDA devices another one, made when it is first needed."""
        if not executor.is_cuda:
            return self._cpu
        if self._cuda is None:
            self._cuda, seconds = _compile.compiled(
                self.name, self._source, self._texts, self._cuda_source, verbose=self._verbose
            )
            self.compile_seconds += seconds
        return self._cuda

    def train(
        self,
        tasks: Tasks,
        settings: Mapping[str, Any] | None = None,
        *,
        out: str | os.PathLike[str],
        clamp: tuple[float, float] | None = None,
        device: str | _core.Executor = "cpu",
        threads: int = 0,
        resume: bool = False,
        callbacks: Iterable[Callback] = (),
        progress: bool | None = None,
    ) -> Run:
        """Trains a meta-solver: a network that chooses each task's parameters.

        tasks
            rows [n][columns] of the sets "train", "validation" and "test" in a dict, as `rows` makes them; or a function
            (set, first, n) that returns rows first ... first + n - 1 of a set, the same ones whenever it is asked. Its
            errors stop the training and are raised as they are.
        settings
            keys as `metasolve keys` lists them, such as {"training.epochs": 50, "network.hidden": [16, 16]}. Default: two
            layers of 16 units, 20 epochs; of a function's tasks 100,000, 20,000 and 50,000.
        out
            a folder for the run, created if needed: checkpoints, metrics and the meta-solver.
        clamp
            of the solver, as in `solver`.
        resume
            continue the run in `out`, to the same bits as if it had not been stopped; start one if there is none.
        device, threads, callbacks, progress
            as for metasolve.train.

        The Run's report has what both parameters cost on the test tasks: iterations and constant_iterations, mean of all
        tasks (one that fails counts as solver.max_iterations), failed and constant_failed, the best constant `tuned`,
        time_ratio. Ctrl-C saves the run before KeyboardInterrupt is raised. Raises InputError for a setting, for tasks
        with numbers missing, and for a folder that holds a run, unless `resume`; OutputError; DeviceError.
        """
        executor, clamp = _options.executor(device, threads), _options.bounds("clamp", clamp)
        rows, sizes = rows_function(tasks, len(self._columns))
        overrides = overrides_of({**sizes, **(settings or {})})
        library, folder = self._on(executor), os.fspath(out)

        def run(stop: _core.StopFlag, report: Callback, notice: Callable[[str], None]) -> Any:
            return library.train(executor, folder, rows, clamp, overrides, resume, stop, notice, report)

        return Run(folder, watched(run, callbacks, progress))

    def evaluate(
        self,
        run: str | os.PathLike[str],
        tasks: Tasks,
        settings: Mapping[str, Any] | None = None,
        *,
        clamp: tuple[float, float] | None = None,
        device: str | _core.Executor = "cpu",
        threads: int = 0,
    ) -> dict[str, Any]:
        """Compares the meta-solver of a run with the tasks' own parameters, on the tasks of the set "test". Returns what
        the report of `train` has, and writes nothing.

        tasks, clamp, device, threads
            as for `train`.
        settings
            such as {"evaluation.tolerances": [1e-6], "evaluation.max_iterations": 500}.
        """
        executor, clamp = _options.executor(device, threads), _options.bounds("clamp", clamp)
        rows, sizes = rows_function(tasks, len(self._columns))
        test = {key: value for key, value in sizes.items() if key == "problem.test_tasks"}
        overrides = overrides_of({**test, **(settings or {})})
        return self._on(executor).evaluate(executor, os.fspath(run), rows, clamp, overrides)

    def _stacked(self, parts: list[tuple[str, Any, int]]) -> np.ndarray:
        """Rows from (name, [count][items] or [items], items); items -1: a number or [count]."""
        arrays = [(name, np.asarray(part, np.float64), items) for name, part, items in parts]
        count = max((len(a) for _, a, items in arrays if a.ndim == (1 if items < 0 else 2)), default=1)
        columns = []
        for name, array, items in arrays:
            wanted = (count,) if items < 0 else (count, items)
            try:
                if items >= 0 and array.shape[-1:] != (items,):
                    raise ValueError
                columns.append(np.broadcast_to(array, wanted).reshape(count, -1))
            except ValueError:
                raise _core.InputError(f"{name}: shape is {array.shape}, expected {wanted}") from None
        return np.concatenate(columns, axis=1)
