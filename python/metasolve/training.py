# SPDX-License-Identifier: Apache-2.0
"""Trains meta-solvers, and compares them with constants."""

from __future__ import annotations

import json
import os
import pathlib
import threading
from typing import Any, Callable, Iterable, Mapping

import numpy as np

from . import _core, _options
from ._progress import display_of
from ._settings import configuration_of, overrides_of

Callback = Callable[[dict[str, Any]], Any]

_trains = threading.local()


class Run:
    """A training's folder, and what came out of it."""

    def __init__(self, folder: str | os.PathLike[str], report: dict[str, Any] | None = None) -> None:
        self.folder = pathlib.Path(folder)
        self.report = report if report is not None else {}
        """What `metasolve train --json` prints: whether it finished, the best epoch and constant, seconds."""

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        best = self.report.get("best", {})
        text = f", {best['iterations']:.4g} iterations after epoch {best['epoch']}" if best else ""
        return f"<metasolve.Run {self.folder}{text}>"

    def meta_solver(self) -> _core.MetaSolver:
        """The best one of the run."""
        return _core.MetaSolver.load(str(self.folder))

    def metrics(self) -> list[dict[str, Any]]:
        """A row per epoch: pandas.DataFrame(run.metrics())."""
        with open(self.folder / "metrics.jsonl", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def evaluate(self, settings: Mapping[str, Any] | None = None, **options: Any) -> Evaluation:
        """As the function of that name."""
        return evaluate(self, settings, **options)


class Evaluation(dict):
    """Columns of a table with a row for each tolerance and each choice of parameters: pandas.DataFrame(evaluation)."""

    document: dict[str, Any]
    """What `metasolve evaluate --json` prints, histograms and times included."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        rows = []
        for at in document["tolerances"]:
            sides = [("meta-solver", at["meta"]), (document["baseline"], at["baseline"])]
            if "tuned" in at:
                sides.append((f"tuned {document['tuned']}", at["tuned"]))
            for name, side in sides:
                row = {"tolerance": at["tolerance"], "parameters": name}
                row.update({key: value for key, value in side.items() if isinstance(value, (int, float))})
                row.update({f"q{key}": value for key, value in side["quantiles"].items()})
                row.update(side["status"])
                rows.append(row)
        super().__init__({key: [row[key] for row in rows] for key in rows[0]} if rows else {})


def train(
    problem: Any,
    settings: Mapping[str, Any] | None = None,
    *,
    out: str | os.PathLike[str],
    device: str | _core.Executor = "cpu",
    threads: int = 0,
    resume: bool = False,
    callbacks: Iterable[Callback] = (),
    progress: bool | None = None,
) -> Run:
    """Trains a meta-solver for a problem that the library knows; OdeProblem and NonlinearProblem train others.

    problem
        a name ("poisson", "robertson", "elasticity", ...), a TOML file, or a dict of sections.
    settings
        {"section.key": value} on top of that, such as {"training.epochs": 5}.
    out
        the run's folder; one that holds a run is refused, except with `resume`, which continues it to the same bits.
    device, threads
        as for CgSolver.
    callbacks
        called after each epoch with a dict: epoch, epochs, loss, validation_iterations, ...; one that returns False stops
        the training, which can be resumed. What one raises stops it too, and is raised again.
    progress
        show it in the terminal or notebook; None: if there is one.

    Ctrl-C saves the run after the current step, and then raises KeyboardInterrupt. Raises InputError, which names a wrong
    setting, before anything is written.
    """
    executor = _options.executor(device, threads)
    configuration, overrides = configuration_of(problem, settings)
    folder = os.fspath(out)

    def run(stop: _core.StopFlag, report: Callback, notice: Callable[[str], None]) -> str:
        return _core.train_run(executor, folder, configuration, overrides, resume, stop, notice, report)

    return Run(folder, json.loads(watched(run, callbacks, progress)))


def evaluate(
    run: str | os.PathLike[str],
    settings: Mapping[str, Any] | None = None,
    *,
    device: str | _core.Executor = "cpu",
    threads: int = 0,
) -> Evaluation:
    """Compares the meta-solver of a run (its folder, or a checkpoint) with constants on the test tasks.

    settings: such as {"problem.test_tasks": 1000, "evaluation.tolerances": [1e-4, 1e-6]}; others are the run's.
    """
    executor = _options.executor(device, threads)
    return Evaluation(json.loads(_core.evaluate_run(executor, os.fspath(run), overrides_of(settings))))


def tune(
    problem: Any,
    settings: Mapping[str, Any] | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    spacing: float | None = None,
    by_seconds: bool = False,
    device: str | _core.Executor = "cpu",
    threads: int = 0,
) -> dict[str, Any]:
    """Finds the best constant parameter of a problem, such as a relaxation factor or a shift, on its training tasks: what
    a meta-solver must beat. low, high, spacing: values to try (of shifts in decades); None: as `metasolve tune` chooses.
    by_seconds: the fastest one, not that of the fewest iterations. Returns what `metasolve tune --json` prints."""
    executor = _options.executor(device, threads)
    configuration, overrides = configuration_of(problem, settings)
    return json.loads(_core.tune_constant(executor, configuration, overrides, low, high, spacing, by_seconds))


def inspect(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What a model's file, a checkpoint or a run's folder says: problem, features, parameters and their ranges, network,
    configuration."""
    return json.loads(_core.inspect_model(os.fspath(path)))


def _is_false(answer: Any) -> bool:
    return answer is False or (isinstance(answer, np.bool_) and not answer)


def watched(
    run: Callable[[_core.StopFlag, Callback, Callable[[str], None]], Any],
    callbacks: Iterable[Callback],
    progress: bool | None,
) -> Any:
    """Runs a training in a thread of its own, so that Ctrl-C is seen at once, and returns what it returns."""
    stop, display, watchers = _core.StopFlag(), display_of(progress), tuple(callbacks)
    raised: list[BaseException] = []
    returned: list[Any] = []
    done = threading.Event()

    def report(epoch: dict[str, Any]) -> None:
        try:
            display.show(epoch)
            if any(_is_false(watch(epoch)) for watch in watchers):
                stop.set()
        except BaseException as error:  # the library must not see it
            raised.append(error)
            stop.set()

    def work() -> None:
        _trains.here = True
        try:
            if not raised:
                returned.append(run(stop, report, display.notice))
        except BaseException as error:
            raised.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=work, name="metasolve training")
    # Not Thread.join: interrupted, it takes the thread for ended (before Python 3.13).
    while True:
        try:
            if done.is_set():
                break
            if getattr(_trains, "here", False):  # in a callback, whose thread holds its executor
                work()
            elif thread.ident is None:
                thread.start()
            done.wait(0.1)
        except BaseException as error:  # KeyboardInterrupt, or what a signal handler raises
            raised.insert(0, error)
            stop.set()
            if thread.ident is None:  # it does not start, or finds `raised`
                break
    display.finish()
    if raised:
        raise raised[0]
    return returned[0]
