# SPDX-License-Identifier: Apache-2.0
"""Meta-solvers that learn while the program runs."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any, Callable, Iterator

import numpy as np

from . import _core, _options
from ._arrays import NumPy, OnDevice, as_array, float64, kind_of, on_device, shape_of
from .online_options import Feature, Features, Parameter, Parameters, described_features, described_parameters
from .online_report import OnlineReport

_most = 2**63 - 1


class OnlineMetaSolver:
    """A meta-solver that learns while the program runs, without a training set. For each task of a call it chooses the
    solver's parameters from features that the caller has anyway, and it learns from what the solve cost, as a contextual
    bandit (docs/online.md). Give it to a solver's `solve` as `online`; or call `choose`, solve with something else, and
    call `learn`.

    parameters
        1 to 3 Parameter; or {name: (low, high, constant)}.
    features
        0 to 6 Feature; or {name: (low, high)}.
    capacity
        tasks per call to reserve memory for at once; it grows with larger calls.
    estimator
        "bins": the mean cost in each bin of the features, smoothed over neighbours; "least_squares": log cost, quadratic
        in parameters and features; or "network": a small network of the features.
    exploration
        "confidence": the lowest cost within confidence bounds; or "thompson": each with the probability that it is the
        best. Not of "network".
    memory
        tasks after which an observation counts 1/e; 0: nothing is forgotten.
    constant_share
        at most this share of the tasks is solved with the constants, to know what is gained; 0 to 1.
    first_limit
        a first attempt ends at this many times the least expected cost, at least 1; the task is then solved again with
        the constants.
    most_loss
        of the constants' cost over any 500 tasks: exploration stops where it would lose more.
    seed
        an integer of 0 or more. Where counts are the cost, a run repeats to the bit.
    cost_unit
        of costs given to `learn`: they are rounded to multiples of it, and at most 2^62 / capacity of them, and 2^50. The
        default suits seconds; for nanoseconds or operations take 1.
    prior
        of "network": a trained MetaSolver to begin with. It chooses exactly these parameters, in its ranges, from exactly
        these features, the numbers that its problem's `features` computes, in its order (`metasolve inspect`). What it
        leaves at the task's own value does not count. None: 16 hidden units that choose the constants.
    device
        "cpu", "cuda", "cuda:N", an Executor, or None: where it is used. It moves to the executor of the solver that it is
        given to, which waits for the work on both; solvers that use one in turn are best made with one Executor.
    threads
        of the CPU, in `choose` and `learn`; 0: all.

    One thread at a time uses it; others wait. Raises InputError, which names the option; DeviceError.

    >>> online = OnlineMetaSolver([Parameter("omega", 1, 1.95, constant=1.5)], [Feature("diffusion", 1, 1000)])
    >>> omega = online.choose([1.0, 10.0, 500.0])             # of three tasks; solve them with it
    >>> online.learn((omega[:, 0] - 1.8) ** 2)                # pretend: best at 1.8
    >>> omega.shape, online.report().tasks
    ((3, 1), 3)
    """

    def __init__(
        self,
        parameters: Parameters,
        features: Features = (),
        *,
        capacity: int | None = None,
        estimator: str = "bins",
        exploration: str = "confidence",
        memory: int = 4000,
        constant_share: float = 1 / 64,
        first_limit: float = 3.0,
        most_loss: float = 0.05,
        seed: int = 1,
        cost_unit: float = 1e-9,
        prior: _core.MetaSolver | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
    ) -> None:
        _options.text(estimator=estimator, exploration=exploration)
        chosen, seen = described_parameters(parameters), described_features(features)
        rest = (
            estimator, exploration, _options.integer("memory", memory, -_most, _most),
            _options.number("constant_share", constant_share), _options.number("first_limit", first_limit),
            _options.number("most_loss", most_loss), _options.integer("seed", seed, 0, 2**64 - 1),
            _options.number("cost_unit", cost_unit),
        )  # fmt: skip
        prior = _options.meta_solver(prior, "prior")
        self._begin(
            lambda executor, size: _core.OnlineMetaSolver(executor, chosen, seen, rest, prior, size),
            device, threads, capacity,
        )  # fmt: skip

    @classmethod
    def load(
        cls,
        file: str | os.PathLike[str],
        *,
        capacity: int | None = None,
        device: str | _core.Executor | None = None,
        threads: int = 0,
    ) -> OnlineMetaSolver:
        """What `save` wrote: it goes on to the same bits. capacity: None: as it was. Raises InputError: not such a file,
        or damaged."""
        path, self = _path(file), cls.__new__(cls)
        self._begin(lambda executor, size: _core.OnlineMetaSolver.load(executor, path, size), device, threads, capacity, 0)
        return self

    def _begin(
        self, make: Callable[[_core.Executor, int], Any], device: Any, threads: int, capacity: int | None, least: int = 1
    ) -> None:
        self._lock = threading.RLock()  # of a call with its solver: the object must not move meanwhile
        self._given = _options.device(device)
        self._threads = _options.integer("threads", threads)
        size = least if capacity is None else _options.integer("capacity", capacity, 1, 2**63 - 1)
        self._executor = _options.executor("cpu" if device is None else device, self._threads)
        self._core = make(self._executor, size)
        parameters, features, _ = self._core.options
        self._parameters = tuple(Parameter(*p) for p in parameters)
        self._features = tuple(Feature(*f) for f in features)

    def __reduce__(self) -> Any:
        raise TypeError("OnlineMetaSolver cannot be pickled or copied: save it, and load it in each process")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it chooses."""
        return self._parameters

    @property
    def features(self) -> tuple[Feature, ...]:
        """What it sees of a task, with the number of bins."""
        return self._features

    @property
    def device(self) -> str:
        """Where it is now, such as "cpu" or "cuda:0"."""
        return _options.device_of(self._executor)

    def choose(self, features: Any = None, *, count: int | None = None) -> Any:
        """Chooses parameters: float64 [count][parameters], of the framework of `features`, yours to keep.

        features
            float64 [count][features], read in place; or [count] of one feature. A task with one that is not finite gets
            the constants, and nothing is learned from it.
        count
            tasks, in place of `features` if there are none.

        On a CUDA device it waits for the result; `solve(online=...)` does not. Raises InputError: another shape.
        """
        if not self._features:
            if features is not None:
                raise _core.InputError("features: the online meta-solver was made without features; give `count`")
            count = _options.integer("count", count, 0)
            on_cuda = self.device != "cpu"
            kind, like, stream = (OnDevice, None, 0) if on_cuda else (NumPy, None, None)
        else:
            if count is not None:
                raise _core.InputError("count: is known from the features; give these alone")
            features = as_array(features, "features")
            kind, like = kind_of(features, "features"), features
            kind.prepare([features])
            if len(shape_of(features)) not in (1, 2):
                raise _core.InputError(f"features: shape is {features.shape}, expected (tasks, {len(self._features)})")
            count, stream = int(features.shape[0]), kind.stream(features)
        with self._lock:
            executor = self._executor
            if like is not None and self._given is None and kind.device(like, "features") != self.device:
                executor = _core.Executor.open(kind.device(like, "features"), self._threads)
            core = self._on(executor, count)
            shape = (count, len(self._parameters))
            theta = on_device(self.device, shape, float64) if kind is OnDevice else kind.empty(shape, float64, like)
            core.choose(count, False, features, theta, stream)
        return kind.finished(theta)

    def learn(self, cost: Any) -> None:
        """From the costs of the tasks of the last `choose`: float64 [count], or a number for all, in any unit, which must
        not be another in the next call. Lower is better; negative or not finite: the task failed. Raises InputError
        where there was no `choose` before."""
        cost, stream = as_array(cost, "cost"), None
        if len(shape_of(cost)) > 0:
            kind = kind_of(cost, "cost")
            kind.prepare([cost])
            stream = kind.stream(cost)
        with self._lock:
            self._core.learn(cost, stream)

    def report(self) -> OnlineReport:
        """What has been learned. Waits for the work so far."""
        with self._lock:
            numbers, bins, cells = self._core.report()
        return OnlineReport.of(numbers, bins, cells, self._parameters, self._features)

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes what has been learned, a few KB. Raises OutputError."""
        path = _path(file)
        with self._lock:
            self._core.save(path)

    def learned(self) -> np.ndarray:
        """float64 [numbers]: what was learned since the last `merge`, or since the beginning. These are sums, which may be
        added to those of others with the same options, for example by MPI's Allreduce. Of estimator "network" also the
        weights, which are averaged."""
        with self._lock:
            return self._core.learned()

    def merge(self, sum: Any) -> None:
        """sum: float64 [numbers], of `learned` of all, this one included. Afterwards all know the same. Raises InputError:
        another length, or not finite."""
        total = as_array(sum, "sum")
        with self._lock:
            self._core.merge(total)

    def __repr__(self) -> str:
        return f"<metasolve.OnlineMetaSolver of {', '.join(p.name for p in self._parameters)}: {self.report().summary()}>"

    def _on(self, executor: _core.Executor, count: int) -> Any:
        """The library's object on that executor, for that many tasks, about to be used. The lock is held."""
        capacity = self._core.capacity
        if executor is not self._executor or count > capacity:
            self._require_may_move(executor)
            size = capacity if count <= capacity else max(count, capacity * 3 // 2)
            self._core, self._executor = self._core.on(executor, size), executor
        return self._core

    def _require_may_move(self, executor: _core.Executor) -> None:
        if executor is self._executor or self._given is None:
            return
        if isinstance(self._given, _core.Executor):
            raise _core.InputError(
                "online: was made with another executor than the solver; give both the same one as `device`, or make it "
                "without `device`: then it follows its solver"
            )
        to = _options.device_of(executor)
        if to != self.device:
            raise _core.InputError(
                f"online: is on {self.device}, the solver on {to}; make it without `device`: then it follows its solver"
            )


@contextlib.contextmanager
def learning(
    online: Any, executor: _core.Executor, count: int, features: Any, single: bool
) -> Iterator[tuple[Any, Any]]:
    """For the time of a solver's call on that executor: (the library's online meta-solver, its features)."""
    if online is None:
        raise _core.InputError("features: are for an online meta-solver, and `online` is None")
    if not isinstance(online, OnlineMetaSolver):
        raise _core.InputError(f"online: expected an OnlineMetaSolver, got {type(online).__name__}")
    if single and isinstance(features, (int, float)) and not isinstance(features, bool):
        features = [features]
    features = as_array(features, "features")
    if features is not None:
        kind_of(features, "features").prepare([features])
    with online._lock:
        yield online._on(executor, count), features


def _path(file: Any) -> str:
    try:
        return os.fsdecode(file)
    except TypeError:
        raise _core.InputError(f"file: expected a path, got {type(file).__name__}") from None
