# SPDX-License-Identifier: Apache-2.0
"""Common to all solvers: arrays in and out, the device, the capacity."""

from __future__ import annotations

import threading
from typing import Any, Callable

import numpy as np

from . import _core, _options
from ._arrays import as_array, float64, int32, kind_of, plain
from ._result import Result
from .online_meta_solver import OnlineMetaSolver, learning


class Solver:
    """Makes the library's solver for the arrays of a call, and larger ones when needed.

    One thread at a time uses a solver; others wait for it. Give each thread its own to run in parallel.
    """

    _x_is: str  # the argument whose shape and framework the results have
    _task_names: tuple[str, ...]  # of the entries of `tasks`, in errors

    def __init__(
        self,
        make: Callable[[_core.Executor, int], Any],
        device: str | _core.Executor | None,
        threads: int,
        capacity: int | None,
        dtype: str = float64,
    ) -> None:
        self._make = make
        self._given = _options.device(device)
        self._threads = _options.integer("threads", threads)
        self._least = 1 if capacity is None else _options.integer("capacity", capacity, 1, 2**63 - 1)
        self._dtype = dtype
        self._executor: _core.Executor | None = device if isinstance(device, _core.Executor) else None
        self._growing = threading.Lock()
        self._core: Any = None
        # What a call reads at once, while another thread may make a larger solver: device, capacity, solver.
        self._ready: tuple[str | None, int, Any] = (None, 0, None)
        self._unknowns = 0
        # Wrong options are an error here, not at the first call.
        self._prepare("cpu" if device is None else _options.device_of(self._executor or self._given), 1)

    def __reduce__(self) -> Any:
        raise TypeError(f"{type(self).__name__} cannot be pickled or copied: make one in each process")

    def _prepare(self, device: str, count: int) -> Any:
        """The library's solver for that many tasks."""
        with self._growing:
            on, capacity, core = self._ready
            if on != device:
                if self._given is None:
                    self._executor = _core.Executor.open(device, self._threads)
                elif self._executor is None:
                    self._executor = _core.Executor.open(self._given, self._threads)
                elif on is not None:
                    raise _core.InputError(
                        f"{self._x_is}: is on {device}, the solver on {on}; make another solver for it, or one "
                        "without `device`, which follows the arrays"
                    )
                on = _options.device_of(self._executor)
                if device not in (on, "auto", "cuda"):
                    raise _core.InputError(f"{self._x_is}: is on {device}, the solver on {on}")
                capacity = 0
            if count > capacity:
                capacity = max(count, self._least, capacity * 3 // 2)
                core = self._make(self._executor, capacity)
                self._unknowns = core.unknowns
                self._core = core
                self._ready = (on, capacity, core)
            return core

    @property
    def unknowns(self) -> int:
        """Unknowns of each task."""
        return self._unknowns

    @property
    def device(self) -> str:
        """Where the last call ran, such as "cpu" or "cuda:0"."""
        return self._ready[0] or "cpu"

    def synchronize(self) -> None:
        """Waits until the work of all calls is done: on a CUDA device, where calls return before."""
        if self._executor is not None:
            self._executor.synchronize()

    def _begin(self, tasks: tuple[Any, ...], like: Any, name: str, keep: bool = False) -> tuple[Any, ...]:
        """(core, kind, like, tasks, count, single). name: of `like`, an array. keep: with the factors of the call
        before."""
        dtype = self._dtype
        if type(like) not in plain or not plain.issuperset(map(type, tasks)):
            given, like = like, as_array(like, name, dtype)
            tasks = tuple([
                like if a is given else as_array(a, of, dtype) for a, of in zip(tasks, self._task_names)
            ])  # fmt: skip
        kind = kind_of(like, name)
        device = kind.device(like, name)
        kind.prepare(tasks)
        shape = like.shape
        single = len(shape) == 1
        if not single and len(shape) != 2:
            raise _core.InputError(
                f"{name}: shape is {tuple(shape)}, expected (tasks, {self._unknowns}), or ({self._unknowns},) for one"
            )
        count = 1 if single else shape[0]
        if keep:
            return self._core, kind, like, tasks, count, single
        on, capacity, core = self._ready
        if device != on or count > capacity:
            core = self._prepare(device, count)
        return core, kind, like, tasks, count, single

    def _outputs(self, kind: Any, like: Any, count: int, single: bool, history: Any, out: Any) -> tuple[Any, ...]:
        n, dtype = self._unknowns, self._dtype
        if type(out) is Result:
            if single:
                raise _core.InputError("out: a Result of one task has numbers, which cannot be written; give out.x")
            return out.x, out.status, out.iterations, out.measure, out.origin, history
        if out is not None:
            if isinstance(out, np.ma.MaskedArray):
                raise _core.InputError("out: is a masked array, whose mask would be left as it is; give out.data")
            x = out
        elif single:
            x = kind.unset(kind.empty((n,), dtype, like))
        else:
            x = kind.unset(empty_as(kind, (count, n), dtype, like))
        return (
            x,
            kind.empty((count,), int32, like),
            kind.empty((count,), int32, like),
            kind.empty((count,), dtype, like),
            kind.empty((count,), int32, like),
            history,
        )

    def _stopping(self, tol: Any, max_iterations: Any) -> tuple[Any, Any]:
        if type(tol) in plain and type(max_iterations) in plain:
            return tol, max_iterations
        return as_array(tol, "tol", self._dtype), as_array(max_iterations, "max_iterations", int32)

    def _solve(
        self,
        tasks: tuple[Any, ...],
        like: Any,
        stopping: tuple[Any, Any],
        *policy: tuple[Any, ...],
        online: OnlineMetaSolver | None = None,
        features: Any = None,
        call: str = "solve",
        history: bool = False,
        out: Any = None,
    ) -> Result:
        core, kind, like, tasks, count, single = self._begin(tasks, like, self._x_is, call == "solve_again")
        stopping = self._stopping(*stopping)
        measures = self._history(kind, like, count, single, stopping[1]) if history else None
        outputs = self._outputs(kind, like, count, single, measures, out)
        if online is None and features is None:
            getattr(core, call)(count, single, tasks, stopping, outputs, *policy, kind.stream(like))
        else:
            with learning(online, self._executor, count, features, single) as chooses:
                getattr(core, call)(count, single, tasks, stopping, outputs, (*policy[0], *chooses), kind.stream(like))
        return self._result(kind, outputs, single, out)

    def _result(self, kind: Any, outputs: tuple[Any, ...], single: bool, out: Any = None) -> Result:
        """out: the caller's own array, which is handed back as it is."""
        if kind.waits:
            self.synchronize()
            given = (out.x, out.status, out.iterations, out.measure, out.origin) if type(out) is Result else (out,)
            outputs = tuple([
                a if a is None or any(a is g for g in given) else kind.finished(a) for a in outputs
            ])  # fmt: skip
        if single:
            x, *each, history = outputs
            return Result(x, *(kind.first(a) for a in each), history)
        return Result(*outputs)

    def _history(self, kind: Any, like: Any, count: int, single: bool, max_iterations: Any) -> Any:
        try:
            width = _options.integer("max_iterations", max_iterations, 0) + 1
        except _core.InputError as error:
            raise _core.InputError(f"history: needs one max_iterations for all tasks; {error}") from None
        return kind.unset(kind.empty((width,) if single else (count, width), self._dtype, like))


def empty_as(kind: Any, shape: tuple[int, int], dtype: str, like: Any) -> Any:
    """An array of that shape, whose first dimension is the fastest where it is that of `like`."""
    strides = kind.strides(like)
    if shape[0] < 2 or strides is None or not 0 < abs(strides[0]) < abs(strides[1]):
        return kind.empty(shape, dtype, like)
    if hasattr(kind.empty((0, 0), dtype, like), "T"):
        return kind.empty((shape[1], shape[0]), dtype, like).T
    return kind.empty(shape, dtype, like)


def pattern_of(pattern: Any, is_square: bool = True) -> tuple[Any, Any]:
    """(row pointers, column indices) as int32 arrays of NumPy, from a pair of arrays or a sparse matrix of SciPy in
    compressed rows."""
    if isinstance(getattr(pattern, "format", None), str) and pattern.format != "csr":  # with row pointers or without
        raise _core.InputError(f"pattern: the matrix is in format {pattern.format}; give matrix.tocsr()")
    if hasattr(pattern, "indptr") and hasattr(pattern, "indices"):
        if is_square and hasattr(pattern, "shape") and pattern.shape[0] != pattern.shape[-1]:
            raise _core.InputError(f"pattern: the matrix has the shape {tuple(pattern.shape)}, which is not square")
        if hasattr(pattern, "sort_indices") and not pattern.has_sorted_indices:
            raise _core.InputError("pattern: the column indices of a row do not ascend; call matrix.sort_indices()")
        pattern = (pattern.indptr, pattern.indices)
    try:
        row_ptrs, col_idxs = pattern
    except (TypeError, ValueError):
        raise _core.InputError(
            "pattern: expected (row pointers, column indices) or a SciPy matrix in compressed rows, got "
            + type(pattern).__name__
        ) from None
    arrays = []
    for given, name in ((row_ptrs, "row pointers"), (col_idxs, "column indices")):
        if hasattr(given, "__cuda_array_interface__") and hasattr(given, "get"):  # of CuPy
            given = given.get()
        elif hasattr(given, "__dlpack__") and hasattr(given, "cpu"):  # of PyTorch
            given = given.cpu()
        try:
            array = np.asarray(given)
        except Exception as error:
            raise _core.InputError(f"pattern: NumPy makes no array of the {name}: {error}") from error
        if array.ndim != 1 or (array.size > 0 and array.dtype.kind not in "iu"):
            raise _core.InputError(f"pattern: the {name} must be integers in one dimension")
        if array.size > 0 and (array.max() > np.iinfo(np.int32).max or array.min() < 0):
            raise _core.InputError(f"pattern: the {name} contain a number that is negative or exceeds 32 bits")
        # The caller may change theirs, and larger solvers are made later from these.
        arrays.append(np.array(array, np.int32))
    return arrays[0], arrays[1]
